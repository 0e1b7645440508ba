/* SPDX-License-Identifier: Apache-2.0 */
#include "train/model_card.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/format.h"
#include "os/file.h"

#define TEXT_OF(NAME, name) #name,
const char *const SEDGE_TASK_NAMES[] = { SEDGE_TASK_LIST(TEXT_OF) NULL };
const char *const SEDGE_KIND_NAMES[] = { SEDGE_KIND_LIST(TEXT_OF) NULL };
const char *const SEDGE_FORMAT_NAMES[] = { SEDGE_FORMAT_LIST(TEXT_OF) NULL };
const char *const SEDGE_QUANTIZATION_NAMES[] = { SEDGE_QUANTIZATION_LIST(TEXT_OF) NULL };
#undef TEXT_OF

#define DECISION_TEXT(NAME, name) #name,
static const char *const decision_names[] = { SEDGE_DECISION_LIST(DECISION_TEXT) NULL };
#undef DECISION_TEXT

static const struct {
    const char *key;
    size_t offset;
} metric_rows[] = {
    { "accuracy", offsetof(sedge_metrics, accuracy) }, { "precision", offsetof(sedge_metrics, precision) },
    { "recall", offsetof(sedge_metrics, recall) },     { "f1", offsetof(sedge_metrics, f1) },
    { "far", offsetof(sedge_metrics, far) },           { "mar", offsetof(sedge_metrics, mar) },
    { "mse", offsetof(sedge_metrics, mse) },
};

sedge_model_card *sedge_model_card_new(void) {
    sedge_model_card *card = calloc(1, sizeof *card);
    if (card)
        (void)sedge_format(card->lineage.sedge, SEDGE_CARD_TEXT_MAX, "%s", SEDGE_VERSION);
    return card;
}

void sedge_model_card_free(sedge_model_card *card) {
    if (!card)
        return;
    free(card->calibration.items);
    free(card->holdout.items);
    free(card);
}

const char *sedge_model_card_file(const sedge_model_card *card) {
    return card->format == SEDGE_FORMAT_TFLITE ? "model.tflite" : "model.onnx";
}

sedge_status sedge_model_card_param(sedge_model_card *card, sedge_error *err, const char *key, const char *fmt, ...) {
    if (card->n_params == SEDGE_CARD_PARAMS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "more than %d parameters of a model", SEDGE_CARD_PARAMS_MAX);
    sedge_card_param *p = &card->params[card->n_params++];
    (void)sedge_format(p->key, sizeof p->key, "%s", key);
    va_list args;
    va_start(args, fmt);
    (void)sedge_vformat(p->value, sizeof p->value, fmt, args);
    va_end(args);
    return SEDGE_OK;
}

sedge_status sedge_card_lengths_add(sedge_card_lengths *lengths, size_t n, sedge_error *err) {
    if (n == 0)
        return SEDGE_OK;
    if (lengths->n == SEDGE_CARD_STRETCHES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "more than %d stretches of vectors", SEDGE_CARD_STRETCHES_MAX);
    size_t *items = realloc(lengths->items, (lengths->n + 1) * sizeof *items);
    if (!items)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the lengths of %zu stretches", lengths->n + 1);
    items[lengths->n++] = n;
    lengths->items = items;
    return SEDGE_OK;
}

/* ---- out: json_object_set_new takes a NULL value as a failure, which `bad` collects ---- */

json_t *sedge_metrics_to_json(const sedge_metrics *m) {
    json_t *o = json_object();
    int bad = !o;
    for (size_t i = 0; i < SEDGE_COUNT(metric_rows); i++) {
        double v;
        memcpy(&v, (const char *)m + metric_rows[i].offset, sizeof v);
        bad |= json_object_set_new(o, metric_rows[i].key, json_real(v));
    }
    bad |= json_object_set_new(o, "n", json_integer((json_int_t)m->n));
    if (!bad)
        return o;
    json_decref(o);
    return NULL;
}

static json_t *decision_to_json(const sedge_model_card *card) {
    const sedge_decision *d = &card->decision;
    const char *kind = sedge_decision_kind_name(d->kind);
    if (d->kind == SEDGE_DECISION_CLASS)
        return json_pack("{s:s, s:I}", "kind", kind, "normal", (json_int_t)d->normal);
    return json_pack("{s:s, s:f, s:f, s:f}", "kind", kind, "alpha", d->alpha, "threshold", d->threshold,
                     "false_alarm_rate", card->false_alarm_rate);
}

static json_t *classes_to_json(const sedge_model_card *card) {
    json_t *a = json_array();
    int bad = !a;
    for (uint32_t i = 0; i < card->n_classes; i++)
        bad |= json_array_append_new(a, json_string(card->classes[i]));
    if (!bad)
        return a;
    json_decref(a);
    return NULL;
}

static json_t *params_to_json(const sedge_model_card *card) {
    json_t *o = json_object();
    int bad = !o;
    for (size_t i = 0; i < card->n_params; i++)
        bad |= json_object_set_new(o, card->params[i].key, json_string(card->params[i].value));
    if (!bad)
        return o;
    json_decref(o);
    return NULL;
}

static json_t *lengths_to_json(const sedge_card_lengths *lengths) {
    json_t *a = json_array();
    int bad = !a;
    for (size_t i = 0; i < lengths->n; i++)
        bad |= json_array_append_new(a, json_integer((json_int_t)lengths->items[i]));
    if (!bad)
        return a;
    json_decref(a);
    return NULL;
}

static json_t *optimize_to_json(const sedge_card_optimize *o) {
    return json_pack("{s:I, s:I, s:o, s:o, s:f, s:f}", "bytes_before", (json_int_t)o->bytes_before, "bytes_after",
                     (json_int_t)o->bytes_after, "metrics_before", sedge_metrics_to_json(&o->metrics_before),
                     "metrics_after", sedge_metrics_to_json(&o->metrics_after), "latency_us_before",
                     o->latency_us_before, "latency_us_after", o->latency_us_after);
}

json_t *sedge_model_card_to_json(const sedge_model_card *c) {
    json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "version", SEDGE_CARD_VERSION, "name", c->name, "task",
                          SEDGE_TASK_NAMES[c->task], "kind", SEDGE_KIND_NAMES[c->kind], "format",
                          SEDGE_FORMAT_NAMES[c->format], "quantization", SEDGE_QUANTIZATION_NAMES[c->quantization]);
    int bad = !o;
    bad |= json_object_set_new(o, "classes", classes_to_json(c));
    bad |= json_object_set_new(o, "decision", decision_to_json(c));
    bad |= json_object_set_new(o, "params", params_to_json(c));
    bad |= json_object_set_new(o, "metrics", sedge_metrics_to_json(&c->metrics));
    bad |= json_object_set_new(o, "calibration_stretches", lengths_to_json(&c->calibration));
    bad |= json_object_set_new(o, "holdout_stretches", lengths_to_json(&c->holdout));
    bad |= json_object_set_new(o, "lineage",
                               json_pack("{s:s, s:s, s:s, s:s, s:I}", "dataset", c->lineage.dataset, "run_id",
                                         c->lineage.run_id, "parent_run_id", c->lineage.parent_run_id, "sedge",
                                         c->lineage.sedge, "seed", (json_int_t)c->lineage.seed));
    if (c->optimized)
        bad |= json_object_set_new(o, "optimize", optimize_to_json(&c->optimize));
    if (!bad)
        return o;
    json_decref(o);
    return NULL;
}

sedge_status sedge_model_card_save(const sedge_fs *fs, const char *path, const sedge_model_card *card,
                                   sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = sedge_model_card_to_json(card);
    if (!doc)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %s", path);
    SEDGE_AUTO_MEM char *text = NULL;
    size_t n;
    sedge_status st = sedge_json_dump(doc, 2, &text, &n, err);
    if (st)
        return st;
    SEDGE_AUTO_BUF out = sedge_buf_init(n + 1);
    sedge_buf_put(&out, text, n);
    sedge_buf_u8(&out, '\n');
    if (out.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %s", path);
    return sedge_file_write_atomic(fs, path, sedge_buf_bytes(&out), 0644, err);
}

/* ---- in ---- */

static sedge_status read_text(const sedge_json *at, const char *key, char *ret, sedge_error *err) {
    const char *text;
    sedge_status st = sedge_json_string(at, key, &text, err);
    if (st)
        return st;
    if (strlen(text) >= SEDGE_CARD_TEXT_MAX) {
        sedge_json member = sedge_json_member(at, key);
        return sedge_json_fail(key ? &member : at, SEDGE_ELIMIT, err, "longer than %d bytes", SEDGE_CARD_TEXT_MAX - 1);
    }
    (void)sedge_format(ret, SEDGE_CARD_TEXT_MAX, "%s", text);
    return SEDGE_OK;
}

static sedge_status read_metrics(const sedge_json *at, const char *key, sedge_metrics *ret, sedge_error *err) {
    sedge_json o;
    sedge_status st = sedge_json_object(at, key, &o, err);
    for (size_t i = 0; !st && i < SEDGE_COUNT(metric_rows); i++) {
        double v = 0;
        st = sedge_json_double_or(&o, metric_rows[i].key, -1e300, 1e300, 0, &v, err);
        memcpy((char *)ret + metric_rows[i].offset, &v, sizeof v);
    }
    int64_t n;
    if (!st && !(st = sedge_json_int_or(&o, "n", 0, INT64_MAX, 0, &n, err)))
        ret->n = (uint64_t)n;
    return st;
}

static sedge_status read_decision(const sedge_json *root, sedge_model_card *card, sedge_error *err) {
    sedge_json o;
    int kind = 0;
    int64_t normal;
    sedge_decision *d = &card->decision;
    sedge_status st = sedge_json_object(root, "decision", &o, err);
    if (st || (st = sedge_json_enum(&o, "kind", decision_names, &kind, err)))
        return st;
    d->kind = (sedge_decision_kind)kind;
    if ((st = sedge_json_double_or(&o, "alpha", 0, 1, 1, &d->alpha, err)) ||
        (st = sedge_json_double_or(&o, "threshold", 0, 1e300, 0, &d->threshold, err)) ||
        (st = sedge_json_double_or(&o, "false_alarm_rate", 0, 1, 0, &card->false_alarm_rate, err)) ||
        (st = sedge_json_int_or(&o, "normal", 0, SEDGE_METRICS_CLASSES_MAX - 1, 0, &normal, err)))
        return st;
    d->normal = (uint32_t)normal;
    return SEDGE_OK;
}

static sedge_status read_classes(const sedge_json *root, sedge_model_card *card, sedge_error *err) {
    sedge_json a;
    sedge_status st = sedge_json_array(root, "classes", &a, err);
    if (st)
        return st;
    size_t n = sedge_json_count(&a);
    if (n < 2 || n > SEDGE_METRICS_CLASSES_MAX)
        return sedge_json_fail(&a, SEDGE_EINVALID, err, "%zu classes, there must be 2 to %d", n,
                               SEDGE_METRICS_CLASSES_MAX);
    for (size_t i = 0; i < n; i++) {
        sedge_json item = sedge_json_item(&a, i);
        if ((st = read_text(&item, NULL, card->classes[i], err)))
            return st;
    }
    card->n_classes = (uint32_t)n;
    return SEDGE_OK;
}

static sedge_status read_params(const sedge_json *root, sedge_model_card *card, sedge_error *err) {
    sedge_json o;
    sedge_status st = sedge_json_object(root, "params", &o, err);
    if (st)
        return st;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)o.value, key, value) {
        if (!json_is_string(value))
            return sedge_json_fail(&o, SEDGE_EINVALID, err, "'%s' is no text", key);
        if ((st = sedge_model_card_param(card, err, key, "%s", json_string_value(value))))
            return st;
    }
    return SEDGE_OK;
}

static sedge_status read_lengths(const sedge_json *root, const char *key, sedge_card_lengths *ret, sedge_error *err) {
    sedge_json a;
    sedge_status st = sedge_json_array(root, key, &a, err);
    for (size_t i = 0; !st && i < sedge_json_count(&a); i++) {
        sedge_json item = sedge_json_item(&a, i);
        int64_t n;
        if (!(st = sedge_json_int(&item, NULL, 1, INT32_MAX, &n, err)))
            st = sedge_card_lengths_add(ret, (size_t)n, err);
    }
    return st;
}

static sedge_status read_lineage(const sedge_json *root, sedge_model_card *card, sedge_error *err) {
    sedge_json o;
    int64_t seed;
    sedge_status st = sedge_json_object(root, "lineage", &o, err);
    if (st || (st = read_text(&o, "dataset", card->lineage.dataset, err)) ||
        (st = read_text(&o, "run_id", card->lineage.run_id, err)) ||
        (st = read_text(&o, "parent_run_id", card->lineage.parent_run_id, err)) ||
        (st = read_text(&o, "sedge", card->lineage.sedge, err)) ||
        (st = sedge_json_int_or(&o, "seed", 0, INT64_MAX, 0, &seed, err)))
        return st;
    card->lineage.seed = (uint64_t)seed;
    return SEDGE_OK;
}

static sedge_status read_optimize(const sedge_json *root, sedge_model_card *card, sedge_error *err) {
    if (!sedge_json_has(root, "optimize"))
        return SEDGE_OK;
    sedge_json o;
    int64_t before, after;
    sedge_card_optimize *r = &card->optimize;
    sedge_status st = sedge_json_object(root, "optimize", &o, err);
    if (st || (st = sedge_json_int(&o, "bytes_before", 0, INT64_MAX, &before, err)) ||
        (st = sedge_json_int(&o, "bytes_after", 0, INT64_MAX, &after, err)) ||
        (st = read_metrics(&o, "metrics_before", &r->metrics_before, err)) ||
        (st = read_metrics(&o, "metrics_after", &r->metrics_after, err)) ||
        (st = sedge_json_double(&o, "latency_us_before", 0, 1e300, &r->latency_us_before, err)) ||
        (st = sedge_json_double(&o, "latency_us_after", 0, 1e300, &r->latency_us_after, err)))
        return st;
    r->bytes_before = (uint64_t)before;
    r->bytes_after = (uint64_t)after;
    card->optimized = true;
    return SEDGE_OK;
}

static sedge_status read_card(const sedge_json *root, sedge_model_card *card, sedge_error *err) {
    int task = 0, kind = 0, format = 0, quantization = 0;
    sedge_status st;
    if ((st = read_text(root, "name", card->name, err)) ||
        (st = sedge_json_enum(root, "task", SEDGE_TASK_NAMES, &task, err)) ||
        (st = sedge_json_enum(root, "kind", SEDGE_KIND_NAMES, &kind, err)) ||
        (st = sedge_json_enum(root, "format", SEDGE_FORMAT_NAMES, &format, err)) ||
        (st = sedge_json_enum(root, "quantization", SEDGE_QUANTIZATION_NAMES, &quantization, err)))
        return st;
    card->task = (sedge_task)task;
    card->kind = (sedge_model_kind)kind;
    card->format = (sedge_file_format)format;
    card->quantization = (sedge_quantization)quantization;
    if ((st = read_classes(root, card, err)) || (st = read_decision(root, card, err)) ||
        (st = read_params(root, card, err)) || (st = read_metrics(root, "metrics", &card->metrics, err)) ||
        (st = read_lengths(root, "calibration_stretches", &card->calibration, err)) ||
        (st = read_lengths(root, "holdout_stretches", &card->holdout, err)) || (st = read_lineage(root, card, err)))
        return st;
    return read_optimize(root, card, err);
}

sedge_status sedge_model_card_load(const sedge_fs *fs, const char *path, sedge_model_card **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = sedge_json_load_file(fs, path, &SEDGE_JSON_LIMITS, &doc, err);
    if (st)
        return st;
    sedge_auto(sedge_model_card) card = sedge_model_card_new();
    if (!card)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %s", path);
    sedge_json root = sedge_json_root(path, doc);
    int64_t version;
    if ((st = sedge_json_int(&root, "version", 1, INT32_MAX, &version, err)))
        return st;
    if (version != SEDGE_CARD_VERSION)
        return sedge_json_fail(&root, SEDGE_EUNSUPPORTED, err, "version %d, this sedge reads version %d", (int)version,
                               SEDGE_CARD_VERSION);
    if ((st = read_card(&root, card, err)))
        return st;
    *ret = SEDGE_STEAL(card);
    return SEDGE_OK;
}
