/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/rollout/engine.h"

#include <stdio.h>

#include "hub/rollout/rank.h"

static rollout_counts count(const rollout_view *v) {
    rollout_counts c = { 0 };
    for (size_t i = 0; v->started && i < v->devices_n; i++) {
        const rollout_device *d = &v->devices[i];
        if (d->rank > v->threshold)
            continue;
        c.selected++;
        c.installed += d->state == ROLLOUT_DEVICE_INSTALLED;
        c.failed += d->state == ROLLOUT_DEVICE_FAILED;
        c.waiting += d->state == ROLLOUT_DEVICE_WAITING;
        c.offline += d->state == ROLLOUT_DEVICE_WAITING && !d->online;
    }
    return c;
}

static bool is_late(const rollout_view *v) {
    double timeout_s = v->spec->wait_timeout_s;
    return timeout_s > 0 && (double)(v->now_ms - v->phase_ms) >= 1000 * timeout_s;
}

static bool is_above(double limit, double value) {
    return limit >= 0 && value > limit;
}

/** The first gate that says no, as reason; true when there is one. */
static bool gate_says_no(const rollout_view *v, const rollout_counts *c, char reason[ROLLOUT_REASON_MAX]) {
    const rollout_gates *g = &v->spec->gates;
    const rollout_sums *s = &v->sums;
    size_t stuck = is_late(v) ? c->waiting - c->offline : 0;
    double all = (double)(s->inferences + s->failures), n = (double)s->inferences;
    if (g->max_failed >= 0 && c->failed + stuck > (size_t)g->max_failed)
        snprintf(reason, ROLLOUT_REASON_MAX, "%zu of %zu devices failed or rolled back%s, the limit is %lld%s%s",
                 c->failed + stuck, c->selected, stuck ? " or did not install it in time" : "",
                 (long long)g->max_failed, v->failure[0] ? ": " : "", v->failure);
    else if (all > 0 && is_above(g->max_error_rate, (double)s->failures / all))
        snprintf(reason, ROLLOUT_REASON_MAX, "%.2f %% of the inferences failed, the limit is %.2f %%",
                 100 * (double)s->failures / all, 100 * g->max_error_rate);
    else if (n > 0 && is_above(g->max_cpu_us, (double)s->cpu_us / n))
        snprintf(reason, ROLLOUT_REASON_MAX, "an inference takes %.0f us of processor time, the limit is %.0f us",
                 (double)s->cpu_us / n, g->max_cpu_us);
    else if (n > 0 && is_above(g->max_anomaly_rate, (double)s->anomalies / n))
        snprintf(reason, ROLLOUT_REASON_MAX, "%.2f %% of the inferences are anomalies, the limit is %.2f %%",
                 100 * (double)s->anomalies / n, 100 * g->max_anomaly_rate);
    else
        return false;
    return true;
}

static void start_phase(const rollout_view *v, size_t phase, uint64_t *ranks, rollout_step *ret) {
    if (v->devices_n == 0) {
        snprintf(ret->reason, sizeof ret->reason, "no device matches the selector");
        return;
    }
    for (size_t i = 0; i < v->devices_n; i++)
        ranks[i] = v->devices[i].rank;
    uint64_t threshold = rollout_threshold(ranks, v->devices_n, v->spec->phases[phase].share);
    ret->action = ROLLOUT_START_PHASE;
    ret->phase = phase;
    /* devices that joined or left may move the share; nobody who is in falls out */
    ret->threshold = v->started && v->threshold > threshold ? v->threshold : threshold;
}

static void after_soak(const rollout_view *v, uint64_t *ranks, rollout_step *ret) {
    if ((double)(v->now_ms - v->soak_ms) < 1000 * v->spec->phases[v->phase].soak_s)
        return;
    if (v->phase + 1 == v->spec->phases_n)
        ret->action = ROLLOUT_DONE;
    else
        start_phase(v, v->phase + 1, ranks, ret);
}

static void go_on(const rollout_view *v, uint64_t *ranks, rollout_step *ret) {
    const rollout_counts *c = &ret->counts;
    size_t waited_for = is_late(v) ? 0 : c->waiting;
    if (c->selected == 0)
        snprintf(ret->reason, sizeof ret->reason, "no device is in this phase");
    else if (waited_for)
        snprintf(ret->reason, sizeof ret->reason, "waiting for %zu of %zu devices, %zu of them offline", c->waiting,
                 c->selected, c->offline);
    else if (c->installed == 0 && c->failed) {
        ret->action = ROLLOUT_ABORT;
        snprintf(ret->reason, sizeof ret->reason, "no device of the phase could install it");
    } else if (c->installed == 0)
        snprintf(ret->reason, sizeof ret->reason, "all %zu devices of the phase are offline", c->offline);
    else if (!v->soaking)
        ret->action = ROLLOUT_SOAK;
    else
        after_soak(v, ranks, ret);
}

rollout_step rollout_decide(const rollout_view *v, uint64_t *ranks) {
    rollout_step step = { .action = ROLLOUT_WAIT, .phase = v->phase, .threshold = v->threshold, .counts = count(v) };
    if (v->paused)
        return step;
    if (!v->started)
        start_phase(v, 0, ranks, &step);
    else if (gate_says_no(v, &step.counts, step.reason))
        step.action = ROLLOUT_ABORT;
    else
        go_on(v, ranks, &step);
    return step;
}
