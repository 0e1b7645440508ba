/* SPDX-License-Identifier: Apache-2.0 */
#include "features/decision.h"

#include <math.h>
#include <string.h>

#define NAME_ROW(NAME, name) #name,
static const char *const kind_names[] = { SEDGE_DECISION_LIST(NAME_ROW) };
#undef NAME_ROW

const char *sedge_decision_kind_name(sedge_decision_kind kind) {
    return (unsigned)kind < SEDGE_DECISION_KIND_COUNT ? kind_names[kind] : "unknown";
}

bool sedge_decision_kind_find(const char *name, sedge_decision_kind *ret) {
    for (unsigned i = 0; i < SEDGE_DECISION_KIND_COUNT; i++) {
        if (strcmp(name, kind_names[i]) != 0)
            continue;
        *ret = (sedge_decision_kind)i;
        return true;
    }
    return false;
}

static uint32_t class_count(uint32_t n_outputs) {
    return n_outputs == 1 ? 2 : n_outputs;
}

sedge_status sedge_decision_check(const sedge_decision *decision, uint32_t n_features, uint32_t n_outputs,
                                  sedge_error *err) {
    if ((unsigned)decision->kind >= SEDGE_DECISION_KIND_COUNT)
        return sedge_fail(err, SEDGE_EINVALID, "decision: kind %d is not known", (int)decision->kind);
    if (!(decision->alpha > 0 && decision->alpha <= 1))
        return sedge_fail(err, SEDGE_EINVALID, "decision: alpha is %g, it must be above 0 and at most 1",
                          decision->alpha);
    if (!(decision->threshold >= 0) || !isfinite(decision->threshold))
        return sedge_fail(err, SEDGE_EINVALID, "decision: threshold is %g, it must be finite and not negative",
                          decision->threshold);
    if (decision->kind == SEDGE_DECISION_RECONSTRUCTION && n_features != n_outputs)
        return sedge_fail(err, SEDGE_EINVALID,
                          "decision: a reconstruction of %u features, but the model's output has %u values", n_features,
                          n_outputs);
    if (decision->kind == SEDGE_DECISION_CLASS && (!n_outputs || decision->normal >= class_count(n_outputs)))
        return sedge_fail(err, SEDGE_EINVALID, "decision: the normal class is %u, but the model has %u classes",
                          decision->normal, class_count(n_outputs));
    return SEDGE_OK;
}

static void decide_reconstruction(const sedge_decision *d, sedge_decision_state *state, const float *vector,
                                  const float *output, uint32_t n, sedge_verdict *v) {
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        double difference = (double)vector[i] - (double)output[i];
        sum += difference * difference;
    }
    v->raw = sum / n;
    v->score = state->started ? d->alpha * v->raw + (1 - d->alpha) * state->score : v->raw;
    v->anomaly = v->score > d->threshold;
    v->class_index = v->anomaly;
}

static void decide_class(const sedge_decision *d, const float *output, uint32_t n, sedge_verdict *v) {
    float pair[2] = { 1 - output[0], output[0] };
    const float *p = n == 1 ? pair : output;
    uint32_t best = 0;
    double positive = 0;
    for (uint32_t i = 0; i < class_count(n); i++) {
        if (p[i] > p[best])
            best = i;
        if (i != d->normal)
            positive += (double)p[i];
    }
    v->raw = v->score = positive;
    v->class_index = best;
    v->anomaly = best != d->normal;
}

sedge_status sedge_decide(const sedge_decision *decision, sedge_decision_state *state, const float *vector,
                          uint32_t n_features, const float *output, uint32_t n_outputs, sedge_verdict *ret,
                          sedge_error *err) {
    sedge_status st = sedge_decision_check(decision, n_features, n_outputs, err);
    if (st)
        return st;
    for (uint32_t i = 0; i < n_outputs; i++)
        if (!isfinite(output[i]))
            return sedge_fail(err, SEDGE_EINVALID, "output %u of the model is %g", i, (double)output[i]);
    if (decision->kind == SEDGE_DECISION_RECONSTRUCTION)
        decide_reconstruction(decision, state, vector, output, n_features, ret);
    else
        decide_class(decision, output, n_outputs, ret);
    *state = (sedge_decision_state){ .started = true, .score = ret->score };
    return SEDGE_OK;
}
