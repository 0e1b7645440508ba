/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SSD cases of the test data: the two tensors that its post-processing reads, in steps of LiteRT's, and the
 * detections. LiteRT rounds otherwise, so scores that lie close together may change places.
 */
#include "sedge/instance.h"

#include <jansson.h>

#include "../include/sedge_test_data.h"

enum { HEADS = 2, BOXES = 0, CLASSES = 1, SCORES = 2, FOUND = 4 /* detections that are looked for */ };

/* the largest step of a head tensor that may differ, and what a found detection may be off */
static const double head_steps = 8, score_limit = .03, box_limit = .03;

typedef struct heads {
    uint32_t tensor[HEADS];
    blob bytes[HEADS];
} heads;

/* keeps the bytes of the head tensors while they are there */
static void keep_heads(void *user, const sedge_instance *instance, uint32_t op) {
    heads *h = user;
    const sedge_model *model = sedge_instance_model(instance);
    sedge_op_info info;
    assert_true(sedge_model_op(model, op, &info));
    for (size_t i = 0; i < HEADS; i++)
        if (info.n_outputs && (uint32_t)info.outputs[0] == h->tensor[i]) {
            h->bytes[i].n = sedge_model_tensor(model, h->tensor[i])->size_bytes;
            h->bytes[i].data = realloc(h->bytes[i].data, h->bytes[i].n);
            memcpy(h->bytes[i].data, sedge_instance_tensor(instance, h->tensor[i]), h->bytes[i].n);
        }
}

static uint32_t find_tensor(const sedge_model *model, const char *name) {
    for (uint32_t t = 0; t < sedge_model_tensor_count(model); t++)
        if (strcmp(sedge_model_tensor(model, t)->name, name) == 0)
            return t;
    fail_msg("no tensor '%s'", name);
    return 0;
}

static void check_heads(const char *folder, const char *part, json_t *list, const heads *h) {
    for (size_t i = 0; i < HEADS; i++) {
        sedge_npy want;
        json_t *file = json_object_get(json_array_get(list, i), "file");
        blob b = read_array(folder, part, json_string_value(file), &want);
        assert_int_equal(want.data.n, h->bytes[i].n);
        difference d = compare_elements(SEDGE_UINT8, want.data.p, h->bytes[i].data, want.data.n);
        if (!(d.worst <= head_steps))
            fail_msg("%s: off by %g", json_string_value(file), d.worst);
        free(b.data);
    }
}

static bool is_near(json_t *want, const float *box, float class_id, float score) {
    json_t *sides = json_object_get(want, "box_ymin_xmin_ymax_xmax");
    bool near = json_integer_value(json_object_get(want, "class_id")) == (json_int_t)class_id &&
                fabs(json_number_value(json_object_get(want, "score")) - (double)score) <= score_limit;
    for (size_t s = 0; s < 4; s++)
        near = near && fabs(json_number_value(json_array_get(sides, s)) - (double)box[s]) <= box_limit;
    return near;
}

static void check_detections(json_t *list, const sedge_instance *instance) {
    const sedge_model *model = sedge_instance_model(instance);
    size_t n = sedge_model_output(model, SCORES)->size_bytes / sizeof(float);
    const float *boxes = sedge_instance_output(instance, BOXES), *classes = sedge_instance_output(instance, CLASSES),
                *scores = sedge_instance_output(instance, SCORES);
    for (size_t w = 0; w < FOUND; w++) {
        bool found = false;
        for (size_t i = 0; i < n; i++)
            found = found || is_near(json_array_get(list, w), boxes + 4 * i, classes[i], scores[i]);
        if (!found)
            fail_msg("expected detection %zu is not found", w);
    }
}

static void test_detections(void **state) {
    const char *folder = data_folder();
    char part[256];
    snprintf(part, sizeof part, "expected/coco_ssd_mobilenet_v1_quant.%s", (const char *)*state);
    blob text = read_blob(folder, part, "case.json");
    json_t *doc = json_loadb((const char *)text.data, text.n, 0, NULL), *list = json_object_get(doc, "head_tensors");
    blob file = read_blob(folder, ".", json_string_value(json_object_get(doc, "model")));
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model = NULL;
    sedge_instance *instance;
    if (sedge_model_open(file.data, file.n, NULL, &model, &err))
        fail_msg("%s", err.text);
    heads h = { 0 };
    for (size_t i = 0; i < HEADS; i++)
        h.tensor[i] = find_tensor(model, json_string_value(json_object_get(json_array_get(list, i), "name")));
    sedge_npy input;
    blob in = read_array(folder, part, "input_0.npy", &input);
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    sedge_instance_observe(instance, keep_heads, &h);
    assert_int_equal(sedge_instance_set_input(instance, 0, input.data.p, input.data.n, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    check_heads(folder, part, list, &h);
    check_detections(json_object_get(doc, "detections_top10"), instance);
    for (size_t i = 0; i < HEADS; i++)
        free(h.bytes[i].data);
    sedge_instance_free(instance);
    sedge_model_free(model);
    free(file.data);
    free(in.data);
    free(text.data);
    json_decref(doc);
}

int main(void) {
    static char cats[] = "cats_and_dogs", hopper[] = "grace_hopper";
    const struct CMUnitTest tests[] = {
        { "cats_and_dogs", test_detections, NULL, NULL, cats },
        { "grace_hopper", test_detections, NULL, NULL, hopper },
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
