/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/rollout/rank.h"

#include <stdio.h>

#include "../include/sedge_test.h"

static void ranks_are_the_specs(void **state) {
    (void)state;
    /* printf %s pump-1 | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef */
    static const struct {
        const char *rollout, *device;
        uint64_t rank;
    } rows[] = {
        { "0123456789abcdef0123456789abcdef", "pump-1", 0x92e65cd21419b54a },
        { "0123456789abcdef0123456789abcdef", "pump-2", 0x6ffc805227a6f110 },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        uint64_t rank = 0;
        assert_int_equal(rollout_rank(rows[i].rollout, rows[i].device, &rank, NULL), SEDGE_OK);
        assert_true(rank == rows[i].rank);
    }
}

static void shares(void **state) {
    (void)state;
    static const struct {
        double share;
        size_t n, want;
    } rows[] = {
        { 5, 20, 1 }, { 5, 21, 2 }, { 50, 20, 10 },    { 50, 3, 2 },   { 100, 20, 20 }, { 0, 20, 1 },
        { 1, 1, 1 },  { 5, 0, 0 },  { 10, 1000, 100 }, { 33.3, 9, 3 }, { 99.9, 3, 3 },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        assert_int_equal(rollout_share_count(rows[i].share, rows[i].n), rows[i].want);
}

/** A threshold lets in exactly as many as the share says, and a later phase keeps them. */
static void thresholds_let_in_the_share(void **state) {
    (void)state;
    enum { N = 200 };
    uint64_t ranks[N], sorted[N];
    for (int i = 0; i < N; i++) {
        char device[16];
        snprintf(device, sizeof device, "d%d", i);
        assert_int_equal(rollout_rank("r", device, &ranks[i], NULL), SEDGE_OK);
    }
    uint64_t last = 0;
    for (double share = 1; share <= 100; share += 1) {
        size_t in = 0;
        for (int i = 0; i < N; i++)
            sorted[i] = ranks[i];
        uint64_t threshold = rollout_threshold(sorted, N, share);
        for (int i = 0; i < N; i++)
            in += ranks[i] <= threshold;
        assert_int_equal(in, rollout_share_count(share, N));
        assert_true(threshold >= last);
        last = threshold;
    }
    assert_true(last == UINT64_MAX);
}

static void texts(void **state) {
    (void)state;
    char text[ROLLOUT_RANK_TEXT_MAX];
    uint64_t rank = 1;
    rollout_rank_text(0x0123456789abcdef, text);
    assert_string_equal(text, "0123456789abcdef");
    assert_true(rollout_rank_parse(text, &rank) && rank == 0x0123456789abcdef);
    assert_false(rollout_rank_parse("", &rank));
    assert_false(rollout_rank_parse("0123456789abcde", &rank));
    assert_false(rollout_rank_parse("0123456789abcdeg", &rank));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_the_specs),
        cmocka_unit_test(shares),
        cmocka_unit_test(thresholds_let_in_the_share),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
