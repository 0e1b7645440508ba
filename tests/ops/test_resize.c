/* SPDX-License-Identifier: Apache-2.0 */
/* RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR against results worked out by hand; RESIZE is covered by ONNX's vectors.
 */
#include "../include/op_run.h"

#define IMAGE(KIND, corners, half)                                                                                     \
    {                                                                                                                  \
        .kind = SEDGE_OP_##KIND, .u.resize_image = { corners, half }                                                   \
    }
#define SIZE(h, w)                                                                                                     \
    { SEDGE_INT32, DIMS(2), VALUES(int32_t, h, w), .constant = true }

static const op_run rows[] = {
    { "bilinear f32", IMAGE(RESIZE_BILINEAR, false, false),
      .in = { { SEDGE_FLOAT32, DIMS(1, 2, 2, 1), VALUES(float, 3, 6, 9, 12) }, SIZE(3, 3) },
      .out = { { SEDGE_FLOAT32, DIMS(1, 3, 3, 1), VALUES(float, 3, 5, 6, 7, 9, 10, 9, 11, 12) } }, .tolerance = 1e-6f },
    { "bilinear s8", IMAGE(RESIZE_BILINEAR, false, false),
      .in = { { SEDGE_INT8, DIMS(1, 2, 2, 1), VALUES(int8_t, -6, 6, 9, -12), .scale = 1 }, SIZE(3, 3) },
      .out = { { SEDGE_INT8, DIMS(1, 3, 3, 1), VALUES(int8_t, -6, 2, 6, 4, -3, -6, 9, -5, -12), .scale = 1 } } },
    { "bilinear, corners", IMAGE(RESIZE_BILINEAR, true, false),
      .in = { { SEDGE_UINT8, DIMS(1, 1, 2, 2), VALUES(uint8_t, 0, 10, 100, 250), .scale = 1 }, SIZE(1, 5) },
      .out = { { SEDGE_UINT8, DIMS(1, 1, 5, 2), VALUES(uint8_t, 0, 10, 25, 70, 50, 130, 75, 190, 100, 250),
                 .scale = 1 } } },
    { "bilinear, half pixels", IMAGE(RESIZE_BILINEAR, false, true),
      .in = { { SEDGE_INT8, DIMS(1, 1, 2, 1), VALUES(int8_t, 0, 100), .scale = 1 }, SIZE(1, 4) },
      .out = { { SEDGE_INT8, DIMS(1, 1, 4, 1), VALUES(int8_t, 0, 25, 75, 100), .scale = 1 } } },
    { "nearest", IMAGE(RESIZE_NEAREST_NEIGHBOR, false, false),
      .in = { { SEDGE_INT16, DIMS(1, 2, 2, 1), VALUES(int16_t, 1, 2, 3, 4), .scale = 1 }, SIZE(3, 3) },
      .out = { { SEDGE_INT16, DIMS(1, 3, 3, 1), VALUES(int16_t, 1, 1, 2, 1, 1, 2, 3, 3, 4), .scale = 1 } } },
    { "nearest, half pixels", IMAGE(RESIZE_NEAREST_NEIGHBOR, false, true),
      .in = { { SEDGE_FLOAT32, DIMS(1, 1, 4, 1), VALUES(float, 1, 2, 3, 4) }, SIZE(1, 2) },
      .out = { { SEDGE_FLOAT32, DIMS(1, 1, 2, 1), VALUES(float, 2, 4) } } },
    { "no size", IMAGE(RESIZE_BILINEAR, false, false),
      .in = { { SEDGE_FLOAT32, DIMS(1, 2, 2, 1), VALUES(float, 3, 6, 9, 12) }, SIZE(0, 3) },
      .out = { { SEDGE_FLOAT32, DIMS(1, 3, 3, 1), VALUES(float, 0) } },
      .refused = "height and width must be within 1" },
};

static void test_images(void **state) {
    (void)state;
    op_run_all(rows, SEDGE_COUNT(rows), SEDGE_CPU_ALL);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_images) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
