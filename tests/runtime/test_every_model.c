/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every .tflite file under models/ of the test data opens; an instance of it runs twice, gives the same after a reset,
 * and works in memory of the caller. Files of more than MACS_MAX multiply-accumulates are opened only.
 */
#include "sedge/instance.h"

#include <dirent.h>

#include "../include/sedge_test_data.h"

enum { DEPTH_MAX = 3, MACS_MAX = 40000000 };

/* the outputs of one invoke with all inputs set to small numbers, one behind the other */
static blob run_once(sedge_instance *instance, int seed) {
    const sedge_model *model = sedge_instance_model(instance);
    sedge_error err = SEDGE_ERROR_INIT;
    blob all = { malloc(1), 0 };
    for (uint32_t i = 0; i < sedge_model_input_count(model); i++)
        memset(sedge_instance_input(instance, i), seed, sedge_model_input(model, i)->size_bytes);
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    for (uint32_t o = 0; o < sedge_model_output_count(model); o++) {
        size_t n = sedge_model_output(model, o)->size_bytes;
        all.data = realloc(all.data, all.n + n + 1);
        memcpy(all.data + all.n, sedge_instance_output(instance, o), n);
        all.n += n;
    }
    return all;
}

static void check_runs(sedge_model *model) {
    sedge_error err = SEDGE_ERROR_INIT;
    size_t size = sedge_model_get_stats(model).instance_bytes;
    uint8_t *memory = malloc(size + 1);
    sedge_instance *own, *given;
    assert_int_equal(sedge_instance_new(model, &own, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_init(model, memory + 1, size, &given, &err), SEDGE_OK);
    blob first = run_once(own, 7), second = run_once(own, 7);
    sedge_instance_reset(own);
    blob again[] = { run_once(own, 7), run_once(own, 7), run_once(given, 7), run_once(given, 7) };
    for (size_t i = 0; i < SEDGE_COUNT(again); i++) {
        assert_memory_equal(again[i].data, i % 2 ? second.data : first.data, first.n);
        free(again[i].data);
    }
    free(first.data);
    free(second.data);
    sedge_instance_free(given);
    sedge_instance_free(own);
    free(memory);
}

static void check_model(const char *path) {
    blob file = read_path(path);
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model = NULL;
    if (sedge_model_open(file.data, file.n, NULL, &model, &err))
        fail_msg("%s: %s", path, err.text);
    if (sedge_model_get_stats(model).macs <= MACS_MAX)
        check_runs(model);
    sedge_model_free(model);
    free(file.data);
}

static size_t walk(const char *folder, unsigned depth) {
    size_t n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char path[1024];
        const char *dot = strrchr(e->d_name, '.');
        if (e->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= (int)sizeof path)
            continue;
        if (e->d_type == DT_DIR && depth < DEPTH_MAX)
            n += walk(path, depth + 1);
        else if (dot && strcmp(dot, ".tflite") == 0) {
            check_model(path);
            n++;
        }
    }
    closedir(dir);
    return n;
}

static void test_every_tflite_file(void **state) {
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/models", data_folder());
    assert_true(walk(path, 0) > 60);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_tflite_file) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
