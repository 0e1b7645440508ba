/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions and pools on numbers that can be followed by hand, and what they refuse. */
#include "../include/op_run.h"

#define WINDOW(...) .u.window = { .stride = { 1, 1, 1 }, .dilation = { 1, 1, 1 }, __VA_ARGS__ }

static const op_run rows[] = {
    { "an average rounds ties away from zero",
      { .kind = SEDGE_OP_AVERAGE_POOL, WINDOW(.kernel = { 1, 2 }, .padding = SEDGE_PADDING_VALID) },
      .in = { { SEDGE_INT8, DIMS(1, 1, 3, 1), VALUES(int8_t, -3, -4, 9), .scale = 1 } },
      .out = { { SEDGE_INT8, DIMS(1, 1, 2, 1), VALUES(int8_t, -4, 3), .scale = 1 } } },
    { "padding is not counted",
      { .kind = SEDGE_OP_AVERAGE_POOL, WINDOW(.kernel = { 3 }, .channels_first = true) },
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 3), VALUES(float, 3, 6, 9) } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 3), VALUES(float, 4.5f, 6, 7.5f) } } },
    { "padding is counted where asked for, but not beyond it",
      { .kind = SEDGE_OP_AVERAGE_POOL,
        .u.window = { .kernel = { 3 },
                      .stride = { 2 },
                      .dilation = { 1 },
                      .pad_before = { 1 },
                      .pad_after = { 1 },
                      .padding = SEDGE_PADDING_EXPLICIT,
                      .channels_first = true,
                      .ceil = true,
                      .count_include_pad = true } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 4), VALUES(float, 3, 6, 9, 12) } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 3), VALUES(float, 3, 9, 6) } } },
    { "a dilated maximum",
      { .kind = SEDGE_OP_MAX_POOL,
        .u.window = { .kernel = { 2 },
                      .stride = { 1 },
                      .dilation = { 2 },
                      .padding = SEDGE_PADDING_VALID,
                      .channels_first = true } },
      .in = { { SEDGE_UINT8, DIMS(1, 2, 3), VALUES(uint8_t, 1, 9, 2, 7, 1, 3) } },
      .out = { { SEDGE_UINT8, DIMS(1, 2, 1), VALUES(uint8_t, 2, 7) } } },
    { "a whole input has one norm",
      { .kind = SEDGE_OP_LP_POOL, WINDOW(.padding = SEDGE_PADDING_VALID, .channels_first = true, .power = 2) },
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 2), VALUES(float, 3, -4) } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 1), VALUES(float, 5) } } },
    { "groups with the channels first",
      { .kind = SEDGE_OP_CONV, WINDOW(.padding = SEDGE_PADDING_VALID, .groups = 2, .channels_first = true) },
      .in = { { SEDGE_FLOAT32, DIMS(1, 2, 3), VALUES(float, 1, 2, 3, 4, 5, 6) },
              { SEDGE_FLOAT32, DIMS(2, 1, 2), VALUES(float, 1, 10, 100, 1), .constant = true },
              { SEDGE_FLOAT32, DIMS(2), VALUES(float, .5f, 0), .constant = true } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 2, 2), VALUES(float, 21.5f, 32.5f, 405, 506) } } },
    { "groups with the channels last",
      { .kind = SEDGE_OP_CONV, WINDOW(.padding = SEDGE_PADDING_VALID) },
      .in = { { SEDGE_FLOAT32, DIMS(1, 3, 2), VALUES(float, 1, 4, 2, 5, 3, 6) },
              { SEDGE_FLOAT32, DIMS(2, 2, 1), VALUES(float, 1, 10, 100, 1), .constant = true } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 2, 2), VALUES(float, 21, 405, 32, 506) } } },
    { "a multiplier repeats channels",
      { .kind = SEDGE_OP_DEPTHWISE_CONV, WINDOW(.padding = SEDGE_PADDING_VALID) },
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 2, 2), VALUES(float, 1, 2, 3, 4) },
              { SEDGE_FLOAT32, DIMS(1, 1, 1, 4), VALUES(float, 1, 10, 1, 10), .constant = true } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 2, 4), VALUES(float, 1, 10, 2, 20, 3, 30, 4, 40) } } },
    { "uint8 with zero points of all three",
      { .kind = SEDGE_OP_CONV, WINDOW() },
      .in = { { SEDGE_UINT8, DIMS(1, 1, 3, 1), VALUES(uint8_t, 11, 12, 13), .scale = 1, .zero = 10 },
              { SEDGE_UINT8, DIMS(1, 1, 3, 1), VALUES(uint8_t, 101, 102, 103), .constant = true, .scale = 1,
                .zero = 100 },
              { SEDGE_INT32, DIMS(1), VALUES(int32_t, 5), .constant = true } },
      .out = { { SEDGE_UINT8, DIMS(1, 1, 3, 1), VALUES(uint8_t, 23, 29, 23), .scale = 1, .zero = 10 } } },
    { "a transposed convolution spreads",
      { .kind = SEDGE_OP_CONV_TRANSPOSE,
        .u.window = { .stride = { 2 },
                      .dilation = { 1 },
                      .padding = SEDGE_PADDING_EXPLICIT,
                      .groups = 1,
                      .channels_first = true } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 2), VALUES(float, 1, 10) },
              { SEDGE_FLOAT32, DIMS(1, 1, 3), VALUES(float, 1, 2, 3), .constant = true } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 5), VALUES(float, 1, 2, 13, 20, 30) } } },
    { "a stride of 0",
      { .kind = SEDGE_OP_MAX_POOL, .u.window = { .kernel = { 2, 2 }, .dilation = { 1, 1 } } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 2, 2, 1), VALUES(float, 1, 2, 3, 4) } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 1, 1), VALUES(float, 4) } },
      .refused = "each must be at least 1" },
    { "weights of too many channels",
      { .kind = SEDGE_OP_CONV, WINDOW() },
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 2, 1), VALUES(float, 1, 2) },
              { SEDGE_FLOAT32, DIMS(1, 1, 1, 2), VALUES(float, 1, 2), .constant = true } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 2, 1), VALUES(float, 4, 4) } },
      .refused = "do not fit the 1 channels" },
};

static void test_windows(void **state) {
    (void)state;
    const uint32_t masks[] = { SEDGE_CPU_ALL, SEDGE_CPU_AVX2, SEDGE_CPU_SSE2, SEDGE_CPU_NEON, SEDGE_CPU_NONE };
    for (size_t i = 0; i < SEDGE_COUNT(masks); i++)
        op_run_all(rows, SEDGE_COUNT(rows), masks[i] & sedge_cpu_detect());
}

enum { FAR = INT32_MAX };

#define PICTURE()                                                                                                      \
    { SEDGE_FLOAT32, DIMS(1, 1, 3, 3), VALUES(float, 1, 2, 3, 4, 5, 6, 7, 8, 9) }
#define ONLY(...)                                                                                                      \
    { SEDGE_FLOAT32, DIMS(1, 1, 1, 1), VALUES(float, __VA_ARGS__) }
#define FAR_WINDOW(k, ...) .channels_first = true, .kernel = { k, k }, .dilation = { 1, 1 }, __VA_ARGS__
#define WEIGHTS(k, ...)                                                                                                \
    { SEDGE_FLOAT32, DIMS(1, 1, k, k), VALUES(float, __VA_ARGS__), .constant = true }

/* a stride that is never taken may be of any size */
static const op_run far_strides[] = {
    { "conv 2 x 2",
      { .kind = SEDGE_OP_CONV, .u.window = { FAR_WINDOW(2, .stride = { FAR, FAR }, .padding = SEDGE_PADDING_VALID) } },
      .in = { PICTURE(), WEIGHTS(2, 1, 1, 1, 1) },
      .out = { ONLY(12) } },
    { "conv 1 x 1",
      { .kind = SEDGE_OP_CONV, .u.window = { FAR_WINDOW(1, .stride = { FAR, 3 }, .padding = SEDGE_PADDING_VALID) } },
      .in = { PICTURE(), WEIGHTS(1, 2) },
      .out = { ONLY(2) } },
    { "conv that ends with the same size",
      { .kind = SEDGE_OP_CONV, .u.window = { FAR_WINDOW(2, .stride = { FAR, FAR }, .padding = SEDGE_PADDING_SAME) } },
      .in = { PICTURE(), WEIGHTS(2, 1, 1, 1, 1) },
      .out = { ONLY(12) } },
    { "depthwise",
      { .kind = SEDGE_OP_DEPTHWISE_CONV,
        .u.window = { .stride = { FAR, FAR }, .dilation = { 1, 1 }, .padding = SEDGE_PADDING_VALID } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 3, 3, 1), VALUES(float, 1, 2, 3, 4, 5, 6, 7, 8, 9) },
              { SEDGE_FLOAT32, DIMS(1, 2, 2, 1), VALUES(float, 1, 1, 1, 1), .constant = true } },
      .out = { ONLY(12) } },
    { "max_pool",
      { .kind = SEDGE_OP_MAX_POOL,
        .u.window = { FAR_WINDOW(2, .stride = { FAR, FAR }, .padding = SEDGE_PADDING_VALID) } },
      .in = { PICTURE() },
      .out = { ONLY(5) } },
    { "average_pool",
      { .kind = SEDGE_OP_AVERAGE_POOL,
        .u.window = { FAR_WINDOW(2, .stride = { FAR, FAR }, .padding = SEDGE_PADDING_VALID) } },
      .in = { PICTURE() },
      .out = { ONLY(3) } },
};

static void test_far_strides(void **state) {
    (void)state;
    op_run_all(far_strides, SEDGE_COUNT(far_strides), SEDGE_CPU_ALL);
    op_run_all(far_strides, SEDGE_COUNT(far_strides), SEDGE_CPU_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_windows), cmocka_unit_test(test_far_strides) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
