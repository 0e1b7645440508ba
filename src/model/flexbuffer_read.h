/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reading the scalars of a FlexBuffers map, as custom operators of .tflite files carry their options. Every access is
 * checked against the bytes; nothing recurses, nothing is allocated.
 *
 * Source: the FlexBuffers internals document.
 */
#ifndef SEDGE_MODEL_FLEXBUFFER_READ_H
#define SEDGE_MODEL_FLEXBUFFER_READ_H

#include "base/bytes.h"

enum { SEDGE_FLEX_ENTRIES_MAX = 256 };

/** A map whose tables lie within the bytes. */
typedef struct sedge_flex_map {
    sedge_bytes bytes;
    uint32_t n;
    size_t values, types, keys; /**< places of the three tables */
    uint8_t width, key_width;   /**< bytes of a value and of a key's offset */
} sedge_flex_map;

typedef enum sedge_flex_type {
    SEDGE_FLEX_ABSENT,
    SEDGE_FLEX_INT, /**< also bool; null is absent */
    SEDGE_FLEX_FLOAT,
    SEDGE_FLEX_BAD, /**< damaged, or no scalar */
} sedge_flex_type;

typedef struct sedge_flex_value {
    sedge_flex_type type;
    int64_t i;
    double f;
} sedge_flex_value;

/** The root, which must be a map of at most SEDGE_FLEX_ENTRIES_MAX entries. */
SEDGE_NODISCARD bool sedge_flex_open(sedge_bytes bytes, sedge_flex_map *ret);
/** The value of a key. */
sedge_flex_value sedge_flex_find(const sedge_flex_map *map, const char *key);

#endif
