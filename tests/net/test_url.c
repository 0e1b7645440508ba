/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include <string.h>

#include "../include/sedge_test.h"

static void addresses(void **state) {
    (void)state;
    static const struct {
        const char *text;
        sedge_status status;
        sedge_url_scheme scheme;
        const char *host;
        int port;
        const char *path;
    } rows[] = {
        { "https://127.0.0.1:5000", SEDGE_OK, SEDGE_URL_HTTPS, "127.0.0.1", 5000, "" },
        { "https://hub.example/", SEDGE_OK, SEDGE_URL_HTTPS, "hub.example", 443, "" },
        { "HTTP://[::1]:80/a/b/", SEDGE_OK, SEDGE_URL_HTTP, "::1", 80, "/a/b" },
        { "unix:/run/agent.sock", SEDGE_OK, SEDGE_URL_UNIX, "localhost", 0, "/run/agent.sock" },
        { "", SEDGE_EINVALID },
        { "unix:", SEDGE_EINVALID },
        { "127.0.0.1:5000", SEDGE_EINVALID },
        { "https://", SEDGE_EINVALID },
        { "https://:5000", SEDGE_EINVALID },
        { "https://a:b", SEDGE_EINVALID },
        { "https://a:", SEDGE_EINVALID },
        { "https://a:0", SEDGE_EINVALID },
        { "https://a:65536", SEDGE_EINVALID },
        { "https://user@a", SEDGE_EINVALID },
        { "https://a/?x", SEDGE_EINVALID },
        { "https://a/b c", SEDGE_EINVALID },
        { "https://[::1", SEDGE_EINVALID },
        { "https://a\r\nHost: b", SEDGE_EINVALID },
        { "ftp://a", SEDGE_EINVALID },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_url url;
        sedge_error err;
        assert_int_equal(sedge_url_parse(rows[i].text, &url, &err), rows[i].status);
        if (rows[i].status)
            continue;
        assert_int_equal(url.scheme, rows[i].scheme);
        assert_string_equal(url.host, rows[i].host);
        assert_int_equal(url.port, rows[i].port);
        assert_string_equal(url.path, rows[i].path);
    }
}

static void loopback(void **state) {
    (void)state;
    assert_true(sedge_host_is_loopback("127.0.0.1"));
    assert_true(sedge_host_is_loopback("127.9.9.9"));
    assert_true(sedge_host_is_loopback("::1"));
    assert_true(sedge_host_is_loopback("localhost"));
    assert_false(sedge_host_is_loopback("0.0.0.0"));
    assert_false(sedge_host_is_loopback("::"));
    assert_false(sedge_host_is_loopback("127.0.0.1.example"));
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(addresses), cmocka_unit_test(loopback) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
