/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that move elements and make shapes, against what numpy makes of the same (tests/vectors/moves.inc). */
#include "../include/op_run.h"

static const op_run rows[] = {
#include "../vectors/moves.inc"
};

#define X23                                                                                                            \
    { SEDGE_INT16, DIMS(2, 3), VALUES(int16_t, 1, 2, 3, 4, 5, 6) }
#define INTS(...)                                                                                                      \
    { SEDGE_INT32, DIMS(sizeof((const int32_t[]){ __VA_ARGS__ }) / 4), VALUES(int32_t, __VA_ARGS__), .constant = true }
#define ANY                                                                                                            \
    { SEDGE_INT16, DIMS(1), VALUES(int16_t, 0) }

/* what must be refused when the model is opened */
static const op_run bad_rows[] = {
    { "does not divide",
      { .kind = SEDGE_OP_RESHAPE, .u.reshape = { 2, { 4, -1 } } },
      .in = { X23 },
      .out = { ANY },
      .refused = "does not fit" },
    { "twice",
      { .kind = SEDGE_OP_TRANSPOSE },
      .in = { X23, INTS(1, 1) },
      .out = { ANY },
      .refused = "dimension 1 twice" },
    { "far", { .kind = SEDGE_OP_TRANSPOSE }, .in = { X23, INTS(0, 2) }, .out = { ANY }, .refused = "axis 2" },
    { "short", { .kind = SEDGE_OP_TRANSPOSE }, .in = { X23, INTS(0) }, .out = { ANY }, .refused = "for rank 2" },
    { "not constant",
      { .kind = SEDGE_OP_TRANSPOSE },
      .in = { X23, { SEDGE_INT32, DIMS(2), VALUES(int32_t, 1, 0) } },
      .out = { ANY },
      .refused = "not constant" },
    { "axis",
      { .kind = SEDGE_OP_CONCATENATION, .u.axis = 2 },
      .in = { X23, X23 },
      .out = { ANY },
      .refused = "axis 2" },
    { "other dimension",
      { .kind = SEDGE_OP_CONCATENATION, .u.axis = 1 },
      .in = { X23, { SEDGE_INT16, DIMS(1, 3), VALUES(int16_t, 1, 2, 3) } },
      .out = { ANY },
      .refused = "do not fit" },
    { "too large", { .kind = SEDGE_OP_SPLIT_V }, .in = { X23, INTS(3), INTS(0) }, .out = { ANY }, .refused = "size 3" },
    { "what is left over",
      { .kind = SEDGE_OP_SPLIT_V },
      .in = { X23, INTS(1), INTS(0) },
      .out = { ANY },
      .refused = "leave 1" },
    { "unequal", { .kind = SEDGE_OP_SPLIT }, .in = { INTS(1), X23 }, .out = { ANY, ANY }, .refused = "2 equal parts" },
    { "slices", { .kind = SEDGE_OP_UNPACK }, .in = { X23 }, .out = { ANY }, .refused = "1 outputs of 2" },
    { "begin",
      { .kind = SEDGE_OP_SLICE },
      .in = { X23, INTS(0, 2), INTS(1, 2) },
      .out = { ANY },
      .refused = "begin 2" },
    { "step 0",
      { .kind = SEDGE_OP_SLICE_AXES },
      .in = { X23, INTS(0), INTS(1), INTS(0), INTS(0) },
      .out = { ANY },
      .refused = "step" },
    { "index",
      { .kind = SEDGE_OP_STRIDED_SLICE, .u.strided_slice.shrink_axis_mask = 1 },
      .in = { X23, INTS(2), INTS(3), INTS(1) },
      .out = { ANY },
      .refused = "index 2" },
    { "pads", { .kind = SEDGE_OP_PAD }, .in = { X23, INTS(1, 1) }, .out = { ANY }, .refused = "2 pads" },
    { "cut off",
      { .kind = SEDGE_OP_PAD },
      .in = { X23, INTS(-2, 0, -1, 0) },
      .out = { ANY },
      .refused = "borders -2 and -1" },
    { "nothing to repeat",
      { .kind = SEDGE_OP_PAD, .u.pad.mode = SEDGE_PAD_EDGE },
      .in = { X23, INTS(-2, 0, 3, 0) },
      .out = { ANY },
      .refused = "borders -2 and 3" },
};

static void test_rows(void **state) {
    (void)state;
    op_run_all(rows, SEDGE_COUNT(rows), SEDGE_CPU_ALL);
}

static void test_bad_rows(void **state) {
    (void)state;
    op_run_all(bad_rows, SEDGE_COUNT(bad_rows), SEDGE_CPU_ALL);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_bad_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
