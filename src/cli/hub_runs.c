/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hub_runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "os/file.h"

#define API "/api/2.0/mlflow/"

static const char ARTIFACT_SCHEME[] = "mlflow-artifacts:/";

struct sedge_hub_run {
    sedge_hub_client *hub;
    char *id;
    char *artifacts; /**< "mlflow-artifacts:/<path>" */
    json_t *metrics, *params, *tags;
    bool finished;
};

static sedge_status no_memory(sedge_error *err) {
    return sedge_fail(err, SEDGE_ENOMEM, "no memory for a request to the hub");
}

/** Calls with a body that json_pack made (NULL: no memory), which is taken over. */
static sedge_status post(sedge_hub_client *hub, const char *path, json_t *body, json_t **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *owned = body;
    return owned ? sedge_hub_call(hub, "POST", path, owned, ret, err) : no_memory(err);
}

static sedge_status copy_string(const sedge_json *at, const char *key, char **ret, sedge_error *err) {
    const char *text = NULL;
    sedge_status st = sedge_json_string(at, key, &text, err);
    if (st)
        return st;
    char *copy = strdup(text);
    if (!copy)
        return no_memory(err);
    *ret = copy;
    return SEDGE_OK;
}

static sedge_status find_experiment(sedge_hub_client *hub, const char *name, char **ret_id, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_status st = sedge_hub_path(path, err, API "experiments/get-by-name?experiment_name=%s", name);
    if (!st)
        st = sedge_hub_call(hub, "GET", path, NULL, &answer, err);
    if (st)
        return st;
    sedge_json root = sedge_json_root("experiments/get-by-name", answer), experiment;
    st = sedge_json_object(&root, "experiment", &experiment, err);
    return st ? st : copy_string(&experiment, "experiment_id", ret_id, err);
}

static sedge_status want_experiment(sedge_hub_client *hub, const char *name, char **ret_id, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_status st = find_experiment(hub, name, ret_id, err);
    if (st != SEDGE_ENOTFOUND)
        return st;
    st = post(hub, API "experiments/create", json_pack("{s:s}", "name", name), &answer, err);
    if (st == SEDGE_ECONFLICT) /* someone was faster */
        return find_experiment(hub, name, ret_id, err);
    if (st)
        return st;
    sedge_json root = sedge_json_root("experiments/create", answer);
    return copy_string(&root, "experiment_id", ret_id, err);
}

/** Takes id and place of the artifacts from the answer to runs/create and runs/get. */
static sedge_status read_run(sedge_hub_run *run, const json_t *answer, sedge_error *err) {
    sedge_json root = sedge_json_root("run", answer), object, info;
    const char *uri = NULL;
    sedge_status st = sedge_json_object(&root, "run", &object, err);
    if (!st)
        st = sedge_json_object(&object, "info", &info, err);
    if (!st)
        st = copy_string(&info, "run_id", &run->id, err);
    if (!st)
        st = sedge_json_string(&info, "artifact_uri", &uri, err);
    if (st)
        return st;
    if (strncmp(uri, ARTIFACT_SCHEME, strlen(ARTIFACT_SCHEME)) != 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the run's artifacts are at '%s', which is not on the hub", uri);
    run->artifacts = strdup(uri);
    return run->artifacts ? SEDGE_OK : no_memory(err);
}

static sedge_status new_run(sedge_hub_client *hub, sedge_hub_run **ret, sedge_error *err) {
    sedge_auto(sedge_hub_run) run = calloc(1, sizeof *run);
    if (!run)
        return no_memory(err);
    *run = (sedge_hub_run){ .hub = hub, .metrics = json_array(), .params = json_array(), .tags = json_array() };
    if (!run->metrics || !run->params || !run->tags)
        return no_memory(err);
    *ret = SEDGE_STEAL(run);
    return SEDGE_OK;
}

sedge_status sedge_hub_run_open(sedge_hub_client *hub, const char *run_id, sedge_hub_run **ret, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_auto(sedge_hub_run) run = NULL;
    sedge_status st = sedge_hub_path(path, err, API "runs/get?run_id=%s", run_id);
    if (!st)
        st = sedge_hub_call(hub, "GET", path, NULL, &answer, err);
    if (!st)
        st = new_run(hub, &run, err);
    if (!st)
        st = read_run(run, answer, err);
    if (st)
        return sedge_wrap(err, st, "run %s", run_id);
    run->finished = true;
    *ret = SEDGE_STEAL(run);
    return SEDGE_OK;
}

sedge_status sedge_hub_run_start(sedge_hub_client *hub, const char *experiment, const char *name,
                                 const char *parent_run, sedge_hub_run **ret, sedge_error *err) {
    SEDGE_AUTO_MEM char *experiment_id = NULL;
    SEDGE_AUTO_JSON json_t *answer = NULL, *tags = json_array();
    sedge_auto(sedge_hub_run) run = NULL;
    if (!tags)
        return no_memory(err);
    if (parent_run && *parent_run &&
        json_array_append_new(tags, json_pack("{s:s,s:s}", "key", "mlflow.parentRunId", "value", parent_run)))
        return no_memory(err);
    sedge_status st = new_run(hub, &run, err);
    if (!st)
        st = want_experiment(hub, experiment, &experiment_id, err);
    if (!st)
        st = post(hub, API "runs/create",
                  json_pack("{s:s,s:s,s:I,s:O}", "experiment_id", experiment_id, "run_name", name, "start_time",
                            (json_int_t)sedge_now_ms(sedge_clock_os()), "tags", tags),
                  &answer, err);
    if (!st)
        st = read_run(run, answer, err);
    if (st)
        return sedge_wrap(err, st, "run '%s' in experiment '%s'", name, experiment);
    *ret = SEDGE_STEAL(run);
    return SEDGE_OK;
}

void sedge_hub_run_free(sedge_hub_run *run) {
    if (!run)
        return;
    if (run->id && !run->finished && sedge_hub_run_finish(run, false, NULL))
        run->finished = true; /* the hub is away as well: it shows the run as it was left */
    json_decref(run->metrics);
    json_decref(run->params);
    json_decref(run->tags);
    free(run->artifacts);
    free(run->id);
    free(run);
}

const char *sedge_hub_run_id(const sedge_hub_run *run) {
    return run->id;
}

const char *sedge_hub_run_artifact_uri(const sedge_hub_run *run) {
    return run->artifacts;
}

static size_t waiting(const sedge_hub_run *run) {
    return json_array_size(run->metrics) + json_array_size(run->params) + json_array_size(run->tags);
}

static sedge_status flush(sedge_hub_run *run, sedge_error *err) {
    if (!waiting(run))
        return SEDGE_OK;
    sedge_status st = post(run->hub, API "runs/log-batch",
                           json_pack("{s:s,s:O,s:O,s:O}", "run_id", run->id, "metrics", run->metrics, "params",
                                     run->params, "tags", run->tags),
                           NULL, err);
    if (st)
        return sedge_wrap(err, st, "run %s", run->id);
    json_array_clear(run->metrics);
    json_array_clear(run->params);
    json_array_clear(run->tags);
    return SEDGE_OK;
}

static sedge_status queue(sedge_hub_run *run, json_t *list, json_t *entry, sedge_error *err) {
    if (!entry || json_array_append_new(list, entry))
        return no_memory(err);
    return waiting(run) < SEDGE_HUB_RUN_BATCH ? SEDGE_OK : flush(run, err);
}

sedge_status sedge_hub_run_param(sedge_hub_run *run, const char *key, const char *value, sedge_error *err) {
    return queue(run, run->params, json_pack("{s:s,s:s}", "key", key, "value", value), err);
}

sedge_status sedge_hub_run_tag(sedge_hub_run *run, const char *key, const char *value, sedge_error *err) {
    return queue(run, run->tags, json_pack("{s:s,s:s}", "key", key, "value", value), err);
}

/** JSON has no word for these; MLflow takes them as strings. */
static json_t *metric_value(double value) {
    if (isnan(value))
        return json_string("NaN");
    if (isinf(value))
        return json_string(value > 0 ? "Infinity" : "-Infinity");
    return json_real(value);
}

sedge_status sedge_hub_run_metric(sedge_hub_run *run, const char *key, double value, int64_t step, sedge_error *err) {
    return queue(run, run->metrics,
                 json_pack("{s:s,s:o,s:I,s:I}", "key", key, "value", metric_value(value), "timestamp",
                           (json_int_t)sedge_now_ms(sedge_clock_os()), "step", (json_int_t)step),
                 err);
}

static sedge_status upload_one(sedge_hub_run *run, const char *file, const char *name, sedge_error *err);

/** Everything below folder, under the artifact path `name`. */
static sedge_status upload_folder(sedge_hub_run *run, const char *folder, const char *name, sedge_error *err) {
    sedge_names names = { 0 };
    sedge_status st = sedge_dir_list(NULL, folder, &names, err);
    for (size_t i = 0; !st && i < names.n; i++) {
        char file[SEDGE_PATH_MAX], below[SEDGE_PATH_MAX];
        st = sedge_path_format(file, err, "%s/%s", folder, names.items[i]);
        if (!st)
            st = sedge_path_format(below, err, "%s/%s", name, names.items[i]);
        if (!st)
            st = upload_one(run, file, below, err);
    }
    sedge_names_done(&names);
    return st;
}

/** "a/b c" as "a/b%20c": each part encoded, the slashes kept. */
static sedge_status encode_path(const char *name, sedge_buf *out, sedge_error *err) {
    char part[SEDGE_HUB_PATH_MAX], one[SEDGE_PATH_MAX];
    for (const char *at = name; *at;) {
        size_t n = strcspn(at, "/");
        if (n >= sizeof one)
            return sedge_fail(err, SEDGE_ELIMIT, "'%s' is too long for a path", name);
        memcpy(one, at, n);
        one[n] = '\0';
        sedge_status st = sedge_hub_path(part, err, "%s", one);
        if (st)
            return st;
        sedge_buf_printf(out, "/%s", part);
        at += n + (at[n] == '/');
    }
    return out->failed ? sedge_fail(err, SEDGE_ELIMIT, "'%s' is too long for a path", name) : SEDGE_OK;
}

static sedge_status upload_one(sedge_hub_run *run, const char *file, const char *name, sedge_error *err) {
    sedge_fs_stat info;
    const sedge_fs *fs = sedge_fs_os();
    if (fs->stat(fs, file, true, &info) == 0 && info.kind == SEDGE_FS_DIR)
        return upload_folder(run, file, name, err);
    SEDGE_AUTO_BUF path = sedge_buf_init(SEDGE_HUB_PATH_MAX);
    sedge_buf_text(&path, "/api/2.0/mlflow-artifacts/artifacts");
    sedge_status st = encode_path(run->artifacts + strlen(ARTIFACT_SCHEME), &path, err);
    if (!st)
        st = encode_path(name, &path, err);
    return st ? st : sedge_hub_upload(run->hub, sedge_buf_cstr(&path), file, NULL, err);
}

sedge_status sedge_hub_run_artifacts(sedge_hub_run *run, const char *folder, const char *path, sedge_error *err) {
    return upload_folder(run, folder, path, err);
}

sedge_status sedge_hub_run_finish(sedge_hub_run *run, bool good, sedge_error *err) {
    sedge_status st = flush(run, err);
    if (st)
        return st;
    st = post(run->hub, API "runs/update",
              json_pack("{s:s,s:s,s:I}", "run_id", run->id, "status", good ? "FINISHED" : "FAILED", "end_time",
                        (json_int_t)sedge_now_ms(sedge_clock_os())),
              NULL, err);
    if (st)
        return sedge_wrap(err, st, "run %s", run->id);
    run->finished = true;
    return SEDGE_OK;
}
