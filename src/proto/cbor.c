/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/cbor.h"

#include <cbor.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"

enum { HEAD_MAX = 9, TAG_FIRST = 0xc0, TAG_LAST = 0xd7 };

/* ---- writer ---- */

typedef size_t (*encode_fn)(uint64_t v, unsigned char *at, size_t size);

static void put_head(sedge_buf *out, encode_fn encode, uint64_t v) {
    uint8_t head[HEAD_MAX];
    sedge_buf_put(out, head, encode(v, head, sizeof head));
}

static size_t encode_text(uint64_t n, unsigned char *at, size_t size) {
    return cbor_encode_string_start((size_t)n, at, size);
}

static size_t encode_bytes(uint64_t n, unsigned char *at, size_t size) {
    return cbor_encode_bytestring_start((size_t)n, at, size);
}

static size_t encode_array(uint64_t n, unsigned char *at, size_t size) {
    return cbor_encode_array_start((size_t)n, at, size);
}

static size_t encode_map(uint64_t n, unsigned char *at, size_t size) {
    return cbor_encode_map_start((size_t)n, at, size);
}

void sedge_cbor_put_u64(sedge_buf *out, uint64_t v) {
    put_head(out, cbor_encode_uint, v);
}

void sedge_cbor_put_i64(sedge_buf *out, int64_t v) {
    if (v >= 0)
        put_head(out, cbor_encode_uint, (uint64_t)v);
    else
        put_head(out, cbor_encode_negint, (uint64_t)(-1 - v));
}

void sedge_cbor_put_f64(sedge_buf *out, double v) {
    uint8_t head[HEAD_MAX];
    float narrow = (float)v;
    if (isnan(v) || (double)narrow == v)
        sedge_buf_put(out, head, cbor_encode_single(narrow, head, sizeof head));
    else
        sedge_buf_put(out, head, cbor_encode_double(v, head, sizeof head));
}

void sedge_cbor_put_text(sedge_buf *out, const char *text) {
    sedge_bytes bytes = sedge_bytes_text(text);
    bool clean = sedge_utf8_is_label(bytes);
    put_head(out, encode_text, bytes.n);
    if (clean) {
        sedge_buf_put(out, bytes.p, bytes.n);
        return;
    }
    for (size_t i = 0; i < bytes.n; i++)
        sedge_buf_u8(out, bytes.p[i] >= 0x20 && bytes.p[i] < 0x7f ? bytes.p[i] : '?');
}

void sedge_cbor_put_bytes(sedge_buf *out, sedge_bytes bytes) {
    put_head(out, encode_bytes, bytes.n);
    sedge_buf_put(out, bytes.p, bytes.n);
}

void sedge_cbor_put_array(sedge_buf *out, size_t n) {
    put_head(out, encode_array, n);
}

void sedge_cbor_put_map(sedge_buf *out, size_t n) {
    put_head(out, encode_map, n);
}

void sedge_cbor_put_tag(sedge_buf *out, uint64_t tag) {
    put_head(out, cbor_encode_tag, tag);
}

/* ---- reader ---- */

typedef enum item_kind {
    ITEM_NONE, /* what we do not accept: indefinite lengths, a stray break */
    ITEM_U64,
    ITEM_NEGATIVE,
    ITEM_BYTES,
    ITEM_TEXT,
    ITEM_ARRAY,
    ITEM_MAP,
    ITEM_TAG,
    ITEM_FLOAT,
    ITEM_BOOL,
    ITEM_SIMPLE
} item_kind;

/* One item's head as libcbor's callbacks give it; of texts and bytes also the content. */
typedef struct item {
    item_kind kind;
    uint64_t n;
    double real;
    sedge_bytes bytes;
} item;

#define ON_INTEGER(name, type, KIND)                                                                                   \
    static void name(void *ctx, type v) {                                                                              \
        *(item *)ctx = (item){ .kind = KIND, .n = v };                                                                 \
    }
ON_INTEGER(on_uint8, uint8_t, ITEM_U64)
ON_INTEGER(on_uint16, uint16_t, ITEM_U64)
ON_INTEGER(on_uint32, uint32_t, ITEM_U64)
ON_INTEGER(on_uint64, uint64_t, ITEM_U64)
ON_INTEGER(on_negint8, uint8_t, ITEM_NEGATIVE)
ON_INTEGER(on_negint16, uint16_t, ITEM_NEGATIVE)
ON_INTEGER(on_negint32, uint32_t, ITEM_NEGATIVE)
ON_INTEGER(on_negint64, uint64_t, ITEM_NEGATIVE)
ON_INTEGER(on_array, size_t, ITEM_ARRAY)
ON_INTEGER(on_map, size_t, ITEM_MAP)
ON_INTEGER(on_tag, uint64_t, ITEM_TAG)
ON_INTEGER(on_bool, bool, ITEM_BOOL)

static void on_bytes(void *ctx, cbor_data p, size_t n) {
    *(item *)ctx = (item){ .kind = ITEM_BYTES, .bytes = sedge_bytes_of(p, n) };
}

static void on_text(void *ctx, cbor_data p, size_t n) {
    *(item *)ctx = (item){ .kind = ITEM_TEXT, .bytes = sedge_bytes_of(p, n) };
}

static void on_float(void *ctx, float v) {
    *(item *)ctx = (item){ .kind = ITEM_FLOAT, .real = (double)v };
}

static void on_double(void *ctx, double v) {
    *(item *)ctx = (item){ .kind = ITEM_FLOAT, .real = v };
}

static void on_simple(void *ctx) {
    *(item *)ctx = (item){ .kind = ITEM_SIMPLE };
}

static void on_refused(void *ctx) {
    *(item *)ctx = (item){ .kind = ITEM_NONE };
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .byte_string = on_bytes,
    .byte_string_start = on_refused,
    .string = on_text,
    .string_start = on_refused,
    .array_start = on_array,
    .indef_array_start = on_refused,
    .map_start = on_map,
    .indef_map_start = on_refused,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .undefined = on_simple,
    .null = on_simple,
    .boolean = on_bool,
    .indef_break = on_refused,
};

static bool fail(sedge_cbor *in) {
    in->failed = true;
    return false;
}

/* libcbor before 0.9 refuses some tags of one byte (18, COSE_Sign1, among them), so those are read here. */
static bool short_tag(sedge_cbor *in, item *ret) {
    if (in->rest.p[0] < TAG_FIRST || in->rest.p[0] > TAG_LAST)
        return false;
    *ret = (item){ .kind = ITEM_TAG, .n = in->rest.p[0] - TAG_FIRST };
    in->rest = sedge_bytes_of(in->rest.p + 1, in->rest.n - 1);
    return true;
}

static bool next(sedge_cbor *in, item *ret) {
    if (in->failed || in->rest.n == 0)
        return fail(in);
    if (short_tag(in, ret))
        return true;
    item got = { .kind = ITEM_NONE };
    struct cbor_decoder_result r = cbor_stream_decode(in->rest.p, in->rest.n, &callbacks, &got);
    if (r.status != CBOR_DECODER_FINISHED || got.kind == ITEM_NONE)
        return fail(in);
    in->rest = sedge_bytes_of(in->rest.p + r.read, in->rest.n - r.read);
    *ret = got;
    return true;
}

static bool next_of(sedge_cbor *in, item_kind kind, item *ret) {
    return next(in, ret) && (ret->kind == kind || fail(in));
}

bool sedge_cbor_u64(sedge_cbor *in, uint64_t max, uint64_t *ret) {
    item got;
    if (!next_of(in, ITEM_U64, &got) || got.n > max)
        return fail(in);
    *ret = got.n;
    return true;
}

bool sedge_cbor_i64(sedge_cbor *in, int64_t *ret) {
    item got;
    if (!next(in, &got) || (got.kind != ITEM_U64 && got.kind != ITEM_NEGATIVE) || got.n > INT64_MAX)
        return fail(in);
    *ret = got.kind == ITEM_U64 ? (int64_t)got.n : -1 - (int64_t)got.n;
    return true;
}

bool sedge_cbor_f64(sedge_cbor *in, double *ret) {
    item got;
    if (!next(in, &got))
        return false;
    switch (got.kind) {
    case ITEM_FLOAT:
        *ret = got.real;
        return true;
    case ITEM_U64:
        *ret = (double)got.n;
        return true;
    case ITEM_NEGATIVE:
        *ret = -1 - (double)got.n;
        return true;
    default:
        return fail(in);
    }
}

bool sedge_cbor_text(sedge_cbor *in, char *ret, size_t size) {
    item got;
    if (!next_of(in, ITEM_TEXT, &got) || got.bytes.n >= size || !sedge_utf8_is_label(got.bytes))
        return fail(in);
    if (got.bytes.n > 0)
        memcpy(ret, got.bytes.p, got.bytes.n);
    ret[got.bytes.n] = '\0';
    return true;
}

bool sedge_cbor_bytes(sedge_cbor *in, size_t max, sedge_bytes *ret) {
    item got;
    if (!next_of(in, ITEM_BYTES, &got) || got.bytes.n > max)
        return fail(in);
    *ret = got.bytes;
    return true;
}

static bool count_of(sedge_cbor *in, item_kind kind, size_t max, size_t *ret) {
    item got;
    if (!next_of(in, kind, &got) || got.n > max)
        return fail(in);
    *ret = (size_t)got.n;
    return true;
}

bool sedge_cbor_array(sedge_cbor *in, size_t max, size_t *ret) {
    return count_of(in, ITEM_ARRAY, max, ret);
}

bool sedge_cbor_map(sedge_cbor *in, size_t max, size_t *ret) {
    return count_of(in, ITEM_MAP, max, ret);
}

bool sedge_cbor_tag(sedge_cbor *in, uint64_t *ret) {
    item got;
    if (!next_of(in, ITEM_TAG, &got))
        return false;
    *ret = got.n;
    return true;
}

/* Every child is at least one byte, so a count above what is left cannot be true; that also bounds the loop. */
bool sedge_cbor_skip(sedge_cbor *in) {
    uint64_t left[SEDGE_CBOR_DEPTH_MAX] = { 1 };
    size_t depth = 1;
    while (depth > 0) {
        item got;
        if (left[depth - 1] == 0) {
            depth--;
            continue;
        }
        left[depth - 1]--;
        if (!next(in, &got))
            return false;
        uint64_t children = 0;
        if (got.kind == ITEM_ARRAY || got.kind == ITEM_MAP) {
            if (got.n > in->rest.n)
                return fail(in);
            children = got.kind == ITEM_MAP ? 2 * got.n : got.n;
        } else if (got.kind == ITEM_TAG) {
            children = 1;
        }
        if (children == 0)
            continue;
        if (depth == SEDGE_CBOR_DEPTH_MAX)
            return fail(in);
        left[depth++] = children;
    }
    return true;
}

bool sedge_cbor_at_end(const sedge_cbor *in) {
    return !in->failed && in->rest.n == 0;
}
