/* SPDX-License-Identifier: Apache-2.0 */
/* A recurrent .onnx model whose state is an input and an output: silero-vad over 40 steps, against ONNX Runtime. */
#include "sedge/instance.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../include/sedge_test.h"

#include "base/own.h"
#include "data/npy.h"
#include "os/file.h"

enum { FILE_MAX = 64 << 20, STATE = 2 * 128, RATE = 16000 };
static const double tolerance = 1e-3;

static uint8_t *read_file(const char *part, size_t *ret_n) {
    char path[1024];
    uint8_t *data;
    sedge_error err = SEDGE_ERROR_INIT;
    snprintf(path, sizeof path, "%s/%s", getenv("SEDGE_TEST_DATA"), part);
    if (sedge_file_read(NULL, path, FILE_MAX, &data, ret_n, &err))
        fail_msg("%s", err.text);
    return data;
}

static uint8_t *read_array(const char *name, sedge_npy *ret) {
    char part[256];
    size_t n;
    sedge_error err = SEDGE_ERROR_INIT;
    snprintf(part, sizeof part, "expected/silero_vad_onnx.speech/%s", name);
    uint8_t *data = read_file(part, &n);
    if (sedge_npy_open(sedge_bytes_of(data, n), name, ret, &err))
        fail_msg("%s", err.text);
    return data;
}

static sedge_model *open_model(const uint8_t *data, size_t n) {
    const sedge_input_shape shapes[] = { { 0, 2, { 1, 576 } }, { 1, 3, { 2, 1, 128 } } };
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model;
    options.shapes = shapes;
    options.n_shapes = SEDGE_COUNT(shapes);
    if (sedge_model_open(data, n, &options, &model, &err))
        fail_msg("%s", err.text);
    return model;
}

static void step(sedge_instance *instance, const uint8_t *samples, size_t n, float *state, float *ret_probability) {
    const int64_t rate = RATE;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_instance_set_input(instance, 0, samples, n, &err) ||
        sedge_instance_set_input(instance, 1, state, STATE * sizeof *state, &err) ||
        sedge_instance_set_input(instance, 2, &rate, sizeof rate, &err) || sedge_instance_invoke(instance, &err) ||
        sedge_instance_get_output(instance, 0, ret_probability, sizeof *ret_probability, &err) ||
        sedge_instance_get_output(instance, 1, state, STATE * sizeof *state, &err))
        fail_msg("%s", err.text);
}

static void test_state_is_carried(void **state) {
    (void)state;
    const char *folder = getenv("SEDGE_TEST_DATA");
    if (!folder || !sedge_file_exists(NULL, folder)) {
        print_message("skipped: SEDGE_TEST_DATA names no folder\n");
        skip();
    }
    size_t n;
    sedge_npy samples, probabilities, last;
    SEDGE_AUTO_MEM uint8_t *file = read_file("models/onnx/silero_vad_16k_op15.onnx", &n);
    SEDGE_AUTO_MEM uint8_t *in = read_array("input_0.npy", &samples);
    SEDGE_AUTO_MEM uint8_t *want = read_array("output_0.npy", &probabilities);
    SEDGE_AUTO_MEM uint8_t *final = read_array("final_state.npy", &last);
    sedge_model *model = open_model(file, n);
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, NULL), SEDGE_OK);
    float memory[STATE] = { 0 }, p;
    size_t each = sedge_model_input(model, 0)->size_bytes;
    assert_int_equal(samples.data.n, each * probabilities.count);
    for (size_t s = 0; s < probabilities.count; s++) {
        step(instance, samples.data.p + s * each, each, memory, &p);
        assert_true(fabs((double)p - (double)sedge_load_f32(probabilities.data.p + 4 * s)) <= tolerance);
    }
    for (size_t i = 0; i < STATE; i++)
        assert_true(fabs((double)memory[i] - (double)sedge_load_f32(last.data.p + 4 * i)) <= tolerance);
    sedge_instance_free(instance);
    sedge_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_state_is_carried) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
