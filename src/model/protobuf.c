/* SPDX-License-Identifier: Apache-2.0 */
#include "model/protobuf.h"

#include <string.h>

enum { VARINT_BYTES_MAX = 10 };

sedge_status sedge_pbr_fail(sedge_pbr *r, sedge_status status, const char *fmt, ...) {
    if (r->status)
        return r->status;
    va_list args;
    va_start(args, fmt);
    r->status = sedge_vfail(r->err, status, fmt, args);
    va_end(args);
    return r->status;
}

static bool cut_off(sedge_pbr *r, sedge_bytes in) {
    sedge_pbr_fail(r, SEDGE_ETRUNCATED, "a field at byte %zu is cut off", (size_t)(in.p - r->start));
    return false;
}

bool sedge_pbr_varint(sedge_pbr *r, sedge_bytes *in, uint64_t *ret) {
    if (r->status || in->n == 0)
        return false;
    uint64_t value = 0;
    sedge_bytes rest = *in;
    for (int i = 0; i < VARINT_BYTES_MAX; i++) {
        uint8_t byte;
        if (!sedge_take_u8(&rest, &byte))
            return cut_off(r, *in);
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80)) {
            *in = rest;
            *ret = value;
            return true;
        }
    }
    sedge_pbr_fail(r, SEDGE_EINVALID, "the number at byte %zu is too long", (size_t)(in->p - r->start));
    return false;
}

static bool take_value(sedge_pbr *r, sedge_bytes *in, sedge_pb_field *f) {
    uint32_t word;
    uint64_t n;
    switch (f->wire) {
    case SEDGE_PB_VARINT:
        return in->n ? sedge_pbr_varint(r, in, &f->value) : cut_off(r, *in);
    case SEDGE_PB_FIXED64:
        return sedge_take_u64(in, &f->value) || cut_off(r, *in);
    case SEDGE_PB_FIXED32:
        if (!sedge_take_u32(in, &word))
            return cut_off(r, *in);
        f->value = word;
        return true;
    case SEDGE_PB_BYTES:
        if (in->n == 0)
            return cut_off(r, *in);
        return sedge_pbr_varint(r, in, &n) && ((n <= in->n && sedge_take(in, (size_t)n, &f->bytes)) || cut_off(r, *in));
    }
    sedge_pbr_fail(r, SEDGE_EINVALID, "the field at byte %zu has unknown wire type %d", (size_t)(in->p - r->start),
                   (int)f->wire);
    return false;
}

bool sedge_pbr_next(sedge_pbr *r, sedge_bytes *in, sedge_pb_field *ret) {
    uint64_t key;
    if (!sedge_pbr_varint(r, in, &key))
        return false;
    if (key >> 3 == 0 || key >> 3 > 0x1fffffff) {
        sedge_pbr_fail(r, SEDGE_EINVALID, "the field before byte %zu has an impossible number",
                       (size_t)(in->p - r->start));
        return false;
    }
    sedge_pb_field f = { .number = (uint32_t)(key >> 3), .wire = (sedge_pb_wire)(key & 7) };
    if (!take_value(r, in, &f))
        return false;
    *ret = f;
    return true;
}

void sedge_pbw_raw_varint(sedge_buf *out, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        sedge_buf_u8(out, (uint8_t)(value | 0x80));
    sedge_buf_u8(out, (uint8_t)value);
}

static void put_key(sedge_buf *out, uint32_t field, sedge_pb_wire wire) {
    sedge_pbw_raw_varint(out, (uint64_t)field << 3 | (uint64_t)wire);
}

void sedge_pbw_varint(sedge_buf *out, uint32_t field, uint64_t value) {
    put_key(out, field, SEDGE_PB_VARINT);
    sedge_pbw_raw_varint(out, value);
}

void sedge_pbw_bytes(sedge_buf *out, uint32_t field, sedge_bytes bytes) {
    put_key(out, field, SEDGE_PB_BYTES);
    sedge_pbw_raw_varint(out, bytes.n);
    sedge_buf_put(out, bytes.p, bytes.n);
}

void sedge_pbw_text(sedge_buf *out, uint32_t field, const char *text) {
    sedge_pbw_bytes(out, field, sedge_bytes_text(text));
}

void sedge_pbw_f32(sedge_buf *out, uint32_t field, float value) {
    put_key(out, field, SEDGE_PB_FIXED32);
    sedge_buf_f32(out, value);
}
