/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hub_client.h"

#include <string.h>

#include "../include/sedge_test.h"

static void names_cannot_leave_their_place(void **state) {
    static const struct {
        const char *name, *path;
    } rows[] = {
        { "pump", "/m/pump/v/3%" },       { "a b", "/m/a%20b/v/3%" }, { "../x?y#z", "/m/..%2Fx%3Fy%23z/v/3%" },
        { "\xc3\xa4", "/m/%C3%A4/v/3%" }, { "", "/m//v/3%" },
    };
    char path[SEDGE_HUB_PATH_MAX];
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        assert_int_equal(sedge_hub_path(path, NULL, "/m/%s/v/%d%%", rows[i].name, 3), SEDGE_OK);
        assert_string_equal(path, rows[i].path);
    }
}

static void long_path_is_refused(void **state) {
    static char name[SEDGE_HUB_PATH_MAX + 1];
    char path[SEDGE_HUB_PATH_MAX];
    sedge_error err = SEDGE_ERROR_INIT;
    (void)state;
    memset(name, 'x', SEDGE_HUB_PATH_MAX - 1);
    assert_int_equal(sedge_hub_path(path, &err, "%s", name), SEDGE_OK);
    name[SEDGE_HUB_PATH_MAX - 1] = 'x';
    assert_int_equal(sedge_hub_path(path, &err, "%s", name), SEDGE_ELIMIT);
    assert_non_null(strstr(err.text, "2047"));
}

static void options_are_checked(void **state) {
    static const struct {
        sedge_hub_options options;
        sedge_status status;
        const char *words;
    } rows[] = {
        { { 0 }, SEDGE_EUSAGE, "no hub is named" },
        { { .hub = (char *)(uintptr_t) "nonsense" }, SEDGE_EINVALID, "'nonsense' is no address" },
        { { .hub = (char *)(uintptr_t) "http://127.0.0.1:1", .token_file = (char *)(uintptr_t) "/no/such" },
          SEDGE_ENOTFOUND,
          "/no/such" },
        { { .hub = (char *)(uintptr_t) "https://127.0.0.1:1", .ca = (char *)(uintptr_t) "/no/such" },
          SEDGE_ENOTFOUND,
          "/no/such" },
    };
    (void)state;
    unsetenv("SEDGE_HUB_URL");
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_auto(sedge_hub_client) hub = NULL;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_hub_client_new(&rows[i].options, &hub, &err), rows[i].status);
        assert_non_null(strstr(err.text, rows[i].words));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_cannot_leave_their_place),
        cmocka_unit_test(long_path_is_refused),
        cmocka_unit_test(options_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
