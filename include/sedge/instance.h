/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An instance: one execution of a model, with its arena and state. Belongs to one thread at a time.
 *
 *     sedge_instance *instance;
 *     sedge_instance_new(model, &instance, &err);
 *     memcpy(sedge_instance_input(instance, 0), x, sedge_model_input(model, 0)->size_bytes);
 *     sedge_instance_invoke(instance, &err);
 *     const float *y = sedge_instance_output(instance, 0);
 *
 * The arena is planned by lifetimes: the bytes of an input may be reused while the model runs, so fill every input
 * before every invoke. Outputs stay until the next write to an input or the next invoke.
 */
#ifndef SEDGE_INSTANCE_H
#define SEDGE_INSTANCE_H

#include "sedge/model.h"

typedef struct sedge_instance sedge_instance;

/** Makes an instance in memory of its own. The model must outlive it. SEDGE_ENOMEM. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_instance_new(const sedge_model *model, sedge_instance **ret,
                                                          sedge_error *err);
/**
 * Makes an instance in the caller's memory, of any alignment, at least sedge_model_stats.instance_bytes long, which
 * must stay until the instance is no longer used. SEDGE_EUSAGE when it is too small.
 */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_instance_init(const sedge_model *model, void *memory, size_t size,
                                                           sedge_instance **ret, sedge_error *err);
/** Frees what sedge_instance_new made; for sedge_instance_init it does nothing. NULL is fine. */
SEDGE_API void sedge_instance_free(sedge_instance *instance);

/** The bytes of an input, 64-byte aligned, to be filled; NULL out of range and for an input that is a constant of the
 * model (sedge_input_value). */
SEDGE_API void *sedge_instance_input(sedge_instance *instance, uint32_t index);
/** The bytes of an output, valid after invoke; NULL out of range. */
SEDGE_API const void *sedge_instance_output(const sedge_instance *instance, uint32_t index);
/**
 * The shape of an output after an invoke. It differs from the tensor's only where that depends on the values (the
 * tensor's sizes_in is not 0): then the tensor's dims are the largest possible, and the elements stand at the front of
 * its bytes, dense for the actual shape. SEDGE_EUSAGE: out of range.
 */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_instance_output_shape(const sedge_instance *instance, uint32_t index,
                                                                   uint32_t *ret_rank, int32_t ret_dims[SEDGE_RANK_MAX],
                                                                   sedge_error *err);
/** Copies in or out with a check of the size: SEDGE_EUSAGE names both sizes. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_instance_set_input(sedge_instance *instance, uint32_t index,
                                                                const void *data, size_t size, sedge_error *err);
SEDGE_API SEDGE_NODISCARD sedge_status sedge_instance_get_output(const sedge_instance *instance, uint32_t index,
                                                                 void *data, size_t size, sedge_error *err);

/** Runs the model once. Allocates nothing, takes no lock. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_instance_invoke(sedge_instance *instance, sedge_error *err);
/** Forgets all state between steps (variables, recurrent state) and zeroes the arena. */
SEDGE_API void sedge_instance_reset(sedge_instance *instance);

/**
 * Called after each operator of an invoke, in order, for profiles and calibration. The operator's output tensors can be
 * read with sedge_instance_tensor during the call, those of earlier operators may have been overwritten.
 */
typedef void sedge_observer(void *user, const sedge_instance *instance, uint32_t op);
/** Sets the observer; NULL removes it. */
SEDGE_API void sedge_instance_observe(sedge_instance *instance, sedge_observer *observer, void *user);
/** The bytes of any tensor, constants too; see sedge_observer for when they mean something. NULL out of range. */
SEDGE_API const void *sedge_instance_tensor(const sedge_instance *instance, uint32_t tensor);
/** The model that it runs. */
SEDGE_API const sedge_model *sedge_instance_model(const sedge_instance *instance);

#endif
