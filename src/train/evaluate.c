/* SPDX-License-Identifier: Apache-2.0 */
#include "train/evaluate.h"

#include <stdlib.h>
#include <string.h>

struct sedge_runner {
    sedge_model *model;
    sedge_instance *instance;
    uint32_t inputs, outputs;
    uint32_t output; /* index of the real output */
};

static sedge_status find_ends(sedge_runner *r, sedge_error *err) {
    if (sedge_model_input_count(r->model) != 1 || !sedge_real_count(sedge_model_input(r->model, 0)))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the model must have one input of float32 or int8");
    r->inputs = (uint32_t)sedge_real_count(sedge_model_input(r->model, 0));
    if (!sedge_real_output(r->model, &r->output))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the model has no output of float32 or int8");
    r->outputs = (uint32_t)sedge_real_count(sedge_model_output(r->model, r->output));
    return SEDGE_OK;
}

sedge_status sedge_runner_open(sedge_bytes model, sedge_runner **ret, sedge_error *err) {
    sedge_auto(sedge_runner) r = calloc(1, sizeof *r);
    if (!r)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a model");
    sedge_status st = sedge_model_open(model.p, model.n, NULL, &r->model, err);
    if (st || (st = find_ends(r, err)) || (st = sedge_instance_new(r->model, &r->instance, err)))
        return st;
    *ret = SEDGE_STEAL(r);
    return SEDGE_OK;
}

void sedge_runner_free(sedge_runner *runner) {
    if (!runner)
        return;
    sedge_instance_free(runner->instance);
    sedge_model_free(runner->model);
    free(runner);
}

uint32_t sedge_runner_inputs(const sedge_runner *runner) {
    return runner->inputs;
}

uint32_t sedge_runner_outputs(const sedge_runner *runner) {
    return runner->outputs;
}

sedge_instance *sedge_runner_instance(sedge_runner *runner) {
    return runner->instance;
}

sedge_status sedge_runner_run(sedge_runner *runner, const float *x, float *ret_y, sedge_error *err) {
    sedge_status st = sedge_real_set_input(runner->instance, 0, x, runner->inputs, err);
    if (st || (st = sedge_instance_invoke(runner->instance, err)))
        return st;
    return sedge_real_get_output(runner->instance, runner->output, ret_y, runner->outputs, err);
}

/* ---- figures ---- */

typedef struct tally {
    const sedge_decision *decision;
    uint32_t n_classes;
    sedge_counts counts;       /* RECONSTRUCTION */
    sedge_confusion confusion; /* CLASS */
    double error;
    uint64_t error_n;
} tally;

static sedge_status check_fit(const sedge_runner *r, const sedge_decision *decision, uint32_t n_classes,
                              const sedge_vectors *v, sedge_error *err) {
    if (v->width != r->inputs)
        return sedge_fail(err, SEDGE_EINVALID, "the vectors have %u features, the model takes %u", v->width, r->inputs);
    if (decision->kind == SEDGE_DECISION_CLASS && r->outputs != n_classes && !(r->outputs == 1 && n_classes == 2))
        return sedge_fail(err, SEDGE_EINVALID, "the model tells %u classes apart, the labels %u", r->outputs,
                          n_classes);
    return sedge_decision_check(decision, v->width, r->outputs, err);
}

/** Squared differences of the probabilities and the truth. */
static double probability_error(const float *y, uint32_t outputs, uint32_t label) {
    double sum = 0;
    for (uint32_t c = 0; c < outputs; c++) {
        double d = (double)y[c] - (c == label || (outputs == 1 && label == 1));
        sum += d * d;
    }
    return sum / outputs;
}

static sedge_status count(tally *t, int32_t label, const sedge_verdict *verdict, const float *y, uint32_t outputs,
                          sedge_error *err) {
    if (t->decision->kind == SEDGE_DECISION_RECONSTRUCTION) {
        sedge_counts_add(&t->counts, label != 0, verdict->anomaly);
        if (label == 0) {
            t->error += verdict->raw;
            t->error_n++;
        }
        return SEDGE_OK;
    }
    if (label < 0 || (uint32_t)label >= t->n_classes || verdict->class_index >= t->n_classes)
        return sedge_fail(err, SEDGE_EINVALID, "label %d is not below %u", label, t->n_classes);
    t->confusion.cells[(uint32_t)label * t->n_classes + verdict->class_index]++;
    t->error += probability_error(y, outputs, (uint32_t)label);
    t->error_n++;
    return SEDGE_OK;
}

static sedge_metrics figures(const tally *t) {
    sedge_metrics m = t->decision->kind == SEDGE_DECISION_RECONSTRUCTION
                          ? sedge_metrics_of_counts(&t->counts)
                          : sedge_metrics_of_confusion(&t->confusion, t->decision->normal);
    m.mse = t->error_n ? t->error / (double)t->error_n : 0;
    return m;
}

sedge_status sedge_evaluate(sedge_runner *runner, const sedge_decision *decision, uint32_t n_classes,
                            const sedge_vectors *v, double *ret_scores, int32_t *ret_answers, sedge_metrics *ret,
                            sedge_error *err) {
    sedge_status st = check_fit(runner, decision, n_classes, v, err);
    if (st)
        return st;
    if (decision->kind == SEDGE_DECISION_CLASS && (n_classes < 2 || n_classes > SEDGE_METRICS_CLASSES_MAX))
        return sedge_fail(err, SEDGE_EINVALID, "%u classes, there must be 2 to %d", n_classes,
                          SEDGE_METRICS_CLASSES_MAX);
    SEDGE_AUTO_MEM float *y = calloc(runner->outputs, sizeof *y);
    SEDGE_AUTO_MEM tally *t = calloc(1, sizeof *t);
    if (!y || !t)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to evaluate");
    t->decision = decision;
    t->n_classes = t->confusion.n_classes = n_classes;
    sedge_decision_state state = { 0 };
    for (size_t i = 0, stretch = 0, left = v->lengths ? 0 : v->n; i < v->n; i++, left--) {
        while (left == 0 && stretch < v->n_stretches) {
            left = v->lengths[stretch++];
            state = (sedge_decision_state){ 0 };
        }
        const float *x = v->x + i * v->width;
        sedge_verdict verdict;
        if ((st = sedge_runner_run(runner, x, y, err)) ||
            (st = sedge_decide(decision, &state, x, v->width, y, runner->outputs, &verdict, err)) ||
            (st = count(t, v->labels ? v->labels[i] : 0, &verdict, y, runner->outputs, err)))
            return sedge_wrap(err, st, "vector %zu", i);
        if (ret_scores)
            ret_scores[i] = verdict.score;
        if (ret_answers)
            ret_answers[i] = (int32_t)verdict.class_index;
    }
    *ret = figures(t);
    return SEDGE_OK;
}

/* ---- order statistics ---- */

static int compare_doubles(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double sedge_threshold_of(double *scores, size_t n, double rate) {
    if (n == 0)
        return 0;
    qsort(scores, n, sizeof *scores, compare_doubles);
    size_t above = (size_t)((double)n * rate);
    return scores[above < n ? n - 1 - above : 0];
}

sedge_status sedge_measure_latency(sedge_runner *runner, const sedge_vectors *v, uint32_t runs,
                                   const sedge_clock *clock, double *ret_us, sedge_error *err) {
    if (v->n == 0 || runs == 0)
        return sedge_fail(err, SEDGE_EINVALID, "there are no vectors to measure the latency with");
    SEDGE_AUTO_MEM double *times = calloc(runs, sizeof *times);
    SEDGE_AUTO_MEM float *y = calloc(runner->outputs, sizeof *y);
    if (!times || !y)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to measure the latency");
    for (uint32_t i = 0; i < runs + runs / 10; i++) {
        int64_t start = sedge_monotonic_ns(clock);
        sedge_status st = sedge_runner_run(runner, v->x + i % v->n * v->width, y, err);
        if (st)
            return st;
        times[i % runs] = (double)(sedge_monotonic_ns(clock) - start) / 1000;
    }
    qsort(times, runs, sizeof *times, compare_doubles);
    *ret_us = times[runs / 2];
    return SEDGE_OK;
}
