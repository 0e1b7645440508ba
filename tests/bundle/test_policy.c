/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/policy.h"

#include "../include/sedge_test.h"

static void truth_table(void **state) {
    (void)state;
    static const struct {
        uint64_t running, floor, release, supersedes;
        sedge_install answer;
        const char *why;
    } rows[] = {
        { 0, 0, 1, 1, SEDGE_INSTALL_UPGRADE, "first install" },
        { 0, 0, 0, 0, SEDGE_INSTALL_REFUSED, "no release" },
        { 5, 5, 5, 5, SEDGE_INSTALL_SAME, "nothing to do" },
        { 5, 5, 6, 6, SEDGE_INSTALL_UPGRADE, "next" },
        { 5, 5, 9, 0, SEDGE_INSTALL_UPGRADE, "releases may be skipped" },
        { 5, 5, 4, 4, SEDGE_INSTALL_REFUSED, "down without a signature for it" },
        { 5, 5, 4, 0, SEDGE_INSTALL_REFUSED, "no supersedes at all" },
        { 5, 5, 4, 5, SEDGE_INSTALL_ROLLBACK, "signed roll-back of exactly this release" },
        { 5, 5, 4, 8, SEDGE_INSTALL_ROLLBACK, "signed roll-back of later ones" },
        { 7, 7, 4, 6, SEDGE_INSTALL_REFUSED, "the roll-back covers 6, the device has 7" },
        { 7, 5, 5, 5, SEDGE_INSTALL_ROLLBACK, "back out of probation to the committed release" },
        { 7, 5, 6, 6, SEDGE_INSTALL_REFUSED, "below what is on probation" },
        { 0, 7, 7, 7, SEDGE_INSTALL_UPGRADE, "the committed release again after the slots were lost" },
        { 0, 7, 6, 6, SEDGE_INSTALL_REFUSED, "the floor holds without a running model" },
        { 0, 7, 6, 7, SEDGE_INSTALL_ROLLBACK, "signed roll-back without a running model" },
        { 4, 7, 5, 5, SEDGE_INSTALL_REFUSED, "above what runs, below the floor" },
        { 4, 7, 7, 7, SEDGE_INSTALL_UPGRADE, "back up to the floor" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_install got = sedge_install_decide(rows[i].running, rows[i].floor, rows[i].release, rows[i].supersedes);
        if (got != rows[i].answer)
            fail_msg("%s: %d instead of %d", rows[i].why, got, rows[i].answer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(truth_table) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
