/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/route.h"
#include "hub/server.h"

#include <string.h>

#include "../include/sedge_test.h"

static const hub_route table[] = {
    { "GET", "/", .help = "root" },
    { "GET", "/api/v1/things", .help = "list" },
    { "POST", "/api/v1/things", .help = "make" },
    { "GET", "/api/v1/things/{id}", .help = "one" },
    { "POST", "/api/v1/things/{id}/parts/{part}", .help = "part" },
    { "GET", "/tuf/targets/{path...}", .help = "rest" },
    { "GET", "/x/pre-{id}.json", .help = "literal around" },
};

static void rows_of_requests(void **state) {
    (void)state;
    static const struct {
        const char *method, *path, *help, *first, *second;
        bool other;
    } rows[] = {
        { "GET", "/", "root", NULL, NULL, false },
        { "HEAD", "/", "root", NULL, NULL, false },
        { "GET", "/api/v1/things", "list", NULL, NULL, false },
        { "POST", "/api/v1/things", "make", NULL, NULL, true },
        { "DELETE", "/api/v1/things", NULL, NULL, NULL, true },
        { "GET", "/api/v1/things/", NULL, NULL, NULL, false },
        { "GET", "/api/v1/things/a%2Fb", "one", "a/b", NULL, false },
        { "GET", "/api/v1/things/a%00b", NULL, NULL, NULL, false },
        { "GET", "/api/v1/things/a%zz", NULL, NULL, NULL, false },
        { "GET", "/api/v1/things/a%2", NULL, NULL, NULL, false },
        { "POST", "/api/v1/things/1/parts/x%20y", "part", "1", "x y", false },
        { "POST", "/api/v1/things//parts/x", NULL, NULL, NULL, false },
        { "GET", "/tuf/targets/a/b/c", "rest", "a/b/c", NULL, false },
        { "GET", "/tuf/targets/", NULL, NULL, NULL, false },
        { "GET", "/x/pre-7.json", "literal around", "7", NULL, false },
        { "GET", "/x/pre-.json", NULL, NULL, NULL, false },
        { "GET", "/x/pre7.json", NULL, NULL, NULL, false },
        { "GET", "", NULL, NULL, NULL, false },
        { "GET", "//", NULL, NULL, NULL, false },
        { "GET", "*", NULL, NULL, NULL, false },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        hub_params params;
        bool other = false;
        const hub_route *r = hub_route_find(table, SEDGE_COUNT(table), rows[i].method, rows[i].path, &params, &other);
        if (!rows[i].help) {
            assert_null(r);
            assert_int_equal(other, rows[i].other);
            continue;
        }
        assert_non_null(r);
        assert_string_equal(r->help, rows[i].help);
        if (rows[i].first)
            assert_string_equal(params.value[0], rows[i].first);
        if (rows[i].second)
            assert_string_equal(params.value[1], rows[i].second);
    }
}

static void the_hubs_table_is_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < hub_routes_n; i++) {
        const hub_route *r = &hub_routes[i];
        assert_int_equal((r->handle != NULL) + (r->read != NULL) + (r->write != NULL), 1);
        assert_true(r->pattern[0] == '/');
        for (size_t j = i + 1; j < hub_routes_n; j++)
            assert_false(strcmp(r->method, hub_routes[j].method) == 0 &&
                         strcmp(r->pattern, hub_routes[j].pattern) == 0);
        if (r->write)
            assert_true(r->may != HUB_MAY_READ && r->may != HUB_MAY_ANYONE);
    }
}

static void ranges(void **state) {
    (void)state;
    static const struct {
        const char *header;
        hub_range want;
        int64_t offset, length;
    } rows[] = {
        { NULL, HUB_RANGE_WHOLE, 0, 0 },
        { "bytes=0-", HUB_RANGE_PART, 0, 100 },
        { "bytes=10-19", HUB_RANGE_PART, 10, 10 },
        { "bytes=90-200", HUB_RANGE_PART, 90, 10 },
        { "bytes=99-", HUB_RANGE_PART, 99, 1 },
        { "bytes=100-", HUB_RANGE_BAD, 0, 0 },
        { "bytes=-10", HUB_RANGE_PART, 90, 10 },
        { "bytes=-200", HUB_RANGE_PART, 0, 100 },
        { "bytes=-0", HUB_RANGE_BAD, 0, 0 },
        { "bytes=5-4", HUB_RANGE_WHOLE, 0, 0 },
        { "bytes=0-1,3-4", HUB_RANGE_WHOLE, 0, 0 },
        { "rows=0-1", HUB_RANGE_WHOLE, 0, 0 },
        { "bytes=", HUB_RANGE_WHOLE, 0, 0 },
        { "bytes=-", HUB_RANGE_WHOLE, 0, 0 },
        { "bytes=99999999999999999999-", HUB_RANGE_WHOLE, 0, 0 },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        int64_t offset = 0, length = 0;
        assert_int_equal(hub_range_parse(rows[i].header, 100, &offset, &length), rows[i].want);
        if (rows[i].want == HUB_RANGE_PART) {
            assert_int_equal(offset, rows[i].offset);
            assert_int_equal(length, rows[i].length);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_requests),
        cmocka_unit_test(the_hubs_table_is_sound),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
