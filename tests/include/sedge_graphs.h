/* SPDX-License-Identifier: Apache-2.0 */
/** Small graphs that several tests write, read and run. */
#ifndef SEDGE_TEST_GRAPHS_H
#define SEDGE_TEST_GRAPHS_H

#include "base/own.h"
#include "model/graph.h"

/* float32: x [free, 3] -> FULLY_CONNECTED 3 to 4 with RELU -> TANH -> FULLY_CONNECTED 4 to 2 -> SOFTMAX */
static const float dense_w0[] = { .5f, -.25f, 1, -1, .75f, .125f, .3f, .2f, -.1f, 2, -2, .5f };
static const float dense_b0[] = { .1f, -.2f, .3f, 0 };
static const float dense_w1[] = { 1, -1, .5f, .25f, -.5f, .75f, 1.5f, -.125f };
static sedge_tensor dense_tensors[] = {
    { .name = "x", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { SEDGE_DIM_FREE, 3 } },
    { .name = "dense/w", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { 4, 3 }, .data = dense_w0 },
    { .name = "dense/b", .dtype = SEDGE_FLOAT32, .rank = 1, .dims = { 4 }, .data = dense_b0 },
    { .name = "dense", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { SEDGE_DIM_FREE, 4 } },
    { .name = "tanh", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { SEDGE_DIM_FREE, 4 } },
    { .name = "out/w", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { 2, 4 }, .data = dense_w1 },
    { .name = "logits", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { SEDGE_DIM_FREE, 2 } },
    { .name = "y", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { SEDGE_DIM_FREE, 2 } },
};
static const int32_t dense_index[] = { 0, 1, 2, 3, 4, 5, -1, 6, 7 };
static sedge_op dense_ops[] = {
    { .kind = SEDGE_OP_FULLY_CONNECTED,
      .n_inputs = 3,
      .inputs = dense_index,
      .n_outputs = 1,
      .outputs = dense_index + 3,
      .activation = SEDGE_ACTIVATION_RELU },
    { .kind = SEDGE_OP_TANH, .n_inputs = 1, .inputs = dense_index + 3, .n_outputs = 1, .outputs = dense_index + 4 },
    { .kind = SEDGE_OP_FULLY_CONNECTED,
      .n_inputs = 3,
      .inputs = dense_index + 4,
      .n_outputs = 1,
      .outputs = dense_index + 7 },
    { .kind = SEDGE_OP_SOFTMAX,
      .n_inputs = 1,
      .inputs = dense_index + 7,
      .n_outputs = 1,
      .outputs = dense_index + 8,
      .u.softmax = { .beta = 1, .axis = -1 } },
};
static const sedge_graph dense_graph = {
    .n_tensors = SEDGE_COUNT(dense_tensors),
    .tensors = dense_tensors,
    .n_ops = SEDGE_COUNT(dense_ops),
    .ops = dense_ops,
    .n_inputs = 1,
    .inputs = dense_index,
    .n_outputs = 1,
    .outputs = dense_index + 8,
    .description = "dense",
};

/* int8: x [1, 4] float32 -> QUANTIZE -> FULLY_CONNECTED 4 to 3, a scale per row -> LOGISTIC -> DEQUANTIZE */
static const int8_t int8_w[] = { 10, -20, 127, -127, 5, 6, 7, 8, -100, 50, 25, -12 };
static const int32_t int8_b[] = { 100, -200, 300 };
static const float int8_w_scales[] = { .01f, .02f, .005f };
static const float int8_b_scales[] = { .0005f, .001f, .00025f };
static const float int8_scales[] = { .05f, .04f, 1.0f / 256 };
static const int32_t int8_zeros[] = { -3, 7, -128 };
static sedge_tensor int8_tensors[] = {
    { .name = "x", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { 1, 4 } },
    { .name = "x_q", .dtype = SEDGE_INT8, .rank = 2, .dims = { 1, 4 }, .quant = { 1, 0, int8_scales, int8_zeros } },
    { .name = "w",
      .dtype = SEDGE_INT8,
      .rank = 2,
      .dims = { 3, 4 },
      .data = int8_w,
      .quant = { 3, 0, int8_w_scales, NULL } },
    { .name = "b",
      .dtype = SEDGE_INT32,
      .rank = 1,
      .dims = { 3 },
      .data = int8_b,
      .quant = { 3, 0, int8_b_scales, NULL } },
    { .name = "fc",
      .dtype = SEDGE_INT8,
      .rank = 2,
      .dims = { 1, 3 },
      .quant = { 1, 0, int8_scales + 1, int8_zeros + 1 } },
    { .name = "sigmoid",
      .dtype = SEDGE_INT8,
      .rank = 2,
      .dims = { 1, 3 },
      .quant = { 1, 0, int8_scales + 2, int8_zeros + 2 } },
    { .name = "y", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { 1, 3 } },
};
static const int32_t int8_index[] = { 0, 1, 2, 3, 4, 5, 6 };
static sedge_op int8_ops[] = {
    { .kind = SEDGE_OP_QUANTIZE, .n_inputs = 1, .inputs = int8_index, .n_outputs = 1, .outputs = int8_index + 1 },
    { .kind = SEDGE_OP_FULLY_CONNECTED,
      .n_inputs = 3,
      .inputs = int8_index + 1,
      .n_outputs = 1,
      .outputs = int8_index + 4 },
    { .kind = SEDGE_OP_LOGISTIC, .n_inputs = 1, .inputs = int8_index + 4, .n_outputs = 1, .outputs = int8_index + 5 },
    { .kind = SEDGE_OP_DEQUANTIZE, .n_inputs = 1, .inputs = int8_index + 5, .n_outputs = 1, .outputs = int8_index + 6 },
};
static const sedge_graph int8_graph = {
    .n_tensors = SEDGE_COUNT(int8_tensors),
    .tensors = int8_tensors,
    .n_ops = SEDGE_COUNT(int8_ops),
    .ops = int8_ops,
    .n_inputs = 1,
    .inputs = int8_index,
    .n_outputs = 1,
    .outputs = int8_index + 6,
};

#endif
