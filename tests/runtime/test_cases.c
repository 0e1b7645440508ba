/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs every case under expected/ of the test data whose operators are supported and compares with what the reference
 * runtime computed; the others must be refused with SEDGE_EUNSUPPORTED. Integers must be equal bit for bit.
 */
#include "sedge/instance.h"

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../include/sedge_test.h"

#include "data/npy.h"
#include "os/file.h"

enum { FILE_MAX = 64 << 20 };

/* Cases that must run, with the largest difference of a float from the expected one, relative to the largest magnitude.
 */
static const struct {
    const char *name;
    double tolerance;
} required[] = {
    { "ad01_fp32.normal_id_01_00000000", 1e-5 },
    { "ad01_int8.normal_id_01_00000000", 0 },
    { "hello_world_float.sine64", 1e-5 },
    { "hello_world_int8.sine64", 0 },
    { "ml_lightgbm.iris150", 1e-3 },
    { "ml_randomforest.iris150", 1e-3 },
    { "ml_treecl.x64", 1e-3 },
    { "ml_treecl2.x64", 1e-3 },
};

typedef struct blob {
    uint8_t *data;
    size_t n;
} blob;

static const char *data_folder(void) {
    const char *folder = getenv("SEDGE_TEST_DATA");
    return folder && sedge_file_exists(NULL, folder) ? folder : NULL;
}

static blob read_blob(const char *folder, const char *part, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s", folder, part, name);
    blob b;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_file_read(NULL, path, FILE_MAX, &b.data, &b.n, &err))
        fail_msg("%s", err.text);
    return b;
}

static blob read_array(const char *folder, const char *part, const char *name, sedge_npy *ret) {
    blob b = read_blob(folder, part, name);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_npy_open(sedge_bytes_of(b.data, b.n), name, ret, &err))
        fail_msg("%s", err.text);
    return b;
}

/* The windows of the anomaly detection recording: 640 of its float32 values, every 128; for int8 also quantised. */
static blob ad01_windows(const char *folder, const sedge_tensor *t, sedge_npy *ret) {
    enum { WINDOWS = 196, WIDTH = 640, STRIDE = 128 };
    blob raw = read_blob(folder, "inputs/ad01", "normal_id_01_00000000_hist_librosa.bin");
    assert_int_equal(raw.n, 4 * ((WINDOWS - 1) * STRIDE + WIDTH));
    size_t size = sedge_dtype_size(t->dtype);
    blob b = { calloc(WINDOWS * WIDTH, size), WINDOWS * WIDTH * size };
    for (size_t w = 0; w < WINDOWS; w++)
        for (size_t i = 0; i < WIDTH; i++) {
            float x = sedge_load_f32(raw.data + 4 * (w * STRIDE + i));
            if (t->dtype == SEDGE_INT8)
                b.data[w * WIDTH + i] =
                    (uint8_t)(int8_t)(roundf(x / t->quant.scales[0]) + (float)t->quant.zero_points[0]);
            else
                sedge_store_f32(b.data + 4 * (w * WIDTH + i), x);
        }
    free(raw.data);
    *ret = (sedge_npy){ .dtype = t->dtype, .data = sedge_bytes_of(b.data, b.n) };
    return b;
}

static double element(sedge_dtype dtype, const uint8_t *p, size_t i) {
    switch (dtype) {
    case SEDGE_FLOAT32:
        return (double)sedge_load_f32(p + 4 * i);
    case SEDGE_INT8:
        return (int8_t)p[i];
    case SEDGE_UINT8:
        return p[i];
    case SEDGE_INT64:
        return (double)(int64_t)sedge_load_u64(p + 8 * i);
    default:
        fail_msg("type %s in a case", sedge_dtype_name(dtype));
        return 0;
    }
}

static void compare(const char *name, const sedge_npy *want, const uint8_t *got, size_t got_bytes, double tolerance) {
    assert_int_equal(want->data.n, got_bytes);
    double largest = 0, worst = 0;
    size_t n = got_bytes / sedge_dtype_size(want->dtype);
    for (size_t i = 0; i < n; i++) {
        double w = element(want->dtype, want->data.p, i), d = fabs(w - element(want->dtype, got, i));
        largest = fabs(w) > largest ? fabs(w) : largest;
        worst = d > worst || d != d ? d : worst;
    }
    double limit = want->dtype == SEDGE_FLOAT32 ? tolerance * largest : 0;
    if (!(worst <= limit))
        fail_msg("%s: off by %g, allowed is %g", name, worst, limit);
}

static sedge_status open_model(blob model, uint32_t cpu_mask, sedge_model **ret, sedge_error *err) {
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.cpu_mask = cpu_mask;
    return sedge_model_open(model.data, model.n, &options, ret, err);
}

/* runs all steps (rows of the first axis) and collects each output */
static void run_steps(sedge_model *model, const sedge_npy *input, blob *outputs) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    size_t step_bytes = sedge_model_input(model, 0)->size_bytes, steps = input->data.n / step_bytes;
    assert_int_equal(input->data.n % step_bytes, 0);
    for (uint32_t o = 0; o < sedge_model_output_count(model); o++) {
        outputs[o].n = steps * sedge_model_output(model, o)->size_bytes;
        outputs[o].data = malloc(outputs[o].n);
    }
    for (size_t s = 0; s < steps; s++) {
        assert_int_equal(sedge_instance_set_input(instance, 0, input->data.p + s * step_bytes, step_bytes, &err),
                         SEDGE_OK);
        assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
        for (uint32_t o = 0; o < sedge_model_output_count(model); o++) {
            size_t n = sedge_model_output(model, o)->size_bytes;
            assert_int_equal(sedge_instance_get_output(instance, o, outputs[o].data + s * n, n, &err), SEDGE_OK);
        }
    }
    sedge_instance_free(instance);
}

static void check_case(const char *folder, const char *part, json_t *doc, blob model_file, uint32_t cpu_mask,
                       double tolerance) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model;
    if (open_model(model_file, cpu_mask, &model, &err))
        fail_msg("%s: %s", part, err.text);
    sedge_npy input;
    const char *file = json_string_value(json_object_get(json_array_get(json_object_get(doc, "inputs"), 0), "file"));
    blob in = file ? read_array(folder, part, file, &input) : ad01_windows(folder, sedge_model_input(model, 0), &input);
    json_t *outputs = json_object_get(doc, "outputs");
    blob got[8] = { 0 };
    assert_int_equal(json_array_size(outputs), sedge_model_output_count(model));
    run_steps(model, &input, got);
    for (size_t o = 0; o < json_array_size(outputs); o++) {
        sedge_npy want;
        blob b =
            read_array(folder, part, json_string_value(json_object_get(json_array_get(outputs, o), "file")), &want);
        compare(part, &want, got[o].data, got[o].n, tolerance);
        free(b.data);
        free(got[o].data);
    }
    free(in.data);
    sedge_model_free(model);
}

static json_t *load_case(const char *folder, const char *part) {
    blob b = read_blob(folder, part, "case.json");
    json_t *doc = json_loadb((const char *)b.data, b.n, 0, NULL);
    assert_non_null(doc);
    free(b.data);
    return doc;
}

static void test_required_cases(void **state) {
    (void)state;
    const uint32_t masks[] = { SEDGE_CPU_ALL, SEDGE_CPU_AVX2, SEDGE_CPU_NONE };
    const char *folder = data_folder();
    if (!folder) {
        print_message("skipped: SEDGE_TEST_DATA names no folder\n");
        skip();
    }
    for (size_t i = 0; i < SEDGE_COUNT(required); i++) {
        char part[256];
        snprintf(part, sizeof part, "expected/%s", required[i].name);
        json_t *doc = load_case(folder, part);
        blob model = read_blob(folder, ".", json_string_value(json_object_get(doc, "model")));
        for (size_t m = 0; m < SEDGE_COUNT(masks); m++)
            check_case(folder, part, doc, model, masks[m], required[i].tolerance);
        free(model.data);
        json_decref(doc);
    }
}

static bool is_required(const char *name) {
    for (size_t i = 0; i < SEDGE_COUNT(required); i++)
        if (strcmp(required[i].name, name) == 0)
            return true;
    return false;
}

static void test_other_cases_are_refused_by_name(void **state) {
    (void)state;
    const char *folder = data_folder();
    if (!folder) {
        print_message("skipped: SEDGE_TEST_DATA names no folder\n");
        skip();
    }
    char path[1024];
    snprintf(path, sizeof path, "%s/expected", folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.' || is_required(e->d_name))
            continue;
        char part[512];
        snprintf(part, sizeof part, "expected/%s", e->d_name);
        json_t *doc = load_case(folder, part);
        blob file = read_blob(folder, ".", json_string_value(json_object_get(doc, "model")));
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_model *model = NULL;
        if (open_model(file, SEDGE_CPU_ALL, &model, &err) == SEDGE_OK)
            print_message("%s can be opened but is not compared yet\n", e->d_name);
        else if (err.status != SEDGE_EUNSUPPORTED)
            fail_msg("%s: %s", e->d_name, err.text);
        sedge_model_free(model);
        free(file.data);
        json_decref(doc);
    }
    closedir(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_required_cases),
        cmocka_unit_test(test_other_cases_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
