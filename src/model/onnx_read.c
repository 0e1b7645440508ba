/* SPDX-License-Identifier: Apache-2.0 */
#include "model/onnx_read.h"

#include <string.h>

#include "base/own.h"
#include "model/onnx_attributes.h"
#include "model/onnx_schema.h"
#include "model/onnx_trees.h"

enum { ML_VERSION_MAX = 4 };

typedef struct reader {
    sedge_pbr r;
    sedge_pool *pool;
    sedge_pool work; /* freed when the file has been read */
    sedge_graph *g;
    uint32_t *slots; /* name to tensor: open addressing, index + 1, a power of two */
    size_t mask;
    int64_t ml_version; /* 0: the domain is not imported */
} reader;

static void *take(reader *r, sedge_pool *pool, size_t n, size_t size) {
    void *p = r->r.status ? NULL : sedge_pool_take(pool, n, size);
    if (!p)
        sedge_pbr_fail(&r->r, SEDGE_ELIMIT, "the graph needs more than %zu bytes of memory", pool->max);
    return p;
}

static const char *take_text(reader *r, sedge_bytes bytes) {
    if (bytes.n > SEDGE_NAME_MAX)
        sedge_pbr_fail(&r->r, SEDGE_ELIMIT, "a name of %zu characters, the limit is %d", bytes.n, SEDGE_NAME_MAX);
    char *text = r->r.status ? NULL : take(r, r->pool, bytes.n + 1, 1);
    for (size_t i = 0; text && i < bytes.n; i++)
        text[i] = bytes.p[i] >= 0x20 && bytes.p[i] != 0x7f ? (char)bytes.p[i] : '?';
    return text ? text : "";
}

/* ---- names ---- */

static size_t hash(const char *name) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

static uint32_t *slot_of(const reader *r, const char *name) {
    size_t i = hash(name) & r->mask;
    while (r->slots[i] && strcmp(r->g->tensors[r->slots[i] - 1].name, name) != 0)
        i = (i + 1) & r->mask;
    return &r->slots[i];
}

/* a tensor without a name is one that nobody asks for */
static sedge_tensor *add_tensor(reader *r, sedge_bytes name, int32_t *ret) {
    const char *text = take_text(r, name);
    if (r->r.status)
        return NULL;
    uint32_t index = r->g->n_tensors;
    if (*text) {
        uint32_t *slot = slot_of(r, text);
        if (*slot) {
            sedge_pbr_fail(&r->r, SEDGE_EINVALID, "the name '%s' is given twice", text);
            return NULL;
        }
        *slot = index + 1;
    }
    sedge_tensor *t = &r->g->tensors[index];
    t->name = text;
    r->g->n_tensors++;
    *ret = (int32_t)index;
    return t;
}

static bool find_tensor(reader *r, sedge_bytes name, int32_t *ret) {
    const char *text = take_text(r, name);
    uint32_t slot = r->r.status ? 0 : *slot_of(r, text);
    if (slot == 0)
        sedge_pbr_fail(&r->r, SEDGE_EINVALID, "nothing makes the tensor '%s' before it is used", text);
    *ret = (int32_t)slot - 1;
    return slot != 0;
}

/* ---- inputs ---- */

static void read_element_type(reader *r, uint64_t number, sedge_tensor *t) {
#define ROW(NAME, number) { number, SEDGE_##NAME },
    static const struct { uint8_t number, dtype; } rows[] = { SEDGE_ONNX_TYPE_LIST(ROW) };
#undef ROW
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].number == number) {
            t->dtype = (sedge_dtype)rows[i].dtype;
            return;
        }
    sedge_pbr_fail(&r->r, SEDGE_EUNSUPPORTED, "element type %llu is not supported", (unsigned long long)number);
}

static void read_dim(reader *r, sedge_bytes dim, sedge_tensor *t) {
    int64_t size = 0; /* stays 0 for a name or nothing: free */
    sedge_pb_field f;
    while (sedge_pbr_next(&r->r, &dim, &f))
        if (f.number == DIM_VALUE && f.wire == SEDGE_PB_VARINT)
            size = (int64_t)f.value;
    if (t->rank == SEDGE_RANK_MAX)
        sedge_pbr_fail(&r->r, SEDGE_ELIMIT, "more than %d dimensions", SEDGE_RANK_MAX);
    else if (size > INT32_MAX)
        sedge_pbr_fail(&r->r, SEDGE_ELIMIT, "dimension %u is larger than %d", t->rank, INT32_MAX);
    else
        t->dims[t->rank++] = size > 0 ? (int32_t)size : SEDGE_DIM_FREE;
}

static void read_tensor_type(reader *r, sedge_bytes type, sedge_tensor *t) {
    bool has_type = false, has_shape = false;
    sedge_pb_field f, dim;
    while (sedge_pbr_next(&r->r, &type, &f)) {
        if (f.number == TENSOR_ELEMENT && f.wire == SEDGE_PB_VARINT) {
            read_element_type(r, f.value, t);
            has_type = true;
        } else if (f.number == TENSOR_SHAPE && f.wire == SEDGE_PB_BYTES && !has_shape) {
            has_shape = true;
            while (sedge_pbr_next(&r->r, &f.bytes, &dim))
                if (dim.number == SHAPE_DIM && dim.wire == SEDGE_PB_BYTES)
                    read_dim(r, dim.bytes, t);
        }
    }
    if (!has_type || !has_shape)
        sedge_pbr_fail(&r->r, SEDGE_EUNSUPPORTED, "an input without element type or shape is not supported");
    if (!r->r.status)
        r->r.status = sedge_tensor_set_size(t, r->r.err);
}

/* the parts of a message that occur once: the last one counts, as the encoding says */
static bool find_bytes(reader *r, sedge_bytes message, uint32_t number, sedge_bytes *ret) {
    sedge_pb_field f;
    bool found = false;
    while (sedge_pbr_next(&r->r, &message, &f))
        if (f.number == number && f.wire == SEDGE_PB_BYTES) {
            *ret = f.bytes;
            found = true;
        }
    return found;
}

static void read_input(reader *r, sedge_bytes value, int32_t *ret) {
    sedge_bytes name = sedge_bytes_of("", 0), type, tensor;
    (void)find_bytes(r, value, VALUE_NAME, &name);
    sedge_tensor *t = add_tensor(r, name, ret);
    if (!t)
        return;
    if (find_bytes(r, value, VALUE_TYPE, &type) && find_bytes(r, type, TYPE_TENSOR, &tensor))
        read_tensor_type(r, tensor, t);
    else
        sedge_pbr_fail(&r->r, SEDGE_EUNSUPPORTED, "it is no tensor");
    if (r->r.status)
        (void)sedge_wrap(r->r.err, r->r.status, "input '%s'", t->name);
}

/* ---- nodes ---- */

typedef struct node_row node_row;
struct node_row {
    const char *type;
    bool ml;
    sedge_op_kind kind;
    bool classifier;
    void (*read)(reader *r, const node_row *row, const sedge_onnx_node *n, sedge_op *op);
};

/* output i of an operator: type, and a rank whose dimensions its shape rule will settle */
static void set_output(reader *r, const sedge_op *op, uint32_t i, sedge_dtype dtype, uint32_t rank) {
    if (r->r.status || i >= op->n_outputs)
        return;
    sedge_tensor *t = &r->g->tensors[op->outputs[i]];
    t->dtype = dtype;
    t->rank = rank;
    for (uint32_t d = 0; d < rank; d++)
        t->dims[d] = SEDGE_DIM_FREE;
}

static const sedge_tensor *first_input(reader *r, const sedge_op *op) {
    if (op->n_inputs && op->inputs[0] >= 0)
        return &r->g->tensors[op->inputs[0]];
    sedge_pbr_fail(&r->r, SEDGE_EINVALID, "it has no input");
    return NULL;
}

static void read_same(reader *r, const node_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    (void)n;
    const sedge_tensor *x = first_input(r, op);
    if (x)
        set_output(r, op, 0, x->dtype, x->rank);
}

static void read_cast(reader *r, const node_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    const sedge_tensor *x = first_input(r, op);
    sedge_tensor to = { 0 };
    read_element_type(r, (uint64_t)sedge_onnx_int(n, "to", 0), &to);
    if (x)
        set_output(r, op, 0, to.dtype, x->rank);
}

static void read_scaler(reader *r, const node_row *row, const sedge_onnx_node *n, sedge_op *op) {
    uint32_t n_offset, n_scale;
    op->u.scaler.offset = sedge_onnx_floats(n, "offset", SEDGE_TREE_FEATURES_MAX, &n_offset);
    op->u.scaler.scale = sedge_onnx_floats(n, "scale", SEDGE_TREE_FEATURES_MAX, &n_scale);
    op->u.scaler.n = n_offset;
    if (n_offset == 0 || n_offset != n_scale)
        sedge_pbr_fail(&r->r, SEDGE_EINVALID, "%u offsets and %u scales", n_offset, n_scale);
    read_same(r, row, n, op);
}

static void read_trees(reader *r, const node_row *row, const sedge_onnx_node *n, sedge_op *op) {
    op->u.trees = sedge_onnx_trees(n, &r->work, row->classifier);
    if (row->classifier) {
        set_output(r, op, 0, SEDGE_INT64, 1);
        set_output(r, op, 1, SEDGE_FLOAT32, 2);
    } else {
        set_output(r, op, 0, SEDGE_FLOAT32, 2);
    }
}

static const node_row node_rows[] = {
    { "TreeEnsembleClassifier", true, SEDGE_OP_TREE_ENSEMBLE, true, read_trees },
    { "TreeEnsembleRegressor", true, SEDGE_OP_TREE_ENSEMBLE, false, read_trees },
    { "Scaler", true, SEDGE_OP_SCALER, false, read_scaler },
    { "ZipMap", true, SEDGE_OP_IDENTITY, false, read_same },
    { "Identity", false, SEDGE_OP_IDENTITY, false, read_same },
    { "Cast", false, SEDGE_OP_CAST, false, read_cast },
};

static const node_row *find_row(reader *r, sedge_bytes node) {
    sedge_bytes type = sedge_bytes_of("", 0), domain = sedge_bytes_of("", 0);
    (void)find_bytes(r, node, NODE_OP_TYPE, &type);
    (void)find_bytes(r, node, NODE_DOMAIN, &domain);
    bool ml = sedge_bytes_equal(domain, sedge_bytes_text(SEDGE_ONNX_ML_DOMAIN));
    bool standard = domain.n == 0 || sedge_bytes_equal(domain, sedge_bytes_text("ai.onnx"));
    for (size_t i = 0; i < SEDGE_COUNT(node_rows); i++)
        if ((ml || standard) && node_rows[i].ml == ml && sedge_bytes_equal(type, sedge_bytes_text(node_rows[i].type)))
            return &node_rows[i];
    sedge_pbr_fail(&r->r, SEDGE_EUNSUPPORTED, "operator %.*s%s%.*s is not supported",
                   (int)(domain.n < 64 ? domain.n : 64), (const char *)domain.p, domain.n ? "." : "",
                   (int)(type.n < 64 ? type.n : 64), (const char *)type.p);
    return NULL;
}

static uint32_t count_fields(reader *r, sedge_bytes message, uint32_t number, uint32_t max, const char *what) {
    sedge_pb_field f;
    uint32_t n = 0;
    while (sedge_pbr_next(&r->r, &message, &f))
        if (f.number == number && f.wire == SEDGE_PB_BYTES && n++ == max)
            sedge_pbr_fail(&r->r, SEDGE_ELIMIT, "more than %u %s", max, what);
    return n;
}

static void read_ends(reader *r, sedge_bytes node, sedge_op *op) {
    uint32_t n_inputs = count_fields(r, node, NODE_INPUT, SEDGE_OP_ENDS_MAX, "inputs");
    uint32_t n_outputs = count_fields(r, node, NODE_OUTPUT, SEDGE_OP_ENDS_MAX, "outputs");
    int32_t *inputs = take(r, r->pool, n_inputs, sizeof *inputs),
            *outputs = take(r, r->pool, n_outputs, sizeof *outputs);
    op->inputs = inputs;
    op->outputs = outputs;
    sedge_pb_field f;
    for (sedge_bytes in = node; sedge_pbr_next(&r->r, &in, &f);)
        if (f.number == NODE_INPUT && f.wire == SEDGE_PB_BYTES) {
            int32_t index = -1;
            if (f.bytes.n == 0 || find_tensor(r, f.bytes, &index))
                inputs[op->n_inputs++] = index;
        }
    for (sedge_bytes in = node; sedge_pbr_next(&r->r, &in, &f);)
        if (f.number == NODE_OUTPUT && f.wire == SEDGE_PB_BYTES && add_tensor(r, f.bytes, &outputs[op->n_outputs]))
            op->n_outputs++;
}

static void read_node(reader *r, sedge_bytes node, sedge_op *op) {
    sedge_bytes name = sedge_bytes_of("", 0);
    (void)find_bytes(r, node, NODE_NAME, &name);
    op->name = take_text(r, name);
    const node_row *row = find_row(r, node);
    if (!row)
        return;
    if (row->ml && (r->ml_version < 1 || r->ml_version > ML_VERSION_MAX)) {
        sedge_pbr_fail(&r->r, SEDGE_EUNSUPPORTED, "operator %s of %s version %lld; 1 to %d are supported", row->type,
                       SEDGE_ONNX_ML_DOMAIN, (long long)r->ml_version, ML_VERSION_MAX);
        return;
    }
    op->kind = row->kind;
    read_ends(r, node, op);
    const sedge_onnx_node n = { &r->r, node, r->pool };
    if (!r->r.status)
        row->read(r, row, &n, op);
}

/* ---- the graph ---- */

static void read_nodes(reader *r, sedge_bytes graph) {
    sedge_pb_field f;
    while (sedge_pbr_next(&r->r, &graph, &f))
        if (f.number == GRAPH_NODE && f.wire == SEDGE_PB_BYTES) {
            uint32_t i = r->g->n_ops++;
            read_node(r, f.bytes, &r->g->ops[i]);
            if (r->r.status)
                (void)sedge_wrap(r->r.err, r->r.status, "node %u '%s'", i, r->g->ops[i].name ? r->g->ops[i].name : "");
        }
}

static void read_inputs(reader *r, sedge_bytes graph, int32_t *inputs) {
    sedge_pb_field f;
    while (sedge_pbr_next(&r->r, &graph, &f))
        if (f.number == GRAPH_INPUT && f.wire == SEDGE_PB_BYTES)
            read_input(r, f.bytes, &inputs[r->g->n_inputs++]);
}

static void read_outputs(reader *r, sedge_bytes graph, int32_t *outputs) {
    sedge_pb_field f;
    while (sedge_pbr_next(&r->r, &graph, &f))
        if (f.number == GRAPH_OUTPUT && f.wire == SEDGE_PB_BYTES) {
            sedge_bytes name = sedge_bytes_of("", 0);
            (void)find_bytes(r, f.bytes, VALUE_NAME, &name);
            if (find_tensor(r, name, &outputs[r->g->n_outputs]))
                r->g->n_outputs++;
        }
}

/* inputs and the outputs of all nodes: no more tensors than that; each bounded by its own limit and by the file */
static uint32_t count_tensors(reader *r, sedge_bytes graph, uint32_t n_inputs) {
    uint32_t n = n_inputs;
    sedge_pb_field f;
    while (sedge_pbr_next(&r->r, &graph, &f))
        if (f.number == GRAPH_NODE && f.wire == SEDGE_PB_BYTES)
            n += count_fields(r, f.bytes, NODE_OUTPUT, SEDGE_OP_ENDS_MAX, "outputs");
    if (n > SEDGE_GRAPH_TENSORS_MAX)
        sedge_pbr_fail(&r->r, SEDGE_ELIMIT, "%u tensors, the limit is %d", n, SEDGE_GRAPH_TENSORS_MAX);
    return n;
}

static void read_graph(reader *r, sedge_bytes graph) {
    if (count_fields(r, graph, GRAPH_INITIALIZER, UINT32_MAX, "initializers") ||
        count_fields(r, graph, GRAPH_SPARSE_INITIALIZER, UINT32_MAX, "initializers"))
        sedge_pbr_fail(&r->r, SEDGE_EUNSUPPORTED, "constants (initializers) are not supported in .onnx files yet");
    uint32_t n_inputs = count_fields(r, graph, GRAPH_INPUT, SEDGE_GRAPH_ENDS_MAX, "graph inputs");
    uint32_t n_outputs = count_fields(r, graph, GRAPH_OUTPUT, SEDGE_GRAPH_ENDS_MAX, "graph outputs");
    uint32_t n_ops = count_fields(r, graph, GRAPH_NODE, SEDGE_GRAPH_OPS_MAX, "nodes");
    uint32_t n_tensors = count_tensors(r, graph, n_inputs);
    size_t slots = 16;
    while (slots < 2 * (size_t)n_tensors)
        slots *= 2;
    int32_t *inputs = take(r, r->pool, n_inputs, sizeof *inputs),
            *outputs = take(r, r->pool, n_outputs, sizeof *outputs);
    r->g->tensors = take(r, r->pool, n_tensors, sizeof *r->g->tensors);
    r->g->ops = take(r, r->pool, n_ops, sizeof *r->g->ops);
    r->slots = take(r, &r->work, slots, sizeof *r->slots);
    r->mask = slots - 1;
    r->g->inputs = inputs;
    r->g->outputs = outputs;
    read_inputs(r, graph, inputs);
    read_nodes(r, graph);
    read_outputs(r, graph, outputs);
}

static void read_opset(reader *r, sedge_bytes opset) {
    sedge_bytes domain = sedge_bytes_of("", 0);
    int64_t version = 0;
    sedge_pb_field f;
    (void)find_bytes(r, opset, OPSET_DOMAIN, &domain);
    while (sedge_pbr_next(&r->r, &opset, &f))
        if (f.number == OPSET_VERSION && f.wire == SEDGE_PB_VARINT)
            version = (int64_t)f.value;
    if (sedge_bytes_equal(domain, sedge_bytes_text(SEDGE_ONNX_ML_DOMAIN)))
        r->ml_version = version;
}

static void read_model(reader *r, sedge_bytes model) {
    sedge_bytes graph = sedge_bytes_of("", 0);
    sedge_pb_field f;
    for (sedge_bytes in = model; sedge_pbr_next(&r->r, &in, &f);)
        if (f.number == MODEL_OPSET && f.wire == SEDGE_PB_BYTES)
            read_opset(r, f.bytes);
    if (find_bytes(r, model, MODEL_GRAPH, &graph))
        read_graph(r, graph);
    else
        sedge_pbr_fail(&r->r, SEDGE_EINVALID, "it has neither the identifier of .tflite nor the graph of .onnx");
}

sedge_status sedge_onnx_read(sedge_bytes file, sedge_graph_file *ret, sedge_error *err) {
    reader r = { .r = { .start = file.p, .err = err }, .pool = &ret->pool, .g = &ret->graph };
    r.work = sedge_pool_init(ret->pool.max);
    ret->format = "onnx";
    ret->graph.description = "";
    read_model(&r, file);
    sedge_pool_done(&r.work);
    return r.r.status ? r.r.status : sedge_graph_check(&ret->graph, err);
}
