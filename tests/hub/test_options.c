/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/options.h"

#include "../include/sedge_test.h"

static void addresses(void **state) {
    (void)state;
    static const struct {
        const char *text, *host;
        int port;
        bool loopback;
    } rows[] = {
        { "127.0.0.1:0", "127.0.0.1", 0, true },
        { "[::1]:5000", "::1", 5000, true },
        { "localhost:1", "localhost", 1, true },
        { "0.0.0.0:443", "0.0.0.0", 443, false },
        { "hub.example:8443", "hub.example", 8443, false },
        { "127.0.0.1", NULL, 0, false },
        { ":80", NULL, 0, false },
        { "a:", NULL, 0, false },
        { "a:x", NULL, 0, false },
        { "a:65536", NULL, 0, false },
        { "::1:80", NULL, 0, false },
        { "", NULL, 0, false },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        char host[64];
        int port = -1;
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_status st = hub_listen_parse(rows[i].text, host, sizeof host, &port, &err);
        assert_int_equal(st, rows[i].host ? SEDGE_OK : SEDGE_EUSAGE);
        if (!rows[i].host)
            continue;
        assert_string_equal(host, rows[i].host);
        assert_int_equal(port, rows[i].port);
        assert_int_equal(hub_host_is_loopback(host), rows[i].loopback);
    }
}

static void presets_parse(void **state) {
    (void)state;
    hub_options o;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_conf_defaults(&hub_options_rows, &o, &err), SEDGE_OK);
    assert_int_equal(o.poll_ms, 2000);
    sedge_conf_free(&hub_options_rows, &o);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(addresses), cmocka_unit_test(presets_parse) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
