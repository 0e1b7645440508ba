/* SPDX-License-Identifier: Apache-2.0 */
/** Numbers of variable length, as monitor/format.h says. */
#ifndef SEDGE_MONITOR_VARINT_H
#define SEDGE_MONITOR_VARINT_H

#include "base/bytes.h"

enum { SEDGE_VARINT_MAX = 10 };

/** Writes at p, which has room for SEDGE_VARINT_MAX bytes; returns the byte behind. */
static inline uint8_t *sedge_varint_put(uint8_t *p, uint64_t v) {
    for (; v >= 0x80; v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p++ = (uint8_t)v;
    return p;
}

typedef enum sedge_varint_result { SEDGE_VARINT_OK, SEDGE_VARINT_CUT, SEDGE_VARINT_BAD } sedge_varint_result;

/** Takes a number from the front: CUT when the bytes end within it, BAD when it is longer than need be or above max. */
SEDGE_NODISCARD static inline sedge_varint_result sedge_varint_take(sedge_bytes *in, uint64_t max, uint64_t *ret) {
    uint64_t v = 0;
    uint8_t byte = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (!sedge_take_u8(in, &byte))
            return SEDGE_VARINT_CUT;
        uint64_t part = byte & 0x7F;
        if ((shift && byte == 0) || (shift == 63 && part > 1))
            return SEDGE_VARINT_BAD;
        v |= part << shift;
        if (byte & 0x80)
            continue;
        if (v > max)
            return SEDGE_VARINT_BAD;
        *ret = v;
        return SEDGE_VARINT_OK;
    }
    return SEDGE_VARINT_BAD;
}

#endif
