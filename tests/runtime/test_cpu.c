/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/cpu.h"

#include <string.h>

#include "../include/sedge_test.h"

static void test_names_become_a_mask_and_back(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t mask;
        const char *back;
    } rows[] = {
        { "scalar", SEDGE_CPU_NONE, "scalar" },
        { "avx2", SEDGE_CPU_AVX2, "avx2" },
        { "neon,avx2", SEDGE_CPU_AVX2 | SEDGE_CPU_NEON, "avx2,neon" },
        { "all", SEDGE_CPU_ALL, "avx2,avx512vnni,neon,dotprod,sse2" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        uint32_t mask;
        char back[64];
        assert_int_equal(sedge_cpu_parse(rows[i].text, &mask, NULL), SEDGE_OK);
        assert_int_equal(mask, rows[i].mask);
        assert_int_equal(sedge_cpu_format(mask, back, sizeof back), strlen(rows[i].back));
        assert_string_equal(back, rows[i].back);
    }
}

static void test_unknown_words_are_named(void **state) {
    (void)state;
    const char *bad[] = { "", "avx", "avx2,", ",avx2", "AVX2", "avx2, neon" };
    for (size_t i = 0; i < SEDGE_COUNT(bad); i++) {
        uint32_t mask = 7;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_cpu_parse(bad[i], &mask, &err), SEDGE_EUSAGE);
        assert_non_null(strstr(err.text, "known: all, scalar"));
        assert_int_equal(mask, 7);
    }
    char small[4];
    assert_int_equal(sedge_cpu_format(SEDGE_CPU_AVX2 | SEDGE_CPU_NEON, small, sizeof small), 9);
    assert_string_equal(small, "avx");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_become_a_mask_and_back),
        cmocka_unit_test(test_unknown_words_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
