/* SPDX-License-Identifier: Apache-2.0 */
/** Arithmetic that says when it overflows. Uses the compiler's __builtin_*_overflow (gcc, clang). */
#ifndef SEDGE_BASE_CHECKED_H
#define SEDGE_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/attr.h"

/** *ret = a + b; false, and *ret untouched, when the sum does not fit. */
SEDGE_NODISCARD static inline bool sedge_add_size(size_t a, size_t b, size_t *ret) {
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *ret = sum;
    return true;
}

/** *ret = a * b; false, and *ret untouched, when the product does not fit. */
SEDGE_NODISCARD static inline bool sedge_mul_size(size_t a, size_t b, size_t *ret) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *ret = product;
    return true;
}

/** n rounded up to a multiple of align (a power of two); false when that does not fit. */
SEDGE_NODISCARD static inline bool sedge_align_size(size_t n, size_t align, size_t *ret) {
    size_t sum;
    if (!sedge_add_size(n, align - 1, &sum))
        return false;
    *ret = sum & ~(align - 1);
    return true;
}

#endif
