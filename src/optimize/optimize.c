/* SPDX-License-Identifier: Apache-2.0 */
#include "optimize/optimize.h"

#include <math.h>
#include <string.h>

#include "optimize/quantize.h"
#include "train/model_folder.h"

enum { LATENCY_RUNS = 2000 };

static const char *const quantize_names[] = { "int8", "none", NULL };
enum { QUANTIZE_INT8, QUANTIZE_NONE };

#define AT(member)       SEDGE_AT(sedge_optimize_config, member)
#define IN_GATES(member) SEDGE_AT(sedge_optimize_config, gates.member) - SEDGE_AT(sedge_optimize_config, gates)

static const sedge_conf_row gate_rows[] = {
    { "max_accuracy_drop", SEDGE_CONF_DOUBLE, IN_GATES(max_accuracy_drop), .min = -1, .max = 1,
      .flags = SEDGE_CONF_OPTIONAL, .help = "accuracy on the hold-out may fall by this much (0.02 is 2 %)" },
    { "max_bytes", SEDGE_CONF_BYTES, IN_GATES(max_bytes), .min = 1, .max = 1e15, .flags = SEDGE_CONF_OPTIONAL,
      .help = "size of the model's file" },
    { "max_latency_us", SEDGE_CONF_DOUBLE, IN_GATES(max_latency_us), .min = 1e-3, .max = 1e12,
      .flags = SEDGE_CONF_OPTIONAL, .help = "median time of an inference on this machine, in microseconds" },
};
static const sedge_conf_rows gate_conf = { gate_rows, SEDGE_COUNT(gate_rows),
                                           sizeof(((sedge_optimize_config *)0)->gates), NULL };

static const sedge_conf_row config_rows[] = {
    { "version", SEDGE_CONF_INT, AT(version), "1", .min = 1, .max = 1, .help = "of this format" },
    { "quantize", SEDGE_CONF_ENUM, AT(quantize), "int8", .choices = quantize_names, .help = "what nets become" },
    { "gates", SEDGE_CONF_STRUCT, AT(gates), .rows = &gate_conf, .help = "what the result must keep" },
};
const sedge_conf_rows SEDGE_OPTIMIZE_CONFIG = SEDGE_CONF_ROWS(sedge_optimize_config, config_rows);

typedef struct job {
    const sedge_optimize_options *options;
    sedge_optimize_config config;
    sedge_model_folder *folder;
    sedge_buf model;
    sedge_optimize_report report;
} job;

static void job_done(job *j) {
    sedge_conf_free(&SEDGE_OPTIMIZE_CONFIG, &j->config);
    sedge_model_folder_free(j->folder);
    sedge_buf_done(&j->model);
}
#define AUTO_JOB SEDGE_CLEANUP(job_done) job

static sedge_bytes model_before(const job *j) {
    return sedge_bytes_of(j->folder->model, j->folder->model_bytes);
}

/* ---- the threshold ---- */

static sedge_status score_level(const job *j, sedge_bytes model, double *ret, sedge_error *err) {
    const sedge_model_card *card = j->folder->card;
    const sedge_vectors *v = &j->folder->calibration.v;
    sedge_auto(sedge_runner) runner = NULL;
    SEDGE_AUTO_MEM double *scores = calloc(v->n, sizeof *scores);
    if (!scores)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu scores", v->n);
    sedge_metrics unused;
    sedge_status st = sedge_runner_open(model, &runner, err);
    if (st || (st = sedge_evaluate(runner, &card->decision, card->n_classes, v, scores, NULL, &unused, err)))
        return st;
    *ret = sedge_threshold_of(scores, v->n, card->false_alarm_rate);
    return SEDGE_OK;
}

/** The threshold keeps its place relative to the same quantile of the scores of the same calibration vectors. */
static sedge_status move_threshold(job *j, sedge_decision *decision, sedge_error *err) {
    double before = 0, after = 0;
    if (decision->kind != SEDGE_DECISION_RECONSTRUCTION)
        return SEDGE_OK;
    sedge_status st = score_level(j, model_before(j), &before, err);
    if (st || (st = score_level(j, sedge_buf_bytes(&j->model), &after, err)))
        return st;
    if (before > 0 && after > 0)
        decision->threshold *= after / before;
    return SEDGE_OK;
}

/* ---- measuring ---- */

static sedge_status measure(const job *j, sedge_bytes model, const sedge_decision *decision, sedge_metrics *ret_metrics,
                            double *ret_us, sedge_error *err) {
    sedge_auto(sedge_runner) runner = NULL;
    sedge_status st = sedge_runner_open(model, &runner, err);
    if (st || (st = sedge_evaluate(runner, decision, j->folder->card->n_classes, &j->folder->holdout.v, NULL, NULL,
                                   ret_metrics, err)))
        return st;
    return sedge_measure_latency(runner, &j->folder->holdout.v, LATENCY_RUNS, j->options->clock, ret_us, err);
}

static sedge_status check_gates(const job *j, sedge_error *err) {
    const sedge_card_optimize *m = &j->report.measured;
    double drop = m->metrics_before.accuracy - m->metrics_after.accuracy;
    double drop_max = j->config.gates.max_accuracy_drop, latency_max = j->config.gates.max_latency_us;
    int64_t bytes_max = j->config.gates.max_bytes;
    if (!isnan(drop_max) && drop > drop_max)
        return sedge_fail(err, SEDGE_EGATE,
                          "gate max_accuracy_drop: accuracy falls by %.4f from %.4f to %.4f, the limit is %g", drop,
                          m->metrics_before.accuracy, m->metrics_after.accuracy, drop_max);
    if (bytes_max != SEDGE_CONF_UNSET && m->bytes_after > (uint64_t)bytes_max)
        return sedge_fail(err, SEDGE_EGATE, "gate max_bytes: the model has %llu bytes, the limit is %lld",
                          (unsigned long long)m->bytes_after, (long long)bytes_max);
    if (!isnan(latency_max) && m->latency_us_after > latency_max)
        return sedge_fail(err, SEDGE_EGATE, "gate max_latency_us: an inference takes %.1f us, the limit is %g",
                          m->latency_us_after, latency_max);
    return SEDGE_OK;
}

/* ---- steps ---- */

static sedge_status quantize(job *j, sedge_error *err) {
    const sedge_model_card *card = j->folder->card;
    if (j->config.quantize == QUANTIZE_NONE || card->kind == SEDGE_KIND_TREES) {
        sedge_buf_put(&j->model, j->folder->model, j->folder->model_bytes);
        return j->model.failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for the model") : SEDGE_OK;
    }
    if (card->quantization == SEDGE_QUANTIZATION_INT8)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "%s holds an int8 model already; optimise the float one",
                          j->options->folder);
    sedge_quantize_report report;
    const sedge_vectors *v = &j->folder->calibration.v;
    sedge_status st = sedge_quantize(model_before(j), v->x, v->n, &j->model, &report, err);
    if (st)
        return st;
    j->report.variant = report.variant;
    j->report.weights = report.weights;
    return SEDGE_OK;
}

/** Files that stay as they are; those with `needed` false may be missing. */
static const struct {
    const char *name;
    bool needed;
} kept[] = {
    { "features.yaml", true },      { "features.bin", true },     { "monitor.bin", true },
    { "train.yaml", true },         { "calibration.npy", true },  { "holdout.npy", true },
    { "holdout_labels.npy", true }, { "golden_input.npy", true }, { "schema.yaml", false },
};

static sedge_status copy_kept(const job *j, const sedge_folder_draft *draft, sedge_error *err) {
    for (size_t i = 0; i < SEDGE_COUNT(kept); i++) {
        char from[SEDGE_PATH_MAX];
        sedge_status st = sedge_path_format(from, err, "%s/%s", j->folder->path, kept[i].name);
        if (st)
            return st;
        if (!kept[i].needed && !sedge_file_exists(j->options->fs, from))
            continue;
        if ((st = sedge_folder_draft_copy(draft, kept[i].name, from, err)))
            return st;
    }
    return j->options->config ? sedge_folder_draft_copy(draft, "optimize.yaml", j->options->config, err) : SEDGE_OK;
}

static sedge_status write_folder(const job *j, sedge_error *err) {
    SEDGE_AUTO_FOLDER_DRAFT draft = { 0 };
    char path[SEDGE_PATH_MAX];
    const sedge_model_card *card = j->folder->card;
    sedge_status st = sedge_folder_draft_new(j->options->fs, j->options->out, &draft, err);
    if (st || (st = copy_kept(j, &draft, err)) ||
        (st = sedge_folder_draft_put(&draft, sedge_model_card_file(card), sedge_buf_bytes(&j->model), err)) ||
        (st = sedge_path_format(path, err, "%s/model.json", draft.path)) ||
        (st = sedge_model_card_save(j->options->fs, path, card, err)))
        return st;
    return sedge_folder_draft_publish(&draft, err);
}

static sedge_status load(job *j, sedge_error *err) {
    const sedge_optimize_options *o = j->options;
    sedge_status st = o->config ? sedge_conf_load_file(&SEDGE_OPTIMIZE_CONFIG, o->fs, o->config, &j->config, err)
                                : sedge_conf_defaults(&SEDGE_OPTIMIZE_CONFIG, &j->config, err);
    return st ? st : sedge_model_folder_load(o->fs, o->folder, &j->folder, err);
}

static sedge_status measure_both(job *j, const sedge_decision *after, sedge_error *err) {
    sedge_card_optimize *m = &j->report.measured;
    m->bytes_before = j->folder->model_bytes;
    m->bytes_after = j->model.n;
    sedge_status st =
        measure(j, model_before(j), &j->folder->card->decision, &m->metrics_before, &m->latency_us_before, err);
    return st ? st : measure(j, sedge_buf_bytes(&j->model), after, &m->metrics_after, &m->latency_us_after, err);
}

sedge_status sedge_optimize(const sedge_optimize_options *options, sedge_optimize_report *ret, sedge_error *err) {
    AUTO_JOB j = { .options = options, .model = sedge_buf_init(SEDGE_MODEL_FILE_MAX) };
    sedge_status st;
    if ((st = load(&j, err)) || (st = quantize(&j, err)))
        return st;
    sedge_model_card *card = j.folder->card;
    sedge_decision decision = card->decision;
    if ((j.report.variant && (st = move_threshold(&j, &decision, err))) || (st = measure_both(&j, &decision, err)))
        return st;
    memcpy(j.report.name, card->name, sizeof card->name);
    *ret = j.report;
    if ((st = check_gates(&j, err)))
        return st;
    card->decision = decision;
    card->metrics = j.report.measured.metrics_after;
    card->optimize = j.report.measured;
    card->optimized = true;
    if (j.report.variant)
        card->quantization = SEDGE_QUANTIZATION_INT8;
    return write_folder(&j, err);
}
