/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

#include "../include/sedge_test.h"

static void buckets_are_log_spaced(void **state) {
    (void)state;
    assert_int_equal(sedge_latency_bucket_end_ns(0), 256);
    assert_int_equal(sedge_latency_bucket_end_ns(4), 512);
    assert_true(sedge_latency_bucket_end_ns(SEDGE_LATENCY_BUCKETS - 1) == UINT64_MAX);
    for (uint32_t i = 1; i < SEDGE_LATENCY_BUCKETS - 1; i++) {
        double ratio = (double)sedge_latency_bucket_end_ns(i) / (double)sedge_latency_bucket_end_ns(i - 1);
        assert_true(ratio > 1.18 && ratio < 1.2);
    }
    sedge_latency l = { 0 };
    sedge_latency_add(&l, 256);
    sedge_latency_add(&l, 257);
    sedge_latency_add(&l, UINT64_MAX);
    assert_int_equal(l.buckets[0], 1);
    assert_int_equal(l.buckets[1], 1);
    assert_int_equal(l.buckets[SEDGE_LATENCY_BUCKETS - 1], 1);
    assert_true(l.sum_ns == UINT64_MAX && l.max_ns == UINT64_MAX);
}

static void quantiles(void **state) {
    (void)state;
    sedge_latency l = { 0 }, half[2] = { 0 };
    assert_true(sedge_latency_quantile(&l, 0.5) == 0);
    for (uint64_t i = 1; i <= 1000; i++) {
        sedge_latency_add(&l, i * 1000);
        sedge_latency_add(&half[i % 2], i * 1000);
    }
    static const double shares[] = { 0.01, 0.5, 0.9, 0.99 };
    for (size_t i = 0; i < SEDGE_COUNT(shares); i++) {
        double exact = shares[i] * 1e6, got = (double)sedge_latency_quantile(&l, shares[i]);
        assert_true(got >= exact && got <= exact * 1.2);
    }
    assert_true(sedge_latency_quantile(&l, 1) == 1000000);
    sedge_latency_merge(&half[0], &half[1]);
    assert_memory_equal(&half[0], &l, sizeof l);
}

static void packs(void **state) {
    (void)state;
    sedge_latency l = { 0 };
    sedge_random random;
    sedge_random_init(&random, 1);
    for (int i = 0; i < 5000; i++)
        sedge_latency_add(&l, sedge_random_u64(&random) >> sedge_random_below(&random, 64));
    for (uint32_t i = 0; i < SEDGE_LATENCY_BUCKETS; i += 3)
        l.buckets[i] = 0;
    l.count = 0;
    for (uint32_t i = 0; i < SEDGE_LATENCY_BUCKETS; i++)
        l.count += l.buckets[i];
    uint8_t out[SEDGE_LATENCY_PACK_MAX];
    size_t n;
    assert_int_equal(sedge_latency_pack(&l, out, sizeof out - 1, &n, NULL), SEDGE_EUSAGE);
    assert_int_equal(sedge_latency_pack(&l, out, sizeof out, &n, NULL), SEDGE_OK);
    sedge_latency back = { 0 }, empty = { 0 };
    assert_int_equal(sedge_latency_unpack(&back, out, n, NULL), SEDGE_OK);
    assert_memory_equal(&back, &l, sizeof l);
    back = empty;
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *copy = malloc(cut ? cut : 1);
        memcpy(copy, out, cut);
        assert_int_equal(sedge_latency_unpack(&back, copy, cut, NULL), SEDGE_ETRUNCATED);
        free(copy);
    }
    assert_memory_equal(&back, &empty, sizeof back);
    for (size_t i = 0; i < n * 8; i++) {
        out[i / 8] ^= (uint8_t)(1U << i % 8);
        sedge_error err = SEDGE_ERROR_INIT;
        if (sedge_latency_unpack(&back, out, n, &err))
            assert_memory_equal(&back, &empty, sizeof back);
        back = empty;
        out[i / 8] ^= (uint8_t)(1U << i % 8);
    }
}

static void fullest_histogram_fits(void **state) {
    (void)state;
    sedge_latency l = { UINT64_MAX, UINT64_MAX, UINT64_MAX, { 0 } };
    for (uint32_t i = 0; i < SEDGE_LATENCY_BUCKETS; i++)
        l.buckets[i] = UINT32_MAX;
    uint8_t out[SEDGE_LATENCY_PACK_MAX];
    size_t n;
    assert_int_equal(sedge_latency_pack(&l, out, sizeof out, &n, NULL), SEDGE_OK);
    assert_true(n <= sizeof out);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(buckets_are_log_spaced), cmocka_unit_test(quantiles),
                                        cmocka_unit_test(packs), cmocka_unit_test(fullest_histogram_fits) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
