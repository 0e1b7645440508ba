/* SPDX-License-Identifier: Apache-2.0 */
/* Chapter 5: a sensor drifts; from there on nobody touches anything. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/demo_hub.h"
#include "cli/json_text.h"
#include "os/clock.h"

enum { POLL_MS = 300, ALARM_MAX_MS = 60000, RETRAIN_MAX_MS = 90000, CALM_MAX_MS = 90000, CALM_EVALUATIONS = 2 };

static sedge_status allow(demo *d, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *alerts = NULL;
    sedge_status st = sedge_hub_list(d->hub, "/api/v1/alerts", &alerts, err);
    if (!st)
        st = demo_claim(json_array_size(alerts) == 0, err, "an alarm was raised before anything had drifted");
    if (!st)
        st = demo_sedge(d,
                        DEMO_ARGS("rollout", "deploy", d->story->name, "--model", d->story->name, "--phases",
                                  "5,50,100", "--soak", "2s", "--probation", "3s", "--retrain", "--rows", "512",
                                  "--min-devices", "3", "--max-devices", "5"),
                        0, NULL, err);
    demo_found(d, "no alarm so far; the deployment may now retrain by itself");
    return st;
}

/** The shift, and the alarm. Remembers when the alarm came and how many commands had been given by then. */
static sedge_status shift(demo *d, sedge_error *err) {
    const demo_story *s = d->story;
    double mean = 0, deviation = 0;
    size_t shifted = (size_t)d->devices / 4 + 1;
    int64_t start = sedge_monotonic_ms(sedge_clock_os());
    sedge_status st = demo_feed_column(d->feed, s->shifted_column, &mean, &deviation, err);
    for (size_t i = 0; !st && i < shifted; i++)
        st = demo_feed_shift(d->feed, i, s->shifted_column, s->shift_deviations * deviation, err);
    d->commands_at_shift = d->commands;
    for (int waited = 0; !st && waited < ALARM_MAX_MS; waited += POLL_MS) {
        SEDGE_AUTO_JSON json_t *alerts = NULL;
        char text[JSON_TEXT_MAX];
        st = sedge_hub_list(d->hub, "/api/v1/alerts", &alerts, err);
        if (!st && json_array_size(alerts)) {
            d->alarm_ms = sedge_monotonic_ms(sedge_clock_os());
            demo_found(d, "%s + %.3g on %zu devices: alarm after %.1f s: %.100s", s->shifted_column,
                       s->shift_deviations * deviation, shifted, (double)(d->alarm_ms - start) / 1000,
                       json_text(json_array_get(alerts, 0), "text", text));
            return SEDGE_OK;
        }
        if (!st)
            st = demo_pause(d, POLL_MS, err);
    }
    return st ? st : sedge_fail(err, SEDGE_EGATE, "no alarm within %d s of the shift", ALARM_MAX_MS / 1000);
}

/** The newest job, or NULL; borrowed from list. */
static const json_t *newest(const json_t *list) {
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *job = json_array_get(list, i);
        if (!found || json_number(job, "created_ms", 0) > json_number(found, "created_ms", 0))
            found = job;
    }
    return found;
}

static void remark(demo *d, const json_t *job) {
    char state[JSON_TEXT_MAX], name[JSON_TEXT_MAX];
    const json_t *steps = json_member(job, "steps");
    size_t n = json_array_size(steps);
    if (n)
        demo_show_remark(&d->show, "%s", json_text(json_array_get(steps, n - 1), "name", name));
    else
        demo_show_remark(&d->show, "%s", json_text(job, "state", state));
}

static sedge_status ask_job(demo *d, json_t **ret, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX], id[JSON_TEXT_MAX];
    SEDGE_AUTO_JSON json_t *jobs = NULL;
    sedge_status st = sedge_hub_list(d->hub, "/api/v1/jobs", &jobs, err);
    *ret = NULL;
    if (st || !newest(jobs))
        return st;
    st = sedge_hub_path(path, err, "/api/v1/jobs/%s", json_text(newest(jobs), "id", id));
    return st ? st : demo_ask(d, path, ret, err);
}

static sedge_status retrain(demo *d, sedge_error *err) {
    demo_figures *f = &d->figures;
    for (int waited = 0; waited < RETRAIN_MAX_MS; waited += POLL_MS) {
        SEDGE_AUTO_JSON json_t *job = NULL;
        char state[JSON_TEXT_MAX], reason[JSON_TEXT_MAX], rollout[JSON_TEXT_MAX];
        sedge_status st = ask_job(d, &job, err);
        if (st)
            return st;
        remark(d, job);
        f->release_new = (int)json_number(job, "new_release", 0);
        (void)json_text(job, "rollout", rollout);
        if (f->release_new && strlen(rollout) > 1) {
            (void)snprintf(d->retrain_rollout, sizeof d->retrain_rollout, "%.63s", rollout);
            demo_found(d, "samples collected, new data set version, trained, gated, signed: release %d after %.1f s",
                       f->release_new, (double)(sedge_monotonic_ms(sedge_clock_os()) - d->alarm_ms) / 1000);
            return SEDGE_OK;
        }
        if (strcmp(json_text(job, "state", state), "failed") == 0)
            return sedge_fail(err, SEDGE_EGATE, "retraining failed: %s", json_text(job, "reason", reason));
        st = demo_pause(d, POLL_MS, err);
        if (st)
            return st;
    }
    return sedge_fail(err, SEDGE_ETIMEOUT, "no retrained release %d s after the alarm", RETRAIN_MAX_MS / 1000);
}

static sedge_status follow(demo *d, sedge_error *err) {
    demo_figures *f = &d->figures;
    demo_rollout r;
    sedge_status st = demo_watch(d, d->retrain_rollout, f->release_new, &r, err);
    demo_fleet fleet;
    if (!st)
        st = demo_fleet_ask(d, f->release_new, &fleet, err);
    if (st)
        return st;
    f->alarm_to_fleet_s = (double)(sedge_monotonic_ms(sedge_clock_os()) - d->alarm_ms) / 1000;
    f->hands = (int)(d->commands - d->commands_at_shift);
    demo_found(d, "%zu devices run release %d, %.1f s after the alarm", fleet.on, f->release_new, f->alarm_to_fleet_s);
    st = demo_claim(r.done, err, "the roll-out of the retrained model was aborted: %s", r.reason);
    if (!st)
        st = demo_claim(fleet.on == (size_t)d->devices, err, "%zu of %d devices run the retrained model", fleet.on,
                        (int)d->devices);
    return st ? st : demo_claim(f->hands == 0, err, "%d commands were given by hand", f->hands);
}

/** The sensors are still shifted, but the fleet knows it now: every device was looked at again, and there is no alarm.
 */
static sedge_status calm(demo *d, sedge_error *err) {
    int release = d->figures.release_new;
    for (int waited = 0; waited < CALM_MAX_MS; waited += POLL_MS) {
        SEDGE_AUTO_JSON json_t *stats = NULL, *alerts = NULL;
        char path[SEDGE_HUB_PATH_MAX], state[JSON_TEXT_MAX], text[JSON_TEXT_MAX];
        sedge_status st = sedge_hub_path(path, err, "/api/v1/stats?model=%s&release=%d", d->story->name, release);
        if (!st)
            st = demo_ask(d, path, &stats, err);
        if (!st)
            st = sedge_hub_list(d->hub, "/api/v1/alerts", &alerts, err);
        for (size_t i = 0; !st && i < json_array_size(alerts); i++) {
            const json_t *alert = json_array_get(alerts, i);
            bool open = strcmp(json_text(alert, "state", state), "open") == 0;
            st = demo_claim(!open || json_number(alert, "release", 0) < release, err,
                            "the retrained model still alarms: %s", json_text(alert, "text", text));
        }
        double n = json_number(stats, "drift.evaluations", 0);
        if (!st && n >= CALM_EVALUATIONS) {
            demo_found(d, "the sensors are still shifted; every device was looked at %.0f times since, no alarm", n);
            return SEDGE_OK;
        }
        demo_show_remark(&d->show, "every device looked at %.0f times", n);
        if (!st)
            st = demo_pause(d, POLL_MS, err);
        if (st)
            return st;
    }
    return sedge_fail(err, SEDGE_ETIMEOUT, "not every device was looked at within %d s", CALM_MAX_MS / 1000);
}

static sedge_status count(demo *d, sedge_error *err) {
    demo_figures *f = &d->figures;
    demo_sums sums;
    sedge_status st = demo_stats(d, 0, &sums, err);
    if (st)
        return st;
    f->inferences = sums.inferences;
    f->failed = sums.failures;
    f->sent_bytes = sums.sent_bytes;
    f->raw_bytes = sums.raw_bytes;
    double saved = 1 - f->sent_bytes / f->raw_bytes;
    demo_found(d, "%.0f inferences, %.0f failed; %.1f %% fewer bytes than raw", f->inferences, f->failed, 100 * saved);
    st = demo_claim(f->failed == 0, err, "%.0f inferences failed", f->failed);
    return st ? st
              : demo_claim(saved >= 0.70, err, "the fleet sent %.1f %% fewer bytes than raw float32, not 70 %%",
                           100 * saved);
}

static const demo_step STEPS[] = {
    { "no alarm yet", allow },  { "a sensor drifts", shift }, { "retraining", retrain },
    { "its roll-out", follow }, { "calm again", calm },       { "the fleet counts", count },
};
const demo_chapter demo_chapter_drift = { "Drift, nobody touches anything", STEPS, SEDGE_COUNT(STEPS) };
