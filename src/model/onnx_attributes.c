/* SPDX-License-Identifier: Apache-2.0 */
#include "model/onnx_attributes.h"

#include "model/onnx_schema.h"

static sedge_bytes name_of(sedge_pbr *r, sedge_bytes attribute) {
    sedge_pb_field f;
    while (sedge_pbr_next(r, &attribute, &f))
        if (f.number == ATTRIBUTE_NAME && f.wire == SEDGE_PB_BYTES)
            return f.bytes;
    return sedge_bytes_of("", 0);
}

bool sedge_onnx_find(const sedge_onnx_node *n, const char *name, sedge_bytes *ret) {
    sedge_bytes in = n->node;
    sedge_pb_field f;
    while (sedge_pbr_next(n->r, &in, &f))
        if (f.number == NODE_ATTRIBUTE && f.wire == SEDGE_PB_BYTES &&
            sedge_bytes_equal(name_of(n->r, f.bytes), sedge_bytes_text(name))) {
            *ret = f.bytes;
            return true;
        }
    return false;
}

static bool find_field(const sedge_onnx_node *n, const char *name, uint32_t number, sedge_pb_wire wire,
                       sedge_pb_field *ret) {
    sedge_bytes attribute;
    if (!sedge_onnx_find(n, name, &attribute))
        return false;
    while (sedge_pbr_next(n->r, &attribute, ret))
        if (ret->number == number && ret->wire == wire)
            return true;
    sedge_pbr_fail(n->r, SEDGE_EINVALID, "attribute %s is of another type", name);
    return false;
}

int64_t sedge_onnx_int(const sedge_onnx_node *n, const char *name, int64_t fallback) {
    sedge_pb_field f;
    return find_field(n, name, ATTRIBUTE_I, SEDGE_PB_VARINT, &f) ? (int64_t)f.value : fallback;
}

sedge_bytes sedge_onnx_text(const sedge_onnx_node *n, const char *name, const char *fallback) {
    sedge_pb_field f;
    return find_field(n, name, ATTRIBUTE_S, SEDGE_PB_BYTES, &f) ? f.bytes : sedge_bytes_text(fallback);
}

int32_t sedge_onnx_int32(const sedge_onnx_node *n, const char *name, int32_t fallback) {
    int64_t v = sedge_onnx_int(n, name, fallback);
    if (v >= INT32_MIN && v <= INT32_MAX)
        return (int32_t)v;
    sedge_pbr_fail(n->r, SEDGE_EINVALID, "attribute %s is %lld", name, (long long)v);
    return fallback;
}

float sedge_onnx_float(const sedge_onnx_node *n, const char *name, float fallback) {
    sedge_pb_field f;
    if (!find_field(n, name, ATTRIBUTE_F, SEDGE_PB_FIXED32, &f))
        return fallback;
    uint8_t raw[4];
    sedge_store_u32(raw, (uint32_t)f.value);
    return sedge_load_f32(raw);
}

uint32_t sedge_onnx_word(const sedge_onnx_node *n, const char *name, const char *const *words, size_t n_words) {
    sedge_bytes word = sedge_onnx_text(n, name, words[0]);
    for (uint32_t i = 0; i < n_words; i++)
        if (sedge_bytes_equal(word, sedge_bytes_text(words[i])))
            return i;
    sedge_pbr_fail(n->r, SEDGE_EUNSUPPORTED, "attribute %s is '%.*s', which is not supported", name,
                   (int)(word.n < 32 ? word.n : 32), (const char *)word.p);
    return 0;
}

bool sedge_onnx_message(const sedge_onnx_node *n, const char *name, uint32_t field, sedge_bytes *ret) {
    sedge_pb_field f;
    if (!find_field(n, name, field, SEDGE_PB_BYTES, &f))
        return false;
    *ret = f.bytes;
    return true;
}

/* an element of a repeated field: one by one, or the next of a packed run */
typedef struct elements {
    sedge_pbr *r;
    sedge_bytes in;  /* the rest of the attribute */
    sedge_bytes run; /* the rest of a packed run */
    uint32_t number;
} elements;

static bool next_int(elements *e, uint64_t *ret) {
    sedge_pb_field f;
    if (e->run.n)
        return sedge_pbr_varint(e->r, &e->run, ret);
    while (sedge_pbr_next(e->r, &e->in, &f)) {
        if (f.number != e->number)
            continue;
        if (f.wire == SEDGE_PB_VARINT) {
            *ret = f.value;
            return true;
        }
        if (f.wire == SEDGE_PB_BYTES && f.bytes.n) {
            e->run = f.bytes;
            return sedge_pbr_varint(e->r, &e->run, ret);
        }
    }
    return false;
}

static bool next_float(elements *e, float *ret) {
    sedge_pb_field f;
    while (e->run.n == 0 && sedge_pbr_next(e->r, &e->in, &f)) {
        if (f.number != e->number)
            continue;
        if (f.wire == SEDGE_PB_FIXED32) {
            uint8_t raw[4];
            sedge_store_u32(raw, (uint32_t)f.value);
            *ret = sedge_load_f32(raw);
            return true;
        }
        if (f.wire == SEDGE_PB_BYTES)
            e->run = f.bytes;
    }
    if (e->run.n == 0)
        return false;
    if (sedge_take_f32(&e->run, ret))
        return true;
    sedge_pbr_fail(e->r, SEDGE_EINVALID, "packed numbers at byte %zu are cut off", (size_t)(e->run.p - e->r->start));
    return false;
}

static bool next_text(elements *e, sedge_bytes *ret) {
    sedge_pb_field f;
    while (sedge_pbr_next(e->r, &e->in, &f))
        if (f.number == e->number && f.wire == SEDGE_PB_BYTES) {
            *ret = f.bytes;
            return true;
        }
    return false;
}

static void *take_array(const sedge_onnx_node *n, const char *name, size_t count, uint32_t max, size_t size) {
    if (count > max)
        sedge_pbr_fail(n->r, SEDGE_ELIMIT, "attribute %s has %zu entries, the limit is %u", name, count, max);
    void *p = n->r->status ? NULL : sedge_pool_take(n->pool, count, size);
    if (!p)
        sedge_pbr_fail(n->r, SEDGE_ELIMIT, "attribute %s needs more than %zu bytes of memory", name, n->pool->max);
    return p;
}

/* two passes: count, then fill */
#define ARRAY_FN(fn, type, item, next, NUMBER)                                                                         \
    const type *fn(const sedge_onnx_node *n, const char *name, uint32_t max, uint32_t *ret_n) {                        \
        sedge_bytes attribute;                                                                                         \
        item value;                                                                                                    \
        *ret_n = 0;                                                                                                    \
        if (!sedge_onnx_find(n, name, &attribute))                                                                     \
            return NULL;                                                                                               \
        size_t count = 0;                                                                                              \
        for (elements e = { n->r, attribute, { 0 }, NUMBER }; next(&e, &value);)                                       \
            count++;                                                                                                   \
        type *array = take_array(n, name, count, max, sizeof *array);                                                  \
        if (!array)                                                                                                    \
            return NULL;                                                                                               \
        size_t i = 0;                                                                                                  \
        for (elements e = { n->r, attribute, { 0 }, NUMBER }; i < count && next(&e, &value);)                          \
            array[i++] = (type)value;                                                                                  \
        *ret_n = (uint32_t)count;                                                                                      \
        return array;                                                                                                  \
    }
ARRAY_FN(sedge_onnx_ints, int64_t, uint64_t, next_int, ATTRIBUTE_INTS)
ARRAY_FN(sedge_onnx_floats, float, float, next_float, ATTRIBUTE_FLOATS)
#undef ARRAY_FN

const sedge_bytes *sedge_onnx_texts(const sedge_onnx_node *n, const char *name, uint32_t max, uint32_t *ret_n) {
    sedge_bytes attribute, value;
    *ret_n = 0;
    if (!sedge_onnx_find(n, name, &attribute))
        return NULL;
    size_t count = 0;
    for (elements e = { n->r, attribute, { 0 }, ATTRIBUTE_STRINGS }; next_text(&e, &value);)
        count++;
    sedge_bytes *array = take_array(n, name, count, max, sizeof *array);
    if (!array)
        return NULL;
    elements e = { n->r, attribute, { 0 }, ATTRIBUTE_STRINGS };
    for (size_t i = 0; i < count && next_text(&e, &array[i]); i++)
        ;
    *ret_n = (uint32_t)count;
    return array;
}

void sedge_onnx_refuse_others(const sedge_onnx_node *n, const char *const *known, size_t n_known) {
    sedge_bytes in = n->node;
    sedge_pb_field f;
    while (sedge_pbr_next(n->r, &in, &f)) {
        if (f.number != NODE_ATTRIBUTE || f.wire != SEDGE_PB_BYTES)
            continue;
        sedge_bytes name = name_of(n->r, f.bytes);
        size_t i = 0;
        while (i < n_known && !sedge_bytes_equal(name, sedge_bytes_text(known[i])))
            i++;
        if (i == n_known)
            sedge_pbr_fail(n->r, SEDGE_EUNSUPPORTED, "attribute %.*s is not supported",
                           (int)(name.n < 64 ? name.n : 64), (const char *)name.p);
    }
}
