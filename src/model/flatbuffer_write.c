/* SPDX-License-Identifier: Apache-2.0 */
#include "model/flatbuffer_write.h"

#include <string.h>

static size_t at(const sedge_fbw *w) {
    return w->out->n - w->start;
}

/* zeros until (position + ahead) is a multiple of align */
static void pad(sedge_fbw *w, size_t ahead, size_t align) {
    while (!w->out->failed && (at(w) + ahead) % align != 0)
        sedge_buf_u8(w->out, 0);
}

static void put_value(sedge_fbw *w, uint64_t value, size_t size) {
    uint8_t bytes[8];
    sedge_store_u64(bytes, value);
    sedge_buf_put(w->out, bytes, size);
}

sedge_fbw sedge_fbw_begin(sedge_buf *out, const char *identifier, size_t *ret_root) {
    sedge_fbw w = { out, out->n };
    sedge_buf_u32(out, 0);
    sedge_buf_put(out, identifier, 4);
    *ret_root = 0;
    return w;
}

void sedge_fbw_link(sedge_fbw *w, size_t slot, size_t target) {
    if (!w->out->failed)
        sedge_store_u32(w->out->data + w->start + slot, (uint32_t)(target - slot));
}

/* offsets of the fields behind the table's first word: each aligned to its size; returns the table's length */
static size_t place_fields(const sedge_fbw_field *fields, size_t n, uint16_t *offsets) {
    size_t end = 4;
    for (size_t i = 0; i < n; i++) {
        size_t size = fields[i].size;
        end = (end + size - 1) / size * size;
        offsets[i] = (uint16_t)end;
        end += size;
    }
    return end;
}

size_t sedge_fbw_table(sedge_fbw *w, const sedge_fbw_field *fields, size_t n) {
    uint16_t offsets[SEDGE_FBW_FIELDS_MAX];
    size_t length = place_fields(fields, n, offsets);
    size_t slots = n ? (size_t)fields[n - 1].id + 1 : 0;
    size_t vtable_bytes = 4 + 2 * slots;
    pad(w, vtable_bytes, 8);
    sedge_buf_u16(w->out, (uint16_t)vtable_bytes);
    sedge_buf_u16(w->out, (uint16_t)length);
    for (size_t slot = 0, i = 0; slot < slots; slot++)
        sedge_buf_u16(w->out, fields[i].id == slot ? offsets[i++] : 0);
    size_t table = at(w);
    sedge_buf_u32(w->out, (uint32_t)vtable_bytes);
    for (size_t i = 0; i < n; i++) {
        pad(w, 0, fields[i].size);
        if (fields[i].ret_slot)
            *fields[i].ret_slot = at(w);
        put_value(w, fields[i].value, fields[i].size);
    }
    return table;
}

size_t sedge_fbw_vector_head(sedge_fbw *w, size_t n, size_t align) {
    pad(w, 4, align < 4 ? 4 : align);
    size_t vector = at(w);
    sedge_buf_u32(w->out, (uint32_t)n);
    return vector;
}

size_t sedge_fbw_vector(sedge_fbw *w, const void *elements, size_t n, size_t size, size_t align) {
    size_t vector = sedge_fbw_vector_head(w, n, align);
    if (n)
        sedge_buf_put(w->out, elements, n * size);
    return vector;
}

size_t sedge_fbw_references(sedge_fbw *w, size_t n) {
    size_t vector = sedge_fbw_vector_head(w, n, 4);
    for (size_t i = 0; i < n && !w->out->failed; i++)
        sedge_buf_u32(w->out, 0);
    return vector;
}

size_t sedge_fbw_string(sedge_fbw *w, const char *text) {
    size_t vector = sedge_fbw_vector(w, text, strlen(text), 1, 1);
    sedge_buf_u8(w->out, 0);
    return vector;
}
