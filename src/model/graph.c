/* SPDX-License-Identifier: Apache-2.0 */
#include "model/graph.h"

#include "base/checked.h"
#include "base/own.h"

const char *sedge_dtype_name(sedge_dtype dtype) {
#define NAME_OF(NAME, name, size, npy) #name,
    static const char *const names[] = { SEDGE_DTYPE_LIST(NAME_OF) };
#undef NAME_OF
    return (unsigned)dtype < SEDGE_COUNT(names) ? names[dtype] : "unknown";
}

size_t sedge_dtype_size(sedge_dtype dtype) {
#define SIZE_OF(NAME, name, size, npy) size,
    static const uint8_t sizes[] = { SEDGE_DTYPE_LIST(SIZE_OF) };
#undef SIZE_OF
    return (unsigned)dtype < SEDGE_COUNT(sizes) ? sizes[dtype] : 0;
}

const char *sedge_op_kind_name(sedge_op_kind kind) {
    static const char *const names[] = {
#define X(KIND, name, least, most, outputs) #KIND,
#include "model/op_list.inc"
#undef X
    };
    return (unsigned)kind < SEDGE_COUNT(names) ? names[kind] : "UNKNOWN";
}

bool sedge_shape_elements(uint32_t rank, const int32_t *dims, size_t *ret) {
    size_t n = 1;
    if (rank > SEDGE_RANK_MAX)
        return false;
    for (uint32_t i = 0; i < rank; i++)
        if (dims[i] < 0 || !sedge_mul_size(n, (size_t)dims[i], &n) || n > SEDGE_TENSOR_BYTES_MAX)
            return false;
    *ret = n;
    return true;
}

bool sedge_tensor_settled(const sedge_tensor *t) {
    if (t->dtype == SEDGE_DTYPE_FREE || t->rank == SEDGE_RANK_FREE)
        return false;
    for (uint32_t i = 0; i < t->rank; i++)
        if (t->dims[i] == SEDGE_DIM_FREE)
            return false;
    return true;
}

sedge_status sedge_tensor_set_size(sedge_tensor *t, sedge_error *err) {
    size_t n;
    uint32_t rank = t->rank == SEDGE_RANK_FREE ? 0 : t->rank;
    if ((unsigned)t->dtype >= SEDGE_DTYPE_COUNT && t->dtype != SEDGE_DTYPE_FREE)
        return sedge_fail(err, SEDGE_EINVALID, "element type %d is unknown", (int)t->dtype);
    if (rank > SEDGE_RANK_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "rank %u, the limit is %d", t->rank, SEDGE_RANK_MAX);
    for (uint32_t i = 0; i < rank; i++)
        if (t->dims[i] < 0 && t->dims[i] != SEDGE_DIM_FREE)
            return sedge_fail(err, SEDGE_EINVALID, "dimension %u is %d", i, t->dims[i]);
    t->size_bytes = 0;
    if (!sedge_tensor_settled(t))
        return SEDGE_OK;
    if (!sedge_shape_elements(t->rank, t->dims, &n) || n > SEDGE_TENSOR_BYTES_MAX / sedge_dtype_size(t->dtype))
        return sedge_fail(err, SEDGE_ELIMIT, "the tensor is larger than the limit of %zu bytes",
                          SEDGE_TENSOR_BYTES_MAX);
    t->size_bytes = n * sedge_dtype_size(t->dtype);
    return SEDGE_OK;
}

static bool positive_finite(float x) {
    return x > 0 && x <= 3.402823466e+38f;
}

static sedge_status check_quant(const sedge_tensor *t, sedge_error *err) {
    const sedge_quant *q = &t->quant;
    if (q->count == 0)
        return SEDGE_OK;
    if (!q->scales)
        return sedge_fail(err, SEDGE_EINVALID, "quantised without scales");
    if (q->count > 1 && (q->axis >= t->rank || t->rank > SEDGE_RANK_MAX || t->dims[q->axis] < 1 ||
                         (uint32_t)t->dims[q->axis] != q->count))
        return sedge_fail(err, SEDGE_EINVALID, "%u scales do not fit dimension %u", q->count, q->axis);
    for (uint32_t i = 0; i < q->count; i++)
        if (!positive_finite(q->scales[i]))
            return sedge_fail(err, SEDGE_EINVALID, "scale %u is not a positive number", i);
    return SEDGE_OK;
}

static sedge_status check_tensor(const sedge_tensor *t, sedge_error *err) {
    if (!t->name)
        return sedge_fail(err, SEDGE_EINVALID, "has no name");
    sedge_tensor copy = *t;
    sedge_status st = sedge_tensor_set_size(&copy, err);
    if (st)
        return st;
    if (t->data && !sedge_tensor_settled(t))
        return sedge_fail(err, SEDGE_EINVALID, "a constant has a free type, rank or dimension");
    if (t->variable && (t->data || !sedge_tensor_settled(t)))
        return sedge_fail(err, SEDGE_EINVALID, "a variable is a constant or has a free dimension");
    return check_quant(t, err);
}

/* what is known of each tensor while the operators are walked in order */
enum { TENSOR_UNKNOWN, TENSOR_READY };

static sedge_status check_index(const sedge_graph *g, int32_t index, const char *what, uint32_t i, sedge_error *err) {
    if (index < 0 || (uint32_t)index >= g->n_tensors)
        return sedge_fail(err, SEDGE_EINVALID, "%s %u is tensor %d, the graph has %u", what, i, index, g->n_tensors);
    return SEDGE_OK;
}

static sedge_status check_op_inputs(const sedge_graph *g, const sedge_op *op, const uint8_t *state, sedge_error *err) {
    for (uint32_t i = 0; i < op->n_inputs; i++) {
        int32_t t = op->inputs[i];
        if (t == -1)
            continue;
        sedge_status st = check_index(g, t, "input", i, err);
        if (st)
            return st;
        if (state[t] != TENSOR_READY)
            return sedge_fail(err, SEDGE_EINVALID, "input %u, tensor %d '%s', is used before anything produces it", i,
                              t, g->tensors[t].name);
    }
    return SEDGE_OK;
}

static sedge_status check_op_outputs(const sedge_graph *g, const sedge_op *op, uint8_t *state, sedge_error *err) {
    for (uint32_t i = 0; i < op->n_outputs; i++) {
        int32_t t = op->outputs[i];
        sedge_status st = check_index(g, t, "output", i, err);
        if (st)
            return st;
        if (g->tensors[t].variable && op->kind == SEDGE_OP_ASSIGN)
            continue;
        if (state[t] == TENSOR_READY)
            return sedge_fail(err, SEDGE_EINVALID,
                              "output %u, tensor %d '%s', is a constant, a variable, an input or made twice", i, t,
                              g->tensors[t].name);
        state[t] = TENSOR_READY;
    }
    return SEDGE_OK;
}

static sedge_status check_op(const sedge_graph *g, const sedge_op *op, uint8_t *state, sedge_error *err) {
    if ((unsigned)op->kind >= SEDGE_OP_COUNT)
        return sedge_fail(err, SEDGE_EINVALID, "kind %d is unknown", (int)op->kind);
    if (op->n_inputs > SEDGE_OP_ENDS_MAX || op->n_outputs > SEDGE_OP_ENDS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u inputs and %u outputs, the limit is %d", op->n_inputs, op->n_outputs,
                          SEDGE_OP_ENDS_MAX);
    sedge_status st = check_op_inputs(g, op, state, err);
    if (!st && op->guard > g->n_guards)
        st = sedge_fail(err, SEDGE_EINVALID, "guard %u, the graph has %u", op->guard, g->n_guards);
    return st ? st : check_op_outputs(g, op, state, err);
}

static sedge_status check_inputs(const sedge_graph *g, uint8_t *state, sedge_error *err) {
    for (uint32_t i = 0; i < g->n_inputs; i++) {
        sedge_status st = check_index(g, g->inputs[i], "graph input", i, err);
        if (st)
            return st;
        if (state[g->inputs[i]] == TENSOR_READY)
            return sedge_fail(err, SEDGE_EINVALID,
                              "graph input %u, tensor '%s', is a constant, a variable or listed twice", i,
                              g->tensors[g->inputs[i]].name);
        state[g->inputs[i]] = TENSOR_READY;
    }
    return SEDGE_OK;
}

static sedge_status check_outputs(const sedge_graph *g, const uint8_t *state, sedge_error *err) {
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        sedge_status st = check_index(g, g->outputs[i], "graph output", i, err);
        if (st)
            return st;
        if (state[g->outputs[i]] != TENSOR_READY)
            return sedge_fail(err, SEDGE_EINVALID, "graph output %u, tensor '%s', is made by no operator", i,
                              g->tensors[g->outputs[i]].name);
    }
    return SEDGE_OK;
}

static sedge_status check_guards(const sedge_graph *g, sedge_error *err) {
    if (g->n_guards > SEDGE_GUARDS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u guards, the limit is %d", g->n_guards, SEDGE_GUARDS_MAX);
    for (uint32_t i = 0; i < g->n_guards; i++) {
        sedge_status st = check_index(g, g->guards[i].condition, "condition of guard", i, err);
        if (st)
            return st;
        if (g->guards[i].outer > i)
            return sedge_fail(err, SEDGE_EINVALID, "guard %u stands in guard %u", i, g->guards[i].outer - 1);
    }
    return SEDGE_OK;
}

static sedge_status check_counts(const sedge_graph *g, sedge_error *err) {
    if (g->n_tensors > SEDGE_GRAPH_TENSORS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u tensors, the limit is %d", g->n_tensors, SEDGE_GRAPH_TENSORS_MAX);
    if (g->n_ops > SEDGE_GRAPH_OPS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u operators, the limit is %d", g->n_ops, SEDGE_GRAPH_OPS_MAX);
    if (g->n_inputs > SEDGE_GRAPH_ENDS_MAX || g->n_outputs > SEDGE_GRAPH_ENDS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u inputs and %u outputs, the limit is %d", g->n_inputs, g->n_outputs,
                          SEDGE_GRAPH_ENDS_MAX);
    if (g->n_outputs == 0)
        return sedge_fail(err, SEDGE_EINVALID, "the graph has no output");
    return SEDGE_OK;
}

sedge_status sedge_graph_check(const sedge_graph *g, sedge_error *err) {
    sedge_status st = check_counts(g, err);
    if (st)
        return st;
    SEDGE_AUTO_MEM uint8_t *state = calloc((size_t)g->n_tensors + 1, 1);
    if (!state)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to check a graph of %u tensors", g->n_tensors);
    for (uint32_t i = 0; i < g->n_tensors; i++) {
        st = check_tensor(&g->tensors[i], err);
        if (st)
            return sedge_wrap(err, st, "tensor %u '%s'", i, g->tensors[i].name ? g->tensors[i].name : "");
        state[i] = g->tensors[i].data || g->tensors[i].variable ? TENSOR_READY : TENSOR_UNKNOWN;
    }
    st = check_guards(g, err);
    if (!st)
        st = check_inputs(g, state, err);
    for (uint32_t i = 0; !st && i < g->n_ops; i++) {
        st = check_op(g, &g->ops[i], state, err);
        if (st)
            return sedge_wrap(err, st, "operator %u %s", i, sedge_op_kind_name(g->ops[i].kind));
    }
    return st ? st : check_outputs(g, state, err);
}
