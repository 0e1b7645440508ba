/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/hub_client.h"
#include "cli/hub_runs.h"
#include "cli/metrics_text.h"
#include "train/train.h"

typedef struct options {
    char *config, *out, *parent_run;
    sedge_conf_strings data;
    sedge_hub_options hub;
} options;

static const sedge_conf_row rows[] = {
    { "config", SEDGE_CONF_STRING, SEDGE_AT(options, config), .metavar = "CONFIG",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "train.yaml" },
    { "data", SEDGE_CONF_STRINGS, SEDGE_AT(options, data), .metavar = "FILE",
      .help = "recordings instead of those that CONFIG names; may be repeated" },
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
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_auto(sedge_hub_run) run = NULL;
    sedge_auto(sedge_model_card) card = NULL;
    sedge_status st = sedge_train_config_load(NULL, o->config, &config, err);
    if (st)
        return st;
    if (sedge_hub_is_named(&o->hub) &&
        ((st = sedge_hub_client_new(&o->hub, &hub, err)) ||
         (st = sedge_hub_run_start(hub, config.name, SEDGE_KIND_NAMES[config.model.kind], o->parent_run, &run, err))))
        return st;
    sedge_train_options t = { .config = o->config,
                              .out = o->out,
                              .files = (const char *const *)o->data.items,
                              .n_files = o->data.n,
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
      "Paths in CONFIG are relative to its folder. With a hub, a run is kept in the experiment of the model's name:\n"
      "parameters, figures and the model folder as artifacts under model/. A run that fails is marked FAILED.\n" },
};
const sedge_command_group sedge_cmd_train = { "train", "train models", commands, SEDGE_COUNT(commands) };
