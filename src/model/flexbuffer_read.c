/* SPDX-License-Identifier: Apache-2.0 */
#include "model/flexbuffer_read.h"

/* types, as they stand in the upper six bits of a type byte; the lower two are the width's power of two */
enum {
    NIL = 0,
    INT = 1,
    UINT = 2,
    FLOAT = 3,
    INDIRECT_INT = 6,
    INDIRECT_UINT = 7,
    INDIRECT_FLOAT = 8,
    MAP = 9,
    BOOL = 26,
};

/* width is 1, 2, 4 or 8 */
static bool load(sedge_bytes b, size_t at, unsigned width, uint64_t *ret) {
    sedge_bytes raw;
    if (!sedge_bytes_slice(b, at, width, &raw))
        return false;
    *ret = 0;
    for (unsigned i = 0; i < width; i++)
        *ret |= (uint64_t)raw.p[i] << (8 * i);
    return true;
}

/* where an offset that stands at a place leads: back by its value */
static bool follow(sedge_bytes b, size_t at, unsigned width, size_t *ret) {
    uint64_t back;
    if (!load(b, at, width, &back) || back > at)
        return false;
    *ret = at - (size_t)back;
    return true;
}

/*
 * | keys: offset, key width | n | values ... | types ... |      the map's place is that of its first value
 */
static bool open_map(sedge_bytes b, size_t at, unsigned width, sedge_flex_map *ret) {
    sedge_flex_map m = { .bytes = b, .values = at, .width = (uint8_t)width };
    uint64_t n, n_keys, key_width;
    sedge_bytes tables;
    if (at < 3 * (size_t)width || !load(b, at - width, width, &n) || !load(b, at - 2 * width, width, &key_width) ||
        !follow(b, at - 3 * width, width, &m.keys) || n > SEDGE_FLEX_ENTRIES_MAX)
        return false;
    if ((key_width != 1 && key_width != 2 && key_width != 4 && key_width != 8) || m.keys < key_width ||
        !load(b, m.keys - key_width, (unsigned)key_width, &n_keys) || n_keys != n)
        return false;
    m.n = (uint32_t)n;
    m.key_width = (uint8_t)key_width;
    m.types = at + (size_t)n * width;
    if (!sedge_bytes_slice(b, at, n * (width + 1), &tables) || !sedge_bytes_slice(b, m.keys, n * key_width, &tables))
        return false;
    *ret = m;
    return true;
}

bool sedge_flex_open(sedge_bytes bytes, sedge_flex_map *ret) {
    if (bytes.n < 3)
        return false;
    uint8_t width = bytes.p[bytes.n - 1], type = bytes.p[bytes.n - 2];
    size_t at;
    if ((width != 1 && width != 2 && width != 4 && width != 8) || bytes.n - 2 < width || type >> 2 != MAP)
        return false;
    return follow(bytes, bytes.n - 2 - width, width, &at) && open_map(bytes, at, 1u << (type & 3), ret);
}

static bool key_is(const sedge_flex_map *m, uint32_t i, const char *key) {
    size_t at, n = strlen(key) + 1; /* with the zero at its end */
    sedge_bytes text;
    return follow(m->bytes, m->keys + (size_t)i * m->key_width, m->key_width, &at) &&
           sedge_bytes_slice(m->bytes, at, n, &text) && memcmp(text.p, key, n) == 0;
}

static sedge_flex_value int_of(uint64_t bits, unsigned width, bool is_signed) {
    unsigned unused = 64 - 8 * width;
    int64_t value = (int64_t)bits;
    if (is_signed && unused)
        value = (int64_t)(bits << unused) >> unused;
    return (sedge_flex_value){ SEDGE_FLEX_INT, value, (double)value };
}

static sedge_flex_value float_of(uint64_t bits, unsigned width) {
    uint8_t raw[8];
    sedge_store_u64(raw, bits);
    if (width != 4 && width != 8)
        return (sedge_flex_value){ SEDGE_FLEX_BAD, 0, 0 };
    return (sedge_flex_value){ SEDGE_FLEX_FLOAT, 0, width == 4 ? (double)sedge_load_f32(raw) : sedge_load_f64(raw) };
}

static sedge_flex_value value_at(const sedge_flex_map *m, uint32_t i) {
    const sedge_flex_value bad = { SEDGE_FLEX_BAD, 0, 0 };
    size_t at = m->values + (size_t)i * m->width;
    uint8_t type = m->bytes.p[m->types + i];
    unsigned width = m->width, kind = type >> 2;
    if (kind == INDIRECT_INT || kind == INDIRECT_UINT || kind == INDIRECT_FLOAT) {
        if (!follow(m->bytes, at, width, &at))
            return bad;
        width = 1u << (type & 3);
    }
    uint64_t bits;
    if (!load(m->bytes, at, width, &bits))
        return bad;
    switch (kind) {
    case NIL:
        return (sedge_flex_value){ SEDGE_FLEX_ABSENT, 0, 0 };
    case INT:
    case INDIRECT_INT:
        return int_of(bits, width, true);
    case UINT:
    case INDIRECT_UINT:
    case BOOL:
        return int_of(bits, width, false);
    case FLOAT:
    case INDIRECT_FLOAT:
        return float_of(bits, width);
    default:
        return bad;
    }
}

sedge_flex_value sedge_flex_find(const sedge_flex_map *m, const char *key) {
    for (uint32_t i = 0; i < m->n; i++)
        if (key_is(m, i, key))
            return value_at(m, i);
    return (sedge_flex_value){ SEDGE_FLEX_ABSENT, 0, 0 };
}
