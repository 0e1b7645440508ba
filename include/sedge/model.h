/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A model: read from the bytes of a .tflite or .onnx file, verified once and completely, planned and prepared.
 *
 * A sedge_model never changes after sedge_model_open and may be shared by any number of threads. What runs it is a
 * sedge_instance (sedge/instance.h), one thread at a time each. Nothing is allocated after open and the making of
 * instances; libsedge starts no thread and has no global state.
 *
 *     sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
 *     sedge_model *model;
 *     if (sedge_model_open(bytes, size, &options, &model, &err)) puts(err.text);
 */
#ifndef SEDGE_MODEL_H
#define SEDGE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/attr.h"
#include "sedge/cpu.h"
#include "sedge/error.h"
#include "sedge/tensor.h"

typedef struct sedge_model sedge_model;

/** Sizes for one input whose file leaves dimensions free (or lets them be changed). */
typedef struct sedge_input_shape {
    uint32_t input; /**< index of the input */
    uint32_t rank;
    int32_t dims[SEDGE_RANK_MAX];
} sedge_input_shape;

/**
 * A value for one input, for models in which it decides the shape of another tensor (the new shape of a Reshape, say).
 * Such an input becomes a constant of this model: it has no place in an instance, and sedge_instance_set_input takes
 * these bytes only. Where nothing needs its value at open, the input stays an input.
 */
typedef struct sedge_input_value {
    uint32_t input;
    const void *data; /**< copied */
    size_t size;      /**< of the whole tensor, in bytes */
} sedge_input_value;

typedef struct sedge_model_options {
    size_t max_arena_bytes;          /**< budget for activations, state and scratch of one instance */
    uint64_t max_macs;               /**< budget for multiply-accumulates (or comparable steps) of one invoke */
    uint32_t cpu_mask;               /**< kernels may use these extensions, as far as the machine has them */
    bool keep_channels;              /**< no slimming: channels that nobody uses are computed all the same */
    const sedge_input_shape *shapes; /**< n_shapes rows; free dimensions that no row names become 1 */
    size_t n_shapes;
    const sedge_input_value *values; /**< n_values rows, see there */
    size_t n_values;
} sedge_model_options;

#define SEDGE_MODEL_OPTIONS_INIT                                                                                       \
    ((sedge_model_options){                                                                                            \
        .max_arena_bytes = (size_t)256 << 20, .max_macs = UINT64_C(1) << 34, .cpu_mask = SEDGE_CPU_ALL })

/** SEDGE_MODEL_OPTIONS_INIT for languages that have no macros. */
SEDGE_API sedge_model_options sedge_model_options_default(void);

/**
 * Opens a model from memory; the format is told from the bytes.
 *
 * @param data     the whole file. Borrowed: it must stay, unchanged, until the model is freed
 * @param options  NULL means SEDGE_MODEL_OPTIONS_INIT
 * @return SEDGE_OK; SEDGE_ETRUNCATED, SEDGE_EINVALID (damaged or inconsistent), SEDGE_EUNSUPPORTED (an operator, type
 * or version that this build does not know), SEDGE_ELIMIT (a named limit or budget), SEDGE_EUSAGE (options.shapes or
 * .values do not fit), SEDGE_ENOMEM. The sentence names the tensor or operator.
 */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_model_open(const void *data, size_t size,
                                                        const sedge_model_options *options, sedge_model **ret,
                                                        sedge_error *err);
/** Frees the model; its instances must be gone. NULL is fine. */
SEDGE_API void sedge_model_free(sedge_model *model);

/** Inputs and outputs, in the order of the file. An index out of range gives NULL. */
SEDGE_API uint32_t sedge_model_input_count(const sedge_model *model);
SEDGE_API uint32_t sedge_model_output_count(const sedge_model *model);
SEDGE_API const sedge_tensor *sedge_model_input(const sedge_model *model, uint32_t index);
SEDGE_API const sedge_tensor *sedge_model_output(const sedge_model *model, uint32_t index);
/** Index of the first input or output of that name; false when there is none. */
SEDGE_API SEDGE_NODISCARD bool sedge_model_find_input(const sedge_model *model, const char *name, uint32_t *ret_index);
SEDGE_API SEDGE_NODISCARD bool sedge_model_find_output(const sedge_model *model, const char *name, uint32_t *ret_index);

/** All tensors (inputs, constants, intermediate, outputs), for introspection and observers. */
SEDGE_API uint32_t sedge_model_tensor_count(const sedge_model *model);
SEDGE_API const sedge_tensor *sedge_model_tensor(const sedge_model *model, uint32_t tensor);
/** The tensor index of an input or output; UINT32_MAX out of range. */
SEDGE_API uint32_t sedge_model_input_tensor(const sedge_model *model, uint32_t index);
SEDGE_API uint32_t sedge_model_output_tensor(const sedge_model *model, uint32_t index);

/** One operator as it will run; tensors by index, -1 for an absent optional input. Strings belong to the model. */
typedef struct sedge_op_info {
    const char *type;   /**< "FULLY_CONNECTED" */
    const char *name;   /**< the file's own name for it, "" when it has none */
    const char *kernel; /**< "fully_connected_s8_avx2" */
    uint32_t n_inputs;
    const int32_t *inputs;
    uint32_t n_outputs;
    const int32_t *outputs;
    uint64_t macs;
    size_t packed_bytes;  /**< prepared weights and tables, owned by the model */
    size_t scratch_bytes; /**< in the arena while it runs */
} sedge_op_info;

SEDGE_API uint32_t sedge_model_op_count(const sedge_model *model);
/** false when op is out of range. */
SEDGE_API SEDGE_NODISCARD bool sedge_model_op(const sedge_model *model, uint32_t op, sedge_op_info *ret);

/** The text of a number in a tensor of type string, UTF-8; NULL when there is none. Belongs to the model. */
SEDGE_API const char *sedge_model_string(const sedge_model *model, uint32_t number);
/** The number of a text, SEDGE_STRING_UNKNOWN when the model has no such text. */
SEDGE_API uint32_t sedge_model_find_string(const sedge_model *model, const char *text);

/** Sizes known at open. */
typedef struct sedge_model_stats {
    size_t constant_bytes; /**< constants in the file */
    size_t packed_bytes;   /**< prepared weights and tables */
    size_t arena_bytes;    /**< activations, state and scratch of an instance */
    size_t instance_bytes; /**< all memory of an instance, as sedge_instance_init wants it */
    uint64_t macs;
    uint32_t cpu_mask;         /**< extensions that were allowed and present */
    uint32_t slimmed_channels; /**< channels that went because nobody uses them or because they are constant ... */
    size_t slimmed_bytes;      /**< ... the constants that went with them ... */
    uint64_t slimmed_macs;     /**< ... and the multiply-accumulates, which macs does not count */
} sedge_model_stats;

SEDGE_API sedge_model_stats sedge_model_get_stats(const sedge_model *model);
/** "tflite" or "onnx". Static storage. */
SEDGE_API const char *sedge_model_format(const sedge_model *model);

#endif
