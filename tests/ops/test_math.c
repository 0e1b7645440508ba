/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic, functions, reductions, products and quantisation, by hand: numbers whose results are exact. */
#include <math.h>

#include "../include/op_run.h"

#define INTS(...)                                                                                                      \
    { SEDGE_INT32, DIMS(sizeof((const int32_t[]){ __VA_ARGS__ }) / 4), VALUES(int32_t, __VA_ARGS__), .constant = true }
#define I32(...)                                                                                                       \
    { SEDGE_INT32, DIMS(sizeof((const int32_t[]){ __VA_ARGS__ }) / 4), VALUES(int32_t, __VA_ARGS__) }
#define F32(...)                                                                                                       \
    { SEDGE_FLOAT32, DIMS(sizeof((const float[]){ __VA_ARGS__ }) / 4), VALUES(float, __VA_ARGS__) }
#define S8(s, ...)                                                                                                     \
    { SEDGE_INT8, DIMS(sizeof((const int8_t[]){ __VA_ARGS__ })), VALUES(int8_t, __VA_ARGS__), .scale = (s) }
#define U8(s, z, ...)                                                                                                  \
    {                                                                                                                  \
        SEDGE_UINT8, DIMS(sizeof((const uint8_t[]){ __VA_ARGS__ })), VALUES(uint8_t, __VA_ARGS__), .scale = (s),       \
                                                                                                   .zero = (z)         \
    }
#define S16(s, ...)                                                                                                    \
    { SEDGE_INT16, DIMS(sizeof((const int16_t[]){ __VA_ARGS__ }) / 2), VALUES(int16_t, __VA_ARGS__), .scale = (s) }

static const op_run plain_rows[] = {
    { "floor_div", { .kind = SEDGE_OP_FLOOR_DIV }, .in = { I32(-7, 7, 5), I32(2, 2, 0) }, .out = { I32(-4, 3, 0) } },
    { "floor_mod", { .kind = SEDGE_OP_FLOOR_MOD }, .in = { I32(-7, 7), I32(2, -2) }, .out = { I32(1, -1) } },
    { "fmod", { .kind = SEDGE_OP_FMOD }, .in = { F32(-7, 5.5f), F32(2, 2) }, .out = { F32(-1, 1.5f) } },
    { "div", { .kind = SEDGE_OP_DIV }, .in = { I32(-7, INT32_MIN), I32(2, -1) }, .out = { I32(-3, INT32_MIN) } },
    { "float floor_div", { .kind = SEDGE_OP_FLOOR_DIV }, .in = { F32(1, -1), F32(0.1f, 3) }, .out = { F32(10, -1) } },
    { "pow", { .kind = SEDGE_OP_POW }, .in = { F32(2, 3), I32(3, -1) }, .out = { F32(8, 1 / 3.0f) } },
    { "relu6 after add",
      { .kind = SEDGE_OP_ADD, .activation = SEDGE_ACTIVATION_RELU6 },
      .in = { F32(1, 9, -9), F32(1, 1, 1) },
      .out = { F32(2, 6, 0) } },
    { "stretched",
      { .kind = SEDGE_OP_SUB },
      .in = { { SEDGE_FLOAT32, DIMS(2, 1, 2), VALUES(float, 1, 2, 3, 4) },
              { SEDGE_FLOAT32, DIMS(3, 1), VALUES(float, 10, 20, 30) } },
      .out = { { SEDGE_FLOAT32, DIMS(2, 3, 2),
                 VALUES(float, -9, -8, -19, -18, -29, -28, -7, -6, -17, -16, -27, -26) } } },
    { "uint64 above int64",
      { .kind = SEDGE_OP_MAXIMUM },
      .in = { { SEDGE_UINT64, DIMS(1), VALUES(uint64_t, UINT64_MAX) }, { SEDGE_UINT64, DIMS(1), VALUES(uint64_t, 1) } },
      .out = { { SEDGE_UINT64, DIMS(1), VALUES(uint64_t, UINT64_MAX) } } },
    { "less",
      { .kind = SEDGE_OP_LESS },
      .in = { F32(1, 2, 3), F32(2) },
      .out = { { SEDGE_BOOL, DIMS(3), VALUES(uint8_t, 1, 0, 0) } } },
    { "round", { .kind = SEDGE_OP_ROUND }, .in = { F32(0.5f, 1.5f, -2.5f) }, .out = { F32(0, 2, -2) } },
    { "clip from below",
      { .kind = SEDGE_OP_CLIP },
      .in = { I32(1, 5), { SEDGE_INT32, VALUES(int32_t, 3) } },
      .out = { I32(3, 5) } },
    { "softmax of columns",
      { .kind = SEDGE_OP_SOFTMAX, .u.softmax = { .beta = 1, .axis = 0 } },
      .in = { { SEDGE_FLOAT32, DIMS(2, 2), VALUES(float, 1, 2, 1, 2) } },
      .out = { { SEDGE_FLOAT32, DIMS(2, 2), VALUES(float, .5f, .5f, .5f, .5f) } } },
    { "cumsum",
      { .kind = SEDGE_OP_CUMSUM, .u.cumsum = { .exclusive = true, .reverse = true } },
      .in = { I32(1, 2, 3), INTS(0) },
      .out = { I32(5, 3, 0) } },
    { "sum of the middle",
      { .kind = SEDGE_OP_SUM },
      .in = { { SEDGE_INT32, DIMS(2, 2, 2), VALUES(int32_t, 1, 2, 3, 4, 5, 6, 7, 8) }, INTS(1) },
      .out = { { SEDGE_INT32, DIMS(2, 2), VALUES(int32_t, 4, 6, 12, 14) } } },
    { "largest of outer and inner",
      { .kind = SEDGE_OP_REDUCE_MAX, .u.reduce.keep_dims = true },
      .in = { { SEDGE_FLOAT32, DIMS(2, 2, 2), VALUES(float, 1, 2, 3, 4, 5, 6, 7, 8) }, INTS(0, -1) },
      .out = { { SEDGE_FLOAT32, DIMS(1, 2, 1), VALUES(float, 6, 8) } } },
    { "log of sums of large exponentials",
      { .kind = SEDGE_OP_REDUCE_LOG_SUM_EXP },
      .in = { F32(1000, 1000) },
      .out = { { SEDGE_FLOAT32, .data = (const float[]){ 1000.6931f }, .bytes = 4 } },
      .tolerance = 1e-6f },
    { "matrix times stretched batch",
      { .kind = SEDGE_OP_MATMUL },
      .in = { { SEDGE_INT32, DIMS(2, 1, 2), VALUES(int32_t, 1, 2, 3, 4) },
              { SEDGE_INT32, DIMS(2, 1), VALUES(int32_t, 10, 1) } },
      .out = { { SEDGE_INT32, DIMS(2, 1, 1), VALUES(int32_t, 12, 34) } } },
    { "group normalisation",
      { .kind = SEDGE_OP_GROUP_NORMALIZATION, .u.norm = { .groups = 2 } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 4, 1), VALUES(float, 1, 3, 10, 30) }, F32(2, 1), F32(0, 5) },
      .out = { { SEDGE_FLOAT32, DIMS(1, 4, 1), VALUES(float, -2, 2, 4, 6) } } },
    { "gemm",
      { .kind = SEDGE_OP_GEMM, .u.matmul = { .transpose_a = true, .alpha = 2, .beta = .5f } },
      .in = { { SEDGE_FLOAT32, DIMS(2, 1), VALUES(float, 1, 2) },
              { SEDGE_FLOAT32, DIMS(2, 2), VALUES(float, 1, 2, 3, 4), .constant = true },
              F32(10, 20) },
      .out = { { SEDGE_FLOAT32, DIMS(1, 2), VALUES(float, 19, 30) } } },
};

static const op_run quantized_rows[] = {
    { "add int16", { .kind = SEDGE_OP_ADD }, .in = { S16(.25f, 4, -4), S16(.25f, 8, 8) }, .out = { S16(.5f, 6, 2) } },
    { "sub int16", { .kind = SEDGE_OP_SUB }, .in = { S16(.25f, 4, -4), S16(.25f, 8, 8) }, .out = { S16(.5f, -2, -6) } },
    { "add uint8",
      { .kind = SEDGE_OP_ADD },
      .in = { U8(.5f, 128, 130, 0), U8(.5f, 128, 132, 0) },
      .out = { U8(1, 100, 103, 0) } },
    { "mul uint8",
      { .kind = SEDGE_OP_MUL },
      .in = { U8(.5f, 10, 14, 6), U8(.25f, 0, 8, 8) },
      .out = { U8(.5f, 100, 108, 92) } },
    { "mul int16", { .kind = SEDGE_OP_MUL }, .in = { S16(.5f, 4), S16(.25f, -8) }, .out = { S16(.5f, -8) } },
    { "div int8", { .kind = SEDGE_OP_DIV }, .in = { S8(.5f, 8, 8), S8(.5f, 4, -2) }, .out = { S8(.5f, 4, -8) } },
    { "less int8",
      { .kind = SEDGE_OP_LESS },
      .in = { S8(.5f, 4, 4), S8(.25f, 7, 9) },
      .out = { { SEDGE_BOOL, DIMS(2), VALUES(uint8_t, 0, 1) } } },
    { "squared difference",
      { .kind = SEDGE_OP_SQUARED_DIFFERENCE },
      .in = { S8(.5f, 8, 2), S8(.5f, 2, 8) },
      .out = { S8(.25f, 36, 36) } },
    { "prelu", { .kind = SEDGE_OP_PRELU }, .in = { S8(.5f, 8, -8), S8(.25f, 2, 2) }, .out = { S8(.5f, 8, -4) } },
    { "logistic uint8",
      { .kind = SEDGE_OP_LOGISTIC },
      .in = { U8(.1f, 128, 128, 255, 0) },
      .out = { U8(1 / 256.f, 0, 128, 255, 0) } },
    { "logistic int16", { .kind = SEDGE_OP_LOGISTIC }, .in = { S16(0x1p-12f, 0) }, .out = { S16(0x1p-15f, 16384) } },
    { "tanh int16", { .kind = SEDGE_OP_TANH }, .in = { S16(0x1p-12f, 0, 32767) }, .out = { S16(0x1p-15f, 0, 32767) } },
    { "mean int8",
      { .kind = SEDGE_OP_MEAN },
      .in = { { SEDGE_INT8, DIMS(4, 1), VALUES(int8_t, 2, 4, 6, 8), .scale = .5f }, INTS(0) },
      .out = { S8(.5f, 5) } },
    { "mean uint8",
      { .kind = SEDGE_OP_MEAN },
      .in = { { SEDGE_UINT8, DIMS(1, 4), VALUES(uint8_t, 102, 104, 106, 108), .scale = .5f, .zero = 100 }, INTS(1) },
      .out = { U8(1, 10, 13) } },
    { "to int16", { .kind = SEDGE_OP_QUANTIZE }, .in = { S8(.5f, 3, -4) }, .out = { S16(.25f, 6, -8) } },
    { "from float32",
      { .kind = SEDGE_OP_QUANTIZE },
      .in = { F32(0.25f, -0.25f, 0.75f, 1e30f, -1e30f, NAN, INFINITY) },
      .out = { S8(.5f, 1, -1, 2, 127, -128, 0, 127) } },
    { "from float32 to int16",
      { .kind = SEDGE_OP_QUANTIZE },
      .in = { F32(0.25f, -0.25f, 40000, -40000) },
      .out = { S16(.5f, 1, -1, 32767, -32768) } },
    { "from int32",
      { .kind = SEDGE_OP_DEQUANTIZE },
      .in = { { SEDGE_INT32, DIMS(2), VALUES(int32_t, 3, -4), .scale = .5f } },
      .out = { F32(1.5f, -2) } },
    { "matmul int8",
      { .kind = SEDGE_OP_MATMUL },
      .in = { { SEDGE_INT8, DIMS(1, 2), VALUES(int8_t, 2, 4), .scale = .5f },
              { SEDGE_INT8, DIMS(2, 1), VALUES(int8_t, 2, 2), .scale = .5f } },
      .out = { { SEDGE_INT8, DIMS(1, 1), VALUES(int8_t, 12), .scale = .25f } } },
    { "dense uint8",
      { .kind = SEDGE_OP_FULLY_CONNECTED },
      .in = { { SEDGE_UINT8, DIMS(1, 2), VALUES(uint8_t, 130, 126), .scale = .5f, .zero = 128 },
              { SEDGE_UINT8, DIMS(2, 2), VALUES(uint8_t, 132, 128, 128, 124), .scale = .5f, .zero = 128,
                .constant = true },
              INTS(4, 0) },
      .out = { { SEDGE_UINT8, DIMS(1, 2), VALUES(uint8_t, 112, 108), .scale = .25f, .zero = 100 } } },
    { "dense int16",
      { .kind = SEDGE_OP_FULLY_CONNECTED },
      .in = { { SEDGE_INT16, DIMS(1, 2), VALUES(int16_t, 8, 16), .scale = .125f },
              { SEDGE_INT8, DIMS(2, 2), VALUES(int8_t, 4, 4, 4, -4), .scale = .25f, .constant = true },
              { SEDGE_INT64, DIMS(2), VALUES(int64_t, 32, 0), .constant = true } },
      .out = { { SEDGE_INT16, DIMS(1, 2), VALUES(int16_t, 64, -16), .scale = .0625f } } },
    { "dense float32 with int8 weights",
      { .kind = SEDGE_OP_FULLY_CONNECTED },
      .in = { { SEDGE_FLOAT32, DIMS(1, 3), VALUES(float, 1, -1, .5f) },
              { SEDGE_INT8, DIMS(2, 3), VALUES(int8_t, 2, 2, 4, 2, -2, 0), .scale = .5f, .constant = true } },
      .out = { { SEDGE_FLOAT32, DIMS(1, 2), VALUES(float, 1, 2) } },
      .tolerance = .02f },
};

/* what must be refused when the model is opened */
static const op_run bad_rows[] = {
    { "types", { .kind = SEDGE_OP_ADD }, .in = { F32(1), I32(1) }, .out = { F32(0) }, .refused = "float32" },
    { "shapes",
      { .kind = SEDGE_OP_ADD },
      .in = { F32(1, 2), F32(1, 2, 3) },
      .out = { F32(0) },
      .refused = "do not fit" },
    { "no bits",
      { .kind = SEDGE_OP_BITWISE_AND },
      .in = { F32(1), F32(1) },
      .out = { F32(0) },
      .refused = "not supported" },
    { "different scales",
      { .kind = SEDGE_OP_MAXIMUM },
      .in = { S8(.5f, 1), S8(1, 1) },
      .out = { S8(1, 1) },
      .refused = "differ in scale" },
    { "axis", { .kind = SEDGE_OP_SUM }, .in = { F32(1, 2), INTS(1) }, .out = { F32(0) }, .refused = "axis 1" },
    { "bounds", { .kind = SEDGE_OP_CLIP }, .in = { F32(1), F32(1, 2) }, .out = { F32(0) }, .refused = "has 2 values" },
    { "columns",
      { .kind = SEDGE_OP_MATMUL },
      .in = { { SEDGE_FLOAT32, DIMS(1, 2), VALUES(float, 1, 2) }, { SEDGE_FLOAT32, DIMS(1, 2), VALUES(float, 1, 2) } },
      .out = { F32(0) },
      .refused = "has 2 columns" },
    { "scales by channel, offsets by group",
      { .kind = SEDGE_OP_GROUP_NORMALIZATION, .u.norm = { .epsilon = 1e-5f, .groups = 2 } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 4), VALUES(float, 1, 2, 3, 4) }, F32(1, 1, 1, 1), F32(0, 0) },
      .out = { { SEDGE_FLOAT32, DIMS(1, 4), VALUES(float, 0, 0, 0, 0) } },
      .refused = "has 2 values" },
    { "bias that overflows",
      { .kind = SEDGE_OP_FULLY_CONNECTED },
      .in = { { SEDGE_INT16, DIMS(1, 1), VALUES(int16_t, 8), .scale = .125f },
              { SEDGE_INT8, DIMS(1, 1), VALUES(int8_t, 4), .scale = .25f, .constant = true },
              { SEDGE_INT64, DIMS(1), VALUES(int64_t, INT64_MAX), .constant = true } },
      .out = { { SEDGE_INT16, DIMS(1, 1), VALUES(int16_t, 0), .scale = .0625f } },
      .refused = "the limit is 2^46" },
};

static void test_plain(void **state) {
    (void)state;
    op_run_all(plain_rows, SEDGE_COUNT(plain_rows), SEDGE_CPU_ALL);
}

static void test_quantized(void **state) {
    (void)state;
    op_run_all(quantized_rows, SEDGE_COUNT(quantized_rows), SEDGE_CPU_ALL);
    op_run_all(quantized_rows, SEDGE_COUNT(quantized_rows), SEDGE_CPU_NONE);
}

static void test_refusals(void **state) {
    (void)state;
    op_run_all(bad_rows, SEDGE_COUNT(bad_rows), SEDGE_CPU_ALL);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_plain), cmocka_unit_test(test_quantized),
                                        cmocka_unit_test(test_refusals) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
