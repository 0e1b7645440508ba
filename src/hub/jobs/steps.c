/* SPDX-License-Identifier: Apache-2.0 */
/** Retraining, step by step: the old release's sources and data, the new rows, the pipeline, the roll-out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/json.h"
#include "hub/events.h"
#include "hub/jobs/samples_csv.h"
#include "hub/jobs/work.h"
#include "hub/release.h"
#include "hub/rollout/rollouts.h"

enum { ARGS_MAX = JOB_FILES_MAX + 24, ANSWER_MAX = 4 << 20, SCHEMA_MAX = 1 << 20 };

/** Arguments of one call, NULL-terminated. */
typedef struct arguments {
    const char *list[ARGS_MAX];
    size_t n;
} arguments;

static void add(arguments *a, const char *text) {
    if (a->n + 1 < ARGS_MAX)
        a->list[a->n++] = text;
}

static void add_all(arguments *a, const char *const *texts) {
    for (size_t i = 0; texts[i]; i++)
        add(a, texts[i]);
}
#define ADD(a, ...) add_all(a, (const char *const[]){ __VA_ARGS__, NULL })

static sedge_status path_in(const job_run *r, const char *name, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    return sedge_path_format(ret, err, "%s/%s", r->dir, name);
}

/* ---- the release that drifted -------------------------------------------------------------------------------------
 */

static const char *lineage_text(const sedge_manifest *m, const char *key) {
    const char *text = json_string_value(json_object_get(m->lineage, key));
    return text ? text : "";
}

static bool has_file(const sedge_manifest *m, const char *name) {
    for (size_t i = 0; i < m->n_files; i++)
        if (strcmp(m->files[i].name, name) == 0)
            return true;
    return false;
}

static sedge_status unpack(job_run *r, sedge_error *err) {
    char folder[SEDGE_PATH_MAX];
    sedge_auto(sedge_bundle) b = NULL;
    sedge_status st = path_in(r, "source", folder, err);
    if (!st)
        st = hub_release_open(r->h, r->model, r->release, &b, err);
    if (!st)
        st = sedge_bundle_unpack(b, NULL, folder, err);
    if (st)
        return st;
    const sedge_manifest *m = sedge_bundle_manifest(b);
    snprintf(r->parent, sizeof r->parent, "%s", lineage_text(m, "dataset"));
    snprintf(r->run, sizeof r->run, "%s", lineage_text(m, "run_id"));
    r->cpu_us = m->cpu_us;
    r->memory_bytes = (int64_t)m->memory_bytes;
    r->has_optimize = has_file(m, "optimize.yaml");
    if (!has_file(m, "train.yaml"))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the bundle of release %lld holds no train.yaml to train by",
                          (long long)r->release);
    return SEDGE_OK;
}

/** The data set that the release was trained on, else the newest that has the model's name. */
static sedge_status find_parent(store_tx *tx, void *ctx, sedge_error *err) {
    job_run *r = ctx;
    store_rows *rows = NULL;
    bool found = false;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT name, manifest FROM datasets WHERE project = $1 AND (manifest = $2 OR name ="
                                  " $3) ORDER BY manifest = $2 DESC, version DESC LIMIT 1",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(r->parent), STORE_TEXT(r->model)));
    if (!st && store_next(rows)) {
        found = true;
        snprintf(r->dataset, sizeof r->dataset, "%s", store_text(rows, 0));
        snprintf(r->parent, sizeof r->parent, "%s", store_text(rows, 1));
    }
    st = store_end(rows, st, err);
    if (!st && !found)
        st = sedge_fail(err, SEDGE_ENOTFOUND,
                        "the hub has neither the data set that release %lld was trained on nor one named '%s'; send it"
                        " with sedge data push",
                        (long long)r->release, r->model);
    return st;
}

/* ---- the new rows --------------------------------------------------------------------------------------------------
 */

typedef struct exporting {
    job_run *r;
    csv_shape shape;
} exporting;

static sedge_status write_recording(exporting *x, const char *device, sedge_bytes body, sedge_error *err) {
    job_run *r = x->r;
    sedge_samples samples;
    SEDGE_AUTO_BUF csv = sedge_buf_init(256 << 20);
    char *path = r->files[r->files_n];
    sedge_status st = sedge_path_format(path, err, "%s/samples/%s-%s.csv", r->dir, r->id, device);
    if (!st)
        st = sedge_samples_decode(body, &samples, err);
    if (st)
        return st;
    st = samples_csv(&samples, &x->shape, &csv, err);
    sedge_samples_done(&samples);
    if (!st)
        st = sedge_file_write_atomic(NULL, path, sedge_buf_bytes(&csv), 0600, err);
    r->files_n += st == SEDGE_OK;
    return st;
}

static sedge_status write_recordings(store_tx *tx, void *ctx, sedge_error *err) {
    exporting *x = ctx;
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT device, body FROM samples WHERE job = $1 AND received_ms IS NOT NULL AND"
                                  " rows_n > 0 ORDER BY device",
                                  STORE_ARGS(STORE_TEXT(x->r->id)));
    while (!st && store_next(rows) && x->r->files_n < JOB_FILES_MAX)
        st = write_recording(x, store_text(rows, 0), store_blob(rows, 1), err);
    return store_end(rows, st, err);
}

static sedge_status export_samples(job_run *r, sedge_error *err) {
    exporting x = { .r = r, .shape = { .separator = ';' } };
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *schema = NULL;
    size_t n = 0;
    sedge_status st = path_in(r, "samples", path, err);
    if (!st)
        st = sedge_dir_make(NULL, path, 0700, err);
    if (!st)
        st = path_in(r, "source/schema.yaml", path, err);
    if (!st && sedge_file_exists(NULL, path)) {
        st = sedge_file_read(NULL, path, SCHEMA_MAX, &schema, &n, err);
        if (!st)
            st = csv_shape_read(sedge_bytes_of(schema, n), &x.shape, err);
    }
    if (!st)
        st = store_read(r->h->store, write_recordings, &x, err);
    if (!st && r->files_n == 0)
        st = sedge_fail(err, SEDGE_EINVALID, "the devices sent no rows");
    return st;
}

/* ---- the pipeline --------------------------------------------------------------------------------------------------
 */

static sedge_status fetch_data(job_run *r, sedge_error *err) {
    arguments a = { 0 };
    char folder[SEDGE_PATH_MAX];
    sedge_status st = path_in(r, "store", folder, err);
    ADD(&a, "data", "fetch", r->parent, "--store", folder);
    return st ? st : job_step(r, "data fetch", a.list, NULL, err);
}

static sedge_status add_data(job_run *r, sedge_error *err) {
    arguments a = { 0 };
    char folder[SEDGE_PATH_MAX], source[JOB_TEXT_MAX];
    sedge_status st = path_in(r, "store", folder, err);
    snprintf(source, sizeof source, "rows of %zu devices, asked for by retraining job %s", r->files_n, r->id);
    ADD(&a, "data", "add", r->dataset, "--parent", r->parent, "--store", folder, "--source", source);
    for (size_t i = 0; i < r->files_n; i++)
        add(&a, r->files[i]);
    return st ? st : job_step(r, "data add", a.list, NULL, err);
}

/** On the newest version of the data set, which is the one just made. */
static sedge_status train(job_run *r, sedge_error *err) {
    arguments a = { 0 };
    char config[SEDGE_PATH_MAX], folder[SEDGE_PATH_MAX], out[SEDGE_PATH_MAX];
    sedge_status st = path_in(r, "source/train.yaml", config, err);
    if (!st)
        st = path_in(r, "store", folder, err);
    if (!st)
        st = path_in(r, "model", out, err);
    ADD(&a, "train", config, "--data", r->dataset, "--store", folder, "--out", out);
    if (r->run[0])
        ADD(&a, "--parent-run", r->run);
    return st ? st : job_step(r, "train", a.list, NULL, err);
}

static sedge_status optimize(job_run *r, sedge_error *err) {
    arguments a = { 0 };
    char config[SEDGE_PATH_MAX], in[SEDGE_PATH_MAX], out[SEDGE_PATH_MAX];
    sedge_status st = path_in(r, "source/optimize.yaml", config, err);
    if (!st)
        st = path_in(r, "model", in, err);
    if (!st)
        st = path_in(r, "optimized", out, err);
    ADD(&a, "optimize", in, "--config", config, "--out", out);
    return st || !r->has_optimize ? st : job_step(r, "optimize", a.list, NULL, err);
}

static sedge_status note_release(store_tx *tx, void *ctx, sedge_error *err) {
    const job_run *r = ctx;
    return store_exec(tx, NULL, err, "UPDATE jobs SET new_release = $1 WHERE id = $2",
                      STORE_ARGS(STORE_INT(r->new_release), STORE_TEXT(r->id)));
}

static sedge_status push(job_run *r, sedge_error *err) {
    arguments a = { 0 };
    char folder[SEDGE_PATH_MAX], cpu[24], memory[24];
    SEDGE_AUTO_BUF out = sedge_buf_init(ANSWER_MAX);
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = path_in(r, r->has_optimize ? "optimized" : "model", folder, err);
    snprintf(cpu, sizeof cpu, "%lld", (long long)r->cpu_us);
    snprintf(memory, sizeof memory, "%lld", (long long)r->memory_bytes);
    ADD(&a, "registry", "push", folder, "--name", r->model, "--max-cpu-us", cpu, "--max-memory", memory, "--json");
    if (!st)
        st = job_step(r, "registry push", a.list, &out, err);
    if (!st)
        st = sedge_json_load(sedge_buf_bytes(&out), &SEDGE_JSON_LIMITS, "sedge registry push", &doc, err);
    if (st)
        return st;
    sedge_json root = sedge_json_root("sedge registry push", doc);
    st = sedge_json_int(&root, "release", 1, INT64_MAX, &r->new_release, err);
    return st ? st : store_write(r->h->store, note_release, r, err);
}

/* ---- the roll-out --------------------------------------------------------------------------------------------------
 */

static sedge_status start_rollout(store_tx *tx, void *ctx, sedge_error *err) {
    const job_run *r = ctx;
    char id[SEDGE_UUID_MAX];
    int64_t now_ms = hub_now_ms(r->h);
    sedge_status st = rollout_start(tx, now_ms, r->deployment, r->new_release, r->id, id, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "UPDATE jobs SET state = 'done', rollout = $1, updated_ms = $2, finished_ms = $2 WHERE id = $3",
                        STORE_ARGS(STORE_TEXT(id), STORE_INT(now_ms), STORE_TEXT(r->id)));
    if (!st)
        st = hub_event_add(tx, now_ms,
                           &(hub_event){ .kind = "job.done",
                                         .model = r->model,
                                         .release = r->new_release,
                                         .rollout = id,
                                         .job = r->id,
                                         .text = "the retrained model is rolled out" },
                           err);
    return st;
}

static sedge_status prepare(job_run *r, sedge_error *err) {
    sedge_status st = sedge_path_format(r->dir, err, "%s/jobs/%s", r->h->options->data, r->id);
    if (!st)
        st = sedge_dir_remove_tree(NULL, r->dir, err);
    if (!st)
        st = sedge_dir_make(NULL, r->dir, 0700, err);
    r->files = calloc(JOB_FILES_MAX, sizeof *r->files);
    if (!st && !r->files)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the names of files");
    return st;
}

static sedge_status make_release(job_run *r, sedge_error *err) {
    static sedge_status (*const steps[])(job_run *, sedge_error *) = { prepare,  unpack, export_samples, fetch_data,
                                                                       add_data, train,  optimize,       push };
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; !st && i < SEDGE_COUNT(steps); i++) {
        st = steps[i](r, err);
        if (!st && steps[i] == unpack)
            st = store_read(r->h->store, find_parent, r, err);
    }
    return st;
}

sedge_status job_work(job_run *r, sedge_error *err) {
    sedge_status st = r->new_release ? SEDGE_OK : make_release(r, err);
    if (!st)
        st = store_write(r->h->store, start_rollout, r, err);
    if (!st && r->dir[0])
        st = sedge_dir_remove_tree(NULL, r->dir, err);
    return st;
}
