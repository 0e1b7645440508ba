/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tflite_read.h"

#include <stdint.h>
#include <string.h>

#include "base/own.h"
#include "model/flatbuffer_read.h"
#include "model/tflite_options.h"
#include "model/tflite_schema.h"

typedef struct reader {
    sedge_fbr f;
    sedge_pool *pool;
    sedge_graph *g;
    sedge_fbr_vector buffers;
    sedge_fbr_vector codes;
} reader;

bool sedge_tflite_is(sedge_bytes file) {
    return file.n >= 8 && memcmp(file.p + 4, SEDGE_TFLITE_IDENTIFIER, 4) == 0;
}

static sedge_status no_memory(reader *r) {
    return sedge_fbr_fail(&r->f, SEDGE_ELIMIT, "the graph needs more than %zu bytes of memory", r->pool->max);
}

static void *take(reader *r, size_t n, size_t size) {
    void *p = r->f.status ? NULL : sedge_pool_take(r->pool, n, size);
    if (!p && !r->f.status)
        no_memory(r);
    return p;
}

/* a copy that is safe to print: control characters become '?' */
static const char *take_text(reader *r, const sedge_fbr_table *t, unsigned field) {
    sedge_fbr_vector v = sedge_fbr_vector_field(&r->f, t, field, 1, SEDGE_NAME_MAX, "characters of a name");
    char *text = take(r, (size_t)v.n + 1, 1);
    for (uint32_t i = 0; text && i < v.n; i++)
        text[i] = v.data[i] >= 0x20 && v.data[i] != 0x7f ? (char)v.data[i] : '?';
    return text ? text : "";
}

static const int32_t *take_indices(reader *r, const sedge_fbr_table *t, unsigned field, uint32_t max, const char *what,
                                   uint32_t *ret_n) {
    sedge_fbr_vector v = sedge_fbr_vector_field(&r->f, t, field, 4, max, what);
    int32_t *indices = take(r, v.n, sizeof *indices);
    for (uint32_t i = 0; indices && i < v.n; i++)
        indices[i] = (int32_t)sedge_load_u32(v.data + 4 * (size_t)i);
    *ret_n = indices ? v.n : 0;
    return indices;
}

/* ---- tensors ---- */

static void read_type(reader *r, uint8_t number, sedge_dtype *ret) {
#define ROW(NAME, number) { number, SEDGE_##NAME },
    static const struct {
        uint8_t number;
        uint8_t dtype;
    } rows[] = { SEDGE_TFLITE_TYPE_LIST(ROW) };
#undef ROW
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].number == number) {
            *ret = (sedge_dtype)rows[i].dtype;
            return;
        }
    sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "element type %u is not supported", number);
}

static void read_shape(reader *r, const sedge_fbr_table *table, sedge_tensor *t) {
    sedge_fbr_vector shape = sedge_fbr_vector_field(&r->f, table, TENSOR_SHAPE, 4, SEDGE_RANK_MAX, "dimensions");
    sedge_fbr_vector free_dims =
        sedge_fbr_vector_field(&r->f, table, TENSOR_SHAPE_SIGNATURE, 4, SEDGE_RANK_MAX, "dimensions of the signature");
    if (free_dims.n && free_dims.n != shape.n)
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "the shape has %u dimensions, its signature %u", shape.n, free_dims.n);
    if (r->f.status)
        return;
    t->rank = shape.n;
    for (uint32_t i = 0; i < shape.n; i++) {
        t->dims[i] = (int32_t)sedge_load_u32(shape.data + 4 * (size_t)i);
        bool is_free = free_dims.n && (int32_t)sedge_load_u32(free_dims.data + 4 * (size_t)i) == -1;
        if (t->dims[i] < 1)
            sedge_fbr_fail(&r->f, SEDGE_EINVALID, "dimension %u is %d, at least 1 is needed", i, t->dims[i]);
        if (is_free)
            t->dims[i] = SEDGE_DIM_FREE;
    }
}

static void read_zero_points(reader *r, const sedge_fbr_vector *v, int32_t *ret) {
    for (uint32_t i = 0; ret && i < v->n; i++) {
        int64_t z = (int64_t)sedge_load_u64(v->data + 8 * (size_t)i);
        if (z < INT32_MIN || z > INT32_MAX)
            sedge_fbr_fail(&r->f, SEDGE_EINVALID, "zero point %u does not fit 32 bits", i);
        ret[i] = (int32_t)z;
    }
}

static void read_quant(reader *r, const sedge_fbr_table *table, sedge_tensor *t) {
    sedge_fbr_table q = sedge_fbr_table_field(&r->f, table, TENSOR_QUANTIZATION);
    sedge_fbr_vector scales = sedge_fbr_vector_field(&r->f, &q, QUANT_SCALE, 4, INT32_MAX, "scales");
    sedge_fbr_vector zeros = sedge_fbr_vector_field(&r->f, &q, QUANT_ZERO_POINT, 8, INT32_MAX, "zero points");
    int32_t axis = sedge_fbr_i32(&r->f, &q, QUANT_AXIS, 0);
    if (sedge_fbr_u8(&r->f, &q, QUANT_DETAILS_TYPE, 0) != 0)
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "custom quantisation is not supported");
    if (r->f.status || scales.n == 0)
        return;
    if (zeros.n != 0 && zeros.n != scales.n) {
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "%u scales and %u zero points", scales.n, zeros.n);
        return;
    }
    float *values = take(r, scales.n, sizeof *values);
    int32_t *zero_points = take(r, scales.n, sizeof *zero_points);
    for (uint32_t i = 0; values && i < scales.n; i++)
        values[i] = sedge_load_f32(scales.data + 4 * (size_t)i);
    read_zero_points(r, &zeros, zero_points);
    if (axis < 0)
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "quantisation along dimension %d", axis);
    /* converters leave the weights' axis on a bias, which has but one dimension */
    t->quant = (sedge_quant){ scales.n, t->rank == 1 || scales.n == 1 ? 0 : (uint32_t)axis, values, zero_points };
}

static sedge_bytes buffer_bytes(reader *r, const sedge_fbr_table *b) {
    uint64_t offset = sedge_fbr_u64(&r->f, b, BUFFER_OFFSET, 0);
    if (offset > 1) { /* data behind the FlatBuffer */
        sedge_bytes bytes = { 0 };
        uint64_t size = sedge_fbr_u64(&r->f, b, BUFFER_SIZE, 0);
        if (!sedge_bytes_slice(r->f.file, offset, size, &bytes))
            sedge_fbr_fail(&r->f, SEDGE_ETRUNCATED, "its buffer ends past the file's %zu bytes", r->f.file.n);
        return bytes;
    }
    sedge_fbr_vector v = sedge_fbr_vector_field(&r->f, b, BUFFER_DATA, 1, UINT32_MAX, "bytes of a buffer");
    return sedge_bytes_of(v.data, v.n);
}

static void read_data(reader *r, uint32_t index, sedge_tensor *t) {
    if (index >= r->buffers.n) {
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "its buffer is %u, the file has %u", index, r->buffers.n);
        return;
    }
    sedge_fbr_table b = sedge_fbr_vector_table(&r->f, &r->buffers, index);
    sedge_bytes bytes = buffer_bytes(r, &b);
    if (r->f.status || bytes.n == 0)
        return;
    if (bytes.n != t->size_bytes || t->size_bytes == 0) {
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "a constant of %zu bytes, its shape needs %zu", bytes.n, t->size_bytes);
        return;
    }
    t->data = bytes.p;
    if ((uintptr_t)bytes.p % sedge_dtype_size(t->dtype) != 0) {
        void *copy = take(r, bytes.n, 1);
        t->data = copy ? memcpy(copy, bytes.p, bytes.n) : NULL;
    }
}

static void read_tensor(reader *r, const sedge_fbr_table *table, sedge_tensor *t) {
    t->name = take_text(r, table, TENSOR_NAME);
    read_type(r, sedge_fbr_u8(&r->f, table, TENSOR_TYPE, 0), &t->dtype);
    read_shape(r, table, t);
    read_quant(r, table, t);
    if (sedge_fbr_u8(&r->f, table, TENSOR_IS_VARIABLE, 0))
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "variable tensors are not supported");
    if (sedge_fbr_has(&r->f, table, TENSOR_SPARSITY))
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "sparse tensors are not supported");
    if (!r->f.status)
        r->f.status = sedge_tensor_set_size(t, r->f.err);
    read_data(r, sedge_fbr_u32(&r->f, table, TENSOR_BUFFER, 0), t);
}

static void read_tensors(reader *r, const sedge_fbr_table *subgraph) {
    sedge_fbr_vector v =
        sedge_fbr_vector_field(&r->f, subgraph, SUBGRAPH_TENSORS, 4, SEDGE_GRAPH_TENSORS_MAX, "tensors");
    r->g->tensors = take(r, v.n, sizeof *r->g->tensors);
    r->g->n_tensors = r->g->tensors ? v.n : 0;
    for (uint32_t i = 0; i < r->g->n_tensors && !r->f.status; i++) {
        sedge_tensor *t = &r->g->tensors[i];
        sedge_fbr_table table = sedge_fbr_vector_table(&r->f, &v, i);
        read_tensor(r, &table, t);
        if (r->f.status)
            (void)sedge_wrap(r->f.err, r->f.status, "tensor %u '%s'", i, t->name ? t->name : "");
    }
}

/* ---- operators ---- */

static const char *code_name(int32_t code) {
    static const char *const names[] = {
#include "model/tflite_names.inc"
    };
    return code >= 0 && (size_t)code < SEDGE_COUNT(names) ? names[code] : "unknown";
}

/* an operator's code: a row of one of the two tables, or a refusal */
typedef struct found_code {
    const sedge_tflite_row *row;
    const sedge_tflite_custom_row *custom;
} found_code;

static found_code read_code(reader *r, uint32_t index) {
    found_code found = { 0 };
    if (index >= r->codes.n) {
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "its operator code is entry %u of %u", index, r->codes.n);
        return found;
    }
    sedge_fbr_table table = sedge_fbr_vector_table(&r->f, &r->codes, index);
    int32_t old = sedge_fbr_u8(&r->f, &table, CODE_DEPRECATED, 0);
    int32_t code = sedge_fbr_i32(&r->f, &table, CODE_BUILTIN, 0);
    code = code > old ? code : old;
    if (code == SEDGE_TFLITE_CODE_CUSTOM) {
        const char *name = take_text(r, &table, CODE_CUSTOM);
        found.custom = sedge_tflite_find_custom(name);
        if (!found.custom)
            sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "custom operator '%s' is not supported", name);
        return found;
    }
    found.row = sedge_tflite_find_code(code);
    if (!found.row)
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "operator %s (code %d, version %d) is not supported", code_name(code),
                       code, sedge_fbr_i32(&r->f, &table, CODE_VERSION, 1));
    return found;
}

static void read_options(reader *r, const sedge_fbr_table *table, const found_code *code, sedge_op *op) {
    sedge_fbr_vector custom =
        sedge_fbr_vector_field(&r->f, table, OPERATOR_CUSTOM_OPTIONS, 1, UINT32_MAX, "bytes of custom options");
    const sedge_tflite_site site = { .f = &r->f,
                                     .pool = r->pool,
                                     .graph = r->g,
                                     .options = sedge_fbr_table_field(&r->f, table, OPERATOR_OPTIONS),
                                     .custom = sedge_bytes_of(custom.data, custom.n) };
    if (r->f.status)
        return;
    op->kind = code->row ? code->row->kind : code->custom->kind;
    if (code->row)
        sedge_tflite_read_row(code->row, &site, op);
    else
        code->custom->read(&site, op);
}

static void read_operator(reader *r, const sedge_fbr_table *table, sedge_op *op) {
    const found_code code = read_code(r, sedge_fbr_u32(&r->f, table, OPERATOR_CODE, 0));
    op->name = "";
    op->inputs = take_indices(r, table, OPERATOR_INPUTS, SEDGE_OP_ENDS_MAX, "inputs of an operator", &op->n_inputs);
    op->outputs = take_indices(r, table, OPERATOR_OUTPUTS, SEDGE_OP_ENDS_MAX, "outputs of an operator", &op->n_outputs);
    if (!r->f.status)
        read_options(r, table, &code, op);
}

static void read_operators(reader *r, const sedge_fbr_table *subgraph) {
    sedge_fbr_vector v =
        sedge_fbr_vector_field(&r->f, subgraph, SUBGRAPH_OPERATORS, 4, SEDGE_GRAPH_OPS_MAX, "operators");
    r->g->ops = take(r, v.n, sizeof *r->g->ops);
    r->g->n_ops = r->g->ops ? v.n : 0;
    for (uint32_t i = 0; i < r->g->n_ops && !r->f.status; i++) {
        sedge_fbr_table table = sedge_fbr_vector_table(&r->f, &v, i);
        read_operator(r, &table, &r->g->ops[i]);
        if (r->f.status)
            (void)sedge_wrap(r->f.err, r->f.status, "operator %u", i);
    }
}

static void read_model(reader *r) {
    sedge_fbr_table model = sedge_fbr_root(&r->f, SEDGE_TFLITE_IDENTIFIER);
    uint32_t version = sedge_fbr_u32(&r->f, &model, MODEL_VERSION, 0);
    if (version != SEDGE_TFLITE_VERSION)
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "schema version %u, only %d is supported", version,
                       SEDGE_TFLITE_VERSION);
    r->codes = sedge_fbr_vector_field(&r->f, &model, MODEL_OPERATOR_CODES, 4, SEDGE_GRAPH_OPS_MAX, "operator codes");
    r->buffers = sedge_fbr_vector_field(&r->f, &model, MODEL_BUFFERS, 4, 2 * SEDGE_GRAPH_TENSORS_MAX, "buffers");
    sedge_fbr_vector subgraphs = sedge_fbr_vector_field(&r->f, &model, MODEL_SUBGRAPHS, 4, UINT32_MAX, "subgraphs");
    r->g->description = take_text(r, &model, MODEL_DESCRIPTION);
    if (!r->f.status && subgraphs.n != 1)
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "%u subgraphs, only one is supported", subgraphs.n);
    if (r->f.status)
        return;
    sedge_fbr_table subgraph = sedge_fbr_vector_table(&r->f, &subgraphs, 0);
    read_tensors(r, &subgraph);
    read_operators(r, &subgraph);
    sedge_graph *g = r->g;
    g->inputs = take_indices(r, &subgraph, SUBGRAPH_INPUTS, SEDGE_GRAPH_ENDS_MAX, "graph inputs", &g->n_inputs);
    g->outputs = take_indices(r, &subgraph, SUBGRAPH_OUTPUTS, SEDGE_GRAPH_ENDS_MAX, "graph outputs", &g->n_outputs);
}

sedge_status sedge_tflite_read(sedge_bytes file, sedge_graph_file *ret, sedge_error *err) {
    reader r = { .f = { .file = file, .err = err }, .pool = &ret->pool, .g = &ret->graph };
    ret->format = "tflite";
    read_model(&r);
    return r.f.status ? r.f.status : sedge_graph_check(&ret->graph, err);
}
