/* SPDX-License-Identifier: Apache-2.0 */
#include "data/npy_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/own.h"
#include "os/file.h"

static const char magic[] = "\x93NUMPY";
enum { MAGIC_BYTES = 6, ALIGN = 64, DICT_MAX = 256 };

static const struct {
    sedge_dtype dtype;
    size_t size;
    const char *code;
} types[] = {
#define TYPE_ROW(NAME, name, size, npy) { SEDGE_##NAME, size, npy },
    SEDGE_DTYPE_LIST(TYPE_ROW)
#undef TYPE_ROW
};

/* ---- reading: the header is a Python dictionary of three known keys ---- */

typedef struct reader {
    sedge_bytes in;
    const char *source;
    sedge_error *err;
} reader;

static sedge_status malformed(const reader *r, const char *what) {
    return sedge_fail(r->err, SEDGE_EINVALID, "%s: the .npy header has no %s where one is wanted", r->source, what);
}

static void skip_space(reader *r) {
    while (r->in.n && (r->in.p[0] == ' ' || r->in.p[0] == '\n' || r->in.p[0] == '\t'))
        r->in = (sedge_bytes){ r->in.p + 1, r->in.n - 1 };
}

static bool take_text(reader *r, const char *text) {
    skip_space(r);
    size_t n = strlen(text);
    if (r->in.n < n || memcmp(r->in.p, text, n) != 0)
        return false;
    r->in = (sedge_bytes){ r->in.p + n, r->in.n - n };
    return true;
}

static sedge_status read_string(reader *r, sedge_bytes *ret) {
    skip_space(r);
    if (r->in.n == 0 || (r->in.p[0] != '\'' && r->in.p[0] != '"'))
        return malformed(r, "text");
    const uint8_t *end = memchr(r->in.p + 1, r->in.p[0], r->in.n - 1);
    if (!end)
        return malformed(r, "end of a text");
    *ret = (sedge_bytes){ r->in.p + 1, (size_t)(end - r->in.p) - 1 };
    r->in = (sedge_bytes){ end + 1, r->in.n - ret->n - 2 };
    return SEDGE_OK;
}

/* '<U5' */
static bool is_text(sedge_bytes code, uint32_t *ret_width) {
    uint32_t width = 0;
    if (code.n < 3 || code.n > 7 || memcmp(code.p, "<U", 2) != 0)
        return false;
    for (size_t i = 2; i < code.n; i++) {
        if (code.p[i] < '0' || code.p[i] > '9')
            return false;
        width = width * 10 + (uint32_t)(code.p[i] - '0');
    }
    *ret_width = width;
    return width <= SEDGE_NPY_TEXT_MAX;
}

static sedge_status read_type(reader *r, sedge_npy *npy) {
    sedge_bytes code;
    sedge_status st = read_string(r, &code);
    if (st)
        return st;
    if (is_text(code, &npy->width)) {
        npy->dtype = SEDGE_STRING;
        return SEDGE_OK;
    }
    for (size_t i = 0; i < SEDGE_COUNT(types); i++)
        if (types[i].dtype != SEDGE_STRING && sedge_bytes_equal(code, sedge_bytes_text(types[i].code))) {
            npy->dtype = types[i].dtype;
            return SEDGE_OK;
        }
    return sedge_fail(r->err, SEDGE_EUNSUPPORTED, "%s: elements of type '%.*s' are not supported", r->source,
                      (int)(code.n < 40 ? code.n : 40), (const char *)code.p);
}

static sedge_status read_order(reader *r) {
    if (take_text(r, "False"))
        return SEDGE_OK;
    if (take_text(r, "True"))
        return sedge_fail(r->err, SEDGE_EUNSUPPORTED,
                          "%s: the array is in Fortran order; save it with numpy.ascontiguousarray", r->source);
    return malformed(r, "True or False");
}

static sedge_status read_number(reader *r, uint64_t *ret) {
    skip_space(r);
    uint64_t v = 0;
    size_t digits = 0;
    for (; r->in.n && r->in.p[0] >= '0' && r->in.p[0] <= '9'; digits++) {
        v = v * 10 + (uint64_t)(r->in.p[0] - '0');
        if (v > UINT32_MAX)
            return sedge_fail(r->err, SEDGE_ELIMIT, "%s: a dimension is larger than %u", r->source, UINT32_MAX);
        r->in = (sedge_bytes){ r->in.p + 1, r->in.n - 1 };
    }
    if (!digits)
        return malformed(r, "number");
    *ret = v;
    return SEDGE_OK;
}

static sedge_status read_shape(reader *r, sedge_npy *npy) {
    if (!take_text(r, "("))
        return malformed(r, "(");
    while (!take_text(r, ")")) {
        if (npy->rank == SEDGE_RANK_MAX)
            return sedge_fail(r->err, SEDGE_ELIMIT, "%s: the array has more than %d dimensions", r->source,
                              SEDGE_RANK_MAX);
        sedge_status st = read_number(r, &npy->dims[npy->rank]);
        if (st)
            return st;
        npy->rank++;
        if (!take_text(r, ",") && !(r->in.n && r->in.p[0] == ')'))
            return malformed(r, ", or )");
    }
    return SEDGE_OK;
}

static sedge_status read_header(reader *r, sedge_npy *npy) {
    unsigned seen = 0;
    if (!take_text(r, "{"))
        return malformed(r, "{");
    while (!take_text(r, "}")) {
        sedge_bytes key;
        sedge_status st = read_string(r, &key);
        if (st)
            return st;
        if (!take_text(r, ":"))
            return malformed(r, ":");
        unsigned bit = sedge_bytes_equal(key, sedge_bytes_text("descr"))           ? 1
                       : sedge_bytes_equal(key, sedge_bytes_text("fortran_order")) ? 2
                       : sedge_bytes_equal(key, sedge_bytes_text("shape"))         ? 4
                                                                                   : 0;
        if (!bit || (seen & bit))
            return malformed(r, "known key that is new");
        seen |= bit;
        if ((st = bit == 1 ? read_type(r, npy) : bit == 2 ? read_order(r) : read_shape(r, npy)))
            return st;
        if (!take_text(r, ",") && !(r->in.n && r->in.p[0] == '}'))
            return malformed(r, ", or }");
    }
    skip_space(r);
    if (seen != 7 || r->in.n)
        return malformed(r, seen != 7 ? "descr, fortran_order and shape" : "end");
    return SEDGE_OK;
}

static sedge_status truncated(const char *source, sedge_error *err) {
    return sedge_fail(err, SEDGE_ETRUNCATED, "%s: the .npy file ends too early", source);
}

/** Magic, version and length; the header's text is cut from the front of *in. */
static sedge_status take_header(sedge_bytes *in, const char *source, sedge_bytes *ret, sedge_error *err) {
    sedge_bytes start;
    size_t n = in->n < MAGIC_BYTES ? in->n : MAGIC_BYTES;
    if (n && memcmp(in->p, magic, n) != 0)
        return sedge_fail(err, SEDGE_EINVALID, "%s: no .npy file, it does not start with \\x93NUMPY", source);
    uint8_t major, minor;
    if (!sedge_take(in, MAGIC_BYTES, &start) || !sedge_take_u8(in, &major) || !sedge_take_u8(in, &minor))
        return truncated(source, err);
    if (major < 1 || major > 3 || minor != 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "%s: .npy version %d.%d, only 1.0, 2.0 and 3.0 are supported",
                          source, major, minor);
    uint16_t length16 = 0;
    uint32_t length = 0;
    if (major == 1 ? !sedge_take_u16(in, &length16) : !sedge_take_u32(in, &length))
        return truncated(source, err);
    length = major == 1 ? length16 : length;
    if (length > SEDGE_NPY_HEADER_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: a .npy header of %u bytes, the limit is %d", source, length,
                          SEDGE_NPY_HEADER_MAX);
    return sedge_take(in, length, ret) ? SEDGE_OK : truncated(source, err);
}

static sedge_status count_elements(sedge_npy *npy, const char *source, size_t *ret_bytes, sedge_error *err) {
    size_t count = 1, bytes = 0;
    bool fits = true;
    for (uint32_t i = 0; i < npy->rank; i++)
        fits = fits && sedge_mul_size(count, (size_t)npy->dims[i], &count);
    size_t size = npy->dtype == SEDGE_STRING ? (size_t)4 * npy->width : types[npy->dtype].size;
    if (!fits || !sedge_mul_size(count, size, &bytes))
        return sedge_fail(err, SEDGE_ELIMIT, "%s: the array is larger than memory can be", source);
    npy->count = count;
    *ret_bytes = bytes;
    return SEDGE_OK;
}

sedge_status sedge_npy_open(sedge_bytes file, const char *source, sedge_npy *ret, sedge_error *err) {
    sedge_npy npy = { .dtype = SEDGE_FLOAT32 };
    reader r = { .source = source, .err = err };
    size_t bytes = 0;
    sedge_status st = take_header(&file, source, &r.in, err);
    if (st || (st = read_header(&r, &npy)) || (st = count_elements(&npy, source, &bytes, err)))
        return st;
    if (!sedge_take(&file, bytes, &npy.data))
        return truncated(source, err);
    if (file.n)
        return sedge_fail(err, SEDGE_EINVALID, "%s: %zu bytes too many behind the array", source, file.n);
    *ret = npy;
    return SEDGE_OK;
}

/* ---- writing ---- */

sedge_status sedge_npy_write_head(sedge_dtype dtype, uint32_t width, uint32_t rank, const uint64_t *dims,
                                  sedge_buf *out, sedge_error *err) {
    SEDGE_AUTO_BUF dict = sedge_buf_init(DICT_MAX + ALIGN);
    if (dtype == SEDGE_STRING)
        sedge_buf_printf(&dict, "{'descr': '<U%u', 'fortran_order': False, 'shape': (", width);
    else
        sedge_buf_printf(&dict, "{'descr': '%s', 'fortran_order': False, 'shape': (", types[dtype].code);
    for (uint32_t i = 0; i < rank; i++) {
        sedge_buf_printf(&dict, i ? " %llu" : "%llu", (unsigned long long)dims[i]);
        if (i + 1 < rank || rank == 1)
            sedge_buf_u8(&dict, ',');
    }
    sedge_buf_text(&dict, "), }");
    while (!dict.failed && (MAGIC_BYTES + 4 + dict.n + 1) % ALIGN)
        sedge_buf_u8(&dict, ' ');
    sedge_buf_u8(&dict, '\n');
    sedge_buf_put(out, magic, MAGIC_BYTES);
    sedge_buf_u8(out, 1);
    sedge_buf_u8(out, 0);
    sedge_buf_u16(out, (uint16_t)dict.n);
    sedge_buf_put(out, dict.data, dict.n);
    if (dict.failed || out->failed)
        return sedge_fail(err, SEDGE_ELIMIT, "the head of the .npy file does not fit the %zu bytes it may have",
                          out->max);
    return SEDGE_OK;
}

sedge_status sedge_npy_write(sedge_dtype dtype, uint32_t rank, const uint64_t *dims, const void *data, sedge_buf *out,
                             sedge_error *err) {
    size_t count = 1;
    for (uint32_t i = 0; i < rank; i++)
        count *= (size_t)dims[i];
    sedge_status st = sedge_npy_write_head(dtype, 0, rank, dims, out, err);
    sedge_buf_put(out, data, count * types[dtype].size);
    if (st || out->failed)
        return sedge_fail(err, SEDGE_ELIMIT, "the .npy file of %zu elements does not fit the %zu bytes it may have",
                          count, out->max);
    return SEDGE_OK;
}

/* ---- whole files ---- */

static sedge_status load(const sedge_fs *fs, const char *path, sedge_dtype dtype, uint32_t rank, uint32_t columns,
                         void **ret_data, sedge_npy *ret, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *file = NULL;
    size_t n;
    sedge_npy npy = { 0 };
    sedge_status st = sedge_file_read(fs, path, (size_t)1 << 31, &file, &n, err);
    if (st || (st = sedge_npy_open(sedge_bytes_of(file, n), path, &npy, err)))
        return st;
    if (npy.dtype != dtype || npy.rank != rank)
        return sedge_fail(err, SEDGE_EINVALID, "%s: an array of '%s' with %u dimensions, wanted is '%s' with %u", path,
                          types[npy.dtype].code, npy.rank, types[dtype].code, rank);
    if (rank > 1 && columns && npy.dims[1] != columns)
        return sedge_fail(err, SEDGE_EINVALID, "%s: %llu columns, wanted are %u", path, (unsigned long long)npy.dims[1],
                          columns);
    void *data = malloc(npy.data.n ? npy.data.n : 1);
    if (!data)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory for %zu elements", path, npy.count);
    if (npy.data.n)
        memcpy(data, npy.data.p, npy.data.n);
    *ret_data = data;
    *ret = npy;
    return SEDGE_OK;
}

sedge_status sedge_npy_load_f32(const sedge_fs *fs, const char *path, uint32_t columns, float **ret_data,
                                size_t *ret_rows, uint32_t *ret_columns, sedge_error *err) {
    void *data = NULL;
    sedge_npy npy = { 0 };
    sedge_status st = load(fs, path, SEDGE_FLOAT32, 2, columns, &data, &npy, err);
    if (st)
        return st;
    *ret_data = data;
    *ret_rows = (size_t)npy.dims[0];
    *ret_columns = (uint32_t)npy.dims[1];
    return SEDGE_OK;
}

sedge_status sedge_npy_load_i32(const sedge_fs *fs, const char *path, int32_t **ret_data, size_t *ret_rows,
                                sedge_error *err) {
    void *data = NULL;
    sedge_npy npy = { 0 };
    sedge_status st = load(fs, path, SEDGE_INT32, 1, 0, &data, &npy, err);
    if (st)
        return st;
    *ret_data = data;
    *ret_rows = (size_t)npy.dims[0];
    return SEDGE_OK;
}
