/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_route.h"

#include <stdlib.h>
#include <string.h>

#include "conf/json.h"

void route_match_done(route_match *m) {
    for (size_t i = 0; i < m->parts_n; i++)
        free(m->parts[i]);
    *m = (route_match){ .found = ROUTE_NONE };
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_percent_decode(const char *text, size_t n, char *out, size_t size) {
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%' && n - i < 3)
            return false;
        if (c == '%') {
            int a = hex_digit(text[i + 1]);
            int b = hex_digit(text[i + 2]);
            if (a < 0 || b < 0 || a + b == 0)
                return false;
            c = (char)(a << 4 | b);
            i += 2;
        }
        if (length + 1 >= size)
            return false;
        out[length++] = c;
    }
    if (!size)
        return false;
    out[length] = '\0';
    return true;
}

static bool is_part(const char *text) {
    for (const char *c = text; *c; c++)
        if (*c == '/' || (unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return *text;
}

static bool keep_part(route_match *m, const char *text, size_t n) {
    if (m->parts_n == ROUTE_PARTS_MAX)
        return false;
    char *part = (char *)malloc(n + 1);
    if (!part || !http_percent_decode(text, n, part, n + 1) || !is_part(part)) {
        free(part);
        return false;
    }
    m->parts[m->parts_n++] = part;
    return true;
}

static void drop_parts(route_match *m) {
    for (size_t i = 0; i < m->parts_n; i++)
        free(m->parts[i]);
    m->parts_n = 0;
}

/* Compares part by part; what stands in braces is kept. */
static bool fits(const char *pattern, const char *path, size_t path_n, route_match *m) {
    const char *end = path + path_n;
    while (*pattern == '/' && path < end && *path == '/') {
        pattern++;
        path++;
        size_t pattern_n = strcspn(pattern, "/");
        const char *slash = (const char *)memchr(path, '/', (size_t)(end - path));
        size_t n = slash ? (size_t)(slash - path) : (size_t)(end - path);
        bool braces = *pattern == '{';
        if (braces ? !keep_part(m, path, n) : pattern_n != n || memcmp(pattern, path, n) != 0)
            return false;
        pattern += pattern_n;
        path += n;
    }
    return !*pattern && path == end;
}

static bool takes_method(const sedge_http_route *route, const char *method) {
    return strcmp(route->method, method) == 0 || (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static void add_allowed(route_match *m, const char *method) {
    size_t used = strlen(m->allow);
    size_t n = strlen(method);
    if (used + n + 3 > sizeof m->allow)
        return;
    if (used) {
        memcpy(m->allow + used, ", ", 2);
        used += 2;
    }
    memcpy(m->allow + used, method, n + 1);
}

bool route_find(const sedge_http_route *routes, size_t n, const sedge_http_head *head, unsigned where,
                route_match *ret) {
    *ret = (route_match){ .found = ROUTE_NONE };
    size_t path_n = strcspn(head->target, "?");
    for (size_t i = 0; i < n; i++) {
        if ((routes[i].where && !(routes[i].where & where)) || !fits(routes[i].pattern, head->target, path_n, ret)) {
            drop_parts(ret);
            continue;
        }
        if (takes_method(&routes[i], head->method)) {
            ret->found = ROUTE_FOUND;
            ret->route = &routes[i];
            return true;
        }
        drop_parts(ret);
        add_allowed(ret, routes[i].method);
        ret->found = ROUTE_OTHER_METHOD;
    }
    return false;
}

void http_put_problem(sedge_buf *out, int status, const char *name, const char *sentence) {
    SEDGE_AUTO_BUF type = sedge_buf_init(256);
    sedge_buf_printf(&type, "urn:sedge:error:%s", name);
    SEDGE_AUTO_JSON json_t *text = json_string(sentence);
    SEDGE_AUTO_JSON json_t *doc =
        json_pack("{ss ss si sO sO}", "type", sedge_buf_cstr(&type), "title", sedge_http_reason(status), "status",
                  status, "detail", text ? text : json_null(), "error", text ? text : json_null());
    SEDGE_AUTO_MEM char *dumped = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
    sedge_buf_text(out, dumped ? dumped : "{\"type\":\"urn:sedge:error:no_memory\"}");
}
