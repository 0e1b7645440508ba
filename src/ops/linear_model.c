/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LINEAR_MODEL: LinearClassifier and LinearRegressor of ai.onnx.ml. Scores are the products of a row and the
 * coefficients, summed in ascending order, then the intercept. The label is the class with the largest score, the first
 * of equals. Of more coefficients than scores times columns the first count, as ONNX Runtime has it. Source: the
 * operators' documentation.
 */
#include "ops/features.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_features x;
    const sedge_linear_model *m;
} prepared;

static void scores_of(const sedge_linear_model *m, size_t columns, const float *x, float *scores) {
    const float *w = m->coefficients;
    for (uint32_t t = 0; t < m->n_targets; t++, w += columns) {
        float sum = 0;
        for (size_t i = 0; i < columns; i++)
            sum += x[i] * w[i];
        scores[t] = m->intercepts ? sum + m->intercepts[t] : sum;
    }
}

static uint32_t largest(const float *scores, uint32_t n) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++)
        if (scores[i] > scores[best])
            best = i;
    return best;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const sedge_linear_model *m = d->m;
    float *scores = call->outputs[m->classifier ? 1 : 0];
    for (size_t r = 0; r < d->x.rows; r++, scores += m->n_targets) {
        scores_of(m, d->x.columns, sedge_features_row(&d->x, call->inputs[0], r, call->scratch), scores);
        if (m->classifier)
            sedge_labels_store(call->outputs[0], m->text_labels, r, m->labels[largest(scores, m->n_targets)]);
        sedge_scores_post(m->post, scores, m->n_targets);
    }
}

static sedge_status check(const sedge_linear_model *m, const sedge_features *x, sedge_error *err) {
    if (m->post > SEDGE_TREE_POST_SOFTMAX)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "post transforms beyond NONE, LOGISTIC and SOFTMAX");
    if (m->classifier && m->n_targets < 2)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "classes from one score, which runtimes read differently");
    if ((uint64_t)m->n_targets * x->columns > m->n_coefficients)
        return sedge_fail(err, SEDGE_EINVALID, "%u coefficients for %u scores of %zu columns", m->n_coefficients,
                          m->n_targets, x->columns);
    return SEDGE_OK;
}

sedge_status sedge_op_linear_model_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_linear_model *m = site->op->u.linear_model;
    sedge_features x;
    sedge_status st = sedge_features_of(sedge_op_input(site, 0), &x, err);
    if (!st)
        st = check(m, &x, err);
    if (st)
        return st;
    if (site->op->n_outputs != (m->classifier ? 2u : 1u))
        return sedge_fail(err, SEDGE_EINVALID, "%u outputs, %d are needed", site->op->n_outputs, m->classifier ? 2 : 1);
    int32_t dims[] = { (int32_t)x.rows, (int32_t)m->n_targets };
    if (m->classifier)
        st = sedge_labels_shape(sedge_op_output(site, 0), m->text_labels, (int32_t)x.rows, err);
    sedge_tensor *scores = sedge_op_output(site, m->classifier ? 1 : 0);
    if (!st)
        st = sedge_op_set_type(scores, SEDGE_FLOAT32, err);
    return st ? st : sedge_op_set_shape(scores, 2, dims, err);
}

sedge_status sedge_op_linear_model_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->m = site->op->u.linear_model;
    sedge_status st = sedge_features_of(sedge_op_input(site, 0), &d->x, err);
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "linear_model_f32_scalar",
                             .scratch_bytes = sedge_features_scratch(&d->x),
                             .macs = (uint64_t)d->x.rows * d->m->n_coefficients };
    return SEDGE_OK;
}
