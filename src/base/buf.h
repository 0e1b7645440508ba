/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A growing buffer that knows its maximum and remembers a failure, so that a writer checks once at the end.
 *
 *     sedge_buf b = sedge_buf_init(1 << 20);
 *     sedge_buf_u32(&b, 7); ...
 *     if (b.failed) ...        no memory, or more than the maximum
 *     sedge_buf_done(&b);
 *
 * After a failure nothing more is written. data is NULL until the first byte; there is always a NUL after data[n - 1],
 * so text in it can be used as a string.
 */
#ifndef SEDGE_BASE_BUF_H
#define SEDGE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "sedge/attr.h"

typedef struct sedge_buf {
    uint8_t *data; /**< owned */
    size_t n;
    size_t capacity;
    size_t max;
    bool failed;
} sedge_buf;

static inline sedge_buf sedge_buf_init(size_t max) {
    return (sedge_buf){ .max = max };
}

void sedge_buf_done(sedge_buf *b);              /**< frees; b may be reused after sedge_buf_init */
void sedge_buf_clear(sedge_buf *b);             /**< empties, keeps the memory, forgets a failure */
uint8_t *sedge_buf_add(sedge_buf *b, size_t n); /**< n uninitialised bytes to fill at once, or NULL after a failure */
void sedge_buf_put(sedge_buf *b, const void *p, size_t n);
void sedge_buf_text(sedge_buf *b, const char *text);
void sedge_buf_printf(sedge_buf *b, const char *fmt, ...) SEDGE_PRINTF(2, 3); /**< formats as base/format.h */
void sedge_buf_u8(sedge_buf *b, uint8_t v);
void sedge_buf_u16(sedge_buf *b, uint16_t v);
void sedge_buf_u32(sedge_buf *b, uint32_t v);
void sedge_buf_u64(sedge_buf *b, uint64_t v);
void sedge_buf_f32(sedge_buf *b, float v);
void sedge_buf_f64(sedge_buf *b, double v);
/** The text so far ("" when empty). Valid until the next change. */
const char *sedge_buf_cstr(const sedge_buf *b);

static inline sedge_bytes sedge_buf_bytes(const sedge_buf *b) {
    return sedge_bytes_of(b->data, b->n);
}

/** Hands the memory to the caller (free()) and leaves b empty. */
uint8_t *sedge_buf_steal(sedge_buf *b, size_t *ret_n);

#define SEDGE_AUTO_BUF SEDGE_CLEANUP(sedge_buf_done) sedge_buf

#endif
