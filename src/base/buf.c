/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/format.h"

void sedge_buf_done(sedge_buf *b) {
    free(b->data);
    *b = sedge_buf_init(b->max);
}

void sedge_buf_clear(sedge_buf *b) {
    b->n = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = 0;
}

static bool reserve(sedge_buf *b, size_t n) {
    size_t need;
    if (b->failed || !sedge_add_size(b->n, n, &need) || need > b->max)
        return false;
    if (b->data && need < b->capacity)
        return true;
    size_t capacity = b->capacity ? b->capacity : 64;
    while (capacity <= need)
        if (!sedge_mul_size(capacity, 2, &capacity))
            return false;
    uint8_t *data = realloc(b->data, capacity);
    if (!data)
        return false;
    b->data = data;
    b->capacity = capacity;
    return true;
}

uint8_t *sedge_buf_add(sedge_buf *b, size_t n) {
    if (!reserve(b, n)) {
        b->failed = true;
        return NULL;
    }
    uint8_t *at = b->data + b->n;
    b->n += n;
    b->data[b->n] = 0;
    return at;
}

void sedge_buf_put(sedge_buf *b, const void *p, size_t n) {
    uint8_t *at = sedge_buf_add(b, n);
    if (at && n > 0)
        memcpy(at, p, n);
}

void sedge_buf_text(sedge_buf *b, const char *text) {
    sedge_buf_put(b, text, strlen(text));
}

void sedge_buf_printf(sedge_buf *b, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    size_t n = sedge_vformat(NULL, 0, fmt, args);
    va_end(args);
    uint8_t *at = sedge_buf_add(b, n);
    if (!at)
        return;
    va_start(args, fmt);
    sedge_vformat((char *)at, n + 1, fmt, args);
    va_end(args);
}

void sedge_buf_u8(sedge_buf *b, uint8_t v) {
    sedge_buf_put(b, &v, 1);
}

void sedge_buf_u16(sedge_buf *b, uint16_t v) {
    uint8_t raw[2];
    sedge_store_u16(raw, v);
    sedge_buf_put(b, raw, sizeof raw);
}

void sedge_buf_u32(sedge_buf *b, uint32_t v) {
    uint8_t raw[4];
    sedge_store_u32(raw, v);
    sedge_buf_put(b, raw, sizeof raw);
}

void sedge_buf_u64(sedge_buf *b, uint64_t v) {
    uint8_t raw[8];
    sedge_store_u64(raw, v);
    sedge_buf_put(b, raw, sizeof raw);
}

void sedge_buf_f32(sedge_buf *b, float v) {
    uint8_t raw[4];
    sedge_store_f32(raw, v);
    sedge_buf_put(b, raw, sizeof raw);
}

void sedge_buf_f64(sedge_buf *b, double v) {
    uint8_t raw[8];
    sedge_store_f64(raw, v);
    sedge_buf_put(b, raw, sizeof raw);
}

const char *sedge_buf_cstr(const sedge_buf *b) {
    return b->data ? (const char *)b->data : "";
}

uint8_t *sedge_buf_steal(sedge_buf *b, size_t *ret_n) {
    uint8_t *data = b->data;
    *ret_n = b->n;
    *b = sedge_buf_init(b->max);
    return data;
}
