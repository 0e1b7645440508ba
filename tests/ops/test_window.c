/* SPDX-License-Identifier: Apache-2.0 */
/* Windows whose options are at the edge of what they may be. */
#include "../include/op_run.h"

enum { FAR = INT32_MAX };

#define PICTURE()                                                                                                      \
    { SEDGE_FLOAT32, DIMS(1, 1, 3, 3), VALUES(float, 1, 2, 3, 4, 5, 6, 7, 8, 9) }
#define ONLY(...)                                                                                                      \
    { SEDGE_FLOAT32, DIMS(1, 1, 1, 1), VALUES(float, __VA_ARGS__) }
#define WINDOW(k, ...) .channels_first = true, .kernel = { k, k }, .dilation = { 1, 1 }, __VA_ARGS__
#define WEIGHTS(k, ...)                                                                                                \
    { SEDGE_FLOAT32, DIMS(1, 1, k, k), VALUES(float, __VA_ARGS__), .constant = true }

/* a stride that is never taken may be of any size */
static const op_run far_strides[] = {
    { "conv 2 x 2",
      { .kind = SEDGE_OP_CONV, .u.window = { WINDOW(2, .stride = { FAR, FAR }, .padding = SEDGE_PADDING_VALID) } },
      .in = { PICTURE(), WEIGHTS(2, 1, 1, 1, 1) },
      .out = { ONLY(12) } },
    { "conv 1 x 1",
      { .kind = SEDGE_OP_CONV, .u.window = { WINDOW(1, .stride = { FAR, 3 }, .padding = SEDGE_PADDING_VALID) } },
      .in = { PICTURE(), WEIGHTS(1, 2) },
      .out = { ONLY(2) } },
    { "conv that ends with the same size",
      { .kind = SEDGE_OP_CONV, .u.window = { WINDOW(2, .stride = { FAR, FAR }, .padding = SEDGE_PADDING_SAME) } },
      .in = { PICTURE(), WEIGHTS(2, 1, 1, 1, 1) },
      .out = { ONLY(12) } },
    { "depthwise",
      { .kind = SEDGE_OP_DEPTHWISE_CONV,
        .u.window = { .stride = { FAR, FAR }, .dilation = { 1, 1 }, .padding = SEDGE_PADDING_VALID } },
      .in = { { SEDGE_FLOAT32, DIMS(1, 3, 3, 1), VALUES(float, 1, 2, 3, 4, 5, 6, 7, 8, 9) },
              { SEDGE_FLOAT32, DIMS(1, 2, 2, 1), VALUES(float, 1, 1, 1, 1), .constant = true } },
      .out = { ONLY(12) } },
    { "max_pool",
      { .kind = SEDGE_OP_MAX_POOL, .u.window = { WINDOW(2, .stride = { FAR, FAR }, .padding = SEDGE_PADDING_VALID) } },
      .in = { PICTURE() },
      .out = { ONLY(5) } },
    { "average_pool",
      { .kind = SEDGE_OP_AVERAGE_POOL,
        .u.window = { WINDOW(2, .stride = { FAR, FAR }, .padding = SEDGE_PADDING_VALID) } },
      .in = { PICTURE() },
      .out = { ONLY(3) } },
};

static void test_far_strides(void **state) {
    (void)state;
    op_run_all(far_strides, SEDGE_COUNT(far_strides), SEDGE_CPU_ALL);
    op_run_all(far_strides, SEDGE_COUNT(far_strides), SEDGE_CPU_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_far_strides) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
