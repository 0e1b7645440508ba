/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/make_bundle.h"

#include <string.h>

#include "bundle/bundle.h"
#include "bundle/golden.h"
#include "cli/bundle_parts.h"
#include "data/npy.h"
#include "os/file.h"
#include "train/model_card.h"

#define GOLDEN_NAME       "golden.bin"
#define GOLDEN_INPUT_NAME "golden_input.npy"

enum { PART_BYTES_MAX = 256 << 20 };

typedef struct part {
    const char *name;
    sedge_bundle_role role;
    bool required;
} part;

/* The files of a model folder that go into a bundle, after the model itself. Sources come last: what a device needs
 * stands in front. */
static const part parts[] = {
    { "features.bin", SEDGE_ROLE_FEATURES, true }, { "monitor.bin", SEDGE_ROLE_MONITOR, false },
    { "schema.yaml", SEDGE_ROLE_SCHEMA, false },   { "features.yaml", SEDGE_ROLE_OTHER, false },
    { "train.yaml", SEDGE_ROLE_OTHER, false },     { "optimize.yaml", SEDGE_ROLE_OTHER, false },
};

/* Model, golden vectors and the above. */
enum { FILES_MAX = SEDGE_COUNT(parts) + 2 };

typedef struct draft {
    const sedge_make_bundle_options *o;
    sedge_model_card *card;
    uint8_t *owned[FILES_MAX];
    sedge_bundle_input files[FILES_MAX];
    size_t n;
    sedge_buf golden;
    json_t *json; /* model.json */
    json_t *lineage;
} draft;

static void draft_done(draft *d) {
    sedge_model_card_free(d->card);
    for (size_t i = 0; i < d->n; i++)
        free(d->owned[i]);
    sedge_buf_done(&d->golden);
    json_decref(d->json);
    json_decref(d->lineage);
}

static sedge_status add_file(draft *d, const char *name, sedge_bundle_role role, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    size_t n;
    sedge_status st;
    if ((st = sedge_path_format(path, err, "%s/%s", d->o->folder, name)) ||
        (st = sedge_file_read(NULL, path, PART_BYTES_MAX, &d->owned[d->n], &n, err)))
        return st;
    d->files[d->n] = (sedge_bundle_input){ name, role, sedge_bytes_of(d->owned[d->n], n) };
    d->n++;
    return SEDGE_OK;
}

static sedge_status add_parts(draft *d, sedge_error *err) {
    sedge_status st = add_file(d, sedge_model_card_file(d->card), SEDGE_ROLE_MODEL, err);
    for (size_t i = 0; !st && i < SEDGE_COUNT(parts); i++) {
        sedge_error absent = SEDGE_ERROR_INIT;
        st = add_file(d, parts[i].name, parts[i].role, &absent);
        if (st == SEDGE_ENOTFOUND && !parts[i].required)
            st = SEDGE_OK;
        else if (st)
            st = sedge_fail(err, st, "%s", absent.text);
    }
    return st;
}

static sedge_bytes bytes_of(const draft *d, sedge_bundle_role role) {
    for (size_t i = 0; i < d->n; i++)
        if (d->files[i].role == role)
            return d->files[i].data;
    return (sedge_bytes){ NULL, 0 };
}

static sedge_status compute_golden(draft *d, sedge_bundle_parts *p, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM float *vectors = NULL;
    size_t count;
    uint32_t width;
    sedge_status st;
    if ((st = sedge_path_format(path, err, "%s/%s", d->o->folder, GOLDEN_INPUT_NAME)) ||
        (st = sedge_npy_load_f32(NULL, path, sedge_bundle_parts_width(p), &vectors, &count, &width, err)))
        return st;
    if (count > UINT32_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: %zu vectors are too many", path, count);
    st = sedge_bundle_parts_make_golden(p, vectors, (uint32_t)count, &d->golden, err);
    return st ? sedge_wrap(err, st, "%s", path) : SEDGE_OK;
}

static sedge_status take_golden(draft *d, sedge_bundle_parts *p, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st = sedge_file_read(NULL, d->o->golden, SEDGE_GOLDEN_BYTES_MAX + 64, &data, &n, err);
    if (st)
        return st;
    if ((st = sedge_bundle_parts_check_golden(p, sedge_bytes_of(data, n), false, NULL, err)))
        return sedge_wrap(err, st, "%s", d->o->golden);
    sedge_buf_put(&d->golden, data, n);
    return d->golden.failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for golden vectors") : SEDGE_OK;
}

static sedge_status add_golden(draft *d, sedge_error *err) {
    sedge_auto(sedge_bundle_parts) p = NULL;
    sedge_bundle_parts_bytes bytes = { .model = bytes_of(d, SEDGE_ROLE_MODEL),
                                       .features = bytes_of(d, SEDGE_ROLE_FEATURES),
                                       .monitor = bytes_of(d, SEDGE_ROLE_MONITOR) };
    sedge_status st = sedge_bundle_parts_open(&bytes, &p, err);
    if (st)
        return sedge_wrap(err, st, "%s", d->o->folder);
    if ((st = d->o->golden ? take_golden(d, p, err) : compute_golden(d, p, err)))
        return st;
    d->files[d->n++] = (sedge_bundle_input){ GOLDEN_NAME, SEDGE_ROLE_GOLDEN, sedge_buf_bytes(&d->golden) };
    return SEDGE_OK;
}

/* What the manifest says about how the model came to be: model.json's lineage, parameters and metrics. */
static sedge_status make_lineage(draft *d, sedge_error *err) {
    static const char *const parts_of_card[] = { "params", "metrics" };
    d->json = sedge_model_card_to_json(d->card);
    d->lineage = json_deep_copy(json_object_get(d->json, "lineage"));
    bool failed = !d->lineage;
    for (size_t i = 0; !failed && i < SEDGE_COUNT(parts_of_card); i++) {
        json_t *value = json_object_get(d->json, parts_of_card[i]);
        failed = value && json_object_set(d->lineage, parts_of_card[i], value) != 0;
    }
    return failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest") : SEDGE_OK;
}

static sedge_status load_card(draft *d, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st;
    if ((st = sedge_path_format(path, err, "%s/model.json", d->o->folder)) ||
        (st = sedge_model_card_load(NULL, path, &d->card, err)))
        return st;
    return make_lineage(d, err);
}

static sedge_status write_out(const draft *d, const char *out, sedge_error *err) {
    sedge_bundle_spec spec = { .model = d->o->name ? d->o->name : d->card->name,
                               .release = d->o->release,
                               .files = d->files,
                               .n_files = d->n,
                               .decision = json_object_get(d->json, "decision"),
                               .cpu_us = d->o->cpu_us,
                               .memory_bytes = d->o->memory_bytes,
                               .lineage = d->lineage };
    SEDGE_AUTO_BUF bundle = sedge_buf_init((size_t)SEDGE_BUNDLE_BYTES_MAX + SEDGE_BUNDLE_ALIGN);
    sedge_status st = sedge_bundle_write(&spec, &bundle, err);
    if (!st && d->o->golden_out)
        st = sedge_file_write_atomic(NULL, d->o->golden_out, sedge_buf_bytes(&d->golden), 0644, err);
    if (!st && out)
        st = sedge_file_write_atomic(NULL, out, sedge_buf_bytes(&bundle), 0644, err);
    return st;
}

sedge_status sedge_make_bundle(const sedge_make_bundle_options *options, const char *out, sedge_error *err) {
    draft d = { .o = options, .golden = sedge_buf_init(SEDGE_GOLDEN_BYTES_MAX + 64) };
    sedge_status st;
    if (!(st = load_card(&d, err)) && !(st = add_parts(&d, err)) && !(st = add_golden(&d, err)))
        st = write_out(&d, out, err);
    draft_done(&d);
    return st;
}
