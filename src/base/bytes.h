/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reading foreign bytes: the only functions that touch them raw.
 *
 * A sedge_bytes is a view, it owns nothing; p is never NULL when n > 0. The take functions cut from the front, return
 * false and change nothing when too little is left. Multi-byte values are little-endian and read byte by byte, so
 * alignment and the host's byte order do not matter.
 */
#ifndef SEDGE_BASE_BYTES_H
#define SEDGE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sedge/attr.h"

typedef struct sedge_bytes {
    const uint8_t *p;
    size_t n;
} sedge_bytes;

static inline sedge_bytes sedge_bytes_of(const void *p, size_t n) {
    return (sedge_bytes){ (const uint8_t *)p, n };
}

static inline sedge_bytes sedge_bytes_text(const char *text) {
    return (sedge_bytes){ (const uint8_t *)text, strlen(text) };
}

static inline bool sedge_bytes_equal(sedge_bytes a, sedge_bytes b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

SEDGE_NODISCARD static inline bool sedge_take(sedge_bytes *in, size_t n, sedge_bytes *ret) {
    if (n > in->n)
        return false;
    *ret = (sedge_bytes){ in->p, n };
    *in = (sedge_bytes){ in->p + n, in->n - n };
    return true;
}

/** The part [offset, offset + n) of in. */
SEDGE_NODISCARD static inline bool sedge_bytes_slice(sedge_bytes in, uint64_t offset, uint64_t n, sedge_bytes *ret) {
    if (offset > in.n || n > in.n - offset)
        return false;
    *ret = (sedge_bytes){ in.p + offset, (size_t)n };
    return true;
}

static inline uint16_t sedge_load_u16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t sedge_load_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t sedge_load_u64(const uint8_t *p) {
    return (uint64_t)sedge_load_u32(p) | (uint64_t)sedge_load_u32(p + 4) << 32;
}

static inline float sedge_load_f32(const uint8_t *p) {
    uint32_t bits = sedge_load_u32(p);
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline double sedge_load_f64(const uint8_t *p) {
    uint64_t bits = sedge_load_u64(p);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline void sedge_store_u16(uint8_t *p, uint16_t v) {
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void sedge_store_u32(uint8_t *p, uint32_t v) {
    sedge_store_u16(p, (uint16_t)v);
    sedge_store_u16(p + 2, (uint16_t)(v >> 16));
}

static inline void sedge_store_u64(uint8_t *p, uint64_t v) {
    sedge_store_u32(p, (uint32_t)v);
    sedge_store_u32(p + 4, (uint32_t)(v >> 32));
}

static inline void sedge_store_f32(uint8_t *p, float v) {
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    sedge_store_u32(p, bits);
}

static inline void sedge_store_f64(uint8_t *p, double v) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    sedge_store_u64(p, bits);
}

#define SEDGE_TAKE_FN(name, type, size, load)                                                                          \
    SEDGE_NODISCARD static inline bool sedge_take_##name(sedge_bytes *in, type *ret) {                                 \
        sedge_bytes raw;                                                                                               \
        if (!sedge_take(in, size, &raw))                                                                               \
            return false;                                                                                              \
        *ret = (type)load(raw.p);                                                                                      \
        return true;                                                                                                   \
    }
#define SEDGE_LOAD_U8(p) ((p)[0])
SEDGE_TAKE_FN(u8, uint8_t, 1, SEDGE_LOAD_U8)
SEDGE_TAKE_FN(i8, int8_t, 1, SEDGE_LOAD_U8)
SEDGE_TAKE_FN(u16, uint16_t, 2, sedge_load_u16)
SEDGE_TAKE_FN(i16, int16_t, 2, sedge_load_u16)
SEDGE_TAKE_FN(u32, uint32_t, 4, sedge_load_u32)
SEDGE_TAKE_FN(i32, int32_t, 4, sedge_load_u32)
SEDGE_TAKE_FN(u64, uint64_t, 8, sedge_load_u64)
SEDGE_TAKE_FN(i64, int64_t, 8, sedge_load_u64)
SEDGE_TAKE_FN(f32, float, 4, sedge_load_f32)
SEDGE_TAKE_FN(f64, double, 8, sedge_load_f64)
#undef SEDGE_TAKE_FN
#undef SEDGE_LOAD_U8

#endif
