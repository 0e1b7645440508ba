/* SPDX-License-Identifier: Apache-2.0 */
#include "data/npy.h"

#include <string.h>

#include "base/checked.h"
#include "base/own.h"

#define MAGIC "\x93NUMPY"
enum { MAGIC_BYTES = 6, ALIGN = 64 };

static const struct {
    const char *code;
    size_t size;
} types[] = {
#define ROW(NAME, name, size, npy) { npy, size },
    SEDGE_DTYPE_LIST(ROW)
#undef ROW
};

/* ---- the header: a Python dictionary with three known keys ---- */

static void skip_spaces(sedge_bytes *in) {
    while (in->n && (in->p[0] == ' ' || in->p[0] == '\n'))
        *in = sedge_bytes_of(in->p + 1, in->n - 1);
}

static bool take_char(sedge_bytes *in, char c) {
    skip_spaces(in);
    if (in->n == 0 || in->p[0] != (uint8_t)c)
        return false;
    *in = sedge_bytes_of(in->p + 1, in->n - 1);
    return true;
}

/* a word in single or double quotes */
static bool take_quoted(sedge_bytes *in, sedge_bytes *ret) {
    skip_spaces(in);
    char quote = in->n && in->p[0] == '"' ? '"' : '\'';
    if (!take_char(in, quote))
        return false;
    const uint8_t *end = in->n ? memchr(in->p, quote, in->n) : NULL;
    return end && sedge_take(in, (size_t)(end - in->p), ret) && take_char(in, quote);
}

static bool take_word(sedge_bytes *in, const char *word) {
    skip_spaces(in);
    sedge_bytes rest = *in, got;
    if (!sedge_take(&rest, strlen(word), &got) || !sedge_bytes_equal(got, sedge_bytes_text(word)))
        return false;
    *in = rest;
    return true;
}

static bool take_number(sedge_bytes *in, int32_t *ret) {
    skip_spaces(in);
    int64_t v = 0;
    size_t digits = 0;
    for (; digits < in->n && in->p[digits] >= '0' && in->p[digits] <= '9' && v <= INT32_MAX; digits++)
        v = v * 10 + (in->p[digits] - '0');
    if (digits == 0 || v > INT32_MAX)
        return false;
    *in = sedge_bytes_of(in->p + digits, in->n - digits);
    (void)take_word(in, "L"); /* what Python 2 wrote */
    *ret = (int32_t)v;
    return true;
}

static sedge_status take_shape(sedge_bytes *in, sedge_npy *ret, sedge_error *err) {
    bool ok = take_char(in, '(');
    while (ok && !take_char(in, ')')) {
        if (ret->rank == SEDGE_NPY_RANK_MAX)
            return sedge_fail(err, SEDGE_ELIMIT, "more than %d dimensions", SEDGE_NPY_RANK_MAX);
        ok = take_number(in, &ret->dims[ret->rank++]) && (take_char(in, ',') || (in->n && in->p[0] == ')'));
    }
    return ok ? SEDGE_OK : sedge_fail(err, SEDGE_EINVALID, "the shape in the header is malformed");
}

static sedge_status take_type(sedge_bytes *in, sedge_npy *ret, sedge_error *err) {
    sedge_bytes code;
    if (!take_quoted(in, &code))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the element type is no plain number");
    for (size_t i = 0; i < SEDGE_COUNT(types); i++)
        if (sedge_bytes_equal(code, sedge_bytes_text(types[i].code))) {
            ret->dtype = (sedge_dtype)i;
            return SEDGE_OK;
        }
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "element type '%.*s' is not supported", (int)(code.n < 16 ? code.n : 16),
                      (const char *)code.p);
}

enum { SEEN_DESCR = 1, SEEN_ORDER = 2, SEEN_SHAPE = 4, SEEN_ALL = 7 };

static sedge_status take_entry(sedge_bytes *in, unsigned *seen, sedge_npy *ret, sedge_error *err) {
    sedge_bytes key;
    if (!take_quoted(in, &key) || !take_char(in, ':'))
        return sedge_fail(err, SEDGE_EINVALID, "the header is malformed");
    if (sedge_bytes_equal(key, sedge_bytes_text("descr")) && !(*seen & SEEN_DESCR)) {
        *seen |= SEEN_DESCR;
        return take_type(in, ret, err);
    }
    if (sedge_bytes_equal(key, sedge_bytes_text("shape")) && !(*seen & SEEN_SHAPE)) {
        *seen |= SEEN_SHAPE;
        return take_shape(in, ret, err);
    }
    if (!sedge_bytes_equal(key, sedge_bytes_text("fortran_order")) || (*seen & SEEN_ORDER))
        return sedge_fail(err, SEDGE_EINVALID, "the header has an unknown or repeated key");
    *seen |= SEEN_ORDER;
    if (take_word(in, "False"))
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "the array is in Fortran order; save it in C order");
}

static sedge_status read_header(sedge_bytes in, sedge_npy *ret, sedge_error *err) {
    unsigned seen = 0;
    if (!take_char(&in, '{'))
        return sedge_fail(err, SEDGE_EINVALID, "the header is malformed");
    while (!take_char(&in, '}')) {
        sedge_status st = take_entry(&in, &seen, ret, err);
        if (st)
            return st;
        if (!take_char(&in, ',') && (in.n == 0 || in.p[0] != '}'))
            return sedge_fail(err, SEDGE_EINVALID, "the header is malformed");
    }
    if (seen != SEEN_ALL)
        return sedge_fail(err, SEDGE_EINVALID, "the header lacks a key");
    return SEDGE_OK;
}

static sedge_status take_header(sedge_bytes *in, sedge_bytes *ret, sedge_error *err) {
    sedge_bytes magic;
    uint8_t major, minor;
    if (!sedge_take(in, MAGIC_BYTES, &magic) || memcmp(magic.p, MAGIC, MAGIC_BYTES) != 0)
        return sedge_fail(err, SEDGE_EINVALID, "this is no .npy file");
    if (!sedge_take_u8(in, &major) || !sedge_take_u8(in, &minor))
        return sedge_fail(err, SEDGE_ETRUNCATED, "the header is cut off");
    if (major < 1 || major > 3)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "format version %u.%u, 1 to 3 are known", major, minor);
    uint16_t short_n = 0;
    uint32_t n = 0;
    if (major == 1 ? !sedge_take_u16(in, &short_n) : !sedge_take_u32(in, &n))
        return sedge_fail(err, SEDGE_ETRUNCATED, "the header is cut off");
    n += short_n;
    if (n > SEDGE_NPY_HEADER_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "a header of %u bytes, the limit is %d", n, SEDGE_NPY_HEADER_MAX);
    if (!sedge_take(in, n, ret))
        return sedge_fail(err, SEDGE_ETRUNCATED, "the header is cut off");
    return SEDGE_OK;
}

static bool array_bytes(const sedge_npy *a, size_t *ret) {
    size_t n = types[a->dtype].size;
    for (uint32_t i = 0; i < a->rank; i++)
        if (!sedge_mul_size(n, (size_t)a->dims[i], &n))
            return false;
    *ret = n;
    return true;
}

sedge_status sedge_npy_read(sedge_bytes file, sedge_npy *ret, sedge_error *err) {
    sedge_npy a = { .rank = 0 };
    sedge_bytes header;
    sedge_status st = take_header(&file, &header, err);
    if (!st)
        st = read_header(header, &a, err);
    if (st)
        return st;
    size_t n;
    if (!array_bytes(&a, &n) || n > file.n)
        return sedge_fail(err, SEDGE_ETRUNCATED, "the array has %zu bytes, its shape needs more", file.n);
    if (n != file.n)
        return sedge_fail(err, SEDGE_EINVALID, "the array has %zu bytes, its shape needs %zu", file.n, n);
    a.data = file;
    *ret = a;
    return SEDGE_OK;
}

sedge_status sedge_npy_write(const sedge_npy *array, sedge_buf *out, sedge_error *err) {
    SEDGE_AUTO_BUF header = sedge_buf_init(SEDGE_NPY_HEADER_MAX);
    sedge_buf_printf(&header, "{'descr': '%s', 'fortran_order': False, 'shape': (", types[array->dtype].code);
    for (uint32_t i = 0; i < array->rank; i++)
        sedge_buf_printf(&header, array->rank == 1 ? "%d," : i ? ", %d" : "%d", array->dims[i]);
    sedge_buf_text(&header, "), }");
    while ((header.n + 1 + MAGIC_BYTES + 4) % ALIGN != 0 && !header.failed)
        sedge_buf_u8(&header, ' ');
    sedge_buf_u8(&header, '\n');
    sedge_buf_put(out, MAGIC "\x01\x00", MAGIC_BYTES + 2);
    sedge_buf_u16(out, (uint16_t)header.n);
    sedge_buf_put(out, header.data, header.n);
    sedge_buf_put(out, array->data.p, array->data.n);
    if (out->failed || header.failed)
        return sedge_fail(err, SEDGE_ELIMIT, "the .npy file needs more than %zu bytes, or memory ran out", out->max);
    return SEDGE_OK;
}
