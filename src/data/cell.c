/* SPDX-License-Identifier: Apache-2.0 */
#include "data/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/own.h"
#include "os/clock.h"

bool sedge_cell_is_missing(const char *text) {
    static const char *const words[] = { "", "nan", "na", "n/a", "null", "none" };
    if (strlen(text) > 4)
        return false;
    for (size_t i = 0; i < SEDGE_COUNT(words); i++)
        if (!strcasecmp(text, words[i]))
            return true;
    return false;
}

bool sedge_cell_number(const char *text, double *ret) {
    if (!*text || text[strspn(text, "0123456789+-.eE")])
        return false;
    char *end;
    double value = strtod(text, &end);
    if (*end || end == text || !isfinite(value))
        return false;
    *ret = value;
    return true;
}

bool sedge_cell_integer(const char *text, int64_t min, int64_t max, int64_t *ret) {
    double value;
    if (!sedge_cell_number(text, &value) || value != floor(value) || !(value >= (double)min && value <= (double)max))
        return false;
    *ret = (int64_t)value;
    return true;
}

static bool epoch(double value, int64_t *ret_ms) {
    static const struct { double below, ms; } units[] = { { 1e11, 1e3 }, { 1e14, 1 }, { 1e17, 1e-3 }, { 1e20, 1e-6 } };
    for (size_t i = 0; value >= 0 && i < SEDGE_COUNT(units); i++) {
        if (value >= units[i].below)
            continue;
        *ret_ms = (int64_t)floor(value * units[i].ms + 0.5);
        return true;
    }
    return false;
}

bool sedge_cell_time(const char *text, int64_t *ret_ms) {
    size_t n = strlen(text);
    double number;
    return sedge_time_parse_plain(text, n, ret_ms) || sedge_time_parse(text, n, ret_ms) ||
           (sedge_cell_number(text, &number) && epoch(number, ret_ms));
}
