/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/slots.h"

#include <unistd.h>

#include "agent_files.h"

#include "../include/sedge_test.h"

/* ---- what a model folder holds in these tests ---- */

static void bundle_text(uint64_t release, char ret[64]) {
    snprintf(ret, 64, "the bytes of release %llu, all of them", (unsigned long long)release);
}

static sedge_installed facts(uint64_t release) {
    sedge_installed what = { .release = release, .rollout = "r1", .probation_ms = 1000 };
    char text[64];
    sedge_digest digest;
    bundle_text(release, text);
    assert_int_equal(sedge_digest_of(sedge_bytes_text(text), &digest, NULL), SEDGE_OK);
    sedge_digest_hex(&digest, what.digest);
    return what;
}

static void put_incoming(const char *dir, uint64_t release, char ret[SEDGE_PATH_MAX]) {
    char text[64];
    bundle_text(release, text);
    assert_int_equal(sedge_path_format(ret, NULL, "%s/incoming/%llu", dir, (unsigned long long)release), SEDGE_OK);
    assert_int_equal(sedge_file_write_atomic(NULL, ret, sedge_bytes_text(text), 0600, NULL), SEDGE_OK);
}

static sedge_status open_slots(const sedge_fs *fs, const char *dir, sedge_slots *ret, sedge_recovery *ret_recovery) {
    return sedge_slots_open(fs, dir, ret, ret_recovery, NULL);
}

/** The release that `current` leads to, complete, as a stranger would read it; 0 for none. */
static uint64_t release_on_disk(const char *dir) {
    char path[SEDGE_PATH_MAX + 32], want[64];
    snprintf(path, sizeof path, "%s/current/bundle", dir);
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    if (sedge_file_read(NULL, path, 1024, &data, &n, NULL))
        return 0;
    for (uint64_t release = 1; release < 9; release++) {
        bundle_text(release, want);
        if (n == strlen(want) && memcmp(data, want, n) == 0)
            return release;
    }
    fail_msg("'%s' is neither the old nor the new bundle", path);
    return 0;
}

/* ---- scripts: what an agent does ---- */

static sedge_status install(sedge_slots *slots, uint64_t release) {
    char from[SEDGE_PATH_MAX];
    sedge_installed what = facts(release);
    put_incoming(slots->dir, release, from);
    sedge_status st = sedge_slots_fill(slots, from, &what, NULL);
    return st ? st : sedge_slots_switch(slots, NULL);
}

static sedge_status install_and_commit(sedge_slots *slots, uint64_t release) {
    sedge_status st = install(slots, release);
    return st ? st : sedge_slots_commit(slots, NULL);
}

static sedge_status script_commit(sedge_slots *slots) {
    return install_and_commit(slots, 2);
}

static sedge_status script_roll_back(sedge_slots *slots) {
    sedge_status st = install(slots, 2);
    return st ? st : sedge_slots_return(slots, true, NULL);
}

static sedge_status script_back_and_forth(sedge_slots *slots) {
    sedge_status st = install_and_commit(slots, 2);
    sedge_installed one = facts(1);
    if (!st)
        st = sedge_slots_stage_again(slots, &one, NULL);
    if (!st)
        st = sedge_slots_switch(slots, NULL);
    return st ? st : sedge_slots_commit(slots, NULL);
}

static const struct script {
    const char *name;
    sedge_status (*run)(sedge_slots *slots);
    uint64_t end; /**< the release that runs when nothing fails */
} scripts[] = {
    { "install and commit", script_commit, 2 },
    { "install and roll back", script_roll_back, 1 },
    { "install, commit, return to the first", script_back_and_forth, 1 },
};

static void begin_with_one(char dir[SEDGE_PATH_MAX], sedge_slots *ret) {
    sedge_recovery recovery;
    test_dir_make(dir);
    assert_int_equal(open_slots(NULL, dir, ret, &recovery), SEDGE_OK);
    assert_int_equal(install_and_commit(ret, 1), SEDGE_OK);
}

/* ---- tests ---- */

static void scripts_end_where_they_should(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(scripts); i++) {
        char dir[SEDGE_PATH_MAX];
        sedge_slots slots;
        sedge_recovery recovery;
        begin_with_one(dir, &slots);
        assert_int_equal(scripts[i].run(&slots), SEDGE_OK);
        assert_int_equal(release_on_disk(dir), scripts[i].end);
        assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
        assert_false(recovery.repaired);
        assert_int_equal(sedge_intent_current(&slots.intent)->release, scripts[i].end);
        assert_int_equal(slots.intent.floor, scripts[i].end);
        test_dir_remove(dir);
    }
}

/** Runs the script until the disk dies at call `calls`; false when the script came to its end. */
static bool crash_in_script(const struct script *script, const char *dir, size_t calls) {
    sedge_fs_double disk;
    sedge_slots slots;
    sedge_recovery recovery;
    test_disk_init(&disk, calls, EIO, false);
    bool crashed = open_slots(&disk.fs, dir, &slots, &recovery) != SEDGE_OK || script->run(&slots) != SEDGE_OK;
    sedge_fs_double_done(&disk);
    return crashed;
}

/** The same for the recovery. */
static bool crash_in_recovery(const char *dir, size_t calls) {
    sedge_fs_double disk;
    sedge_slots slots;
    sedge_recovery recovery;
    test_disk_init(&disk, calls, EIO, false);
    bool crashed = open_slots(&disk.fs, dir, &slots, &recovery) != SEDGE_OK;
    sedge_fs_double_done(&disk);
    return crashed;
}

/** After recovery: the old or the new release, verified, link and intent agree, and an update can be made. */
static void check_recovered(const char *dir) {
    sedge_slots slots;
    sedge_recovery recovery;
    assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
    uint64_t release = release_on_disk(dir);
    assert_in_range(release, 1, 2);
    assert_int_equal(sedge_intent_current(&slots.intent)->release, release);
    assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
    assert_false(recovery.repaired);
    if (slots.intent.step == SEDGE_STEP_PROBATION)
        assert_int_equal(sedge_slots_commit(&slots, NULL), SEDGE_OK);
    assert_int_equal(install_and_commit(&slots, 3), SEDGE_OK);
    assert_int_equal(release_on_disk(dir), 3);
}

/*
 * Every prefix of the calls that each script makes, and for each of them every prefix of the recovery. Reads are calls,
 * too; a step of 7 through the recoveries keeps it quick and meets every call as the prefixes shift.
 */
static void a_crash_anywhere_leaves_old_or_new(void **state) {
    (void)state;
    unsigned points = 0;
    for (size_t i = 0; i < SEDGE_COUNT(scripts); i++) {
        bool crashed = true;
        for (size_t at = 0; crashed; at++) {
            bool crashed_again = true;
            for (size_t again = at % 7; crashed_again; again += 7) {
                char dir[SEDGE_PATH_MAX];
                sedge_slots slots;
                begin_with_one(dir, &slots);
                crashed = crash_in_script(&scripts[i], dir, at);
                crashed_again = crash_in_recovery(dir, again);
                check_recovered(dir);
                test_dir_remove(dir);
                points++;
            }
        }
    }
    print_message("# %u crash points\n", points);
    assert_true(points > 500);
}

/* A full disk at any call: it says so, the model that runs stays or the new one does, and trying again works.
 */
static void a_full_disk_can_be_tried_again(void **state) {
    (void)state;
    bool failed = true;
    for (size_t at = 0; failed; at++) {
        char dir[SEDGE_PATH_MAX];
        sedge_slots slots;
        sedge_fs_double disk;
        begin_with_one(dir, &slots);
        test_disk_init(&disk, at, ENOSPC, true);
        slots.fs = &disk.fs;
        sedge_status st = script_commit(&slots);
        failed = disk.failed;
        sedge_fs_double_done(&disk);
        assert_true(st == SEDGE_OK || st == SEDGE_ENOSPACE);
        assert_in_range(release_on_disk(dir), 1, 2);
        slots.fs = sedge_fs_os();
        if (st && slots.intent.step == SEDGE_STEP_PROBATION)
            st = sedge_slots_commit(&slots, NULL);
        else if (st)
            st = script_commit(&slots);
        assert_int_equal(st, SEDGE_OK);
        assert_int_equal(release_on_disk(dir), 2);
        test_dir_remove(dir);
    }
}

static void a_first_install_that_is_sick_leaves_nothing(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX];
    sedge_slots slots;
    sedge_recovery recovery;
    test_dir_make(dir);
    assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
    assert_int_equal(install(&slots, 1), SEDGE_OK);
    assert_int_equal(sedge_slots_return(&slots, true, NULL), SEDGE_OK);
    assert_int_equal(release_on_disk(dir), 0);
    assert_int_equal(slots.intent.step, SEDGE_STEP_EMPTY);
    assert_true(sedge_intent_is_bad(&slots.intent, facts(1).digest, "r1"));
    assert_false(sedge_intent_is_bad(&slots.intent, facts(1).digest, "r2"));
    assert_int_equal(sedge_slots_condemn(&slots, facts(3).digest, "", NULL), SEDGE_OK);
    assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
    assert_true(sedge_intent_is_bad(&slots.intent, facts(3).digest, ""));
    test_dir_remove(dir);
}

static void damage(const char *dir, const char *name) {
    char path[SEDGE_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text("rot"), 0600, NULL), SEDGE_OK);
}

static void a_damaged_bundle_gives_way_to_the_other(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX];
    sedge_slots slots;
    sedge_recovery recovery;
    begin_with_one(dir, &slots);
    assert_int_equal(script_commit(&slots), SEDGE_OK);
    damage(dir, "slots/b/bundle");
    assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
    assert_true(recovery.rolled_back);
    assert_non_null(strstr(recovery.text, "release 2 is damaged"));
    assert_int_equal(release_on_disk(dir), 1);
    assert_false(sedge_intent_is_bad(&slots.intent, facts(2).digest, "r1"));
    damage(dir, "slots/a/bundle");
    assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
    assert_int_equal(slots.intent.step, SEDGE_STEP_EMPTY);
    assert_null(sedge_intent_current(&slots.intent));
    assert_int_equal(install_and_commit(&slots, 3), SEDGE_OK);
    test_dir_remove(dir);
}

static void a_damaged_intent_is_set_aside(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX], aside[SEDGE_PATH_MAX + 32];
    sedge_slots slots;
    sedge_recovery recovery;
    begin_with_one(dir, &slots);
    damage(dir, "intent");
    assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
    assert_true(recovery.repaired);
    assert_int_equal(slots.intent.step, SEDGE_STEP_EMPTY);
    assert_int_equal(release_on_disk(dir), 0);
    snprintf(aside, sizeof aside, "%s/intent.bad", dir);
    assert_true(sedge_file_exists(NULL, aside));
    test_dir_remove(dir);
}

static void too_many_starts_roll_back(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX];
    sedge_slots slots;
    sedge_recovery recovery;
    begin_with_one(dir, &slots);
    assert_int_equal(install(&slots, 2), SEDGE_OK);
    for (int i = 0; i < SEDGE_PROBATION_STARTS_MAX; i++) {
        assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
        assert_false(recovery.rolled_back);
        assert_int_equal(release_on_disk(dir), 2);
    }
    assert_int_equal(open_slots(NULL, dir, &slots, &recovery), SEDGE_OK);
    assert_true(recovery.rolled_back);
    assert_int_equal(release_on_disk(dir), 1);
    assert_true(sedge_intent_is_bad(&slots.intent, facts(2).digest, "r1"));
    test_dir_remove(dir);
}

static void steps_out_of_order_are_refused(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX], from[SEDGE_PATH_MAX];
    sedge_slots slots;
    sedge_installed three = facts(3);
    begin_with_one(dir, &slots);
    assert_int_equal(sedge_slots_switch(&slots, NULL), SEDGE_ECONFLICT);
    assert_int_equal(sedge_slots_commit(&slots, NULL), SEDGE_ECONFLICT);
    assert_int_equal(sedge_slots_stage_again(&slots, &three, NULL), SEDGE_ENOTFOUND);
    assert_int_equal(install(&slots, 2), SEDGE_OK);
    put_incoming(dir, 3, from);
    assert_int_equal(sedge_slots_fill(&slots, from, &three, NULL), SEDGE_ECONFLICT);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_end_where_they_should),
        cmocka_unit_test(a_crash_anywhere_leaves_old_or_new),
        cmocka_unit_test(a_full_disk_can_be_tried_again),
        cmocka_unit_test(a_first_install_that_is_sick_leaves_nothing),
        cmocka_unit_test(a_damaged_bundle_gives_way_to_the_other),
        cmocka_unit_test(a_damaged_intent_is_set_aside),
        cmocka_unit_test(too_many_starts_roll_back),
        cmocka_unit_test(steps_out_of_order_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
