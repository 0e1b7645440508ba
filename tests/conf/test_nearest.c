/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/nearest.h"

#include "../include/sedge_test.h"

static void suggests(void **state) {
    (void)state;
    static const char *const words[] = { "train", "optimize", "data", "rollout", "run", "registry" };
    static const char *const rows[][2] = { { "trian", "train" }, { "optimise", "optimize" },
                                           { "dat", "data" },    { "roll", "rollout" },
                                           { "rn", "run" },      { "registery", "registry" },
                                           { "zzz", NULL },      { "", NULL },
                                           { "xrunning", NULL } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_nearest n = { .word = rows[i][0] };
        for (size_t k = 0; k < SEDGE_COUNT(words); k++)
            sedge_nearest_offer(&n, words[k]);
        if (rows[i][1])
            assert_string_equal(n.best, rows[i][1]);
        else
            assert_null(n.best);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(suggests) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
