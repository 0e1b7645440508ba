/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/command.h"
#include "cli/data_remote.h"
#include "cli/hub_client.h"
#include "cli/hub_runs.h"
#include "cli/metrics_text.h"
#include "os/clock.h"
#include "train/train.h"

typedef struct options {
    char *config, *out, *parent_run, *store;
    sedge_conf_strings data;
    sedge_hub_options hub;
} options;

static const sedge_conf_row rows[] = {
    { "config", SEDGE_CONF_STRING, SEDGE_AT(options, config), .metavar = "CONFIG",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "train.yaml" },
    { "data", SEDGE_CONF_STRINGS, SEDGE_AT(options, data), .metavar = "FILE|NAME",
      .help = "recordings, or one data set version, instead of what CONFIG names" },
    { "store", SEDGE_CONF_STRING, SEDGE_AT(options, store), ".sedge", .metavar = "DIR",
      .help = "where data set versions are kept" },
    { "out", SEDGE_CONF_STRING, SEDGE_AT(options, out), "model", .metavar = "DIR",
      .help = "the model folder to write" },
    { "parent_run", SEDGE_CONF_STRING, SEDGE_AT(options, parent_run), .metavar = "ID",
      .help = "run on the hub that this training follows" },
    SEDGE_HUB_OPTION_ROWS(options, hub),
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

static void config_done(sedge_train_config *config) {
    sedge_conf_free(&SEDGE_TRAIN_CONFIG, config);
}
#define AUTO_CONFIG SEDGE_CLEANUP(config_done) sedge_train_config

/* ---- recordings ---- */

/** What to train on: paths, and the version that they are. */
typedef struct recordings {
    sedge_names paths; /**< of a data set version; else empty */
    char schema[SEDGE_PATH_MAX];
    char dataset[SEDGE_DIGEST_TEXT_MAX]; /**< "" for files */
} recordings;

static void recordings_done(recordings *r) {
    sedge_names_done(&r->paths);
}
#define AUTO_RECORDINGS SEDGE_CLEANUP(recordings_done) recordings

/** The data set that is meant, or NULL: one word of --data that is no file, else data.dataset of CONFIG. */
static const char *find_dataset(const options *o, const sedge_train_config *config) {
    if (o->data.n == 1 && !sedge_file_exists(NULL, o->data.items[0]) && !strchr(o->data.items[0], '/') &&
        !strstr(o->data.items[0], ".csv"))
        return o->data.items[0];
    return o->data.n == 0 ? config->data.dataset : NULL;
}

/** From the store when it has the version, else from the hub. */
static sedge_status find_version(const options *o, const sedge_store *store, sedge_hub_client *hub, const char *ref,
                                 sedge_digest *ret, sedge_error *err) {
    sedge_status st = sedge_store_resolve(store, ref, ret, err);
    if (st != SEDGE_ENOTFOUND || !hub)
        return st ? sedge_wrap(err, st, "data set %s in %s", ref, o->store) : st;
    return sedge_data_fetch(hub, store, ref, sedge_now_ms(sedge_clock_os()), ret, err);
}

static sedge_status find_recordings(const options *o, const sedge_train_config *config, sedge_hub_client *hub,
                                    recordings *ret, sedge_error *err) {
    const char *ref = find_dataset(o, config);
    if (!ref)
        return SEDGE_OK;
    sedge_store store;
    sedge_digest version;
    sedge_status st = sedge_store_open(NULL, o->store, hub != NULL, &store, err);
    if (st || (st = find_version(o, &store, hub, ref, &version, err)))
        return st;
    sedge_digest_text(&version, ret->dataset);
    return sedge_dataset_checkout(&store, &version, &ret->paths, ret->schema, err);
}

/* ---- results ---- */

static sedge_status send_facts(sedge_hub_run *run, const sedge_model_card *card, const char *out, sedge_error *err) {
    sedge_status st = sedge_hub_run_tag(run, "sedge.dataset", card->lineage.dataset, err);
    if (st || (st = sedge_hub_run_param(run, "task", SEDGE_TASK_NAMES[card->task], err)) ||
        (st = sedge_hub_run_param(run, "kind", SEDGE_KIND_NAMES[card->kind], err)))
        return st;
    for (size_t i = 0; i < card->n_params; i++)
        if ((st = sedge_hub_run_param(run, card->params[i].key, card->params[i].value, err)))
            return st;
    for (size_t i = 0; metric_texts[i].name; i++)
        if ((st = sedge_hub_run_metric(run, metric_texts[i].name, metric_value(&card->metrics, i), 0, err)))
            return st;
    return sedge_hub_run_artifacts(run, out, "model", err);
}

static sedge_status print_card(const sedge_command_io *io, const sedge_model_card *card, const char *out,
                               sedge_error *err) {
    if (io->json) {
        json_t *doc = sedge_model_card_to_json(card);
        if (doc && json_object_set_new(doc, "folder", json_string(out))) {
            json_decref(doc);
            doc = NULL;
        }
        return sedge_command_print_json(io, doc, err);
    }
    (void)fprintf(io->out, "%s: %s, %s, written to %s\n", card->name, SEDGE_TASK_NAMES[card->task],
                  SEDGE_KIND_NAMES[card->kind], out);
    if (card->lineage.run_id[0])
        (void)fprintf(io->out, "run %s\n", card->lineage.run_id);
    const sedge_metrics *columns[] = { &card->metrics };
    const char *const heads[] = { "hold-out" };
    return metrics_print(io, columns, heads, 1, err);
}

static sedge_status train(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    AUTO_CONFIG config = { 0 };
    AUTO_RECORDINGS data = { 0 };
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_auto(sedge_hub_run) run = NULL;
    sedge_auto(sedge_model_card) card = NULL;
    sedge_status st = sedge_train_config_load(NULL, o->config, &config, err);
    if (st || (sedge_hub_is_named(&o->hub) && (st = sedge_hub_client_new(&o->hub, &hub, err))) ||
        (st = find_recordings(o, &config, hub, &data, err)))
        return st;
    if (hub &&
        (st = sedge_hub_run_start(hub, config.name, SEDGE_KIND_NAMES[config.model.kind], o->parent_run, &run, err)))
        return st;
    bool files = data.paths.n == 0;
    sedge_train_options t = { .config = o->config,
                              .out = o->out,
                              .files = (const char *const *)(files ? o->data.items : data.paths.items),
                              .n_files = files ? o->data.n : data.paths.n,
                              .schema = files ? NULL : data.schema,
                              .dataset = files ? NULL : data.dataset,
                              .run_id = run ? sedge_hub_run_id(run) : NULL,
                              .parent_run_id = o->parent_run };
    if ((st = sedge_train(&t, &config, &card, err)))
        return st;
    if (run && ((st = send_facts(run, card, o->out, err)) || (st = sedge_hub_run_finish(run, true, err))))
        return st;
    return print_card(io, card, o->out, err);
}

static const sedge_command commands[] = {
    { "train", "train a model from recordings", &conf, train,
      "Paths in CONFIG are relative to its folder. A data set version is written NAME (the newest), NAME@<digest> or\n"
      "sha256:<hex>; it comes from --store, or from the hub when the store does not have it. With a hub, a run is kept "
      "in\n"
      "the experiment of the model's name: parameters, figures and the model folder as artifacts under model/. A run\n"
      "that fails is marked FAILED.\n" },
};
const sedge_command_group sedge_cmd_train = { "train", "train models", commands, SEDGE_COUNT(commands) };
