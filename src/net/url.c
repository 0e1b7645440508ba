/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static sedge_status no_url(sedge_error *err, const char *text) {
    return sedge_fail(err, SEDGE_EINVALID,
                      "'%.200s' is no address; write it like https://host:5000, http://127.0.0.1:5000 or unix:/path",
                      text);
}

static bool is_host(const char *text, size_t n, bool bracketed) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    if (!n || n >= SEDGE_URL_HOST_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (bracketed ? !strchr("0123456789abcdefABCDEF:.", text[i]) : !strchr(plain, text[i]))
            return false;
    return true;
}

static bool read_port(const char *text, size_t n, int *ret) {
    int port = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || i > 4)
            return false;
        port = port * 10 + (text[i] - '0');
    }
    if (!n || port > 65535)
        return false;
    *ret = port;
    return true;
}

/* "host", "host:port", "[::1]:port" of n characters; *ret_port stays when there is none. */
static bool read_authority(const char *text, size_t n, char *ret_host, int *ret_port) {
    bool bracketed = n && text[0] == '[';
    const char *end = bracketed ? memchr(text, ']', n) : memchr(text, ':', n);
    const char *host = text + bracketed;
    size_t host_n = end ? (size_t)(end - host) : n;
    if ((bracketed && !end) || !is_host(host, host_n, bracketed))
        return false;
    const char *rest = end ? end + bracketed : text + n;
    size_t rest_n = (size_t)(text + n - rest);
    if (rest_n && (rest[0] != ':' || !read_port(rest + 1, rest_n - 1, ret_port)))
        return false;
    memcpy(ret_host, host, host_n);
    ret_host[host_n] = '\0';
    return true;
}

static bool is_path(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f || *text == '?' || *text == '#')
            return false;
    return true;
}

static bool read_unix(const char *path, sedge_url *ret) {
    size_t n = strlen(path);
    if (!n || n >= sizeof ret->path)
        return false;
    ret->scheme = SEDGE_URL_UNIX;
    memcpy(ret->path, path, n + 1);
    memcpy(ret->host, "localhost", sizeof "localhost");
    return true;
}

sedge_status sedge_url_parse(const char *text, sedge_url *ret, sedge_error *err) {
    static const struct {
        const char *prefix;
        sedge_url_scheme scheme;
        int port;
    } schemes[] = { { "http://", SEDGE_URL_HTTP, 80 }, { "https://", SEDGE_URL_HTTPS, 443 } };
    sedge_url url = { 0 };
    if (strncmp(text, "unix:", 5) == 0) {
        if (!read_unix(text + 5, &url))
            return no_url(err, text);
        *ret = url;
        return SEDGE_OK;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t n = strlen(schemes[i].prefix);
        if (strncasecmp(text, schemes[i].prefix, n) != 0)
            continue;
        const char *authority = text + n;
        size_t authority_n = strcspn(authority, "/");
        const char *path = authority + authority_n;
        size_t path_n = strlen(path);
        url.scheme = schemes[i].scheme;
        url.port = schemes[i].port;
        while (path_n && path[path_n - 1] == '/')
            path_n--;
        if (path_n >= sizeof url.path || !is_path(path) ||
            !read_authority(authority, authority_n, url.host, &url.port) || url.port == 0)
            break;
        memcpy(url.path, path, path_n);
        *ret = url;
        return SEDGE_OK;
    }
    return no_url(err, text);
}

sedge_status sedge_address_parse(const char *text, char ret_host[SEDGE_URL_HOST_MAX], int *ret_port, sedge_error *err) {
    char host[SEDGE_URL_HOST_MAX];
    int port = -1;
    if (!read_authority(text, strlen(text), host, &port) || port < 0)
        return sedge_fail(err, SEDGE_EINVALID, "'%.200s' is no HOST:PORT; write it like 127.0.0.1:5000 or [::1]:5000",
                          text);
    memcpy(ret_host, host, sizeof host);
    *ret_port = port;
    return SEDGE_OK;
}

bool sedge_host_is_loopback(const char *host) {
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcasecmp(host, "localhost") == 0;
}
