/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/op.h"

#include "base/format.h"
#include "base/own.h"
#include "model/quant.h"
#include "ops/ops.h"
#include "sedge/operators.h"

const sedge_op_def *sedge_op_find_among(const sedge_op_def *const *defs, size_t n, unsigned kind) {
    for (size_t i = 0; i < n; i++)
        if (defs[i]->kind == kind)
            return defs[i];
    return NULL;
}

/* operators that have a meaning when an input has no elements */
static bool takes_empty(sedge_op_kind kind) {
    static const uint8_t kinds[] = {
        SEDGE_OP_IDENTITY,     SEDGE_OP_CAST,    SEDGE_OP_RESHAPE,       SEDGE_OP_SQUEEZE,
        SEDGE_OP_EXPAND_DIMS,  SEDGE_OP_FLATTEN, SEDGE_OP_TRANSPOSE,     SEDGE_OP_CONCATENATION,
        SEDGE_OP_SLICE_AXES,   SEDGE_OP_SLICE,   SEDGE_OP_STRIDED_SLICE, SEDGE_OP_SPLIT_V,
        SEDGE_OP_SHAPE,        SEDGE_OP_SIZE,    SEDGE_OP_RANK,          SEDGE_OP_FILL,
        SEDGE_OP_BROADCAST_TO, SEDGE_OP_TILE,    SEDGE_OP_PAD,           SEDGE_OP_IF,
        SEDGE_OP_RESIZE,
    };
    for (size_t i = 0; i < SEDGE_COUNT(kinds); i++)
        if (kinds[i] == kind)
            return true;
    return kind >= SEDGE_OP_SUM && kind <= SEDGE_OP_REDUCE_ALL; /* their axes */
}

static sedge_status check_inputs(const sedge_op_site *site, sedge_error *err) {
    for (uint32_t i = 0; i < site->op->n_inputs; i++) {
        const sedge_tensor *t = sedge_op_optional(site, i);
        if (t && !sedge_tensor_settled(t))
            return sedge_fail(err, SEDGE_EINVALID, "input %u '%s' has no settled type and shape", i, t->name);
        if (t && t->sizes_in)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "input %u '%s' has a size that depends on values; such a %s", i,
                              t->name, "tensor can only be an output of the graph");
        if (t && t->size_bytes == 0 && !takes_empty(site->op->kind))
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "input %u '%s' has no elements", i, t->name);
    }
    return SEDGE_OK;
}

static sedge_status check_outputs(const sedge_op_site *site, sedge_error *err) {
    for (uint32_t i = 0; i < site->op->n_outputs; i++)
        if (!sedge_tensor_settled(sedge_op_output(site, i)))
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "output %u '%s' has a type or shape that is not known", i,
                              sedge_op_output(site, i)->name);
    return SEDGE_OK;
}

/* outputs 0 in the table: the operator's own shape rule counts them */
sedge_status sedge_op_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_op *op = site->op;
    const sedge_op_def *def = sedge_op_find(op->kind);
    if (!def)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "this program was not linked with it");
    if (op->n_inputs < def->min_inputs || op->n_inputs > def->max_inputs)
        return sedge_fail(err, SEDGE_EINVALID, "%u inputs, %u to %u are allowed", op->n_inputs, def->min_inputs,
                          def->max_inputs);
    if (def->n_outputs && op->n_outputs != def->n_outputs)
        return sedge_fail(err, SEDGE_EINVALID, "%u outputs, %u are needed", op->n_outputs, def->n_outputs);
    for (uint32_t i = 0; i < def->min_inputs; i++)
        if (op->inputs[i] < 0)
            return sedge_fail(err, SEDGE_EINVALID, "input %u is absent", i);
    sedge_status st = check_inputs(site, err);
    if (!st)
        st = def->shape(site, err);
    return st ? st : check_outputs(site, err);
}

static bool makes_nothing(const sedge_op_site *site) {
    for (uint32_t i = 0; i < site->op->n_outputs; i++)
        if (sedge_op_output(site, i)->size_bytes)
            return false;
    for (uint32_t i = 0; i < site->op->n_inputs; i++)
        if (sedge_op_optional(site, i) && sedge_op_optional(site, i)->variable)
            return false;
    return site->op->n_outputs > 0;
}

sedge_status sedge_op_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    if (!makes_nothing(site))
        return sedge_op_find(site->op->kind)->prepare(site, ret, err);
    *ret = (sedge_prepared){ .kernel = "nothing" };
    return SEDGE_OK;
}

static const char *shape_text(uint32_t rank, const int32_t *dims, char *out, size_t size) {
    size_t n = sedge_format(out, size, "[");
    for (uint32_t i = 0; i < rank && n < size; i++)
        n += sedge_format(out + n, size - n, i ? " x %d" : "%d", dims[i]);
    if (n < size)
        sedge_format(out + n, size - n, "]");
    return out;
}

sedge_status sedge_op_set_type(sedge_tensor *t, sedge_dtype dtype, sedge_error *err) {
    if (t->dtype == SEDGE_DTYPE_FREE)
        t->dtype = dtype;
    if (t->dtype == dtype)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is declared %s but comes out as %s", t->name,
                      sedge_dtype_name(t->dtype), sedge_dtype_name(dtype));
}

sedge_status sedge_op_set_shape(sedge_tensor *t, uint32_t rank, const int32_t *dims, sedge_error *err) {
    if (rank > SEDGE_RANK_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "tensor '%s' comes out with rank %u, the limit is %d", t->name, rank,
                          SEDGE_RANK_MAX);
    if (t->rank == SEDGE_RANK_FREE) {
        t->rank = rank;
        for (uint32_t i = 0; i < rank; i++)
            t->dims[i] = SEDGE_DIM_FREE;
    }
    bool fits = t->rank == rank;
    for (uint32_t i = 0; fits && i < rank; i++)
        fits = t->dims[i] == SEDGE_DIM_FREE || t->dims[i] == dims[i];
    if (!fits) {
        char declared[128], found[128];
        return sedge_fail(err, SEDGE_EINVALID, "tensor '%s' is declared %s but comes out as %s", t->name,
                          shape_text(t->rank, t->dims, declared, sizeof declared),
                          shape_text(rank, dims, found, sizeof found));
    }
    for (uint32_t i = 0; i < rank; i++)
        t->dims[i] = dims[i];
    sedge_status st = sedge_tensor_set_size(t, err);
    return st ? sedge_wrap(err, st, "tensor '%s'", t->name) : SEDGE_OK;
}

sedge_status sedge_op_same_shape(sedge_tensor *t, const sedge_tensor *as, sedge_error *err) {
    return sedge_op_set_shape(t, as->rank, as->dims, err);
}

sedge_status sedge_op_set_largest(const sedge_op_site *site, sedge_dtype dtype, uint32_t rank, const int32_t *dims,
                                  sedge_error *err) {
    sedge_tensor *y = sedge_op_output(site, 0), *sizes = sedge_op_output(site, 1);
    sedge_status st = sedge_op_set_type(y, dtype, err);
    if (!st)
        st = sedge_op_set_shape(y, rank, dims, err);
    if (!st)
        st = sedge_op_set_type(sizes, SEDGE_INT32, err);
    if (!st)
        st = sedge_op_set_shape(sizes, 1, (int32_t[]){ (int32_t)rank }, err);
    y->sizes_in = (uint32_t)site->op->outputs[1] + 1;
    return st;
}

size_t sedge_op_elements(const sedge_tensor *t) {
    return t->size_bytes / sedge_dtype_size(t->dtype);
}

sedge_status sedge_op_want_type(const sedge_tensor *t, sedge_dtype dtype, sedge_error *err) {
    if (t->dtype == dtype)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, %s is needed", t->name, sedge_dtype_name(t->dtype),
                      sedge_dtype_name(dtype));
}

sedge_status sedge_op_want_quant(const sedge_tensor *t, sedge_error *err) {
    if (t->quant.count != 1)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' has %u scales, one is needed", t->name, t->quant.count);
    sedge_range r = sedge_dtype_range(t->dtype);
    if (sedge_zero_point(t) < r.low || sedge_zero_point(t) > r.high)
        return sedge_fail(err, SEDGE_EINVALID, "tensor '%s' has zero point %d outside its type", t->name,
                          sedge_zero_point(t));
    return SEDGE_OK;
}

sedge_status sedge_op_want_constant(const sedge_tensor *t, const char *what, sedge_error *err) {
    if (t->data)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "%s, tensor '%s', are not constant", what, t->name);
}

sedge_status sedge_op_constant(const sedge_op_site *site, uint32_t i, const char *what, sedge_error *err) {
    sedge_tensor *t = sedge_op_input(site, i);
    if (!t->data && site->values)
        t->data = site->values[site->op->inputs[i]];
    return sedge_op_want_constant(t, what, err);
}

sedge_status sedge_op_constant_ints(const sedge_op_site *site, uint32_t i, const char *what, uint32_t max, int64_t *ret,
                                    uint32_t *ret_n, sedge_error *err) {
    const sedge_tensor *t = sedge_op_input(site, i);
    if (t->dtype != SEDGE_INT64 && t->dtype != SEDGE_INT32)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "%s, tensor '%s', are %s, int32 or int64 is needed", what, t->name,
                          sedge_dtype_name(t->dtype));
    size_t n = sedge_op_elements(t);
    if (n > max)
        return sedge_fail(err, SEDGE_EINVALID, "%s, tensor '%s', are %zu values, at most %u are allowed", what, t->name,
                          n, max);
    sedge_status st = sedge_op_constant(site, i, what, err);
    if (st)
        return st;
    for (size_t k = 0; k < n; k++)
        ret[k] = t->dtype == SEDGE_INT64 ? ((const int64_t *)t->data)[k] : ((const int32_t *)t->data)[k];
    *ret_n = (uint32_t)n;
    return SEDGE_OK;
}

sedge_status sedge_op_constant_int(const sedge_op_site *site, uint32_t i, const char *what, int64_t low, int64_t high,
                                   int64_t *ret, sedge_error *err) {
    uint32_t n = 0;
    int64_t value = 0;
    sedge_status st = sedge_op_constant_ints(site, i, what, 1, &value, &n, err);
    if (!st && (n != 1 || value < low || value > high))
        st = sedge_fail(err, SEDGE_EINVALID, "%s, tensor '%s', must be one number from %lld to %lld", what,
                        sedge_op_input(site, i)->name, (long long)low, (long long)high);
    if (!st)
        *ret = value;
    return st;
}

sedge_status sedge_op_constant_float(const sedge_op_site *site, uint32_t i, const char *what, float *ret,
                                     sedge_error *err) {
    const sedge_tensor *t = sedge_op_input(site, i);
    sedge_status st = sedge_op_want_type(t, SEDGE_FLOAT32, err);
    if (!st && (t->rank > 1 || sedge_op_elements(t) != 1))
        st = sedge_fail(err, SEDGE_EINVALID, "%s, tensor '%s', is not one number", what, t->name);
    if (!st)
        st = sedge_op_constant(site, i, what, err);
    if (!st)
        *ret = *(const float *)t->data;
    return st;
}

sedge_status sedge_op_axis(int64_t axis, uint32_t rank, uint32_t *ret, sedge_error *err) {
    int64_t from_start = axis < 0 ? axis + (int64_t)rank : axis;
    if (axis < -(int64_t)rank || from_start >= (int64_t)rank)
        return sedge_fail(err, SEDGE_EINVALID, "axis %lld of a tensor of rank %u", (long long)axis, rank);
    *ret = (uint32_t)from_start;
    return SEDGE_OK;
}

sedge_status sedge_op_bad_types(const sedge_tensor *a, const sedge_tensor *b, sedge_error *err) {
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "types %s ('%s') and %s ('%s') are not supported together",
                      sedge_dtype_name(a->dtype), a->name, sedge_dtype_name(b->dtype), b->name);
}

sedge_status sedge_op_no_memory(sedge_error *err) {
    return sedge_fail(err, SEDGE_ELIMIT, "no memory within the limit for prepared weights");
}
