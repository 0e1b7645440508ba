/* SPDX-License-Identifier: Apache-2.0 */
/** What a sedge_model is inside: the graph with its shapes settled, the prepared operators, the plan. */
#ifndef SEDGE_RUNTIME_COMPILED_H
#define SEDGE_RUNTIME_COMPILED_H

#include "model/graph.h"
#include "ops/op.h"
#include "sedge/model.h"

/** An operator that is ready to run. Its ends lie in an instance's table from first_end: inputs, then outputs. */
typedef struct sedge_step {
    sedge_prepared prepared;
    size_t first_end;
    size_t scratch_offset; /**< in the arena */
    size_t state_offset;   /**< in the arena */
} sedge_step;

struct sedge_model {
    sedge_graph_file file;
    sedge_pool pool; /**< prepared data and the arrays below */
    sedge_step *steps;
    size_t n_ends;
    uint32_t *root;      /**< by tensor: the tensor whose bytes it is (itself unless a view or computed in place) */
    size_t *offset;      /**< by tensor: place of its root in the arena; unused for constants */
    uint32_t *variables; /**< tensors that a reset fills */
    uint32_t n_variables;
    sedge_model_stats stats;
};

/**
 * As sedge_model_open for a graph in memory, which is checked and copied; constants, names and what operators point to
 * are borrowed and must stay until the model is freed. SEDGE_EINVALID and the others as there.
 */
SEDGE_NODISCARD sedge_status sedge_model_from_graph(const sedge_graph *g, const sedge_model_options *options,
                                                    sedge_model **ret, sedge_error *err);
/** Settles all shapes: inputs from the options, the rest by the operators' rules. */
SEDGE_NODISCARD sedge_status sedge_settle_shapes(sedge_model *model, const sedge_model_options *options,
                                                 sedge_error *err);
/** Puts "operator 3 CONV_2D 'name'" in front of a failure. */
sedge_status sedge_wrap_op(const sedge_op *op, sedge_status st, sedge_error *err);
/** Prepares every operator into model->steps and adds up the statistics; the budget of MACs is held. */
SEDGE_NODISCARD sedge_status sedge_prepare_steps(sedge_model *model, const sedge_model_options *options,
                                                 sedge_error *err);
/** Plans the arena: root, offset, scratch_offset; the budget of bytes is held. */
SEDGE_NODISCARD sedge_status sedge_plan_arena(sedge_model *model, const sedge_model_options *options, sedge_error *err);
/** Bytes of an instance of this model; false when they do not fit. */
SEDGE_NODISCARD bool sedge_instance_size(const sedge_model *model, size_t *ret);

#endif
