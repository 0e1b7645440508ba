/* SPDX-License-Identifier: Apache-2.0 */
/* The tensors of a subgraph: type, shape, quantisation and the bytes of constants. */
#include <string.h>

#include "base/own.h"
#include "model/tflite_reader.h"
#include "model/tflite_schema.h"

static void read_type(sedge_tflite_reader *r, uint8_t number, sedge_dtype *ret) {
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

static void read_shape(sedge_tflite_reader *r, const sedge_fbr_table *table, sedge_tensor *t) {
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
        if (t->dims[i] < -1)
            sedge_fbr_fail(&r->f, SEDGE_EINVALID, "dimension %u is %d", i, t->dims[i]);
        if (is_free || t->dims[i] == 0)
            t->dims[i] = SEDGE_DIM_FREE;
    }
}

static void read_zero_points(sedge_tflite_reader *r, const sedge_fbr_vector *v, int32_t *ret) {
    for (uint32_t i = 0; ret && i < v->n; i++) {
        int64_t z = (int64_t)sedge_load_u64(v->data + 8 * (size_t)i);
        if (z < INT32_MIN || z > INT32_MAX)
            sedge_fbr_fail(&r->f, SEDGE_EINVALID, "zero point %u does not fit 32 bits", i);
        ret[i] = (int32_t)z;
    }
}

static void read_quant(sedge_tflite_reader *r, const sedge_fbr_table *table, sedge_tensor *t) {
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
    float *values = sedge_tflite_take(r, scales.n, sizeof *values);
    int32_t *zero_points = sedge_tflite_take(r, scales.n, sizeof *zero_points);
    for (uint32_t i = 0; values && i < scales.n; i++)
        values[i] = sedge_load_f32(scales.data + 4 * (size_t)i);
    read_zero_points(r, &zeros, zero_points);
    if (axis < 0)
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "quantisation along dimension %d", axis);
    /* converters leave the weights' axis on a bias, which has but one dimension */
    t->quant = (sedge_quant){ scales.n, t->rank == 1 || scales.n == 1 ? 0 : (uint32_t)axis, values, zero_points };
}

static sedge_bytes buffer_bytes(sedge_tflite_reader *r, const sedge_fbr_table *b) {
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

static void read_data(sedge_tflite_reader *r, uint32_t index, sedge_tensor *t) {
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
        void *copy = sedge_tflite_take(r, bytes.n, 1);
        t->data = copy ? memcpy(copy, bytes.p, bytes.n) : NULL;
    }
}

static void read_tensor(sedge_tflite_reader *r, const sedge_fbr_table *table, sedge_tensor *t) {
    t->name = sedge_tflite_take_text(r, table, TENSOR_NAME);
    read_type(r, sedge_fbr_u8(&r->f, table, TENSOR_TYPE, 0), &t->dtype);
    read_shape(r, table, t);
    read_quant(r, table, t);
    t->variable = sedge_fbr_u8(&r->f, table, TENSOR_IS_VARIABLE, 0) != 0;
    if (sedge_fbr_has(&r->f, table, TENSOR_SPARSITY))
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "sparse tensors are not supported");
    if (!r->f.status)
        r->f.status = sedge_tensor_set_size(t, r->f.err);
    read_data(r, sedge_fbr_u32(&r->f, table, TENSOR_BUFFER, 0), t);
    if (t->variable) {
        t->initial = t->data;
        t->data = NULL;
    }
}

static void read_one(sedge_tflite_reader *r, const sedge_fbr_table *table, sedge_tflite_subgraph *s, uint32_t i) {
    sedge_tensor *t = &s->g->tensors[i];
    s->variable[i] = SEDGE_TFLITE_NO_HANDLE;
    if (sedge_fbr_u8(&r->f, table, TENSOR_TYPE, 0) == SEDGE_TFLITE_TYPE_RESOURCE) {
        s->variable[i] = SEDGE_TFLITE_NO_VARIABLE;
        t->name = sedge_tflite_take_text(r, table, TENSOR_NAME);
    } else {
        read_tensor(r, table, t);
    }
    if (r->f.status)
        (void)sedge_wrap(r->f.err, r->f.status, "tensor %u '%s'", i, t->name ? t->name : "");
}

void sedge_tflite_read_tensors(sedge_tflite_reader *r, const sedge_fbr_table *subgraph, sedge_tflite_subgraph *s) {
    sedge_fbr_vector v =
        sedge_fbr_vector_field(&r->f, subgraph, SUBGRAPH_TENSORS, 4, SEDGE_GRAPH_TENSORS_MAX, "tensors");
    s->g->tensors = sedge_tflite_take(r, v.n, sizeof *s->g->tensors);
    s->variable = sedge_tflite_take(r, v.n, sizeof *s->variable);
    s->g->n_tensors = s->g->tensors && s->variable ? v.n : 0;
    for (uint32_t i = 0; i < s->g->n_tensors && !r->f.status; i++) {
        sedge_fbr_table table = sedge_fbr_vector_table(&r->f, &v, i);
        read_one(r, &table, s, i);
    }
}
