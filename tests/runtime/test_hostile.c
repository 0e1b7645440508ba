/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real models cut at 2,000 lengths each and with random bytes changed (1,000 times over all files; SEDGE_TEST_CHANGES=N
 * sets another number for each file): an error or a run within the budgets, no load over a second.
 */
#include "sedge/instance.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../include/sedge_test.h"

#include "base/random.h"
#include "os/file.h"

enum { FILE_MAX = 64 << 20, CUTS = 2000, CHANGES = 1000, LOAD_LIMIT_MS = 1000 };

static const char *const files[] = {
    "models/mlperf-tiny/ad01_fp32.tflite",
    "models/mlperf-tiny/ad01_int8.tflite",
    "models/mlperf-tiny/ic_pretrainedResnet_float.tflite",
    "models/mlperf-tiny/ic_pretrainedResnet_quant.tflite",
    "models/mlperf-tiny/kws_ref_model_float32.tflite",
    "models/mlperf-tiny/kws_ref_model_int8.tflite",
    "models/mlperf-tiny/str_ww_ref_model.tflite",
    "models/mlperf-tiny/vww_96_float.tflite",
    "models/mlperf-tiny/vww_96_int8.tflite",
    "models/tflm/audio_preprocessor_int8.tflite",
    "models/tflm/hello_world_float.tflite",
    "models/tflm/hello_world_int8.tflite",
    "models/tflm/keyword_scrambled_8bit.tflite",
    "models/tflm/trained_lstm.tflite",
    "models/tflm/trained_lstm_int8.tflite",
    "models/wakeword/vad.tflite",
    "models/onnx/face_detection_yunet_2026may.onnx",
    "models/onnx/mnist-8/model.onnx",
    "models/onnx/mnist-quantized/model.onnx",
    "models/onnx/silero_vad_16k_op15.onnx",
    "models/onnx/ultraface_version-RFB-320.onnx",
    "models/onnx/yolox_nano.onnx",
    "models/onnx/ml/lightgbm.onnx",
    "models/onnx/ml/logreg_iris.onnx",
    "models/onnx/ml/randomforest.onnx",
    "models/onnx/ml/treecl.onnx",
    "models/onnx/ml/treecl2.onnx",
};

/* time that this thread has worked: a busy machine is not the model's fault */
static int64_t worked_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void open_and_run(const uint8_t *data, size_t n) {
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.max_arena_bytes = 1 << 20;
    options.max_macs = 10000000;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model;
    int64_t start = worked_ms();
    sedge_status st = sedge_model_open(data, n, &options, &model, &err);
    assert_in_range(worked_ms() - start, 0, LOAD_LIMIT_MS);
    if (st) {
        assert_int_equal(st, err.status);
        assert_true(st == SEDGE_ETRUNCATED || st == SEDGE_EINVALID || st == SEDGE_ELIMIT || st == SEDGE_EUNSUPPORTED);
        assert_true(err.text[0] != '\0');
        return;
    }
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    sedge_instance_free(instance);
    sedge_model_free(model);
}

static uint8_t *read_file(const char *folder, const char *name, size_t *ret_n) {
    char path[1024];
    uint8_t *data;
    sedge_error err = SEDGE_ERROR_INIT;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (sedge_file_read(NULL, path, FILE_MAX, &data, ret_n, &err))
        fail_msg("%s", err.text);
    return data;
}

/* a copy that ends with its block, so that reading one byte too far is seen */
static void open_cut(const uint8_t *data, size_t n) {
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, data, n);
    open_and_run(copy, n);
    free(copy);
}

static void change_and_run(uint8_t *data, size_t n, size_t rounds, sedge_random *r) {
    for (size_t i = 0; i < rounds; i++) {
        size_t at[4], changes = 1 + sedge_random_below(r, 4);
        uint8_t old[4];
        for (size_t c = 0; c < changes; c++) {
            at[c] = sedge_random_below(r, sedge_random_below(r, 2) ? n : n < 4096 ? n : 4096);
            old[c] = data[at[c]];
            data[at[c]] = (uint8_t)sedge_random_u64(r);
        }
        open_and_run(data, n);
        for (size_t c = changes; c-- > 0;)
            data[at[c]] = old[c];
    }
}

static const char *data_folder(void) {
    const char *folder = getenv("SEDGE_TEST_DATA");
    return folder && sedge_file_exists(NULL, folder) ? folder : NULL;
}

static void test_cut(void **state) {
    (void)state;
    const char *folder = data_folder();
    if (!folder) {
        print_message("skipped: SEDGE_TEST_DATA names no folder\n");
        skip();
    }
    for (size_t f = 0; f < SEDGE_COUNT(files); f++) {
        size_t n;
        uint8_t *data = read_file(folder, files[f], &n);
        for (size_t i = 0; i < CUTS; i++)
            open_cut(data, n * i / CUTS);
        free(data);
    }
}

static void test_bytes_changed(void **state) {
    (void)state;
    const char *folder = data_folder(), *asked = getenv("SEDGE_TEST_CHANGES");
    if (!folder) {
        print_message("skipped: SEDGE_TEST_DATA names no folder\n");
        skip();
    }
    size_t rounds = asked ? strtoul(asked, NULL, 10) : CHANGES / SEDGE_COUNT(files);
    sedge_random r;
    sedge_random_init(&r, 11);
    for (size_t f = 0; f < SEDGE_COUNT(files); f++) {
        size_t n;
        uint8_t *data = read_file(folder, files[f], &n);
        change_and_run(data, n, rounds, &r);
        free(data);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cut), cmocka_unit_test(test_bytes_changed) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
