/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an operator is to the runtime: a shape rule, a preparation and a run function, one row in model/op_list.inc, one
 * file src/ops/<operator>.c.
 *
 * The shape rule and the preparation check everything that the run function relies on; a run cannot fail.
 */
#ifndef SEDGE_OPS_OP_H
#define SEDGE_OPS_OP_H

#include "model/graph.h"
#include "sedge/cpu.h"

/** One operator of a graph whose shapes are being settled, in the order of the graph. */
typedef struct sedge_op_site {
    sedge_tensor *tensors; /**< of the graph; the shape rule sets type, dims and size_bytes of the outputs */
    const sedge_op *op;
    sedge_pool *pool;  /**< for prepared data, which lives as long as the model; zeroed memory. NULL in shape rules */
    uint32_t cpu_mask; /**< kernels may use these */
    /** By tensor, in shape rules: what the caller gives an input for the life of the model, or NULL. Also NULL as a
     * whole. See sedge_op_constant. */
    const void *const *values;
} sedge_op_site;

/** What a run gets. Pointers of absent optional inputs are NULL; constants point to their bytes. */
typedef struct sedge_op_call {
    const void *prepared;
    void *const *inputs;
    void *const *outputs;
    void *scratch; /**< sedge_prepared.scratch_bytes, 64-byte aligned */
    void *state;   /**< sedge_prepared.state_bytes, 64-byte aligned; what the last call left, zeros after a reset */
} sedge_op_call;

typedef void sedge_op_run(const sedge_op_call *call);

/** The outcome of a preparation. */
typedef struct sedge_prepared {
    sedge_op_run *run;
    const void *data;    /**< in the pool; what call->prepared will be */
    const char *kernel;  /**< name of what was chosen, static storage */
    size_t packed_bytes; /**< part of the pool that holds weights and tables */
    size_t scratch_bytes;
    size_t state_bytes; /**< of the operator's own memory from one invoke to the next; zeros are its fresh state */
    uint64_t macs;
    bool in_place; /**< the output may lie on the first input: equal sizes, element by element */
    bool view;     /**< the output is the first input's bytes, unless it outlives a variable's: run copies them then.
                        A view without a run (NULL) of a variable that changes is refused */
} sedge_prepared;

typedef struct sedge_op_def {
    sedge_op_kind kind;
    uint8_t min_inputs, max_inputs, n_outputs;
    /** Checks types and shapes of the inputs and settles the outputs' types and shapes (sedge_op_set_type,
     * sedge_op_set_shape). Inputs are settled when it is called; outputs may have free type and rank, so that they are
     * not looked at before they are set. SEDGE_EINVALID, SEDGE_EUNSUPPORTED. */
    sedge_status (*shape)(const sedge_op_site *site, sedge_error *err);
    /** Chooses a kernel and prepares its data. Also SEDGE_ELIMIT. */
    sedge_status (*prepare)(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err);
} sedge_op_def;

#define X(KIND, name, least, most, outputs) extern const sedge_op_def sedge_op_def_##KIND;
#include "model/op_list.inc"
#undef X

/** The row of a kind; NULL when the program does not link it (sedge/operators.h), which sedge_op_shape refuses. */
const sedge_op_def *sedge_op_find(sedge_op_kind kind);
/**
 * Checks the number of inputs and outputs, that none but the last optional ones is absent, that the inputs are settled
 * and have elements (but for the kinds that take tensors without), applies the shape rule, and checks that it has
 * settled the outputs.
 */
SEDGE_NODISCARD sedge_status sedge_op_shape(const sedge_op_site *site, sedge_error *err);

/** The operator's preparation; one whose outputs have no elements has nothing to do. */
SEDGE_NODISCARD sedge_status sedge_op_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err);

/* ---- helpers for operators ---- */

/** An input that sedge_op_shape has found present. */
static inline sedge_tensor *sedge_op_input(const sedge_op_site *site, uint32_t i) {
    return &site->tensors[site->op->inputs[i]];
}

/** An input that may be absent: then NULL. */
static inline sedge_tensor *sedge_op_optional(const sedge_op_site *site, uint32_t i) {
    return i < site->op->n_inputs && site->op->inputs[i] >= 0 ? &site->tensors[site->op->inputs[i]] : NULL;
}

static inline sedge_tensor *sedge_op_output(const sedge_op_site *site, uint32_t i) {
    return &site->tensors[site->op->outputs[i]];
}

/** Settles a type: a free one is filled, another must agree. SEDGE_EUNSUPPORTED names tensor and both types. */
SEDGE_NODISCARD sedge_status sedge_op_set_type(sedge_tensor *t, sedge_dtype dtype, sedge_error *err);
/** Settles a shape after the type: a free rank and free dimensions are filled, others must agree. SEDGE_EINVALID names
 * tensor and both shapes. */
SEDGE_NODISCARD sedge_status sedge_op_set_shape(sedge_tensor *t, uint32_t rank, const int32_t *dims, sedge_error *err);
/** As sedge_op_set_shape with the shape of another tensor. */
SEDGE_NODISCARD sedge_status sedge_op_same_shape(sedge_tensor *t, const sedge_tensor *as, sedge_error *err);
/**
 * Settles output 0 of an operator whose size depends on values: dims are the largest, and output 1, int32 [rank], holds
 * the actual ones (sedge_tensor.sizes_in).
 */
SEDGE_NODISCARD sedge_status sedge_op_set_largest(const sedge_op_site *site, sedge_dtype dtype, uint32_t rank,
                                                  const int32_t *dims, sedge_error *err);
/** Elements of a tensor whose shape is settled. */
size_t sedge_op_elements(const sedge_tensor *t);
/** SEDGE_EUNSUPPORTED unless t has this type; names both. */
SEDGE_NODISCARD sedge_status sedge_op_want_type(const sedge_tensor *t, sedge_dtype dtype, sedge_error *err);
/** SEDGE_EUNSUPPORTED unless t is quantised with one scale and a zero point within its type. */
SEDGE_NODISCARD sedge_status sedge_op_want_quant(const sedge_tensor *t, sedge_error *err);
/** SEDGE_EUNSUPPORTED unless t is a constant; for preparations. */
SEDGE_NODISCARD sedge_status sedge_op_want_constant(const sedge_tensor *t, const char *what, sedge_error *err);
/**
 * For shape rules that need the value of input i, which is present: a constant, or an input of the model for which the
 * caller has given a value (sedge_model_options.values), which becomes a constant of this model. SEDGE_EUNSUPPORTED.
 */
SEDGE_NODISCARD sedge_status sedge_op_constant(const sedge_op_site *site, uint32_t i, const char *what,
                                               sedge_error *err);
/** As sedge_op_constant, of an int32 or int64 tensor of any rank with at most max elements, read into ret. */
SEDGE_NODISCARD sedge_status sedge_op_constant_ints(const sedge_op_site *site, uint32_t i, const char *what,
                                                    uint32_t max, int64_t *ret, uint32_t *ret_n, sedge_error *err);
/** As sedge_op_constant_ints, of one number from low to high. */
SEDGE_NODISCARD sedge_status sedge_op_constant_int(const sedge_op_site *site, uint32_t i, const char *what, int64_t low,
                                                   int64_t high, int64_t *ret, sedge_error *err);
/** As sedge_op_constant, of a float32 tensor of rank 0 or 1 with one element. */
SEDGE_NODISCARD sedge_status sedge_op_constant_float(const sedge_op_site *site, uint32_t i, const char *what,
                                                     float *ret, sedge_error *err);
/** An axis of a tensor of that rank; a negative one counts from the end. SEDGE_EINVALID. */
SEDGE_NODISCARD sedge_status sedge_op_axis(int64_t axis, uint32_t rank, uint32_t *ret, sedge_error *err);
/** "types int8 and float32 are not supported together" as SEDGE_EUNSUPPORTED. */
SEDGE_NODISCARD sedge_status sedge_op_bad_types(const sedge_tensor *a, const sedge_tensor *b, sedge_error *err);
/** SEDGE_ELIMIT: the pool gives no more. */
SEDGE_NODISCARD sedge_status sedge_op_no_memory(sedge_error *err);

/** An entry of a kernel list: usable when the mask has all of cpu. */
#define SEDGE_KERNEL_FITS(kernel_cpu, mask) (((kernel_cpu) & ~(mask)) == 0)

#endif
