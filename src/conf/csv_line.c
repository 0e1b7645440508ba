/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/csv_line.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/own.h"
#include "os/clock.h"

char sedge_csv_separator(sedge_bytes line) {
    static const char choices[] = { ';', ',', '\t' };
    size_t counts[sizeof choices] = { 0 };
    bool quoted = false;
    for (size_t i = 0; i < line.n; i++) {
        quoted ^= line.p[i] == '"';
        for (size_t c = 0; !quoted && c < sizeof choices; c++)
            counts[c] += line.p[i] == (uint8_t)choices[c];
    }
    size_t best = 0;
    for (size_t c = 1; c < sizeof choices; c++)
        if (counts[c] > counts[best])
            best = c;
    return counts[best] ? choices[best] : ',';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static sedge_bytes trim(const char *start, const char *end) {
    while (start < end && is_blank(*start))
        start++;
    while (end > start && is_blank(end[-1]))
        end--;
    return sedge_bytes_of(start, (size_t)(end - start));
}

/** Unquotes the field that begins at p, behind its '"', in place; the place behind its closing '"', or NULL. */
static char *take_quoted(char *p, const char *end, sedge_bytes *ret) {
    char *start = p, *out = p;
    for (; p < end; p++) {
        if (*p == '"' && (p + 1 == end || p[1] != '"')) {
            *ret = sedge_bytes_of(start, (size_t)(out - start));
            return p + 1;
        }
        *out++ = *p;
        p += *p == '"';
    }
    return NULL;
}

bool sedge_csv_split(char *line, size_t n, char separator, sedge_bytes *fields, size_t max, size_t *ret_n) {
    char *p = line, *end = line + n;
    if (n > 0 && end[-1] == '\r')
        end--;
    for (size_t count = 0; count < max;) {
        if (p < end && *p == '"') {
            p = take_quoted(p + 1, end, &fields[count++]);
            if (!p)
                return false;
        } else {
            char *start = p;
            while (p < end && *p != separator)
                p++;
            fields[count++] = trim(start, p);
        }
        if (p == end)
            return *ret_n = count, true;
        if (*p++ != separator)
            return false;
    }
    return false;
}

static bool is_word(sedge_bytes cell, const char *word) {
    return cell.n == strlen(word) && strncasecmp((const char *)cell.p, word, cell.n) == 0;
}

bool sedge_csv_is_missing(sedge_bytes cell) {
    static const char *const words[] = { "nan", "na", "n/a", "null", "none" };
    for (size_t i = 0; i < SEDGE_COUNT(words); i++)
        if (is_word(cell, words[i]))
            return true;
    return cell.n == 0;
}

/** Only digits, signs, '.', 'e': strtod would also take words and hexadecimal. */
static bool looks_decimal(sedge_bytes cell) {
    for (size_t i = 0; i < cell.n; i++)
        if (!memchr("0123456789+-.eE", cell.p[i], 15))
            return false;
    return true;
}

bool sedge_csv_double(sedge_bytes cell, double *ret) {
    char text[SEDGE_CSV_NUMBER_MAX + 1], *end;
    if (cell.n == 0 || cell.n > SEDGE_CSV_NUMBER_MAX || !looks_decimal(cell))
        return false;
    memcpy(text, cell.p, cell.n);
    text[cell.n] = '\0';
    double value = strtod(text, &end);
    if (end != text + cell.n || !isfinite(value))
        return false;
    *ret = value;
    return true;
}

bool sedge_csv_integer(sedge_bytes cell, int64_t min, int64_t max, int64_t *ret) {
    double value;
    if (!sedge_csv_double(cell, &value) || value != floor(value) || !(value >= (double)min && value <= (double)max))
        return false;
    *ret = (int64_t)value;
    return true;
}

bool sedge_csv_number(sedge_bytes cell, float *ret) {
    double value;
    if (sedge_csv_is_missing(cell)) {
        *ret = NAN;
        return true;
    }
    if (!sedge_csv_double(cell, &value) || !isfinite((float)value))
        return false;
    *ret = (float)value;
    return true;
}

/** A number since the epoch, whose unit its size tells. */
static bool epoch_time(sedge_bytes cell, int64_t *ret_ms) {
    static const struct { double below, ms; } units[] = { { 1e11, 1e3 }, { 1e14, 1 }, { 1e17, 1e-3 }, { 1e20, 1e-6 } };
    double value;
    if (!sedge_csv_double(cell, &value) || value < 0)
        return false;
    for (size_t i = 0; i < SEDGE_COUNT(units); i++) {
        if (value >= units[i].below)
            continue;
        *ret_ms = (int64_t)floor(value * units[i].ms + 0.5);
        return true;
    }
    return false;
}

bool sedge_csv_time(sedge_bytes cell, int64_t *ret_ms) {
    const char *text = (const char *)cell.p;
    return cell.n > 0 && (sedge_time_parse_plain(text, cell.n, ret_ms) || sedge_time_parse(text, cell.n, ret_ms) ||
                          epoch_time(cell, ret_ms));
}

bool sedge_csv_is_time_name(sedge_bytes name) {
    static const char *const names[] = { "datetime", "timestamp", "time", "date" };
    for (size_t i = 0; i < SEDGE_COUNT(names); i++)
        if (is_word(name, names[i]))
            return true;
    return false;
}
