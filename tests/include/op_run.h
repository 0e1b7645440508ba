/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Runs one operator on given tensors through the whole runtime, without a file, and compares what it makes.
 *
 *     static const op_run rows[] = {
 *         { "concat",
 *           { .kind = SEDGE_OP_CONCATENATION, .u.axis = 1 },
 *           .in = { { SEDGE_INT8, DIMS(2, 2), VALUES(int8_t, 1, 2, 3, 4), .scale = .5f, .zero = -3 },
 *                   { SEDGE_INT8, DIMS(2, 1), VALUES(int8_t, 5, 6), .scale = .5f, .zero = -3, .constant = true } },
 *           .out = { { SEDGE_INT8, DIMS(2, 3), VALUES(int8_t, 1, 2, 5, 3, 4, 6), .scale = .5f, .zero = -3 } } },
 *         { "wrong axis", { ... }, .in = { ... }, .out = { ... }, .refused = "axis 3" },
 *     };
 *     ...
 *     op_run_all(rows, SEDGE_COUNT(rows), SEDGE_CPU_ALL);
 *
 * A row runs twice: the output's dimensions declared as in the row, and all of them free.
 */
#ifndef SEDGE_TEST_OP_RUN_H
#define SEDGE_TEST_OP_RUN_H

#include "sedge_test.h"

#include <string.h>

#include "base/own.h"
#include "runtime/compiled.h"
#include "sedge/instance.h"

enum { OP_RUN_ENDS = 8 };

/** Sizes of a tensor; a scalar leaves it out. */
#define DIMS(...) .rank = sizeof((const int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t), .dims = { __VA_ARGS__ }
/** The elements in row-major order. */
#define VALUES(type, ...) .data = (const type[]){ __VA_ARGS__ }, .bytes = sizeof((const type[]){ __VA_ARGS__ })

typedef struct op_run_tensor {
    sedge_dtype dtype;
    uint32_t rank;
    int32_t dims[SEDGE_RANK_MAX];
    const void *data; /**< an input's bytes, or an output's expected bytes */
    size_t bytes;     /**< of data */
    bool constant;    /**< an input that the graph knows */
    bool absent;      /**< an optional input that is not there */
    bool sized;       /**< an output whose size depends on values; dims are the actual ones */
    float scale;      /**< 0: not quantised */
    int32_t zero;
} op_run_tensor;

typedef struct op_run {
    const char *name;
    sedge_op op;                    /**< kind, activation and u; the ends are filled in */
    op_run_tensor in[OP_RUN_ENDS];  /**< up to the first that has neither data nor is absent */
    op_run_tensor out[OP_RUN_ENDS]; /**< likewise */
    float tolerance;                /**< for float32, of the largest expected magnitude; 0: equal bits */
    const char *refused;            /**< words of the refusal when the model is opened, instead of a result */
} op_run;

enum { OP_RUN_TENSORS = 2 * OP_RUN_ENDS + 1 };

/* the graph of a row, which points into itself */
typedef struct op_run_graph {
    sedge_tensor tensors[OP_RUN_TENSORS];
    char names[OP_RUN_TENSORS][8];
    float scales[OP_RUN_TENSORS];
    int32_t zeros[OP_RUN_TENSORS];
    int32_t op_inputs[OP_RUN_ENDS], outputs[OP_RUN_ENDS], inputs[OP_RUN_ENDS];
    uint32_t fed[OP_RUN_ENDS]; /* by graph input: the row's input */
    sedge_op op;
    sedge_graph g;
} op_run_graph;

static inline int32_t op_run_add(op_run_graph *r, const op_run_tensor *from, char prefix, uint32_t number) {
    uint32_t i = r->g.n_tensors++;
    r->names[i][0] = prefix;
    r->names[i][1] = (char)('0' + number);
    r->scales[i] = from->scale;
    r->zeros[i] = from->zero;
    sedge_tensor *t = &r->tensors[i];
    *t = (sedge_tensor){ .name = r->names[i], .dtype = from->dtype, .rank = from->rank };
    memcpy(t->dims, from->dims, sizeof t->dims);
    if (from->scale != 0)
        t->quant = (sedge_quant){ 1, 0, &r->scales[i], &r->zeros[i] };
    if (from->constant)
        t->data = from->data;
    return (int32_t)i;
}

static inline void op_run_add_inputs(op_run_graph *r, const op_run *row) {
    for (uint32_t i = 0; i < OP_RUN_ENDS && (row->in[i].data || row->in[i].absent); i++) {
        int32_t t = row->in[i].absent ? -1 : op_run_add(r, &row->in[i], 'x', i);
        r->op_inputs[r->op.n_inputs++] = t;
        if (t < 0 || row->in[i].constant)
            continue;
        r->fed[r->g.n_inputs] = i;
        r->inputs[r->g.n_inputs++] = t;
    }
    if (r->g.n_inputs == 0) { /* every graph has one: nothing reads it */
        const op_run_tensor unread = { .dtype = SEDGE_FLOAT32 };
        r->fed[0] = OP_RUN_ENDS;
        r->inputs[r->g.n_inputs++] = op_run_add(r, &unread, 'u', 0);
    }
}

static inline void op_run_build(op_run_graph *r, const op_run *row, bool free_dims) {
    *r = (op_run_graph){ .op = row->op };
    r->op.inputs = r->op_inputs;
    r->op.outputs = r->outputs;
    r->g = (sedge_graph){ .tensors = r->tensors, .n_ops = 1, .ops = &r->op, .inputs = r->inputs };
    op_run_add_inputs(r, row);
    for (uint32_t i = 0; i < OP_RUN_ENDS && row->out[i].data; i++) {
        int32_t t = op_run_add(r, &row->out[i], 'y', i);
        for (uint32_t d = 0; (free_dims || row->out[i].sized) && d < row->out[i].rank; d++)
            r->tensors[t].dims[d] = SEDGE_DIM_FREE;
        r->outputs[r->op.n_outputs++] = t;
    }
    r->g.outputs = r->outputs;
    r->g.n_outputs = r->op.n_outputs;
}

static inline float op_run_magnitude(float x) {
    return x < 0 ? -x : x;
}

static inline void op_run_compare_shape(const op_run *row, uint32_t i, const sedge_instance *instance) {
    const op_run_tensor *want = &row->out[i];
    sedge_error err = SEDGE_ERROR_INIT;
    uint32_t rank;
    int32_t dims[SEDGE_RANK_MAX];
    assert_int_equal(sedge_instance_output_shape(instance, i, &rank, dims, &err), SEDGE_OK);
    if (rank != want->rank)
        fail_msg("%s: output %u has rank %u, expected %u", row->name, i, rank, want->rank);
    for (uint32_t d = 0; d < rank; d++)
        if (dims[d] != want->dims[d])
            fail_msg("%s: output %u: dimension %u is %d, expected %d", row->name, i, d, dims[d], want->dims[d]);
}

static inline void op_run_compare(const op_run *row, uint32_t i, const sedge_tensor *t, const void *got) {
    const op_run_tensor *want = &row->out[i];
    if (!want->sized && t->size_bytes != want->bytes)
        fail_msg("%s: output %u has %zu bytes, expected %zu", row->name, i, t->size_bytes, want->bytes);
    if (t->dtype != SEDGE_FLOAT32 || row->tolerance == 0) {
        for (size_t k = 0; k < want->bytes; k++)
            if (((const uint8_t *)got)[k] != ((const uint8_t *)want->data)[k])
                fail_msg("%s: output %u differs in element %zu", row->name, i, k / sedge_dtype_size(t->dtype));
        return;
    }
    const float *y = got, *e = want->data;
    float largest = 0;
    for (size_t k = 0; k < want->bytes / sizeof *e; k++)
        largest = op_run_magnitude(e[k]) > largest ? op_run_magnitude(e[k]) : largest;
    for (size_t k = 0; k < want->bytes / sizeof *e; k++)
        if (!(op_run_magnitude(y[k] - e[k]) <= row->tolerance * largest))
            fail_msg("%s: output %u, element %zu is %.9g, expected %.9g", row->name, i, k, (double)y[k], (double)e[k]);
}

static inline void op_run_invoke(const op_run *row, const op_run_graph *r, const sedge_model *model) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    for (uint32_t i = 0; i < r->g.n_inputs; i++)
        if (r->fed[i] < OP_RUN_ENDS &&
            sedge_instance_set_input(instance, i, row->in[r->fed[i]].data, row->in[r->fed[i]].bytes, &err))
            fail_msg("%s: %s", row->name, err.text);
    if (sedge_instance_invoke(instance, &err))
        fail_msg("%s: %s", row->name, err.text);
    for (uint32_t i = 0; i < r->g.n_outputs; i++) {
        op_run_compare_shape(row, i, instance);
        op_run_compare(row, i, sedge_model_output(model, i), sedge_instance_output(instance, i));
    }
    sedge_instance_free(instance);
}

/** Opens and runs the row with these kernels; fails the test with the row's name. */
static inline void op_run_check(const op_run *row, bool free_dims, uint32_t cpu_mask) {
    op_run_graph r;
    op_run_build(&r, row, free_dims);
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.cpu_mask = cpu_mask;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model = NULL;
    sedge_status st = sedge_model_from_graph(&r.g, &options, &model, &err);
    if (row->refused) {
        if (!st || !strstr(err.text, row->refused))
            fail_msg("%s: \"%s\" instead of a refusal with \"%s\"", row->name, st ? err.text : "", row->refused);
    } else if (st) {
        fail_msg("%s: %s", row->name, err.text);
    } else {
        op_run_invoke(row, &r, model);
    }
    sedge_model_free(model);
}

/** Every row, with the declared and with free output dimensions. */
static inline void op_run_all(const op_run *rows, size_t n, uint32_t cpu_mask) {
    for (size_t i = 0; i < n; i++) {
        op_run_check(&rows[i], false, cpu_mask);
        op_run_check(&rows[i], true, cpu_mask);
    }
}

#endif
