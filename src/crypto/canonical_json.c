/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/canonical_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"

enum { REAL_DIGITS_MIN = 15, REAL_DIGITS_MAX = 17, REAL_TEXT_MAX = 32 };

typedef struct writer {
    sedge_buf *out;
    bool stable;
} writer;

static sedge_status write_value(const writer *w, const json_t *value, unsigned depth, sedge_error *err);

static void write_string(const writer *w, const char *text, size_t n) {
    sedge_buf_u8(w->out, '"');
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)text[i];
        if (w->stable && c < 0x20) {
            sedge_buf_printf(w->out, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\')
            sedge_buf_u8(w->out, '\\');
        sedge_buf_u8(w->out, c);
    }
    sedge_buf_u8(w->out, '"');
}

static sedge_status write_array(const writer *w, const json_t *array, unsigned depth, sedge_error *err) {
    sedge_buf *out = w->out;
    sedge_buf_u8(out, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            sedge_buf_u8(out, ',');
        sedge_status st = write_value(w, json_array_get(array, i), depth + 1, err);
        if (st)
            return st;
    }
    sedge_buf_u8(out, ']');
    return SEDGE_OK;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static sedge_status write_members(const writer *w, const json_t *object, const char **keys, size_t n, unsigned depth,
                                  sedge_error *err) {
    sedge_buf *out = w->out;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            sedge_buf_u8(out, ',');
        write_string(w, keys[i], strlen(keys[i]));
        sedge_buf_u8(out, ':');
        sedge_status st = write_value(w, json_object_get(object, keys[i]), depth + 1, err);
        if (st)
            return sedge_wrap(err, st, "%s", keys[i]);
    }
    return SEDGE_OK;
}

static sedge_status write_object(const writer *w, const json_t *object, unsigned depth, sedge_error *err) {
    size_t n = 0;
    SEDGE_AUTO_MEM const char **keys = calloc(json_object_size(object) + 1, sizeof *keys);
    if (!keys)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to sort %zu keys", json_object_size(object));
    /* jansson's iterators want a pointer to non-const and do not change the object */
    json_t *walk = (json_t *)(uintptr_t)object;
    for (void *at = json_object_iter(walk); at; at = json_object_iter_next(walk, at))
        keys[n++] = json_object_iter_key(at);
    qsort(keys, n, sizeof *keys, by_bytes);
    sedge_buf_u8(w->out, '{');
    sedge_status st = write_members(w, object, keys, n, depth, err);
    sedge_buf_u8(w->out, '}');
    return st;
}

static sedge_status write_real(const writer *w, const json_t *value, sedge_error *err) {
    if (!w->stable)
        return sedge_fail(err, SEDGE_EINVALID, "canonical JSON has no floating-point numbers");
    char text[REAL_TEXT_MAX];
    size_t n = 0;
    for (size_t digits = REAL_DIGITS_MIN; digits <= REAL_DIGITS_MAX; digits++) {
        n = json_dumpb(value, text, sizeof text - 1, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        if (n == 0 || n >= sizeof text)
            return sedge_fail(err, SEDGE_EINTERNAL, "a number longer than %d characters", REAL_TEXT_MAX - 1);
        text[n] = '\0';
        if (strtod(text, NULL) == json_real_value(value))
            break;
    }
    sedge_buf_put(w->out, text, n);
    return SEDGE_OK;
}

static sedge_status write_value(const writer *w, const json_t *value, unsigned depth, sedge_error *err) {
    sedge_buf *out = w->out;
    if (depth > SEDGE_CANONICAL_DEPTH_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "nested deeper than %d levels", SEDGE_CANONICAL_DEPTH_MAX);
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return write_object(w, value, depth, err);
    case JSON_ARRAY:
        return write_array(w, value, depth, err);
    case JSON_STRING:
        write_string(w, json_string_value(value), json_string_length(value));
        return SEDGE_OK;
    case JSON_INTEGER:
        sedge_buf_printf(out, "%lld", (long long)json_integer_value(value));
        return SEDGE_OK;
    case JSON_REAL:
        return write_real(w, value, err);
    case JSON_TRUE:
        sedge_buf_text(out, "true");
        return SEDGE_OK;
    case JSON_FALSE:
        sedge_buf_text(out, "false");
        return SEDGE_OK;
    case JSON_NULL:
        sedge_buf_text(out, "null");
        return SEDGE_OK;
    }
    return sedge_fail(err, SEDGE_EINTERNAL, "a JSON value of an unknown type");
}

static sedge_status write_document(const writer *w, const json_t *value, sedge_error *err) {
    sedge_status st = write_value(w, value, 0, err);
    if (st)
        return st;
    if (w->out->failed)
        return sedge_fail(err, SEDGE_ENOMEM, "the canonical form is longer than %zu bytes or memory is short",
                          w->out->max);
    return SEDGE_OK;
}

sedge_status sedge_canonical_json(const json_t *value, sedge_buf *out, sedge_error *err) {
    return write_document(&(writer){ .out = out }, value, err);
}

sedge_status sedge_stable_json(const json_t *value, sedge_buf *out, sedge_error *err) {
    return write_document(&(writer){ .out = out, .stable = true }, value, err);
}
