/* SPDX-License-Identifier: Apache-2.0 */
#include "data/npy_text.h"

#include <string.h>

enum { CHARACTER_BYTES = 4, UNICODE_MAX = 0x10FFFF, SURROGATE_FIRST = 0xD800, SURROGATE_LAST = 0xDFFF };

/* bytes of a character in UTF-8; 0 when it is none */
static size_t put_utf8(uint32_t c, uint8_t out[4]) {
    if (c > UNICODE_MAX || (c >= SURROGATE_FIRST && c <= SURROGATE_LAST))
        return 0;
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(lead[n] | c);
    return n;
}

bool sedge_npy_text(const sedge_npy *npy, size_t i, char *out, size_t size) {
    const uint8_t *p = npy->data.p + i * npy->width * CHARACTER_BYTES;
    uint32_t n = npy->width;
    size_t used = 0;
    while (n && sedge_load_u32(p + (size_t)CHARACTER_BYTES * (n - 1)) == 0)
        n--;
    for (uint32_t k = 0; k < n; k++) {
        uint8_t utf8[4];
        uint32_t c = sedge_load_u32(p + (size_t)CHARACTER_BYTES * k);
        size_t bytes = c ? put_utf8(c, utf8) : 0;
        if (bytes == 0 || size - used <= bytes)
            return false;
        memcpy(out + used, utf8, bytes);
        used += bytes;
    }
    if (used >= size)
        return false;
    out[used] = '\0';
    return true;
}

/* a text of our own is well-formed: the next character, and how many bytes it took */
static size_t get_utf8(const char *text, uint32_t *ret) {
    const uint8_t *p = (const uint8_t *)text;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    *ret = n == 1 ? p[0] : (uint32_t)p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++)
        *ret = *ret << 6 | (p[i] & 0x3F);
    return n;
}

static uint32_t characters(const char *text) {
    uint32_t n = 0, c;
    for (; *text; n++)
        text += get_utf8(text, &c);
    return n;
}

sedge_status sedge_npy_write_texts(uint32_t rank, const uint64_t *dims, const char *const *texts, size_t count,
                                   sedge_buf *out, sedge_error *err) {
    uint32_t width = 1;
    for (size_t i = 0; i < count; i++) {
        uint32_t n = characters(texts[i]);
        width = n > width ? n : width;
    }
    sedge_status st = sedge_npy_write_head(SEDGE_STRING, width, rank, dims, out, err);
    for (size_t i = 0; !st && i < count; i++) {
        const char *text = texts[i];
        for (uint32_t k = 0; k < width; k++) {
            uint32_t c = 0;
            if (*text)
                text += get_utf8(text, &c);
            sedge_buf_u32(out, c);
        }
    }
    if (!st && out->failed)
        st = sedge_fail(err, SEDGE_ELIMIT, "the .npy file of %zu texts does not fit the %zu bytes it may have", count,
                        out->max);
    return st;
}
