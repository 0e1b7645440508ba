/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/monitor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "monitor/varint.h"
#include "sample.h"

#include "../include/sedge_test.h"

enum { PACK_MAX = 1024 };

/** Packs `rows` random vectors into out; every seventh value of feature 1 is NaN when nan is set. */
static size_t packed(int rows, bool nan, uint8_t *out, sedge_monitor_counts *counts) {
    sedge_monitor *m = sample_monitor();
    sedge_random random;
    sedge_random_init(&random, (uint64_t)rows);
    for (int i = 0; i < rows; i++) {
        float x[SAMPLE_FEATURES] = { (float)(sedge_random_unit(&random) * 16), (float)(i % 2), 100 };
        if (nan && i % 7 == 0)
            x[1] = NAN;
        sedge_monitor_add(m, counts, x);
    }
    sedge_monitor_free(m);
    size_t n;
    assert_int_equal(sedge_monitor_pack(counts, out, PACK_MAX, &n, NULL), SEDGE_OK);
    return n;
}

static sedge_status unpack_copy(const uint8_t *data, size_t n, sedge_monitor_counts *counts, sedge_error *err) {
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, data, n);
    sedge_status st = sedge_monitor_unpack(counts, copy, n, err);
    free(copy);
    return st;
}

static bool same(const sedge_monitor_counts *a, const sedge_monitor_counts *b, uint32_t times) {
    bool equal = sedge_monitor_counts_total(a) * times == sedge_monitor_counts_total(b);
    for (uint32_t f = 0; f < SAMPLE_FEATURES; f++) {
        equal &= sedge_monitor_counts_nan(a, f) * times == sedge_monitor_counts_nan(b, f);
        for (int i = 0; i < SEDGE_MONITOR_BINS; i++)
            equal &= sedge_monitor_counts_bins(a, f)[i] * times == sedge_monitor_counts_bins(b, f)[i];
    }
    return equal;
}

static void there_and_back(void **state) {
    (void)state;
    static const int rows[] = { 0, 1, 2, 127, 128, 5000 };
    for (size_t i = 0; i < SEDGE_COUNT(rows) * 2; i++) {
        uint8_t out[PACK_MAX];
        void *memory[2];
        sedge_monitor_counts *a = sample_counts(3, &memory[0]), *b = sample_counts(3, &memory[1]);
        size_t n = packed(rows[i / 2], i % 2, out, a);
        assert_true(n <= sedge_monitor_pack_max(3));
        uint32_t n_features = 0;
        assert_int_equal(sedge_monitor_packed_features(out, n, &n_features, NULL), SEDGE_OK);
        assert_int_equal(n_features, sedge_monitor_counts_features(b));
        assert_int_equal(sedge_monitor_packed_features(out, 1, &n_features, NULL), SEDGE_ETRUNCATED);
        assert_int_equal(unpack_copy(out, n, b, NULL), SEDGE_OK);
        assert_true(same(a, b, 1));
        assert_int_equal(unpack_copy(out, n, b, NULL), SEDGE_OK);
        assert_true(same(a, b, 2));
        free(memory[0]);
        free(memory[1]);
    }
}

static void damaged_bytes_add_nothing(void **state) {
    (void)state;
    uint8_t out[PACK_MAX];
    void *memory[3];
    sedge_monitor_counts *a = sample_counts(3, &memory[0]), *b = sample_counts(3, &memory[1]),
                         *empty = sample_counts(3, &memory[2]);
    size_t n = packed(300, true, out, a);
    for (size_t cut = 0; cut < n; cut++) {
        assert_int_equal(unpack_copy(out, cut, b, NULL), SEDGE_ETRUNCATED);
        assert_true(same(b, empty, 1));
    }
    for (size_t i = 0; i < n * 8; i++) {
        out[i / 8] ^= (uint8_t)(1U << i % 8);
        sedge_error err = SEDGE_ERROR_INIT;
        if (unpack_copy(out, n, b, &err)) {
            assert_true(strlen(err.text) > 10);
            assert_true(same(b, empty, 1));
        }
        sedge_monitor_counts_clear(b);
        out[i / 8] ^= (uint8_t)(1U << i % 8);
    }
    out[n] = 0;
    assert_int_equal(unpack_copy(out, n + 1, b, NULL), SEDGE_EINVALID);
    for (int i = 0; i < 3; i++)
        free(memory[i]);
}

static void varints(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        uint64_t max;
        sedge_varint_result result;
        uint64_t value;
    } rows[] = {
        { "\x00", 1, 0, SEDGE_VARINT_OK, 0 },
        { "\x7f", 1, 127, SEDGE_VARINT_OK, 127 },
        { "\x80\x01", 2, 128, SEDGE_VARINT_OK, 128 },
        { "\x80\x01", 2, 127, SEDGE_VARINT_BAD, 0 },
        { "\x80", 1, 127, SEDGE_VARINT_CUT, 0 },
        { "", 0, 127, SEDGE_VARINT_CUT, 0 },
        { "\x80\x00", 2, 127, SEDGE_VARINT_BAD, 0 }, /* longer than need be */
        { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, UINT64_MAX, SEDGE_VARINT_OK, UINT64_MAX },
        { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, UINT64_MAX, SEDGE_VARINT_BAD, 0 },
        { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x01", 11, UINT64_MAX, SEDGE_VARINT_BAD, 0 },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_bytes in = sedge_bytes_of(rows[i].bytes, rows[i].n);
        uint64_t value = 0;
        assert_int_equal(sedge_varint_take(&in, rows[i].max, &value), rows[i].result);
        assert_true(value == rows[i].value);
        uint8_t out[SEDGE_VARINT_MAX];
        if (rows[i].result == SEDGE_VARINT_OK) {
            assert_int_equal(sedge_varint_put(out, value) - out, rows[i].n);
            assert_memory_equal(out, rows[i].bytes, rows[i].n);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(damaged_bytes_add_nothing),
                                        cmocka_unit_test(varints) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
