/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/digest.h"
#include "crypto/rand.h"

enum { NUMBERS = 64, UUID_BYTES = 16, FIELDS_MAX = 256, STATUS_NAME_MAX = 32 };

static const void *at(const void *s, size_t offset) {
    return (const uint8_t *)s + offset;
}

static void *at_mut(void *s, size_t offset) {
    return (uint8_t *)s + offset;
}

static uint64_t load_u64(const void *s, size_t offset) {
    uint64_t v;
    memcpy(&v, at(s, offset), sizeof v);
    return v;
}

static size_t load_size(const void *s, size_t offset) {
    size_t v;
    memcpy(&v, at(s, offset), sizeof v);
    return v;
}

static int load_int(const void *s, size_t offset) {
    int v;
    memcpy(&v, at(s, offset), sizeof v);
    return v;
}

static bool struct_is_empty(const sedge_fields *fields, const void *s);

static bool is_empty(const sedge_field *f, const void *s) {
    switch (f->kind) {
    case SEDGE_FIELD_U64:
    case SEDGE_FIELD_I64:
        return load_u64(s, f->offset) == 0;
    case SEDGE_FIELD_F64: {
        double v;
        memcpy(&v, at(s, f->offset), sizeof v);
        return v == 0;
    }
    case SEDGE_FIELD_TEXT:
    case SEDGE_FIELD_CHAR:
    case SEDGE_FIELD_UUID:
        return *(const char *)at(s, f->offset) == '\0';
    case SEDGE_FIELD_ENUM:
    case SEDGE_FIELD_STATUS:
        return load_int(s, f->offset) == 0;
    case SEDGE_FIELD_DIGEST:
        return !*(const bool *)at(s, f->second);
    case SEDGE_FIELD_BYTES:
        return ((const sedge_bytes *)at(s, f->offset))->n == 0;
    case SEDGE_FIELD_STRUCT:
        return struct_is_empty(f->of, at(s, f->offset));
    case SEDGE_FIELD_LIST:
        return load_size(s, f->second) == 0;
    }
    return true;
}

static bool struct_is_empty(const sedge_fields *fields, const void *s) {
    for (size_t i = 0; i < fields->n; i++)
        if (!is_empty(&fields->rows[i], s))
            return false;
    return true;
}

static sedge_status encode_list(const sedge_field *f, const void *s, sedge_buf *out, sedge_error *err) {
    const uint8_t *items;
    size_t n = load_size(s, f->second);
    memcpy(&items, at(s, f->offset), sizeof items);
    if (n > f->size)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: %zu entries, the limit is %zu", f->name, n, f->size);
    sedge_cbor_put_array(out, n);
    for (size_t i = 0; i < n; i++) {
        sedge_status st = sedge_fields_encode(f->of, items + i * f->of->bytes, out, err);
        if (st)
            return sedge_wrap(err, st, "%s[%zu]", f->name, i);
    }
    return SEDGE_OK;
}

static sedge_status encode_uuid(const sedge_field *f, const char *text, sedge_buf *out, sedge_error *err) {
    uint8_t raw[UUID_BYTES];
    if (!sedge_is_uuid(text) || !sedge_hex_decode(text, strlen(text), raw, sizeof raw))
        return sedge_fail(err, SEDGE_EINVALID, "%s: '%.32s' is not 32 lower-case hexadecimal digits", f->name, text);
    sedge_cbor_put_bytes(out, sedge_bytes_of(raw, sizeof raw));
    return SEDGE_OK;
}

static sedge_status encode_bytes(const sedge_field *f, const sedge_bytes *bytes, sedge_buf *out, sedge_error *err) {
    if (bytes->n > f->size)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: %zu bytes, the limit is %zu", f->name, bytes->n, f->size);
    sedge_cbor_put_bytes(out, *bytes);
    return SEDGE_OK;
}

static sedge_status encode_value(const sedge_field *f, const void *s, sedge_buf *out, sedge_error *err) {
    const void *p = at(s, f->offset);
    double real;
    switch (f->kind) {
    case SEDGE_FIELD_U64:
        sedge_cbor_put_u64(out, load_u64(s, f->offset));
        return SEDGE_OK;
    case SEDGE_FIELD_I64:
        sedge_cbor_put_i64(out, (int64_t)load_u64(s, f->offset));
        return SEDGE_OK;
    case SEDGE_FIELD_F64:
        memcpy(&real, p, sizeof real);
        sedge_cbor_put_f64(out, real);
        return SEDGE_OK;
    case SEDGE_FIELD_TEXT:
        sedge_cbor_put_text(out, p);
        return SEDGE_OK;
    case SEDGE_FIELD_CHAR:
        sedge_cbor_put_u64(out, *(const uint8_t *)p);
        return SEDGE_OK;
    case SEDGE_FIELD_ENUM:
        if (load_int(s, f->offset) < 0 || (size_t)load_int(s, f->offset) + 1 >= f->size)
            return sedge_fail(err, SEDGE_EINVALID, "%s: %d is no value to send", f->name, load_int(s, f->offset));
        sedge_cbor_put_u64(out, (uint64_t)load_int(s, f->offset));
        return SEDGE_OK;
    case SEDGE_FIELD_STATUS:
        sedge_cbor_put_text(out, sedge_status_name((sedge_status)load_int(s, f->offset)));
        return SEDGE_OK;
    case SEDGE_FIELD_UUID:
        return encode_uuid(f, p, out, err);
    case SEDGE_FIELD_DIGEST:
        sedge_cbor_put_bytes(out, sedge_bytes_of(p, SEDGE_DIGEST_BYTES));
        return SEDGE_OK;
    case SEDGE_FIELD_BYTES:
        return encode_bytes(f, p, out, err);
    case SEDGE_FIELD_STRUCT:
        return sedge_fields_encode(f->of, p, out, err);
    case SEDGE_FIELD_LIST:
        return encode_list(f, s, out, err);
    }
    return sedge_fail(err, SEDGE_EINTERNAL, "%s: a field of an unknown kind", f->name);
}

sedge_status sedge_fields_encode(const sedge_fields *fields, const void *s, sedge_buf *out, sedge_error *err) {
    size_t n = 0;
    for (size_t i = 0; i < fields->n; i++)
        n += !is_empty(&fields->rows[i], s);
    sedge_cbor_put_map(out, n);
    for (size_t i = 0; i < fields->n; i++) {
        const sedge_field *f = &fields->rows[i];
        if (is_empty(f, s))
            continue;
        sedge_cbor_put_u64(out, f->number);
        sedge_status st = encode_value(f, s, out, err);
        if (st)
            return st;
    }
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "the message is longer than %zu bytes", out->max) : SEDGE_OK;
}

static bool decode_uuid(sedge_cbor *in, char *ret) {
    sedge_bytes raw;
    if (!sedge_cbor_bytes(in, UUID_BYTES, &raw) || raw.n != UUID_BYTES)
        return false;
    sedge_hex_encode(raw.p, raw.n, ret);
    return true;
}

static bool decode_digest(const sedge_field *f, sedge_cbor *in, void *s) {
    sedge_bytes raw;
    if (!sedge_cbor_bytes(in, SEDGE_DIGEST_BYTES, &raw) || raw.n != SEDGE_DIGEST_BYTES)
        return false;
    memcpy(at_mut(s, f->offset), raw.p, raw.n);
    *(bool *)at_mut(s, f->second) = true;
    return true;
}

static void store_int(void *s, size_t offset, int v) {
    memcpy(at_mut(s, offset), &v, sizeof v);
}

static bool decode_status(const sedge_field *f, sedge_cbor *in, void *s) {
    char name[STATUS_NAME_MAX];
    if (!sedge_cbor_text(in, name, sizeof name))
        return false;
    int found = SEDGE_EINTERNAL;
    for (int i = 0; i < SEDGE_STATUS_COUNT; i++)
        if (strcmp(sedge_status_name((sedge_status)i), name) == 0)
            found = i;
    store_int(s, f->offset, found);
    return true;
}

static bool decode_enum(const sedge_field *f, sedge_cbor *in, void *s) {
    uint64_t v;
    if (!sedge_cbor_u64(in, UINT64_MAX, &v))
        return false;
    store_int(s, f->offset, v < f->size ? (int)v : (int)f->size - 1);
    return true;
}

static bool decode_char(const sedge_field *f, sedge_cbor *in, void *s) {
    uint64_t v;
    if (!sedge_cbor_u64(in, 0x7e, &v) || v <= 0x20)
        return false;
    *(char *)at_mut(s, f->offset) = (char)v;
    return true;
}

static sedge_status decode_list(const sedge_field *f, sedge_cbor *in, void *s, sedge_error *err) {
    size_t n;
    if (!sedge_cbor_array(in, f->size, &n))
        return sedge_fail(err, SEDGE_EINVALID, "%s: not a list of at most %zu", f->name, f->size);
    uint8_t *items = calloc(n > 0 ? n : 1, f->of->bytes);
    if (!items)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory for %zu entries", f->name, n);
    memcpy(at_mut(s, f->offset), &items, sizeof items);
    memcpy(at_mut(s, f->second), &n, sizeof n);
    for (size_t i = 0; i < n; i++) {
        sedge_status st = sedge_fields_decode(f->of, in, items + i * f->of->bytes, err);
        if (st)
            return sedge_wrap(err, st, "%s[%zu]", f->name, i);
    }
    return SEDGE_OK;
}

static bool decode_plain(const sedge_field *f, sedge_cbor *in, void *s) {
    void *p = at_mut(s, f->offset);
    uint64_t u64;
    int64_t i64;
    double real;
    switch (f->kind) {
    case SEDGE_FIELD_U64:
        return sedge_cbor_u64(in, INT64_MAX, &u64) && memcpy(p, &u64, sizeof u64);
    case SEDGE_FIELD_I64:
        return sedge_cbor_i64(in, &i64) && memcpy(p, &i64, sizeof i64);
    case SEDGE_FIELD_F64:
        return sedge_cbor_f64(in, &real) && memcpy(p, &real, sizeof real);
    case SEDGE_FIELD_TEXT:
        return sedge_cbor_text(in, p, f->size);
    case SEDGE_FIELD_CHAR:
        return decode_char(f, in, s);
    case SEDGE_FIELD_ENUM:
        return decode_enum(f, in, s);
    case SEDGE_FIELD_STATUS:
        return decode_status(f, in, s);
    case SEDGE_FIELD_UUID:
        return decode_uuid(in, p);
    case SEDGE_FIELD_DIGEST:
        return decode_digest(f, in, s);
    case SEDGE_FIELD_BYTES:
        return sedge_cbor_bytes(in, f->size, p);
    case SEDGE_FIELD_STRUCT:
    case SEDGE_FIELD_LIST:
        break;
    }
    return false;
}

static sedge_status decode_value(const sedge_field *f, sedge_cbor *in, void *s, sedge_error *err) {
    if (f->kind == SEDGE_FIELD_LIST)
        return decode_list(f, in, s, err);
    if (f->kind == SEDGE_FIELD_STRUCT) {
        sedge_status st = sedge_fields_decode(f->of, in, at_mut(s, f->offset), err);
        return st ? sedge_wrap(err, st, "%s", f->name) : SEDGE_OK;
    }
    if (!decode_plain(f, in, s))
        return sedge_fail(err, SEDGE_EINVALID, "%s: cut off, of another type or over its limit", f->name);
    return SEDGE_OK;
}

static const sedge_field *row_of(const sedge_fields *fields, uint64_t number) {
    for (size_t i = 0; i < fields->n; i++)
        if (fields->rows[i].number == number)
            return &fields->rows[i];
    return NULL;
}

static sedge_status decode_one(const sedge_fields *fields, sedge_cbor *in, void *s, uint64_t *seen, sedge_error *err) {
    uint64_t number;
    if (!sedge_cbor_u64(in, UINT64_MAX, &number))
        return sedge_fail(err, SEDGE_EINVALID, "a field without a number");
    const sedge_field *f = number < NUMBERS ? row_of(fields, number) : NULL;
    if (!f)
        return sedge_cbor_skip(in) ? SEDGE_OK
                                   : sedge_fail(err, SEDGE_EINVALID, "field %llu is cut off or nested too deep",
                                                (unsigned long long)number);
    if (*seen & 1ULL << number)
        return sedge_fail(err, SEDGE_EINVALID, "%s stands there twice", f->name);
    *seen |= 1ULL << number;
    return decode_value(f, in, s, err);
}

sedge_status sedge_fields_decode(const sedge_fields *fields, sedge_cbor *in, void *s, sedge_error *err) {
    size_t n;
    uint64_t seen = 0;
    if (!sedge_cbor_map(in, FIELDS_MAX, &n))
        return sedge_fail(err, SEDGE_EINVALID, "not a map of at most %d fields", FIELDS_MAX);
    for (size_t i = 0; i < n; i++) {
        sedge_status st = decode_one(fields, in, s, &seen, err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

void sedge_fields_done(const sedge_fields *fields, void *s) {
    for (size_t i = 0; i < fields->n; i++) {
        const sedge_field *f = &fields->rows[i];
        if (f->kind != SEDGE_FIELD_LIST)
            continue;
        void *items;
        memcpy(&items, at(s, f->offset), sizeof items);
        free(items);
        memset(at_mut(s, f->offset), 0, sizeof items);
        memset(at_mut(s, f->second), 0, sizeof(size_t));
    }
}
