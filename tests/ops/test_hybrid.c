/* SPDX-License-Identifier: Apache-2.0 */
/* float32 with weights of int8. Rows from -128 to 127 are quantised in steps of 1, so that results are known by hand.
 */
#include "../include/op_run.h"

#include <math.h>

#define F(...)  VALUES(float, __VA_ARGS__)
#define S8(...) VALUES(int8_t, __VA_ARGS__)
#define WEIGHTS .constant = true, .scale = .5f

static const op_run rows[] = {
    { "a row of steps of 1",
      { .kind = SEDGE_OP_FULLY_CONNECTED },
      .in = { { SEDGE_FLOAT32, DIMS(1, 3), F(-128, 127, 3) },
              { SEDGE_INT8, DIMS(2, 3), S8(1, 2, 3, -1, 0, 127), WEIGHTS },
              { SEDGE_FLOAT32, DIMS(2), F(.25f, -1), .constant = true } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 2), F(67.75f, 253.5f) } } },
    { "rows are quantised by themselves, a row of zeros too",
      { .kind = SEDGE_OP_FULLY_CONNECTED, .activation = SEDGE_ACTIVATION_RELU6 },
      .in = { { SEDGE_FLOAT32, DIMS(3, 2), F(-128, 127, 0, 0, 0, 510) },
              { SEDGE_INT8, DIMS(1, 2), S8(-1, -1), WEIGHTS } },
      .out = { { SEDGE_FLOAT32, DIMS(3, 1), F(.5f, 0, 0) } } },
    { "a positive row has its zero at -128",
      { .kind = SEDGE_OP_FULLY_CONNECTED },
      .in = { { SEDGE_FLOAT32, DIMS(1, 2), F(1, 255) }, { SEDGE_INT8, DIMS(1, 2), S8(127, 1), WEIGHTS } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1), F(191) } } },
    { "what is no number becomes the lowest",
      { .kind = SEDGE_OP_FULLY_CONNECTED },
      .in = { { SEDGE_FLOAT32, DIMS(1, 3), F(-128, 127, NAN) }, { SEDGE_INT8, DIMS(1, 3), S8(0, 0, 1), WEIGHTS } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1), F(-64) } } },
    { "a window of one point quantises each pixel",
      { .kind = SEDGE_OP_CONV, .u.window = { .stride = { 1, 1 }, .dilation = { 1, 1 } } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 2, 2), F(-128, 127, 0, 510) },
              { SEDGE_INT8, DIMS(2, 1, 1, 2), S8(1, 2, 0, 1), WEIGHTS } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 2, 2), F(63, 63.5f, 510, 255) } } },
    { "a larger window quantises the picture, and its padding is 0",
      { .kind = SEDGE_OP_CONV,
        .u.window = { .padding = SEDGE_PADDING_SAME, .stride = { 1, 1 }, .dilation = { 1, 1 } } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 3, 1), F(-128, 127, .4f) },
              { SEDGE_INT8, DIMS(1, 1, 3, 1), S8(1, 10, 100), WEIGHTS } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 3, 1), F(5710, 571, 63.5f) } } },
    { "weights with a zero point",
      { .kind = SEDGE_OP_FULLY_CONNECTED },
      .in = { { SEDGE_FLOAT32, DIMS(1, 2), F(1, 2) }, { SEDGE_INT8, DIMS(1, 2), S8(1, 1), WEIGHTS, .zero = 1 } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1), F(0) } },
      .refused = "have zero point 1" },
    { "depthwise",
      { .kind = SEDGE_OP_DEPTHWISE_CONV, .u.window = { .stride = { 1, 1 }, .dilation = { 1, 1 } } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 1, 2), F(1, 2) }, { SEDGE_INT8, DIMS(1, 1, 1, 2), S8(1, 1), WEIGHTS } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 1, 2), F(0, 0) } },
      .refused = "not supported together" },
};

static void test_rows(void **state) {
    (void)state;
    op_run_all(rows, SEDGE_COUNT(rows), SEDGE_CPU_ALL);
    op_run_all(rows, SEDGE_COUNT(rows), SEDGE_CPU_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
