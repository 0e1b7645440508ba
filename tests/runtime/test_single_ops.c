/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The models of one operator under models/tflm-single-op of the test data, against their golden values, bit for bit,
 * with several CPU masks. sub0 and sub3 are off by one in places with the reference kernels too.
 */
#include "sedge/instance.h"

#include <dirent.h>

#include "../include/sedge_test_data.h"

enum { MODELS_MAX = 128, INPUTS_MAX = 4 };

typedef struct model_name {
    char op[64], name[64];
} model_name;

/* a file of numbers between commas, as the bytes of t */
static uint8_t *read_numbers(const char *folder, const model_name *m, const char *what, const sedge_tensor *t) {
    char part[256], file[256];
    snprintf(part, sizeof part, "models/tflm-single-op/%s", m->op);
    snprintf(file, sizeof file, "%s_%s_%s.csv", m->name, what, sedge_dtype_name(t->dtype));
    blob text = read_blob(folder, part, file);
    size_t n = t->size_bytes / sedge_dtype_size(t->dtype), at = 0;
    uint8_t *bytes = malloc(t->size_bytes);
    for (size_t i = 0; i < n; i++) {
        char number[32];
        size_t length = 0;
        for (; at < text.n && text.data[at] != ',' && length + 1 < sizeof number; at++)
            number[length++] = (char)text.data[at];
        number[length] = '\0';
        assert_true(length > 0);
        store_element(t->dtype, bytes, i, strtod(number, NULL));
        at++;
    }
    assert_true(at >= text.n);
    free(text.data);
    return bytes;
}

static void check_model(const char *folder, const model_name *m, sedge_model *model) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    for (uint32_t i = 0; i < sedge_model_input_count(model); i++) {
        const sedge_tensor *t = sedge_model_input(model, i);
        char what[32];
        snprintf(what, sizeof what, "input%u", i);
        uint8_t *bytes = read_numbers(folder, m, what, t);
        assert_int_equal(sedge_instance_set_input(instance, i, bytes, t->size_bytes, &err), SEDGE_OK);
        free(bytes);
    }
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    const sedge_tensor *y = sedge_model_output(model, 0);
    uint8_t *want = read_numbers(folder, m, "golden", y);
    difference d = compare_elements(y->dtype, want, sedge_instance_output(instance, 0),
                                    y->size_bytes / sedge_dtype_size(y->dtype));
    bool rounds_otherwise = strcmp(m->name, "sub0") == 0 || strcmp(m->name, "sub3") == 0;
    if (d.worst > (rounds_otherwise ? 1 : 0))
        fail_msg("%s is off by %g", m->name, d.worst);
    free(want);
    sedge_instance_free(instance);
}

static void test_model(void **state) {
    const uint32_t masks[] = { SEDGE_CPU_ALL, SEDGE_CPU_AVX2, SEDGE_CPU_NONE };
    const model_name *m = *state;
    const char *folder = data_folder();
    char part[256], file[256];
    snprintf(part, sizeof part, "models/tflm-single-op/%s", m->op);
    snprintf(file, sizeof file, "%s.tflite", m->name);
    blob bytes = read_blob(folder, part, file);
    for (size_t i = 0; i < SEDGE_COUNT(masks); i++) {
        sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
        options.cpu_mask = masks[i];
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_model *model = NULL;
        if (sedge_model_open(bytes.data, bytes.n, &options, &model, &err))
            fail_msg("%s: %s", m->name, err.text);
        check_model(folder, m, model);
        sedge_model_free(model);
    }
    free(bytes.data);
}

/* adds a test for each .tflite of one operator's folder */
static void list_models(const char *root, const char *op, model_name *names, struct CMUnitTest *tests, size_t *n) {
    char path[1280];
    snprintf(path, sizeof path, "%s/%s", root, op);
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir)) && *n < MODELS_MAX;) {
        char *dot = strrchr(e->d_name, '.');
        if (!dot || strcmp(dot, ".tflite") != 0)
            continue;
        model_name *m = &names[*n];
        snprintf(m->op, sizeof m->op, "%s", op);
        snprintf(m->name, sizeof m->name, "%.*s", (int)(dot - e->d_name), e->d_name);
        tests[(*n)++] = (struct CMUnitTest){ m->name, test_model, NULL, NULL, m };
    }
    if (dir)
        closedir(dir);
}

int main(void) {
    static model_name names[MODELS_MAX];
    static struct CMUnitTest tests[MODELS_MAX];
    size_t n = 0;
    char root[1024];
    const char *folder = getenv("SEDGE_TEST_DATA");
    snprintf(root, sizeof root, "%s/models/tflm-single-op", folder ? folder : "");
    DIR *dir = opendir(root);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.')
            list_models(root, e->d_name, names, tests, &n);
    if (dir)
        closedir(dir);
    if (n == 0)
        tests[n++] = (struct CMUnitTest){ "single operators", test_model, NULL, NULL, &names[0] };
    return _cmocka_run_group_tests("single operators", tests, n, NULL, NULL);
}
