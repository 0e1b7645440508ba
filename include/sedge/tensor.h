/* SPDX-License-Identifier: Apache-2.0 */
/** Tensors: element types, shapes and quantisation, as a model describes them. */
#ifndef SEDGE_TENSOR_H
#define SEDGE_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/attr.h"

/** X(NAME, name, bytes of an element, NumPy type code) */
#define SEDGE_DTYPE_LIST(X)                                                                                            \
    X(FLOAT32, float32, 4, "<f4")                                                                                      \
    X(INT8, int8, 1, "|i1")                                                                                            \
    X(UINT8, uint8, 1, "|u1")                                                                                          \
    X(INT16, int16, 2, "<i2")                                                                                          \
    X(INT32, int32, 4, "<i4")                                                                                          \
    X(INT64, int64, 8, "<i8")                                                                                          \
    X(FLOAT64, float64, 8, "<f8")                                                                                      \
    X(BOOL, bool, 1, "|b1")                                                                                            \
    X(UINT16, uint16, 2, "<u2")                                                                                        \
    X(UINT32, uint32, 4, "<u4")                                                                                        \
    X(UINT64, uint64, 8, "<u8")                                                                                        \
    X(FLOAT16, float16, 2, "<f2")                                                                                      \
    X(COMPLEX64, complex64, 8, "<c8")                                                                                  \
    X(STRING, string, 4, "str")

#define SEDGE_DTYPE_ENUM(NAME, name, size, npy) SEDGE_##NAME,
typedef enum sedge_dtype {
    SEDGE_DTYPE_LIST(SEDGE_DTYPE_ENUM) SEDGE_DTYPE_COUNT,
    SEDGE_DTYPE_FREE = 255 /**< before the model is opened: the operator that makes the tensor settles the type */
} sedge_dtype;
#undef SEDGE_DTYPE_ENUM

/** "float32", "int8" ...; "unknown" for a value outside the list. Static storage. */
SEDGE_API const char *sedge_dtype_name(sedge_dtype dtype);
/** Bytes of one element; 0 for a value outside the list. */
SEDGE_API size_t sedge_dtype_size(sedge_dtype dtype);

/**
 * An element of type string is the uint32 number of a text of the model (sedge_model_string); this one stands for every
 * text that the model does not know.
 */
#define SEDGE_STRING_UNKNOWN UINT32_MAX

enum { SEDGE_RANK_MAX = 8 };

/** A dimension whose size is given only when the model is opened. */
#define SEDGE_DIM_FREE (-1)
/** A rank that is given only when the model is opened, or settled by the operator that makes the tensor. */
#define SEDGE_RANK_FREE UINT32_MAX

/**
 * real = scale * (q - zero_point).
 *
 * count is 0 (not quantised), 1 (one scale for the tensor) or dims[axis] (one for each slice). scales and zero_points
 * have count entries; zero_points may be NULL, which means zeros.
 */
typedef struct sedge_quant {
    uint32_t count;
    uint32_t axis;
    const float *scales;
    const int32_t *zero_points;
} sedge_quant;

/**
 * What a model says of one tensor. Row-major, little-endian, no padding.
 *
 * Tensors of an open model have no free dimensions; strings and arrays belong to the model.
 */
typedef struct sedge_tensor {
    const char *name; /**< never NULL; may be empty */
    sedge_dtype dtype;
    uint32_t rank;                /**< 0 is a scalar; SEDGE_RANK_FREE before the model is opened */
    int32_t dims[SEDGE_RANK_MAX]; /**< >= 0, or SEDGE_DIM_FREE before the model is opened; 0: it has no elements */
    size_t size_bytes;            /**< of the whole tensor; 0 while its type, rank or a dimension is free */
    sedge_quant quant;
    const void *data;    /**< a constant's bytes, aligned for its elements; NULL for a computed tensor */
    uint32_t sizes_in;   /**< 0: dims are exact. Else they are the largest possible, and tensor sizes_in - 1, int32
                            [rank], holds the actual ones after an invoke; the elements stand dense for these */
    bool variable;       /**< state: keeps its bytes from one invoke to the next */
    const void *initial; /**< of a variable: its bytes after a reset; NULL for zeros (the quantised 0) */
} sedge_tensor;

#endif
