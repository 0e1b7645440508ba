/* SPDX-License-Identifier: Apache-2.0 */
#include "train/model_card.h"

#include <string.h>
#include <unistd.h>

#include "../include/sedge_test.h"
#include "base/format.h"
#include "os/file.h"

static sedge_model_card *make_card(void) {
    sedge_model_card *c = sedge_model_card_new();
    assert_non_null(c);
    (void)sedge_format(c->name, sizeof c->name, "pump");
    (void)sedge_format(c->classes[0], sizeof c->classes[0], "normal");
    (void)sedge_format(c->classes[1], sizeof c->classes[1], "anomaly");
    (void)sedge_format(c->lineage.dataset, sizeof c->lineage.dataset, "sha256:00");
    c->n_classes = 2;
    c->quantization = SEDGE_QUANTIZATION_INT8;
    c->decision = (sedge_decision){ .alpha = 0.2, .threshold = 0.1 + 0.2 };
    c->false_alarm_rate = 0.01;
    c->metrics = (sedge_metrics){ .n = 7, .accuracy = 1.0 / 3, .mse = 1e-9 };
    c->lineage.seed = 5;
    c->optimized = true;
    c->optimize = (sedge_card_optimize){ .bytes_before = 9, .bytes_after = 3, .latency_us_after = 1.25 };
    assert_int_equal(sedge_model_card_param(c, NULL, "epochs", "%d", 40), SEDGE_OK);
    assert_int_equal(sedge_card_lengths_add(&c->holdout, 3, NULL), SEDGE_OK);
    assert_int_equal(sedge_card_lengths_add(&c->holdout, 0, NULL), SEDGE_OK);
    assert_int_equal(sedge_card_lengths_add(&c->holdout, 4, NULL), SEDGE_OK);
    return c;
}

static char path[] = "/tmp/sedge-card-XXXXXX";

static int make_file(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

static void comes_back_as_it_was(void **state) {
    (void)state;
    sedge_auto(sedge_model_card) a = make_card();
    sedge_auto(sedge_model_card) b = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_model_card_save(NULL, path, a, NULL), SEDGE_OK);
    if (sedge_model_card_load(NULL, path, &b, &err))
        fail_msg("%s", err.text);
    SEDGE_AUTO_JSON json_t *x = sedge_model_card_to_json(a);
    SEDGE_AUTO_JSON json_t *y = sedge_model_card_to_json(b);
    assert_true(json_equal(x, y));
    assert_true(b->decision.threshold == 0.1 + 0.2 && b->metrics.accuracy == 1.0 / 3);
    assert_int_equal(b->quantization, SEDGE_QUANTIZATION_INT8);
    assert_int_equal(b->holdout.n, 2);
    assert_int_equal(b->optimize.bytes_after, 3);
    assert_string_equal(sedge_model_card_file(b), "model.tflite");
}

typedef struct bad_row {
    const char *member, *text;
    sedge_status status;
} bad_row;

/* a NULL text removes the member */
static const bad_row bad_rows[] = {
    { "version", "99", SEDGE_EUNSUPPORTED },
    { "version", NULL, SEDGE_EINVALID },
    { "name", "7", SEDGE_EINVALID },
    { "task", "\"oracle\"", SEDGE_EINVALID },
    { "classes", "[\"normal\"]", SEDGE_EINVALID },
    { "classes", "[\"normal\", 1]", SEDGE_EINVALID },
    { "decision", "{\"kind\": \"coin\"}", SEDGE_EINVALID },
    { "decision", "{\"kind\": \"reconstruction\", \"alpha\": 2}", SEDGE_EINVALID },
    { "params", "{\"epochs\": 40}", SEDGE_EINVALID },
    { "metrics", "[]", SEDGE_EINVALID },
    { "holdout_stretches", "[0]", SEDGE_EINVALID },
    { "lineage", NULL, SEDGE_EINVALID },
    { "optimize", "{}", SEDGE_EINVALID },
};

static void wrong_members(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(bad_rows); i++) {
        const bad_row *row = &bad_rows[i];
        sedge_auto(sedge_model_card) card = make_card();
        SEDGE_AUTO_JSON json_t *doc = sedge_model_card_to_json(card);
        if (row->text)
            json_object_set_new(doc, row->member, json_loads(row->text, JSON_DECODE_ANY, NULL));
        else
            json_object_del(doc, row->member);
        SEDGE_AUTO_MEM char *text = json_dumps(doc, 0);
        assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text(text), 0600, NULL), SEDGE_OK);
        sedge_model_card *read = NULL;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_model_card_load(NULL, path, &read, &err), row->status);
        assert_null(read);
        if (!strstr(err.text, path))
            fail_msg("'%s' does not name the file", err.text);
    }
}

static void too_many_parameters(void **state) {
    (void)state;
    sedge_auto(sedge_model_card) card = make_card();
    while (card->n_params < SEDGE_CARD_PARAMS_MAX)
        assert_int_equal(sedge_model_card_param(card, NULL, "k", "v"), SEDGE_OK);
    assert_int_equal(sedge_model_card_param(card, NULL, "k", "v"), SEDGE_ELIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(comes_back_as_it_was), cmocka_unit_test(wrong_members),
                                        cmocka_unit_test(too_many_parameters) };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
