/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an emitter is: it writes the constants and the call of one operator. One row of the table in emitters.c, one
 * file emit_<what>.c.
 *
 * An emitter is asked twice: `need` before the memory is planned, `write` after it. It may rely on all that the
 * operator's own shape rule and preparation check.
 */
#ifndef SEDGE_COMPILE_EMIT_H
#define SEDGE_COMPILE_EMIT_H

#include "base/buf.h"
#include "compile/micro_files.h"
#include "runtime/compiled.h"

/** A model being written. */
typedef struct sedge_emit {
    const sedge_model *host;  /**< as it runs here */
    const sedge_model *model; /**< with the plan for the target: the memory that emitters asked for */
    const sedge_graph *graph;
    const char *name;
    sedge_buf constants; /**< definitions at file level */
    sedge_buf calls;     /**< statements of the function that runs the model */
    size_t constant_bytes;
    bool *defined; /**< by tensor: whether its constant stands in `constants` */
    sedge_pool *pool;
    sedge_micro_set files;
    sedge_micro_set includes; /**< of the model's own file */
} sedge_emit;

/** One operator of it. */
typedef struct sedge_emit_op {
    sedge_emit *e;
    uint32_t index;
    sedge_op_site site;
} sedge_emit_op;

/** What an operator needs of the target's memory. */
typedef struct sedge_emit_need {
    size_t scratch_bytes, state_bytes;
    bool in_place; /**< its kernel may write onto its first input */
} sedge_emit_need;

typedef struct sedge_emitter {
    /** SEDGE_EUNSUPPORTED: what this build's kernels for microcontrollers cannot do. May be NULL: nothing is needed. */
    sedge_status (*need)(const sedge_emit_op *o, sedge_emit_need *ret, sedge_error *err);
    sedge_status (*write)(const sedge_emit_op *o, sedge_error *err);
} sedge_emitter;

/** NULL when there is none for operators of this kind. */
const sedge_emitter *sedge_emitter_find(sedge_op_kind kind);

#define X(name) extern const sedge_emitter sedge_emitter_##name;
X(conv)
X(fully_connected)
X(move)
X(pool)
X(softmax)
X(sum)
X(table)
#undef X

/* ---- helpers for emitters ---- */

/** Writes "#include" of a kernel's header into the model's file and takes what it needs along. */
void sedge_emit_use(sedge_emit *e, const char *header);
/** Defines `static const <type> <prefix>_<op>[n]` of integers of this dtype (int8 to int32, uint8) or float32. */
void sedge_emit_array(const sedge_emit_op *o, const char *prefix, sedge_dtype dtype, const void *data, size_t n);
/** The same for bytes, numbered by the caller. */
void sedge_emit_bytes(sedge_emit *e, const char *prefix, uint32_t number, const uint8_t *bytes, size_t n);
/** The address of a tensor as a C expression of type void *, in the pool: "arena + 64" or "tensor_7", which is defined
 * if it was not yet; "0" for an absent one. NULL: no memory. */
const char *sedge_emit_address(sedge_emit *e, int32_t tensor);
const char *sedge_emit_input(const sedge_emit_op *o, uint32_t i);
const char *sedge_emit_output(const sedge_emit_op *o, uint32_t i);
const char *sedge_emit_scratch(const sedge_emit_op *o);
/** Inputs and outputs have these types, or SEDGE_EUNSUPPORTED names the first that has not. */
SEDGE_NODISCARD sedge_status sedge_emit_want_types(const sedge_emit_op *o, sedge_dtype input, sedge_dtype output,
                                                   sedge_error *err);

/** The factors of rows (requantize.h): defines bias, multiplier and shift and writes ".rows = { ... }," */
typedef struct sedge_emit_rows {
    size_t n;
    const int32_t *bias, *multiplier, *shift;
    const int64_t *largest; /**< by row: the largest |sum| that there can be */
    int32_t y_zero, low, high;
} sedge_emit_rows;
void sedge_emit_row_arrays(const sedge_emit_op *o, const sedge_emit_rows *r);
void sedge_emit_row_fields(const sedge_emit_op *o, const sedge_emit_rows *r);
/** A dense layer (micro/fully_connected_s8.h): its constant and its call. `weights` and the arrays of rows are there.
 */
void sedge_emit_dense(const sedge_emit_op *o, size_t in, size_t columns, const sedge_emit_rows *r);
/** Scratch of it. */
size_t sedge_emit_dense_scratch(size_t in, size_t columns);

#endif
