/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/format.h"
#include "os/file.h"

const sedge_json_limits SEDGE_JSON_LIMITS = { .bytes = 8 << 20, .depth = 32, .values = 1000000 };

/* Counts what the document would become before jansson builds it: structure outside of strings is all that matters. */
static sedge_status check_limits(sedge_bytes text, const sedge_json_limits *limits, const char *source,
                                 sedge_error *err) {
    if (text.n > limits->bytes)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: %zu bytes of JSON, the limit is %zu", source, text.n, limits->bytes);
    size_t depth = 0;
    size_t values = 1;
    bool in_string = false;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        in_string = c == '"';
        if (c == '[' || c == '{') {
            if (++depth > limits->depth)
                return sedge_fail(err, SEDGE_ELIMIT, "%s: JSON nested deeper than %zu levels, the limit", source,
                                  limits->depth);
        } else if ((c == ']' || c == '}') && depth) {
            depth--;
        }
        if ((c == '[' || c == '{' || c == ',' || c == ':') && ++values > limits->values)
            return sedge_fail(err, SEDGE_ELIMIT, "%s: more than %zu JSON values, the limit", source, limits->values);
    }
    return SEDGE_OK;
}

sedge_status sedge_json_load(sedge_bytes text, const sedge_json_limits *limits, const char *source, json_t **ret,
                             sedge_error *err) {
    sedge_status st = check_limits(text, limits, source, err);
    if (st)
        return st;
    json_error_t why;
    json_t *doc =
        json_loadb(text.n ? (const char *)text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!doc) {
        if (json_error_code(&why) == json_error_out_of_memory)
            return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory for the JSON document", source);
        bool cut = json_error_code(&why) == json_error_premature_end_of_input;
        return sedge_fail(err, cut ? SEDGE_ETRUNCATED : SEDGE_EINVALID, "%s:%d: not JSON: %s", source, why.line,
                          why.text);
    }
    *ret = doc;
    return SEDGE_OK;
}

sedge_status sedge_json_load_file(const sedge_fs *fs, const char *path, const sedge_json_limits *limits, json_t **ret,
                                  sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st = sedge_file_read(fs, path, limits->bytes, &data, &n, err);
    return st ? st : sedge_json_load(sedge_bytes_of(data, n), limits, path, ret, err);
}

sedge_status sedge_json_dump(const json_t *doc, int indent, char **ret, size_t *ret_n, sedge_error *err) {
    size_t flags = JSON_ENCODE_ANY | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17);
    flags |= indent ? JSON_INDENT((size_t)indent) : JSON_COMPACT;
    char *text = json_dumps(doc, flags);
    if (!text)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the text of a JSON document");
    *ret = text;
    if (ret_n)
        *ret_n = strlen(text);
    return SEDGE_OK;
}

sedge_json sedge_json_root(const char *source, const json_t *doc) {
    return (sedge_json){ .value = doc, .key = source };
}

sedge_json sedge_json_member(const sedge_json *at, const char *key) {
    return (sedge_json){ .value = json_object_get(at->value, key), .up = at, .key = key };
}

sedge_json sedge_json_item(const sedge_json *at, size_t i) {
    return (sedge_json){ .value = json_array_get(at->value, i), .up = at, .index = i };
}

bool sedge_json_has(const sedge_json *at, const char *key) {
    const json_t *v = json_object_get(at->value, key);
    return v && !json_is_null(v);
}

size_t sedge_json_count(const sedge_json *at) {
    return json_is_object(at->value) ? json_object_size(at->value) : json_array_size(at->value);
}

static void put_path(sedge_buf *out, const sedge_json *at) {
    if (!at->up) {
        sedge_buf_printf(out, "%s: $", at->key);
        return;
    }
    put_path(out, at->up);
    if (at->key)
        sedge_buf_printf(out, ".%s", at->key);
    else
        sedge_buf_printf(out, "[%zu]", at->index);
}

sedge_status sedge_json_fail(const sedge_json *at, sedge_status status, sedge_error *err, const char *fmt, ...) {
    if (!err)
        return status;
    va_list args;
    va_start(args, fmt);
    sedge_vfail(err, status, fmt, args);
    va_end(args);
    SEDGE_AUTO_BUF path = sedge_buf_init(SEDGE_ERROR_TEXT_MAX);
    put_path(&path, at);
    return sedge_wrap(err, status, "%s", sedge_buf_cstr(&path));
}

static const char *type_name(const json_t *v) {
    static const char *const names[] = { "an object", "an array", "a string", "an integer",
                                         "a number",  "true",     "false",    "null" };
    return v ? names[json_typeof(v)] : "missing";
}

static sedge_status wrong_type(const sedge_json *at, const char *wanted, sedge_error *err) {
    if (!at->value)
        return sedge_json_fail(at, SEDGE_EINVALID, err, "missing, %s is wanted", wanted);
    return sedge_json_fail(at, SEDGE_EINVALID, err, "is %s, %s is wanted", type_name(at->value), wanted);
}

/* The value that a getter reads: the member, or the place itself where key is NULL. */
static sedge_json target(const sedge_json *at, const char *key) {
    return key ? sedge_json_member(at, key) : *at;
}

sedge_status sedge_json_want_object(const sedge_json *at, sedge_error *err) {
    return json_is_object(at->value) ? SEDGE_OK : wrong_type(at, "an object", err);
}

sedge_status sedge_json_object(const sedge_json *at, const char *key, sedge_json *ret, sedge_error *err) {
    sedge_json v = sedge_json_member(at, key);
    if (!json_is_object(v.value))
        return wrong_type(&v, "an object", err);
    *ret = v;
    return SEDGE_OK;
}

sedge_status sedge_json_array(const sedge_json *at, const char *key, sedge_json *ret, sedge_error *err) {
    sedge_json v = sedge_json_member(at, key);
    if (!json_is_array(v.value))
        return wrong_type(&v, "an array", err);
    *ret = v;
    return SEDGE_OK;
}

sedge_status sedge_json_string(const sedge_json *at, const char *key, const char **ret, sedge_error *err) {
    sedge_json v = target(at, key);
    if (!json_is_string(v.value))
        return wrong_type(&v, "a string", err);
    *ret = json_string_value(v.value);
    return SEDGE_OK;
}

sedge_status sedge_json_int(const sedge_json *at, const char *key, int64_t min, int64_t max, int64_t *ret,
                            sedge_error *err) {
    sedge_json v = target(at, key);
    if (!json_is_integer(v.value))
        return wrong_type(&v, "an integer", err);
    int64_t n = json_integer_value(v.value);
    if (n < min || n > max)
        return sedge_json_fail(&v, SEDGE_EINVALID, err, "%lld is outside %lld..%lld", (long long)n, (long long)min,
                               (long long)max);
    *ret = n;
    return SEDGE_OK;
}

sedge_status sedge_json_double(const sedge_json *at, const char *key, double min, double max, double *ret,
                               sedge_error *err) {
    sedge_json v = target(at, key);
    if (!json_is_number(v.value))
        return wrong_type(&v, "a number", err);
    double x = json_number_value(v.value);
    if (!(x >= min && x <= max))
        return sedge_json_fail(&v, SEDGE_EINVALID, err, "%g is outside %g..%g", x, min, max);
    *ret = x;
    return SEDGE_OK;
}

sedge_status sedge_json_bool(const sedge_json *at, const char *key, bool *ret, sedge_error *err) {
    sedge_json v = target(at, key);
    if (!json_is_boolean(v.value))
        return wrong_type(&v, "true or false", err);
    *ret = json_is_true(v.value);
    return SEDGE_OK;
}

sedge_status sedge_json_string_or(const sedge_json *at, const char *key, const char *otherwise, const char **ret,
                                  sedge_error *err) {
    if (sedge_json_has(at, key))
        return sedge_json_string(at, key, ret, err);
    *ret = otherwise;
    return SEDGE_OK;
}

sedge_status sedge_json_int_or(const sedge_json *at, const char *key, int64_t min, int64_t max, int64_t otherwise,
                               int64_t *ret, sedge_error *err) {
    if (sedge_json_has(at, key))
        return sedge_json_int(at, key, min, max, ret, err);
    *ret = otherwise;
    return SEDGE_OK;
}

sedge_status sedge_json_double_or(const sedge_json *at, const char *key, double min, double max, double otherwise,
                                  double *ret, sedge_error *err) {
    if (sedge_json_has(at, key))
        return sedge_json_double(at, key, min, max, ret, err);
    *ret = otherwise;
    return SEDGE_OK;
}

sedge_status sedge_json_bool_or(const sedge_json *at, const char *key, bool otherwise, bool *ret, sedge_error *err) {
    if (sedge_json_has(at, key))
        return sedge_json_bool(at, key, ret, err);
    *ret = otherwise;
    return SEDGE_OK;
}

static void put_choices(sedge_buf *out, const char *const *names) {
    for (size_t i = 0; names[i]; i++)
        sedge_buf_printf(out, "%s%s", i ? ", " : "", names[i]);
}

sedge_status sedge_json_enum(const sedge_json *at, const char *key, const char *const *names, int *ret,
                             sedge_error *err) {
    const char *text = NULL;
    sedge_status st = sedge_json_string(at, key, &text, err);
    if (st)
        return st;
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], text) == 0) {
            *ret = i;
            return SEDGE_OK;
        }
    SEDGE_AUTO_BUF choices = sedge_buf_init(SEDGE_ERROR_TEXT_MAX);
    put_choices(&choices, names);
    sedge_json v = target(at, key);
    return sedge_json_fail(&v, SEDGE_EINVALID, err, "'%.60s' is none of %s", text, sedge_buf_cstr(&choices));
}

static bool is_listed(const char *const *keys, const char *key) {
    for (; *keys; keys++)
        if (strcmp(*keys, key) == 0)
            return true;
    return false;
}

sedge_status sedge_json_only(const sedge_json *at, const char *const *keys, sedge_error *err) {
    for (void *i = json_object_iter((json_t *)(uintptr_t)at->value); i;
         i = json_object_iter_next((json_t *)(uintptr_t)at->value, i)) {
        const char *key = json_object_iter_key(i);
        if (is_listed(keys, key))
            continue;
        SEDGE_AUTO_BUF known = sedge_buf_init(SEDGE_ERROR_TEXT_MAX);
        put_choices(&known, keys);
        return sedge_json_fail(at, SEDGE_EINVALID, err, "unknown key '%.60s'; known are %s", key,
                               sedge_buf_cstr(&known));
    }
    return SEDGE_OK;
}
