/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

bool hub_percent_decode(const char *text, size_t n, char *out, size_t size) {
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c == '%') {
            if (n - i < 3 || !sedge_hex_decode(text + i + 1, 2, &c, 1))
                return false;
            i += 2;
        }
        if (c == 0 || at + 1 >= size)
            return false;
        out[at++] = (char)c;
    }
    if (at >= size)
        return false;
    out[at] = 0;
    return true;
}

/** Room left in params for the next value. */
static bool add_param(hub_params *params, const char *text, size_t n) {
    size_t used = 0;
    if (params->n == HUB_PARAMS_MAX || n == 0)
        return false;
    if (params->n) {
        const char *last = params->value[params->n - 1];
        used = (size_t)(last - params->text) + strlen(last) + 1;
    }
    if (!hub_percent_decode(text, n, params->text + used, sizeof params->text - used))
        return false;
    params->value[params->n++] = params->text + used;
    return true;
}

/** Matches one segment of the pattern, which may hold one parameter between literal texts. */
static bool match_segment(const char *pattern, size_t pattern_n, const char *text, size_t n, hub_params *params) {
    const char *open = memchr(pattern, '{', pattern_n);
    if (!open)
        return pattern_n == n && memcmp(pattern, text, n) == 0;
    const char *end = pattern + pattern_n, *close = memchr(open, '}', (size_t)(end - open));
    size_t before = (size_t)(open - pattern), after = (size_t)(end - close) - 1;
    if (n < before + after || memcmp(pattern, text, before) != 0 || memcmp(close + 1, text + n - after, after) != 0)
        return false;
    return add_param(params, text + before, n - before - after);
}

static bool is_rest(const char *pattern, size_t n) {
    return n > 5 && pattern[0] == '{' && memcmp(pattern + n - 4, "...}", 4) == 0;
}

static bool match(const char *pattern, const char *path, hub_params *params) {
    params->n = 0;
    if (*pattern != '/' || *path != '/')
        return false;
    while (*pattern == '/' && *path == '/') {
        pattern++;
        path++;
        size_t pattern_n = strcspn(pattern, "/"), n = strcspn(path, "/");
        if (is_rest(pattern, pattern_n))
            return add_param(params, path, strlen(path));
        if (!match_segment(pattern, pattern_n, path, n, params))
            return false;
        pattern += pattern_n;
        path += n;
    }
    return !*pattern && !*path;
}

const hub_route *hub_route_find(const hub_route *routes, size_t n, const char *method, const char *path,
                                hub_params *ret_params, bool *ret_other_method) {
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    *ret_other_method = false;
    for (size_t i = 0; i < n; i++) {
        if (!match(routes[i].pattern, path, ret_params))
            continue;
        if (strcmp(routes[i].method, wanted) == 0)
            return &routes[i];
        *ret_other_method = true;
    }
    return NULL;
}

/** A run of digits at *at; false when there is none or the number is beyond int64. */
static bool take_number(const char **at, int64_t *ret) {
    char *end = NULL;
    if (**at < '0' || **at > '9' || strspn(*at, "0123456789") > 18)
        return false;
    *ret = strtoll(*at, &end, 10);
    *at = end;
    return true;
}

hub_range hub_range_parse(const char *header, int64_t size, int64_t *ret_offset, int64_t *ret_length) {
    int64_t first = 0, last = size - 1;
    if (!header || strncmp(header, "bytes=", 6) != 0 || strchr(header, ','))
        return HUB_RANGE_WHOLE;
    const char *at = header + 6;
    bool suffix = *at == '-';
    if (!suffix && !take_number(&at, &first))
        return HUB_RANGE_WHOLE;
    if (*at++ != '-')
        return HUB_RANGE_WHOLE;
    if (*at && !take_number(&at, &last))
        return HUB_RANGE_WHOLE;
    if (*at || (suffix && at[-1] == '-') || (!suffix && last < first && last != size - 1))
        return HUB_RANGE_WHOLE;
    if (suffix) {
        if (last == 0)
            return HUB_RANGE_BAD;
        first = last < size ? size - last : 0;
        last = size - 1;
    }
    if (first >= size)
        return HUB_RANGE_BAD;
    if (last >= size)
        last = size - 1;
    *ret_offset = first;
    *ret_length = last - first + 1;
    return HUB_RANGE_PART;
}
