/* SPDX-License-Identifier: Apache-2.0 */
#include "features/write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "sample.h"

#include "../include/sedge_test.h"

static sedge_buf written(const sedge_features_spec *spec) {
    sedge_buf out = sedge_buf_init(1 << 17);
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_features_write(spec, &out, &err), SEDGE_OK);
    return out;
}

/** Opens a copy of exactly n bytes on the heap, so that one byte too far is seen. */
static sedge_status open_copy(const uint8_t *data, size_t n, sedge_error *err) {
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, data, n);
    sedge_features *features = NULL;
    sedge_status st = sedge_features_open(copy, n, &features, err);
    free(copy);
    if (!st)
        sedge_features_free(features);
    return st;
}

static void reads_what_was_written(void **state) {
    (void)state;
    sedge_features_spec spec = sample_spec();
    SEDGE_AUTO_BUF file = written(&spec);
    sedge_features *f;
    assert_int_equal(sedge_features_open(file.data, file.n, &f, NULL), SEDGE_OK);
    assert_int_equal(sedge_features_channels(f), SAMPLE_CHANNELS);
    assert_int_equal(sedge_features_count(f), SAMPLE_ENTRIES);
    assert_int_equal(sedge_features_length(f), SAMPLE_LENGTH);
    assert_int_equal(sedge_features_step(f), 3);
    assert_true(sedge_features_rate_hz(f) == 1);
    for (uint32_t i = 0; i < SAMPLE_CHANNELS; i++)
        assert_memory_equal(sedge_features_channel_at(f, i), &sample_channels[i], sizeof sample_channels[i]);
    for (uint32_t i = 0; i < SAMPLE_ENTRIES; i++)
        assert_memory_equal(sedge_features_entry_at(f, i), &sample_entries[i], sizeof sample_entries[i]);
    assert_null(sedge_features_entry_at(f, SAMPLE_ENTRIES));
    assert_null(sedge_features_channel_at(f, SAMPLE_CHANNELS));
    char label[SEDGE_FEATURES_LABEL_MAX];
    sedge_features_label(f, 5, label);
    assert_string_equal(label, "Vibration.band_0.125_0.5");
    sedge_features_label(f, 0, label);
    assert_string_equal(label, "Flow rate.last");
    sedge_features_free(f);
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    sedge_features_spec spec = sample_spec();
    SEDGE_AUTO_BUF file = written(&spec);
    for (size_t n = 0; n < file.n; n++)
        assert_int_equal(open_copy(file.data, n, NULL), SEDGE_ETRUNCATED);
    sedge_buf_u8(&file, 0);
    assert_int_equal(open_copy(file.data, file.n, NULL), SEDGE_EINVALID);
}

static void every_flipped_byte_is_survived(void **state) {
    (void)state;
    sedge_features_spec spec = sample_spec();
    SEDGE_AUTO_BUF file = written(&spec);
    for (size_t i = 0; i < file.n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            file.data[i] ^= (uint8_t)(1U << bit);
            sedge_error err = SEDGE_ERROR_INIT;
            if (open_copy(file.data, file.n, &err))
                assert_true(strlen(err.text) > 10);
            file.data[i] ^= (uint8_t)(1U << bit);
        }
    }
}

/** Each row changes one thing of the sample. */
typedef struct broken {
    const char *words; /**< in the sentence */
    sedge_status status;
    void (*change)(sedge_features_spec *spec, sedge_features_channel *channels, sedge_features_entry *entries);
} broken;

#define CHANGE(name, statement)                                                                                        \
    static void name(sedge_features_spec *spec, sedge_features_channel *channels, sedge_features_entry *entries) {     \
        (void)spec, (void)channels, (void)entries;                                                                     \
        statement;                                                                                                     \
    }
CHANGE(no_channels, spec->n_channels = 0)
CHANGE(many_channels, spec->n_channels = 65)
CHANGE(no_features, spec->n_entries = 0)
CHANGE(long_window, spec->length = 4097)
CHANGE(no_step, spec->step = 0)
CHANGE(no_rate, spec->rate_hz = 0)
CHANGE(nan_rate, spec->rate_hz = (double)NAN)
CHANGE(same_name, strcpy(channels[3].name, "Pressure"))
CHANGE(no_name, channels[2].name[0] = '\0')
CHANGE(endless_name, memset(channels[2].name, 'x', SEDGE_FEATURES_NAME_MAX))
CHANGE(dirty_unit, strcpy(channels[0].unit, "\xff"))
CHANGE(nan_fill, channels[1].fill = NAN)
CHANGE(bad_impute, channels[1].impute = SEDGE_IMPUTE_COUNT)
CHANGE(bad_channel, entries[1].channel = 4)
CHANGE(far_channel, entries[1].channel = 65536)
CHANGE(bad_stat, entries[1].stat = SEDGE_STAT_COUNT)
CHANGE(zero_scale, entries[1].scale = 0)
CHANGE(infinite_mean, entries[1].mean = (double)INFINITY)
CHANGE(twice, entries[2] = entries[1])
CHANGE(no_band, entries[4].hi_hz = 0)
CHANGE(high_band, entries[5].hi_hz = 0.6)
CHANGE(thin_band, entries[4].lo_hz = 0.07; entries[4].hi_hz = 0.1)
CHANGE(short_window, spec->length = 3)
#undef CHANGE

static void broken_descriptions(void **state) {
    (void)state;
    static const broken rows[] = {
        { "the number of channels is 0", SEDGE_EINVALID, no_channels },
        { "the limits are 64 and 1024", SEDGE_ELIMIT, many_channels },
        { "the number of features is 0", SEDGE_EINVALID, no_features },
        { "length is 4097, allowed are 1 to 4096", SEDGE_ELIMIT, long_window },
        { "step is 0", SEDGE_EINVALID, no_step },
        { "rate is 0", SEDGE_EINVALID, no_rate },
        { "rate is ", SEDGE_EINVALID, nan_rate },
        { "channel 3: 'Pressure' is the name of channel 1 too", SEDGE_EINVALID, same_name },
        { "channel 2: it has no name", SEDGE_EINVALID, no_name },
        { "channel 2: its name has 64 bytes, the limit is 63", SEDGE_ELIMIT, endless_name },
        { "channel 0: its unit is not clean UTF-8", SEDGE_EINVALID, dirty_unit },
        { "channel 1: its fill", SEDGE_EINVALID, nan_fill },
        { "channel 1: imputation 4", SEDGE_EINVALID, bad_impute },
        { "feature 1: channel 4 of 4", SEDGE_EINVALID, bad_channel },
        { "feature 1: channel 65535 of 4", SEDGE_EINVALID, far_channel },
        { "feature 1: statistic 9", SEDGE_EINVALID, bad_stat },
        { "feature 1: mean 0.5 and scale 0", SEDGE_EINVALID, zero_scale },
        { "feature 1: mean inf", SEDGE_EINVALID, infinite_mean },
        { "feature 2: it repeats feature 1", SEDGE_EINVALID, twice },
        { "feature 4: a band from 0 to 0 Hz", SEDGE_EINVALID, no_band },
        { "feature 5: the band ends at 0.6 Hz", SEDGE_EINVALID, high_band },
        { "feature 4: no line of the spectrum", SEDGE_EINVALID, thin_band },
        { "at least 4 rows", SEDGE_EINVALID, short_window },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_features_channel channels[SAMPLE_CHANNELS];
        sedge_features_entry entries[SAMPLE_ENTRIES];
        memcpy(channels, sample_channels, sizeof channels);
        memcpy(entries, sample_entries, sizeof entries);
        sedge_features_spec spec = sample_spec();
        spec.channels = channels;
        spec.entries = entries;
        rows[i].change(&spec, channels, entries);
        SEDGE_AUTO_BUF out = sedge_buf_init(1 << 17);
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_features_write(&spec, &out, &err), rows[i].status);
        if (!strstr(err.text, rows[i].words))
            fail_msg("'%s' lacks '%s'", err.text, rows[i].words);
        assert_int_equal(out.n, 0);
    }
}

static void other_files_are_refused(void **state) {
    (void)state;
    sedge_features_spec spec = sample_spec();
    SEDGE_AUTO_BUF file = written(&spec);
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_store_u32(file.data + 4, 2);
    assert_int_equal(open_copy(file.data, file.n, &err), SEDGE_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "version 2"));
    file.data[0] = 'X';
    assert_int_equal(open_copy(file.data, file.n, &err), SEDGE_EINVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),         cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_flipped_byte_is_survived), cmocka_unit_test(broken_descriptions),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
