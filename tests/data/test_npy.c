/* SPDX-License-Identifier: Apache-2.0 */
#include "data/npy.h"

#include <stdio.h>
#include <string.h>

#include "../include/sedge_test.h"

/** A version 1.0 file with this header and n bytes 1, 2, 3, ... behind it; the caller's to free(). */
static uint8_t *make_file(const char *header, size_t n, size_t *ret_n) {
    size_t length = strlen(header);
    uint8_t *file = malloc(10 + length + n);
    assert_non_null(file);
    memcpy(file, "\x93NUMPY\x01\x00", 8);
    file[8] = (uint8_t)length;
    file[9] = (uint8_t)(length >> 8);
    memcpy(file + 10, header, length);
    for (size_t i = 0; i < n; i++)
        file[10 + length + i] = (uint8_t)(i + 1);
    *ret_n = 10 + length + n;
    return file;
}

typedef struct good_row {
    const char *header;
    size_t bytes;
    sedge_dtype dtype;
    uint32_t rank;
    uint64_t dims[3];
} good_row;

static const good_row good_rows[] = {
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }       \n", 24, SEDGE_FLOAT32, 2, { 2, 3 } },
    { "{'descr': '|i1', 'fortran_order': False, 'shape': (5,), }\n", 5, SEDGE_INT8, 1, { 5 } },
    { "{\"shape\":(2,2,1),\"fortran_order\":False,\"descr\":\"<i8\"}", 32, SEDGE_INT64, 3, { 2, 2, 1 } },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", 8, SEDGE_FLOAT64, 0, { 0 } },
    { "{'descr': '<i4', 'fortran_order': False, 'shape': (0, 7), }\n", 0, SEDGE_INT32, 2, { 0, 7 } },
};

static void good_files(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(good_rows); i++) {
        const good_row *row = &good_rows[i];
        size_t n;
        SEDGE_AUTO_MEM uint8_t *file = make_file(row->header, row->bytes, &n);
        sedge_npy npy;
        sedge_error err = SEDGE_ERROR_INIT;
        if (sedge_npy_open(sedge_bytes_of(file, n), "x.npy", &npy, &err))
            fail_msg("%s: %s", row->header, err.text);
        assert_int_equal(npy.dtype, row->dtype);
        assert_int_equal(npy.rank, row->rank);
        for (uint32_t d = 0; d < row->rank; d++)
            assert_int_equal(npy.dims[d], row->dims[d]);
        assert_int_equal(npy.data.n, row->bytes);
    }
}

/** Cut anywhere a file is truncated; a byte too many or a flipped one is never read out of bounds. */
static void cut_and_flipped(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(good_rows); i++) {
        size_t n;
        SEDGE_AUTO_MEM uint8_t *file = make_file(good_rows[i].header, good_rows[i].bytes, &n);
        sedge_npy npy;
        for (size_t cut = 0; cut < n; cut++) {
            SEDGE_AUTO_MEM uint8_t *copy = malloc(cut ? cut : 1);
            memcpy(copy, file, cut);
            assert_int_equal(sedge_npy_open(sedge_bytes_of(copy, cut), "x.npy", &npy, NULL), SEDGE_ETRUNCATED);
        }
        for (size_t at = 0; at < n; at++)
            for (int bit = 0; bit < 8; bit++) {
                file[at] ^= (uint8_t)(1 << bit);
                sedge_status st = sedge_npy_open(sedge_bytes_of(file, n), "x.npy", &npy, NULL);
                assert_true(st || npy.data.n <= n);
                file[at] ^= (uint8_t)(1 << bit);
            }
    }
}

typedef struct bad_row {
    const char *header;
    size_t bytes;
    sedge_status status;
    const char *words;
} bad_row;

static const bad_row bad_rows[] = {
    { "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", 24, SEDGE_EUNSUPPORTED, "Fortran order" },
    { "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }\n", 8, SEDGE_EUNSUPPORTED, "type '>f4'" },
    { "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }\n", 8, SEDGE_EUNSUPPORTED, "type '|O'" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", 9, SEDGE_EINVALID, "1 bytes too many" },
    { "{'descr': '<f4', 'fortran_order': False}\n", 0, SEDGE_EINVALID, "descr, fortran_order and shape" },
    { "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}\n", 4, SEDGE_EINVALID, "known key" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}\n", 4, SEDGE_EINVALID, "known key" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2), }\n", 8, SEDGE_EINVALID, ", or )" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999,), }\n", 0, SEDGE_ELIMIT, "dimension" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }\n", 4, SEDGE_ELIMIT, "8 dimensions" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967295,4294967295,4294967295), }\n", 0, SEDGE_ELIMIT,
      "larger than memory" },
    { "[1, 2]", 0, SEDGE_EINVALID, "no { where" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", 4, SEDGE_EINVALID, "no end" },
};

static void bad_files(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(bad_rows); i++) {
        size_t n;
        SEDGE_AUTO_MEM uint8_t *file = make_file(bad_rows[i].header, bad_rows[i].bytes, &n);
        sedge_npy npy;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_npy_open(sedge_bytes_of(file, n), "x.npy", &npy, &err), bad_rows[i].status);
        if (!strstr(err.text, bad_rows[i].words) || !strstr(err.text, "x.npy"))
            fail_msg("'%s' does not say '%s'", err.text, bad_rows[i].words);
    }
    sedge_npy npy;
    assert_int_equal(sedge_npy_open(sedge_bytes_text("PK\x03\x04 something"), "x", &npy, NULL), SEDGE_EINVALID);
    assert_int_equal(sedge_npy_open(sedge_bytes_of("\x93NUMPY\x09\x00\x00\x00", 10), "x", &npy, NULL),
                     SEDGE_EUNSUPPORTED);
}

/** As NumPy 2.4 writes np.arange(6, dtype='<f4').reshape(2, 3): header padded so that the data is at 128. */
static void writes_as_numpy(void **state) {
    (void)state;
    const float x[] = { 0, 1, 2, 3, 4, 5 };
    SEDGE_AUTO_BUF out = sedge_buf_init(1000);
    assert_int_equal(sedge_npy_write(SEDGE_FLOAT32, 2, (uint64_t[]){ 2, 3 }, x, &out, NULL), SEDGE_OK);
    assert_int_equal(out.n, 128 + sizeof x);
    const char head[] = "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  ";
    assert_memory_equal(out.data, head, sizeof head - 1);
    assert_int_equal(out.data[127], '\n');
    assert_memory_equal(out.data + 128, x, sizeof x);
    SEDGE_AUTO_BUF small = sedge_buf_init(100);
    assert_int_equal(sedge_npy_write(SEDGE_FLOAT32, 2, (uint64_t[]){ 2, 3 }, x, &small, NULL), SEDGE_ELIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(good_files), cmocka_unit_test(cut_and_flipped),
                                        cmocka_unit_test(bad_files), cmocka_unit_test(writes_as_numpy) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
