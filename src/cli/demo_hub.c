/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_hub.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/json_text.h"
#include "os/clock.h"

enum { WATCH_MS = 300, WATCH_MAX_MS = 120 * 1000 };

static bool is_state(const json_t *model, const char *state) {
    const char *text = json_string_value(json_object_get(model, "state"));
    return text && strcmp(text, state) == 0;
}

static demo_dot dot_of(const json_t *model, int release) {
    int runs = (int)json_number(model, "release", 0), target = (int)json_number(model, "target", 0);
    if (release && runs == release)
        return is_state(model, "probation") ? DEMO_DOT_BUSY : DEMO_DOT_NEW;
    if (release && target == release && (is_state(model, "rolled_back") || is_state(model, "failed")))
        return DEMO_DOT_BACK;
    if (is_state(model, "downloading") || is_state(model, "verifying"))
        return DEMO_DOT_BUSY;
    return runs ? DEMO_DOT_OLD : DEMO_DOT_GONE;
}

sedge_status demo_fleet_ask(demo *d, int release, demo_fleet *ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *items = NULL;
    sedge_status st = sedge_hub_list(d->hub, "/api/v1/devices", &items, err);
    if (st)
        return st;
    *ret = (demo_fleet){ 0 };
    for (size_t i = 0; i < json_array_size(items) && ret->n < DEMO_FLEET_MAX; i++) {
        const json_t *model = json_array_get(json_member(json_array_get(items, i), "reported.models"), 0);
        const char *why = json_string_value(json_object_get(model, "error_text"));
        size_t n = ret->n++;
        ret->release[n] = (int)json_number(model, "release", 0);
        ret->committed[n] = ret->release[n] && !is_state(model, "probation");
        ret->dots[n] = dot_of(model, release);
        ret->on += ret->dots[n] == DEMO_DOT_NEW;
        ret->back += ret->dots[n] == DEMO_DOT_BACK;
        if (ret->dots[n] == DEMO_DOT_BACK && why && *why && !ret->why[0])
            (void)snprintf(ret->why, sizeof ret->why, "%s", why);
    }
    return SEDGE_OK;
}

static sedge_status ask_rollout(demo *d, const char *id, json_t **ret, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    sedge_status st = sedge_hub_path(path, err, "/api/v1/rollouts/%s", id);
    return st ? st : demo_ask(d, path, ret, err);
}

static void remark(demo *d, const json_t *rollout, const demo_fleet *fleet) {
    char state[JSON_TEXT_MAX];
    const json_t *phases = json_member(rollout, "phases");
    size_t phase = (size_t)json_number(rollout, "phase", 0);
    double share = json_number(json_array_get(phases, phase), "share", NAN);
    demo_show_fleet(&d->show, fleet->dots, fleet->n);
    demo_show_remark(&d->show, "phase %zu of %zu (%.3g %%) %s, %zu on it", phase + 1, json_array_size(phases), share,
                     json_text(rollout, "state", state), fleet->on);
}

sedge_status demo_watch(demo *d, const char *id, int release, demo_rollout *ret, sedge_error *err) {
    int64_t start = sedge_monotonic_ms(sedge_clock_os()), now = start;
    bool touched[DEMO_FLEET_MAX] = { false };
    *ret = (demo_rollout){ 0 };
    (void)snprintf(ret->id, sizeof ret->id, "%s", id);
    for (; now - start < WATCH_MAX_MS; now = sedge_monotonic_ms(sedge_clock_os())) {
        char state[JSON_TEXT_MAX], reason[JSON_TEXT_MAX];
        demo_fleet fleet;
        SEDGE_AUTO_JSON json_t *rollout = NULL;
        sedge_status st = ask_rollout(d, id, &rollout, err);
        if (!st)
            st = demo_fleet_ask(d, release, &fleet, err);
        if (st)
            return st;
        for (size_t i = 0; i < fleet.n; i++)
            touched[i] = touched[i] || fleet.release[i] == release || fleet.dots[i] == DEMO_DOT_BACK;
        if (json_number(rollout, "phase", 0) < 1)
            ret->first = fleet.on;
        remark(d, rollout, &fleet);
        (void)json_text(rollout, "state", state);
        ret->done = strcmp(state, "done") == 0;
        if (ret->done || strcmp(state, "aborted") == 0) {
            for (size_t i = 0; i < fleet.n; i++)
                ret->touched += touched[i];
            (void)snprintf(ret->reason, sizeof ret->reason, "%s",
                           fleet.why[0] ? fleet.why : json_text(rollout, "reason", reason));
            ret->seconds = (double)(now - start) / 1000;
            return SEDGE_OK;
        }
        st = demo_pause(d, WATCH_MS, err);
        if (st)
            return st;
    }
    return sedge_fail(err, SEDGE_ETIMEOUT, "roll-out %s was not over after %d s", id, WATCH_MAX_MS / 1000);
}

sedge_status demo_roll_out(demo *d, int release, demo_rollout *ret, sedge_error *err) {
    char text[16], id[JSON_TEXT_MAX];
    SEDGE_AUTO_JSON json_t *started = NULL;
    (void)snprintf(text, sizeof text, "%d", release);
    sedge_status st = demo_sedge(d, DEMO_ARGS("rollout", "start", d->story->name, "--release", text), 0, &started, err);
    return st ? st : demo_watch(d, json_text(started, "id", id), release, ret, err);
}

sedge_status demo_stats(demo *d, int release, demo_sums *ret, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    SEDGE_AUTO_JSON json_t *stats = NULL;
    sedge_status st = release ? sedge_hub_path(path, err, "/api/v1/stats?model=%s&release=%d", d->story->name, release)
                              : sedge_hub_path(path, err, "/api/v1/stats?model=%s", d->story->name);
    if (!st)
        st = demo_ask(d, path, &stats, err);
    if (st)
        return st;
    *ret = (demo_sums){ .inferences = json_number(stats, "inferences", 0),
                        .failures = json_number(stats, "failures", NAN),
                        .cpu_us = json_number(stats, "cpu_us_mean", NAN),
                        .sent_bytes = json_number(stats, "bytes_sent", NAN),
                        .raw_bytes = json_number(stats, "bytes_raw", NAN) };
    return SEDGE_OK;
}

sedge_status demo_push(demo *d, const char *folder, double max_cpu_us, const char *golden, int *ret_release,
                       double *ret_bytes, sedge_error *err) {
    char limit[32];
    const char *args[DEMO_ARGS_MAX] = { "registry",     "push", demo_path(d, "%s", folder), "--name", d->story->name,
                                        "--max-cpu-us", limit,  golden ? "--golden" : NULL, golden,   NULL };
    SEDGE_AUTO_JSON json_t *answer = NULL;
    (void)snprintf(limit, sizeof limit, "%.0f", max_cpu_us);
    sedge_status st = demo_sedge(d, args, 0, &answer, err);
    if (st)
        return st;
    *ret_release = (int)json_number(answer, "release", 0);
    if (ret_bytes)
        *ret_bytes = json_number(answer, "bundle_bytes", NAN);
    return SEDGE_OK;
}
