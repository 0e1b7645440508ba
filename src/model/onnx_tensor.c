/* SPDX-License-Identifier: Apache-2.0 */
#include "model/onnx_tensor.h"

#include <string.h>

#include "base/own.h"
#include "model/onnx_nodes.h"
#include "model/onnx_schema.h"

/* where the values of a type stand when they are not in raw_data */
typedef struct typed_row {
    uint8_t dtype, field;
} typed_row;

static const typed_row typed_rows[] = {
    { SEDGE_FLOAT32, TENSOR_FLOAT_DATA },  { SEDGE_INT8, TENSOR_INT32_DATA },    { SEDGE_UINT8, TENSOR_INT32_DATA },
    { SEDGE_INT16, TENSOR_INT32_DATA },    { SEDGE_UINT16, TENSOR_INT32_DATA },  { SEDGE_INT32, TENSOR_INT32_DATA },
    { SEDGE_BOOL, TENSOR_INT32_DATA },     { SEDGE_FLOAT16, TENSOR_INT32_DATA }, { SEDGE_INT64, TENSOR_INT64_DATA },
    { SEDGE_FLOAT64, TENSOR_DOUBLE_DATA }, { SEDGE_UINT32, TENSOR_UINT64_DATA }, { SEDGE_UINT64, TENSOR_UINT64_DATA },
};

typedef struct parts {
    uint64_t type; /* number in the file */
    sedge_bytes raw;
    bool has_raw;
    bool packed4; /* two elements a byte */
} parts;

static void add_dim(sedge_pbr *r, sedge_tensor *t, uint64_t size) {
    if (t->rank == SEDGE_RANK_MAX)
        sedge_pbr_fail(r, SEDGE_ELIMIT, "more than %d dimensions", SEDGE_RANK_MAX);
    else if (size > INT32_MAX)
        sedge_pbr_fail(r, SEDGE_ELIMIT, "dimension %u is larger than %d", t->rank, INT32_MAX);
    else
        t->dims[t->rank++] = (int32_t)size;
}

static void read_dims(sedge_pbr *r, const sedge_pb_field *f, sedge_tensor *t) {
    uint64_t size;
    sedge_bytes run = f->bytes;
    if (f->wire == SEDGE_PB_VARINT)
        add_dim(r, t, f->value);
    else if (f->wire == SEDGE_PB_BYTES)
        while (sedge_pbr_varint(r, &run, &size))
            add_dim(r, t, size);
}

static void read_parts(sedge_pbr *r, sedge_bytes message, sedge_tensor *t, parts *p) {
    sedge_pb_field f;
    t->rank = 0;
    while (sedge_pbr_next(r, &message, &f)) {
        if (f.number == TENSOR_DIMS)
            read_dims(r, &f, t);
        else if (f.number == TENSOR_TYPE && f.wire == SEDGE_PB_VARINT)
            p->type = f.value;
        else if (f.number == TENSOR_RAW_DATA && f.wire == SEDGE_PB_BYTES) {
            p->raw = f.bytes;
            p->has_raw = true;
        } else if (f.number == TENSOR_EXTERNAL || (f.number == TENSOR_LOCATION && f.value != 0))
            sedge_pbr_fail(r, SEDGE_EUNSUPPORTED, "its values are in another file (external data), %s",
                           "save the model with its weights inside");
        else if (f.number == TENSOR_SEGMENT)
            sedge_pbr_fail(r, SEDGE_EUNSUPPORTED, "it is a segment of a tensor");
    }
}

static void put(uint8_t *out, size_t size, uint64_t value) {
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

/* elements in the order of the file, one call each */
typedef struct sink {
    sedge_pbr *r;
    uint8_t *out;
    size_t size, n, i;
} sink;

static void add_value(sink *s, uint64_t value) {
    if (s->i == s->n)
        sedge_pbr_fail(s->r, SEDGE_EINVALID, "it has more than %zu values, which its shape needs", s->n);
    else
        put(s->out + s->size * s->i++, s->size, value);
}

static void add_run(sink *s, const sedge_pb_field *f, uint32_t field) {
    uint64_t value;
    sedge_bytes run = f->bytes, word;
    size_t width = field == TENSOR_FLOAT_DATA ? 4 : field == TENSOR_DOUBLE_DATA ? 8 : 0;
    if (f->wire != SEDGE_PB_BYTES)
        add_value(s, f->value);
    else if (!width)
        while (!s->r->status && sedge_pbr_varint(s->r, &run, &value))
            add_value(s, value);
    else
        while (!s->r->status && sedge_take(&run, width, &word))
            add_value(s, width == 4 ? sedge_load_u32(word.p) : sedge_load_u64(word.p));
    if (width && run.n && f->wire == SEDGE_PB_BYTES)
        sedge_pbr_fail(s->r, SEDGE_EINVALID, "its packed values are cut off");
}

static uint32_t field_of(sedge_dtype dtype) {
    for (size_t i = 0; i < SEDGE_COUNT(typed_rows); i++)
        if (typed_rows[i].dtype == dtype)
            return typed_rows[i].field;
    return 0;
}

/* the number of bytes that carry values: n elements, or n / 2 when two share one */
static void read_typed(sedge_pbr *r, sedge_bytes message, uint32_t field, size_t size, size_t n, uint8_t *out) {
    sink s = { r, out, size, n, 0 };
    sedge_pb_field f;
    while (sedge_pbr_next(r, &message, &f))
        if (f.number == field)
            add_run(&s, &f, field);
    if (!r->status && s.i != n)
        sedge_pbr_fail(r, SEDGE_EINVALID, "it has %zu values, its shape needs %zu", s.i, n);
}

static void unpack4(const uint8_t *from, size_t n, bool is_signed, uint8_t *out) {
    for (size_t i = 0; i < n; i++) {
        uint8_t v = from[i / 2] >> (i % 2 ? 4 : 0) & 15;
        out[i] = is_signed && v > 7 ? (uint8_t)(v - 16) : v;
    }
}

static uint8_t *take(sedge_pbr *r, sedge_pool *pool, size_t n) {
    uint8_t *p = r->status ? NULL : sedge_pool_take(pool, n, 1);
    if (!p)
        sedge_pbr_fail(r, SEDGE_ELIMIT, "its values need more than %zu bytes of memory", pool->max);
    return p;
}

/* the stored bytes: borrowed or copied, packed as the file has them */
static const uint8_t *stored(sedge_pbr *r, sedge_pool *pool, sedge_bytes message, const parts *p, sedge_dtype dtype,
                             size_t n) {
    size_t size = sedge_dtype_size(dtype);
    bool aligned = (uintptr_t)p->raw.p % size == 0;
    if (p->has_raw && p->raw.n != n * size) {
        sedge_pbr_fail(r, SEDGE_EINVALID, "it has %zu bytes, its shape needs %zu", p->raw.n, n * size);
        return NULL;
    }
    if (p->has_raw && aligned && dtype != SEDGE_BOOL && n)
        return p->raw.p;
    uint8_t *out = n * size > message.n * 8 + 64 ? NULL : take(r, pool, n * size);
    if (!out)
        sedge_pbr_fail(r, SEDGE_EINVALID, "its shape needs %zu values, more than it can hold", n);
    else if (p->has_raw && n)
        memcpy(out, p->raw.p, n * size);
    else if (!p->has_raw)
        read_typed(r, message, field_of(dtype), size, n, out);
    return out;
}

bool sedge_onnx_tensor_is_4_bits(sedge_pbr *r, sedge_bytes message) {
    uint64_t type = 0;
    sedge_pb_field f;
    while (sedge_pbr_next(r, &message, &f))
        if (f.number == TENSOR_TYPE && f.wire == SEDGE_PB_VARINT)
            type = f.value;
    return type == ONNX_TYPE_INT4 || type == ONNX_TYPE_UINT4;
}

sedge_bytes sedge_onnx_tensor_name(sedge_pbr *r, sedge_bytes message) {
    sedge_bytes name = sedge_bytes_of("", 0);
    sedge_pb_field f;
    while (sedge_pbr_next(r, &message, &f))
        if (f.number == TENSOR_NAME && f.wire == SEDGE_PB_BYTES)
            name = f.bytes;
    return name;
}

/* texts stand one by one */
static const uint8_t *numbered(sedge_pbr *r, sedge_pool *pool, const sedge_onnx_numbering *texts, sedge_bytes message,
                               size_t n) {
    size_t i = 0;
    sedge_pb_field f;
    uint8_t *out = n > message.n ? NULL : take(r, pool, n * sizeof(uint32_t));
    while (out && sedge_pbr_next(r, &message, &f))
        if (f.number == TENSOR_STRING_DATA && f.wire == SEDGE_PB_BYTES && i++ < n)
            put(out + 4 * (i - 1), 4, texts->number(texts->user, f.bytes));
    if (i != n || !out)
        sedge_pbr_fail(r, SEDGE_EINVALID, "it has %zu texts, its shape needs %zu", i, n);
    return out;
}

void sedge_onnx_read_tensor(sedge_pbr *r, sedge_pool *pool, const sedge_onnx_numbering *texts, sedge_bytes message,
                            sedge_tensor *t) {
    parts p = { 0 };
    read_parts(r, message, t, &p);
    bool int4 = p.type == ONNX_TYPE_INT4, uint4 = p.type == ONNX_TYPE_UINT4;
    t->dtype = int4 ? SEDGE_INT8 : uint4 ? SEDGE_UINT8 : sedge_onnx_dtype(r, p.type);
    if (!r->status)
        r->status = sedge_tensor_set_size(t, r->err);
    if (r->status)
        return;
    size_t n = t->size_bytes / sedge_dtype_size(t->dtype);
    const uint8_t *data = t->dtype == SEDGE_STRING
                              ? numbered(r, pool, texts, message, n)
                              : stored(r, pool, message, &p, t->dtype, int4 || uint4 ? (n + 1) / 2 : n);
    if (r->status)
        return;
    if (int4 || uint4) {
        uint8_t *out = take(r, pool, n);
        if (out)
            unpack4(data, n, int4, out);
        data = out;
    } else if (t->dtype == SEDGE_BOOL) {
        uint8_t *out = take(r, pool, n);
        for (size_t i = 0; out && i < n; i++)
            out[i] = data[i] != 0;
        data = out;
    }
    t->data = data;
}
