/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/make_bundle.h"

#include <string.h>

#include "bundle/bundle.h"
#include "bundle/golden.h"
#include "conf/json.h"
#include "data/npy.h"
#include "os/file.h"
#include "train/evaluate.h"

enum { FILE_MAX = 256 << 20 };

/** Files of a model folder that go into a bundle. `model` is found by model.json's format. */
static const struct {
    const char *name;
    sedge_bundle_role role;
    bool required;
} PARTS[] = {
    { NULL, SEDGE_ROLE_MODEL, true },
    { "features.bin", SEDGE_ROLE_FEATURES, true },
    { "monitor.bin", SEDGE_ROLE_MONITOR, false },
    { "schema.yaml", SEDGE_ROLE_SCHEMA, false },
};
enum { GOLDEN_AT = SEDGE_COUNT(PARTS), INPUTS_MAX };

typedef struct maker {
    const sedge_make_bundle_options *o;
    json_t *card;
    const char *model_name; /**< of the file */
    uint8_t *parts[SEDGE_COUNT(PARTS)];
    sedge_bundle_input inputs[INPUTS_MAX];
    size_t n;
    sedge_buf golden;
    json_t *lineage;
} maker;

static void maker_done(maker *m) {
    json_decref(m->card);
    json_decref(m->lineage);
    for (size_t i = 0; i < SEDGE_COUNT(PARTS); i++)
        free(m->parts[i]);
    sedge_buf_done(&m->golden);
}

static sedge_status read_card(maker *m, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    const char *format = NULL;
    sedge_status st = sedge_path_format(path, err, "%s/model.json", m->o->folder);
    if (!st)
        st = sedge_json_load_file(NULL, path, &SEDGE_JSON_LIMITS, &m->card, err);
    if (st)
        return st;
    sedge_json root = sedge_json_root(path, m->card);
    st = sedge_json_string(&root, "format", &format, err);
    m->model_name = format && strcmp(format, "onnx") == 0 ? "model.onnx" : "model.tflite";
    return st;
}

static sedge_status add_part(maker *m, size_t i, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    const char *name = PARTS[i].name ? PARTS[i].name : m->model_name;
    size_t n = 0;
    sedge_status st = sedge_path_format(path, err, "%s/%s", m->o->folder, name);
    if (st || (!PARTS[i].required && !sedge_file_exists(NULL, path)))
        return st;
    st = sedge_file_read(NULL, path, FILE_MAX, &m->parts[i], &n, err);
    if (!st)
        m->inputs[m->n++] =
            (sedge_bundle_input){ .name = name, .role = PARTS[i].role, .data = sedge_bytes_of(m->parts[i], n) };
    return st;
}

/** One input of real numbers, quantised as the device does it, into bytes; runs the model on it. */
static sedge_status run_golden(void *ctx, sedge_bytes input, uint8_t *output, size_t output_bytes, sedge_error *err) {
    sedge_instance *instance = ctx;
    sedge_status st = sedge_instance_set_input(instance, 0, input.p, input.n, err);
    if (!st)
        st = sedge_instance_invoke(instance, err);
    return st ? st : sedge_instance_get_output(instance, 0, output, output_bytes, err);
}

/** The raw bytes of the model's first input for each row of golden_input.npy. */
static sedge_status golden_inputs(sedge_instance *instance, const float *x, size_t rows, uint32_t columns,
                                  sedge_buf *out, sedge_error *err) {
    size_t bytes = sedge_model_input(sedge_instance_model(instance), 0)->size_bytes;
    for (size_t i = 0; i < rows; i++) {
        sedge_status st = sedge_real_set_input(instance, 0, x + i * columns, columns, err);
        if (st)
            return sedge_wrap(err, st, "golden_input.npy: row %zu", i);
        sedge_buf_put(out, sedge_instance_input(instance, 0), bytes);
    }
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for golden vectors") : SEDGE_OK;
}

static sedge_status compute_golden(maker *m, sedge_runner *runner, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM float *x = NULL;
    SEDGE_AUTO_BUF inputs = sedge_buf_init(SEDGE_GOLDEN_BYTES_MAX);
    size_t rows = 0;
    uint32_t columns = 0;
    sedge_instance *instance = sedge_runner_instance(runner);
    sedge_status st = sedge_path_format(path, err, "%s/golden_input.npy", m->o->folder);
    if (!st)
        st = sedge_npy_load_f32(NULL, path, sedge_runner_inputs(runner), &x, &rows, &columns, err);
    if (!st)
        st = golden_inputs(instance, x, rows, columns, &inputs, err);
    if (st)
        return st;
    size_t output_bytes = sedge_model_output(sedge_instance_model(instance), 0)->size_bytes;
    return sedge_golden_make(sedge_buf_bytes(&inputs), (uint32_t)rows, (uint32_t)output_bytes, run_golden, instance,
                             &m->golden, err);
}

/** Golden vectors that were made elsewhere: their sizes must be this model's. */
static sedge_status take_golden(maker *m, sedge_runner *runner, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n = 0;
    sedge_golden golden;
    const sedge_model *model = sedge_instance_model(sedge_runner_instance(runner));
    sedge_status st = sedge_file_read(NULL, m->o->golden, SEDGE_GOLDEN_BYTES_MAX, &data, &n, err);
    if (!st)
        st = sedge_golden_parse(sedge_bytes_of(data, n), &golden, err);
    if (!st && (golden.input_bytes != sedge_model_input(model, 0)->size_bytes ||
                golden.output_bytes != sedge_model_output(model, 0)->size_bytes))
        st = sedge_fail(err, SEDGE_EINVALID, "inputs of %u and outputs of %u bytes, but the model has %zu and %zu",
                        golden.input_bytes, golden.output_bytes, sedge_model_input(model, 0)->size_bytes,
                        sedge_model_output(model, 0)->size_bytes);
    if (st)
        return sedge_wrap(err, st, "%s", m->o->golden);
    sedge_buf_put(&m->golden, data, n);
    return m->golden.failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for golden vectors") : SEDGE_OK;
}

static sedge_status add_golden(maker *m, sedge_error *err) {
    sedge_auto(sedge_runner) runner = NULL;
    sedge_status st = sedge_runner_open(m->inputs[0].data, &runner, err);
    if (!st)
        st = m->o->golden ? take_golden(m, runner, err) : compute_golden(m, runner, err);
    if (!st)
        m->inputs[m->n++] = (sedge_bundle_input){ .name = "golden.bin",
                                                  .role = SEDGE_ROLE_GOLDEN,
                                                  .data = sedge_buf_bytes(&m->golden) };
    return st;
}

/** Where the model comes from: the card's lineage with its parameters and metrics. */
static sedge_status add_lineage(maker *m, sedge_error *err) {
    json_t *lineage = json_object_get(m->card, "lineage");
    m->lineage = lineage ? json_copy(lineage) : json_object();
    static const char *const keys[] = { "params", "metrics" };
    for (size_t i = 0; m->lineage && i < SEDGE_COUNT(keys); i++) {
        json_t *value = json_object_get(m->card, keys[i]);
        if (value && json_object_set(m->lineage, keys[i], value))
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for the lineage");
    }
    return m->lineage ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for the lineage");
}

static sedge_status write_bundle(const maker *m, const char *out, sedge_error *err) {
    SEDGE_AUTO_BUF bytes = sedge_buf_init(SEDGE_BUNDLE_BYTES_MAX);
    sedge_bundle_spec spec = { .model = m->o->name ? m->o->name : json_string_value(json_object_get(m->card, "name")),
                               .release = m->o->release,
                               .files = m->inputs,
                               .n_files = m->n,
                               .decision = json_object_get(m->card, "decision"),
                               .cpu_us = m->o->cpu_us,
                               .memory_bytes = m->o->memory_bytes,
                               .lineage = m->lineage };
    if (!spec.model)
        return sedge_fail(err, SEDGE_EINVALID, "model.json: no name");
    sedge_status st = sedge_bundle_write(&spec, &bytes, err);
    return st ? st : sedge_file_write_atomic(NULL, out, sedge_buf_bytes(&bytes), 0644, err);
}

sedge_status sedge_make_bundle(const sedge_make_bundle_options *options, const char *out, sedge_error *err) {
    SEDGE_CLEANUP(maker_done) maker m = { .o = options, .golden = sedge_buf_init(SEDGE_GOLDEN_BYTES_MAX) };
    sedge_status st = read_card(&m, err);
    for (size_t i = 0; !st && i < SEDGE_COUNT(PARTS); i++)
        st = add_part(&m, i, err);
    if (!st)
        st = add_golden(&m, err);
    if (!st)
        st = add_lineage(&m, err);
    if (!st && options->golden_out)
        st = sedge_file_write_atomic(NULL, options->golden_out, sedge_buf_bytes(&m.golden), 0644, err);
    if (!st && out)
        st = write_bundle(&m, out, err);
    return st ? sedge_wrap(err, st, "%s", options->folder) : SEDGE_OK;
}
