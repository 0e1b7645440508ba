/* SPDX-License-Identifier: Apache-2.0 */
/** Numbers of any type as int64 that compare as they do (-0 equals 0, NaN is the largest): one loop orders all types.
 */
#ifndef SEDGE_OPS_KEYS_H
#define SEDGE_OPS_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "sedge/tensor.h"

/** Reads the keys of n elements p[at], p[at + step], ... of a number type. */
void sedge_load_keys(sedge_dtype dtype, const void *p, size_t at, size_t step, size_t n, int64_t *ret);

#endif
