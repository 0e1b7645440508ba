/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_text.h"

#include <stdio.h>
#include <string.h>

#include "base/own.h"

json_t *json_member(const json_t *object, const char *path) {
    char key[JSON_TEXT_MAX];
    const json_t *at = object;
    while (at && *path) {
        size_t n = strcspn(path, ".");
        if (n >= sizeof key)
            return NULL;
        memcpy(key, path, n);
        key[n] = '\0';
        at = json_object_get(at, key);
        path += n + (path[n] == '.');
    }
    return (json_t *)(uintptr_t)at;
}

static size_t put_scalar(const json_t *value, char *ret, size_t size) {
    int n = 0;
    if (json_is_string(value))
        n = snprintf(ret, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        n = snprintf(ret, size, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        n = snprintf(ret, size, "%.6g", json_real_value(value));
    else if (json_is_boolean(value))
        n = snprintf(ret, size, "%s", json_is_true(value) ? "yes" : "no");
    else
        n = snprintf(ret, size, "-");
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

const char *json_text(const json_t *object, const char *path, char ret[JSON_TEXT_MAX]) {
    const json_t *value = json_member(object, path), *member;
    const char *key;
    size_t n = 0;
    if (!json_is_object(value)) {
        (void)put_scalar(value, ret, JSON_TEXT_MAX);
        return ret;
    }
    ret[0] = '\0';
    json_object_foreach((json_t *)(uintptr_t)value, key, member) {
        int wrote = snprintf(ret + n, JSON_TEXT_MAX - n, "%s%s=", n ? "," : "", key);
        if (wrote < 0 || (size_t)wrote >= JSON_TEXT_MAX - n)
            break;
        n += (size_t)wrote;
        n += put_scalar(member, ret + n, JSON_TEXT_MAX - n);
    }
    return ret[0] ? ret : strcpy(ret, "-");
}

double json_number(const json_t *object, const char *path, double otherwise) {
    const json_t *value = json_member(object, path);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

const char *json_ago(const json_t *object, const char *path, int64_t now_ms, char ret[JSON_TEXT_MAX]) {
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
    double at = json_number(object, path, 0);
    int64_t seconds = at > 0 ? (now_ms - (int64_t)at) / 1000 : -1;
    if (at <= 0)
        return strcpy(ret, "-");
    for (size_t i = 0; i < SEDGE_COUNT(units); i++)
        if (seconds >= units[i].seconds) {
            (void)snprintf(ret, JSON_TEXT_MAX, "%lld %s ago", (long long)(seconds / units[i].seconds), units[i].unit);
            return ret;
        }
    return strcpy(ret, "now");
}
