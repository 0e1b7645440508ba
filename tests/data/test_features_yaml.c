/* SPDX-License-Identifier: Apache-2.0 */
#include "data/features_yaml.h"

#include "temp.h"

#include "../include/sedge_test.h"

#define HEAD   "version: 1\nrate_hz: 1\nchannels:\n  - {name: a, unit: g}\n  - {name: b, impute: {value: 1.5}}\n"
#define WINDOW "window: {length: 32, step: 2}\n"
#define FEATURES                                                                                                       \
    "features:\n  - {channels: \"*\", stats: [std, mean]}\n  - {channels: [b], bands_hz: [[0, 0.25], [0.25, 0.5]]}\n"

static void a_good_file(void **state) {
    (void)state;
    const char *dir = temp_dir();
    sedge_features_source *s = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    const char *path = temp_file(dir, "features.yaml", HEAD WINDOW FEATURES "scale: none\n");
    if (sedge_features_source_load(NULL, path, &s, &err))
        fail_msg("%s", err.text);
    assert_int_equal(s->spec.n_channels, 2);
    assert_int_equal(s->spec.length, 32);
    assert_int_equal(s->spec.step, 2);
    assert_false(s->scale);
    assert_string_equal(s->channels[0].unit, "g");
    assert_int_equal(s->channels[0].impute, SEDGE_IMPUTE_HOLD);
    assert_int_equal(s->channels[1].impute, SEDGE_IMPUTE_VALUE);
    assert_true(s->channels[1].fill == 1.5F);
    static const sedge_features_entry want[] = {
        { 0, SEDGE_STAT_STD, 0, 0, 0, 1 },     { 0, SEDGE_STAT_MEAN, 0, 0, 0, 1 },
        { 1, SEDGE_STAT_STD, 0, 0, 0, 1 },     { 1, SEDGE_STAT_MEAN, 0, 0, 0, 1 },
        { 1, SEDGE_STAT_BAND, 0, 0.25, 0, 1 }, { 1, SEDGE_STAT_BAND, 0.25, 0.5, 0, 1 },
    };
    assert_int_equal(s->spec.n_entries, SEDGE_COUNT(want));
    for (size_t i = 0; i < SEDGE_COUNT(want); i++)
        assert_memory_equal(&s->entries[i], &want[i], sizeof want[i]);
    sedge_features_source_free(s);
    temp_remove(dir);
}

static void bad_files(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        { HEAD WINDOW FEATURES "scael: none\n", "features.yaml:10: unknown key 'scael'; did you mean scale?" },
        { HEAD WINDOW, "'features' is missing" },
        { "version: 2\n", "version must be 1" },
        { HEAD WINDOW "features:\n  - {channels: [c], stats: [mean]}\n", "there is no channel 'c'" },
        { HEAD WINDOW "features:\n  - {channels: [a], stats: [median]}\n", "there is no statistic 'median'" },
        { HEAD WINDOW "features:\n  - {channels: [a]}\n", "neither stats nor bands_hz" },
        { HEAD WINDOW "features:\n  - {channels: [a], bands_hz: [0, 1]}\n", "[from, to]" },
        { HEAD WINDOW "features:\n  - {channels: [a], bands_hz: [[0, 1]]}\n", "above half the rate" },
        { HEAD WINDOW "features:\n  - {channels: [a], stats: [mean, mean]}\n", "'mean' is there already" },
        { HEAD WINDOW FEATURES "scale: robust\n", "scale must be standard or none" },
        { HEAD "window: {length: 5000}\n" FEATURES, "length: 5000 is outside 1..4096" },
        { HEAD "window: 32\n" FEATURES, "window: a mapping is wanted here" },
        { "version: 1\nrate_hz: fast\n", "rate_hz" },
        { "version: 1\nrate_hz: 1\nchannels: [{name: a}, {name: a}]\n", "channel 'a' is there already" },
        { "version: 1\nrate_hz: 1\nchannels: [{name: a, impute: guess}]\n", "impute must be" },
        { "version: 1\nrate_hz: 1\nchannels: []\n", "the list is empty" },
        { "", "'version' is missing" },
    };
    const char *dir = temp_dir();
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_features_source *s = NULL;
        sedge_error err = SEDGE_ERROR_INIT;
        const char *path = temp_file(dir, "features.yaml", rows[i].text);
        assert_int_equal(sedge_features_source_load(NULL, path, &s, &err), SEDGE_EINVALID);
        if (!strstr(err.text, rows[i].words) || !strstr(err.text, "features.yaml"))
            fail_msg("'%s' lacks '%s'", err.text, rows[i].words);
    }
    sedge_features_source *s = NULL;
    assert_int_equal(sedge_features_source_load(NULL, "/nowhere/features.yaml", &s, NULL), SEDGE_ENOTFOUND);
    temp_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_good_file), cmocka_unit_test(bad_files) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
