/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that move elements: rows made by hand. */
#include "../include/op_run.h"

static const op_run reshape_rows[] = {
    { "what is left",
      { .kind = SEDGE_OP_RESHAPE, .u.reshape = { 2, { 3, -1 } } },
      .in = { { SEDGE_INT16, DIMS(2, 3), VALUES(int16_t, 1, 2, 3, 4, 5, 6) } },
      .out = { { SEDGE_INT16, DIMS(3, 2), VALUES(int16_t, 1, 2, 3, 4, 5, 6) } } },
    { "does not divide",
      { .kind = SEDGE_OP_RESHAPE, .u.reshape = { 2, { 4, -1 } } },
      .in = { { SEDGE_INT16, DIMS(2, 3), VALUES(int16_t, 1, 2, 3, 4, 5, 6) } },
      .out = { { SEDGE_INT16, DIMS(4, 1), VALUES(int16_t, 1, 2, 3, 4) } },
      .refused = "does not fit" },
};

static void test_reshape(void **state) {
    (void)state;
    op_run_all(reshape_rows, SEDGE_COUNT(reshape_rows), SEDGE_CPU_ALL);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_reshape) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
