/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Values stored plane by plane: all first bytes, then all second bytes, ... Neighbouring measurements share their high
 * bytes, so planes compress much better than values one behind the other.
 */
#ifndef SEDGE_PROTO_PLANES_H
#define SEDGE_PROTO_PLANES_H

#include <stddef.h>
#include <stdint.h>

/** Puts value i of n into planes, size bytes each. */
static inline void sedge_planes_put(uint8_t *planes, size_t n, size_t i, const uint8_t *value, size_t size) {
    for (size_t k = 0; k < size; k++)
        planes[k * n + i] = value[k];
}

static inline void sedge_planes_get(const uint8_t *planes, size_t n, size_t i, uint8_t *value, size_t size) {
    for (size_t k = 0; k < size; k++)
        value[k] = planes[k * n + i];
}

#endif
