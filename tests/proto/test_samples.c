/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/samples.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"

#include "sample_messages.h"

static void there_and_back(void **state) {
    (void)state;
    sedge_samples s = sample_samples(), back;
    s.values[1] = NAN;
    sedge_error err = SEDGE_ERROR_INIT;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    if (sedge_samples_encode(&s, &b, &err) || sedge_samples_decode(sedge_buf_bytes(&b), &back, &err))
        fail_msg("%s", err.text);
    s.values[1] = 32.0F;
    assert_string_equal(back.channels[1], "Volume Flow RateRMS");
    assert_int_equal(back.n_rows, 3);
    assert_memory_equal(back.times_ms, sample_times, sizeof sample_times);
    assert_true(isnan(back.values[1]));
    assert_true(back.values[2] == -0.25F && back.values[5] == 31.5F);
    sedge_samples_done(&back);
}

/* What a slowly moving sensor costs on the wire; also the largest number of rows. */
static void packs_well(void **state) {
    (void)state;
    enum { ROWS = SEDGE_SAMPLES_ROWS_MAX };
    SEDGE_AUTO_MEM float *values = malloc(2 * ROWS * sizeof *values);
    SEDGE_AUTO_MEM int64_t *times = malloc(ROWS * sizeof *times);
    for (int i = 0; i < ROWS; i++) {
        times[i] = 1795400000000 + 1000LL * i;
        values[2 * i] = 20.0F + (float)(i % 64) / 64;
        values[2 * i + 1] = (float)(i / 100);
    }
    sedge_samples s = sample_samples(), back;
    s.times_ms = times;
    s.values = values;
    s.n_rows = ROWS;
    SEDGE_AUTO_BUF b = sedge_buf_init(SEDGE_SAMPLES_BYTES_MAX);
    assert_int_equal(sedge_samples_encode(&s, &b, NULL), SEDGE_OK);
    assert_true(b.n < ROWS * 2 * sizeof *values / 20);
    assert_int_equal(sedge_samples_decode(sedge_buf_bytes(&b), &back, NULL), SEDGE_OK);
    assert_memory_equal(back.values, values, 2 * ROWS * sizeof *values);
    sedge_samples_done(&back);
    s.n_rows++;
    assert_int_equal(sedge_samples_encode(&s, &b, NULL), SEDGE_ELIMIT);
}

static void cut_and_changed(void **state) {
    (void)state;
    sedge_samples s = sample_samples(), back;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    assert_int_equal(sedge_samples_encode(&s, &b, NULL), SEDGE_OK);
    for (size_t n = 0; n < b.n; n++) {
        SEDGE_AUTO_MEM uint8_t *exact = malloc(n + 1);
        memcpy(exact, b.data, n);
        assert_int_not_equal(sedge_samples_decode(sedge_bytes_of(exact, n), &back, NULL), SEDGE_OK);
    }
    for (size_t i = 0; i < b.n; i++)
        for (int bit = 0; bit < 8; bit++) {
            b.data[i] ^= (uint8_t)(1 << bit);
            if (sedge_samples_decode(sedge_buf_bytes(&b), &back, NULL) == SEDGE_OK)
                sedge_samples_done(&back);
            b.data[i] ^= (uint8_t)(1 << bit);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(packs_well),
                                        cmocka_unit_test(cut_and_changed) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
