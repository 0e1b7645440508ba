/* SPDX-License-Identifier: Apache-2.0 */
/* Values from text and back: scalars, and one element of a list. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "conf/rows_private.h"

typedef struct unit {
    const char *name;
    double factor;
} unit;

/* Largest first, for printing. */
static const unit duration_units[] = {
    { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }
};
static const unit byte_units[] = { { "G", 1073741824 }, { "M", 1048576 }, { "k", 1024 }, { "", 1 } };

/* The longest number at the start of text: digits, one point, one exponent; no hex, no "inf", no leading blanks. */
static bool scan_number(const char *text, double *ret, const char **ret_end) {
    const char *c = text + (*text == '-' || *text == '+');
    size_t whole = strspn(c, "0123456789");
    c += whole;
    size_t fraction = 0;
    if (*c == '.') {
        fraction = strspn(c + 1, "0123456789");
        c += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (*c == 'e' || *c == 'E') {
        const char *digits = c + 1 + (c[1] == '-' || c[1] == '+');
        size_t n = strspn(digits, "0123456789");
        if (n)
            c = digits + n;
    }
    char *end;
    double v = strtod(text, &end);
    if (end != c || !isfinite(v))
        return false;
    *ret = v;
    *ret_end = c;
    return true;
}

sedge_status sedge_conf_double_parse(const char *text, double *ret, sedge_error *err) {
    const char *end;
    double v;
    if (!scan_number(text, &v, &end) || *end)
        return sedge_fail(err, SEDGE_EINVALID, "'%.60s' is no number", text);
    *ret = v;
    return SEDGE_OK;
}

sedge_status sedge_conf_int_parse(const char *text, int64_t *ret, sedge_error *err) {
    const char *digits = text + (*text == '-' || *text == '+');
    size_t n = strspn(digits, "0123456789");
    if (!n || digits[n])
        return sedge_fail(err, SEDGE_EINVALID, "'%.60s' is no whole number", text);
    errno = 0;
    int64_t v = strtoll(text, NULL, 10);
    if (errno)
        return sedge_fail(err, SEDGE_EINVALID, "%.60s does not fit in 64 bits", text);
    *ret = v;
    return SEDGE_OK;
}

static bool with_unit(const char *text, const unit *units, size_t n, int64_t *ret) {
    const char *end;
    double v;
    if (!scan_number(text, &v, &end) || v < 0)
        return false;
    if (v == 0 && !*end) {
        *ret = 0;
        return true;
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(end, units[i].name) == 0 && v * units[i].factor < 9e18) {
            *ret = (int64_t)(v * units[i].factor + 0.5);
            return true;
        }
    return false;
}

sedge_status sedge_conf_duration_parse(const char *text, int64_t *ret_ms, sedge_error *err) {
    if (with_unit(text, duration_units, SEDGE_COUNT(duration_units), ret_ms))
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EINVALID, "'%.60s' is no duration; write it like 250ms, 10s, 5m, 2h or 1d", text);
}

sedge_status sedge_conf_bytes_parse(const char *text, int64_t *ret_bytes, sedge_error *err) {
    if (with_unit(text, byte_units, SEDGE_COUNT(byte_units), ret_bytes))
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EINVALID, "'%.60s' is no size in bytes; write it like 4096, 64k, 10M or 2G", text);
}

static sedge_status parse_bool(const char *text, bool *ret, sedge_error *err) {
    static const struct {
        const char *text;
        bool value;
    } words[] = { { "true", true }, { "false", false }, { "yes", true }, { "no", false },
                  { "on", true },   { "off", false },   { "1", true },   { "0", false } };
    for (size_t i = 0; i < SEDGE_COUNT(words); i++)
        if (strcmp(words[i].text, text) == 0) {
            *ret = words[i].value;
            return SEDGE_OK;
        }
    return sedge_fail(err, SEDGE_EINVALID, "'%.60s' is neither true nor false", text);
}

static sedge_status parse_enum(const sedge_conf_row *row, const char *text, int *ret, sedge_error *err) {
    SEDGE_AUTO_BUF list = sedge_buf_init(SEDGE_ERROR_TEXT_MAX);
    for (int i = 0; row->choices[i]; i++) {
        if (strcmp(row->choices[i], text) == 0) {
            *ret = i;
            return SEDGE_OK;
        }
        sedge_buf_printf(&list, "%s%s", i ? ", " : "", row->choices[i]);
    }
    return sedge_fail(err, SEDGE_EINVALID, "'%.60s' is none of %s", text, sedge_buf_cstr(&list));
}

/* Prints in the largest unit that divides without rest. */
static void put_with_unit(sedge_buf *out, int64_t v, const unit *units, size_t n) {
    size_t i = 0;
    while (i + 1 < n && (v == 0 || v % (int64_t)units[i].factor))
        i++;
    sedge_buf_printf(out, "%lld%s", (long long)(v / (int64_t)units[i].factor), units[i].name);
}

static void put_number(sedge_buf *out, const sedge_conf_row *row, double v) {
    if (row->type == SEDGE_CONF_DURATION)
        put_with_unit(out, (int64_t)v, duration_units, SEDGE_COUNT(duration_units));
    else if (row->type == SEDGE_CONF_BYTES)
        put_with_unit(out, (int64_t)v, byte_units, SEDGE_COUNT(byte_units));
    else
        sedge_buf_printf(out, "%.15g", v);
}

static sedge_status check_range(const sedge_conf_row *row, double v, const char *text, sedge_error *err) {
    if ((row->min == 0 && row->max == 0) || (v >= row->min && v <= row->max))
        return SEDGE_OK;
    SEDGE_AUTO_BUF range = sedge_buf_init(SEDGE_ERROR_TEXT_MAX);
    put_number(&range, row, row->min);
    if (isinf(row->max))
        return sedge_fail(err, SEDGE_EINVALID, "%.60s is below %s", text, sedge_buf_cstr(&range));
    sedge_buf_text(&range, "..");
    put_number(&range, row, row->max);
    return sedge_fail(err, SEDGE_EINVALID, "%.60s is outside %s", text, sedge_buf_cstr(&range));
}

static sedge_status parse_int_kind(const sedge_conf_row *row, const char *text, int64_t *ret, sedge_error *err) {
    int64_t v = 0;
    sedge_status st = row->type == SEDGE_CONF_DURATION ? sedge_conf_duration_parse(text, &v, err)
                      : row->type == SEDGE_CONF_BYTES  ? sedge_conf_bytes_parse(text, &v, err)
                                                       : sedge_conf_int_parse(text, &v, err);
    if (!st)
        st = check_range(row, (double)v, text, err);
    if (!st)
        *ret = v;
    return st;
}

static sedge_status parse_double_kind(const sedge_conf_row *row, const char *text, double *ret, sedge_error *err) {
    double v = 0;
    sedge_status st = sedge_conf_double_parse(text, &v, err);
    if (!st)
        st = check_range(row, v, text, err);
    if (!st)
        *ret = v;
    return st;
}

static sedge_status no_memory(sedge_error *err) {
    return sedge_fail(err, SEDGE_ENOMEM, "no memory for a value");
}

static sedge_status set_string(char **field, const char *text, sedge_error *err) {
    char *copy = strdup(text);
    if (!copy)
        return no_memory(err);
    free(*field);
    *field = copy;
    return SEDGE_OK;
}

/* One more element of size bytes at the end of a list; NULL without memory. Its bytes are zero. */
static void *grow(void **items, size_t *n, size_t size) {
    char *grown = (char *)realloc(*items, (*n + 1) * size);
    if (!grown)
        return NULL;
    *items = grown;
    return memset(grown + (*n)++ * size, 0, size);
}

static sedge_status add_string(sedge_conf_strings *list, const char *text, sedge_error *err) {
    char *copy = strdup(text);
    void *items = list->items;
    char **slot = copy ? (char **)grow(&items, &list->n, sizeof *slot) : NULL;
    list->items = (char **)items;
    if (!slot) {
        free(copy);
        return no_memory(err);
    }
    *slot = copy;
    return SEDGE_OK;
}

static sedge_status add_int(const sedge_conf_row *row, sedge_conf_ints *list, const char *text, sedge_error *err) {
    int64_t v;
    sedge_status st = parse_int_kind(row, text, &v, err);
    if (st)
        return st;
    void *items = list->items;
    int64_t *slot = (int64_t *)grow(&items, &list->n, sizeof *slot);
    list->items = (int64_t *)items;
    if (!slot)
        return no_memory(err);
    *slot = v;
    return SEDGE_OK;
}

static sedge_status add_double(const sedge_conf_row *row, sedge_conf_doubles *list, const char *text,
                               sedge_error *err) {
    double v;
    sedge_status st = parse_double_kind(row, text, &v, err);
    if (st)
        return st;
    void *items = list->items;
    double *slot = (double *)grow(&items, &list->n, sizeof *slot);
    list->items = (double *)items;
    if (!slot)
        return no_memory(err);
    *slot = v;
    return SEDGE_OK;
}

sedge_status conf_field_add_pair(void *field, const char *key, const char *value, sedge_error *err) {
    sedge_conf_pairs *list = (sedge_conf_pairs *)field;
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i].key, key) == 0)
            return sedge_fail(err, SEDGE_EINVALID, "'%.60s' is given twice", key);
    char *key_copy = strdup(key);
    char *value_copy = strdup(value);
    void *items = list->items;
    sedge_conf_pair *slot = key_copy && value_copy ? (sedge_conf_pair *)grow(&items, &list->n, sizeof *slot) : NULL;
    list->items = (sedge_conf_pair *)items;
    if (!slot) {
        free(key_copy);
        free(value_copy);
        return no_memory(err);
    }
    *slot = (sedge_conf_pair){ key_copy, value_copy };
    return SEDGE_OK;
}

static sedge_status add_pair(void *field, const char *text, sedge_error *err) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return sedge_fail(err, SEDGE_EINVALID, "'%.60s' is no key=value", text);
    SEDGE_AUTO_MEM char *key = strndup(text, (size_t)(equals - text));
    return key ? conf_field_add_pair(field, key, equals + 1, err) : no_memory(err);
}

/* "1,2,3": each part by the row's own rule. */
static sedge_status add_parts(const sedge_conf_row *row, void *field, const char *text, sedge_error *err) {
    SEDGE_AUTO_MEM char *copy = strdup(text);
    if (!copy)
        return no_memory(err);
    sedge_status st = SEDGE_OK;
    for (char *rest = copy, *part; !st && (part = strsep(&rest, ","));)
        st = row->type == SEDGE_CONF_INTS ? add_int(row, (sedge_conf_ints *)field, part, err)
                                          : add_double(row, (sedge_conf_doubles *)field, part, err);
    return st;
}

sedge_status conf_field_set(const sedge_conf_row *row, void *field, const char *text, sedge_error *err) {
    if ((row->flags & SEDGE_CONF_NOT_EMPTY) && !*text)
        return sedge_fail(err, SEDGE_EINVALID, "may not be empty");
    switch (row->type) {
    case SEDGE_CONF_BOOL:
        return parse_bool(text, (bool *)field, err);
    case SEDGE_CONF_INT:
    case SEDGE_CONF_DURATION:
    case SEDGE_CONF_BYTES:
        return parse_int_kind(row, text, (int64_t *)field, err);
    case SEDGE_CONF_DOUBLE:
        return parse_double_kind(row, text, (double *)field, err);
    case SEDGE_CONF_STRING:
        return set_string((char **)field, text, err);
    case SEDGE_CONF_ENUM:
        return parse_enum(row, text, (int *)field, err);
    case SEDGE_CONF_STRINGS:
        return add_string((sedge_conf_strings *)field, text, err);
    case SEDGE_CONF_INTS:
    case SEDGE_CONF_DOUBLES:
        return add_parts(row, field, text, err);
    case SEDGE_CONF_PAIRS:
        return add_pair(field, text, err);
    case SEDGE_CONF_STRUCT:
    case SEDGE_CONF_LIST:
        break;
    }
    return sedge_fail(err, SEDGE_EINVALID, "can be set only in a file");
}

static void put_quoted(sedge_buf *out, const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:-";
    size_t n = strlen(text);
    if (n && strspn(text, plain) == n && text[n - 1] != ':' && text[0] != '-') {
        sedge_buf_text(out, text);
        return;
    }
    sedge_buf_u8(out, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            sedge_buf_printf(out, "\\%c", *c);
        else if ((unsigned char)*c < ' ')
            sedge_buf_printf(out, "\\x%02x", (unsigned)(unsigned char)*c);
        else
            sedge_buf_u8(out, (uint8_t)*c);
    }
    sedge_buf_u8(out, '"');
}

static void put_strings(sedge_buf *out, const sedge_conf_strings *list) {
    for (size_t i = 0; i < list->n; i++) {
        sedge_buf_text(out, i ? ", " : "");
        put_quoted(out, list->items[i]);
    }
}

static void put_pairs(sedge_buf *out, const sedge_conf_pairs *list) {
    for (size_t i = 0; i < list->n; i++) {
        sedge_buf_text(out, i ? ", " : "");
        put_quoted(out, list->items[i].key);
        sedge_buf_text(out, ": ");
        put_quoted(out, list->items[i].value);
    }
}

static void put_int_list(sedge_buf *out, const sedge_conf_ints *list) {
    for (size_t i = 0; i < list->n; i++)
        sedge_buf_printf(out, "%s%lld", i ? ", " : "", (long long)list->items[i]);
}

static void put_double_list(sedge_buf *out, const sedge_conf_doubles *list) {
    for (size_t i = 0; i < list->n; i++)
        sedge_buf_printf(out, "%s%.15g", i ? ", " : "", list->items[i]);
}

void conf_field_put(const sedge_conf_row *row, const void *field, sedge_buf *out) {
    switch (row->type) {
    case SEDGE_CONF_BOOL:
        sedge_buf_text(out, *(const bool *)field ? "true" : "false");
        return;
    case SEDGE_CONF_INT:
    case SEDGE_CONF_DURATION:
    case SEDGE_CONF_BYTES: {
        int64_t v = *(const int64_t *)field;
        if (v == SEDGE_CONF_UNSET)
            sedge_buf_text(out, "null");
        else if (row->type == SEDGE_CONF_INT)
            sedge_buf_printf(out, "%lld", (long long)v);
        else
            put_number(out, row, (double)v);
        return;
    }
    case SEDGE_CONF_DOUBLE:
        if (isnan(*(const double *)field))
            sedge_buf_text(out, "null");
        else
            put_number(out, row, *(const double *)field);
        return;
    case SEDGE_CONF_STRING: {
        const char *text = *(char *const *)field;
        if (text)
            put_quoted(out, text);
        else
            sedge_buf_text(out, "null");
        return;
    }
    case SEDGE_CONF_ENUM:
        sedge_buf_text(out, *(const int *)field < 0 ? "null" : row->choices[*(const int *)field]);
        return;
    case SEDGE_CONF_STRINGS:
    case SEDGE_CONF_INTS:
    case SEDGE_CONF_DOUBLES:
        sedge_buf_u8(out, '[');
        if (row->type == SEDGE_CONF_STRINGS)
            put_strings(out, (const sedge_conf_strings *)field);
        else if (row->type == SEDGE_CONF_INTS)
            put_int_list(out, (const sedge_conf_ints *)field);
        else
            put_double_list(out, (const sedge_conf_doubles *)field);
        sedge_buf_u8(out, ']');
        return;
    case SEDGE_CONF_PAIRS:
        sedge_buf_u8(out, '{');
        put_pairs(out, (const sedge_conf_pairs *)field);
        sedge_buf_u8(out, '}');
        return;
    case SEDGE_CONF_STRUCT:
    case SEDGE_CONF_LIST:
        return;
    }
}
