/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/jobs/samples_csv.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"

static void shapes(void **state) {
    (void)state;
    static const struct {
        const char *yaml, *time;
        char separator;
    } rows[] = {
        { "version: 1\nseparator: \";\"\ncolumns:\n  - {name: datetime, role: time}\n  - {name: P, role: channel}\n",
          "datetime", ';' },
        { "version: 1\nseparator: \",\"\ncolumns:\n  - {name: P, role: channel}\n", "", ',' },
        { "version: 1\nseparator: auto\ncolumns: []\n", "", ';' },
        { "version: 1\n", "", ';' },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        csv_shape shape;
        assert_int_equal(csv_shape_read(sedge_bytes_text(rows[i].yaml), &shape, NULL), SEDGE_OK);
        assert_string_equal(shape.time, rows[i].time);
        assert_int_equal(shape.separator, rows[i].separator);
    }
    csv_shape shape;
    assert_int_not_equal(csv_shape_read(sedge_bytes_text("a: [\n"), &shape, NULL), SEDGE_OK);
}

static void rows_become_lines(void **state) {
    (void)state;
    char channels[2][SEDGE_NAME_MAX] = { "Pressure", "a;b" };
    int64_t times_ms[] = { 0, 1500 };
    float values[] = { 1.5F, NAN, -0.1F, 3e7F };
    sedge_samples s = { .channels = channels, .n_channels = 2, .n_rows = 2, .times_ms = times_ms, .values = values };
    csv_shape with_time = { ';', "datetime" }, without = { ',', "" };
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 12);
    assert_int_equal(samples_csv(&s, &with_time, &out, NULL), SEDGE_OK);
    assert_string_equal(sedge_buf_cstr(&out), "datetime;Pressure;\"a;b\"\n"
                                              "1970-01-01T00:00:00.000Z;1.5;\n"
                                              "1970-01-01T00:00:01.500Z;-0.100000001;30000000\n");
    sedge_buf_clear(&out);
    assert_int_equal(samples_csv(&s, &without, &out, NULL), SEDGE_OK);
    assert_string_equal(sedge_buf_cstr(&out), "Pressure,a;b\n1.5,\n-0.100000001,30000000\n");
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(shapes), cmocka_unit_test(rows_become_lines) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
