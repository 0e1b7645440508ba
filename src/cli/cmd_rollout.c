/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "cli/command.h"
#include "cli/hub_client.h"
#include "cli/json_text.h"
#include "os/clock.h"

#define DEPLOYMENTS "/api/v1/deployments"
#define ROLLOUTS    "/api/v1/rollouts"

enum { WATCH_MS = 500 };

static sedge_status no_memory(sedge_error *err) {
    return sedge_fail(err, SEDGE_ENOMEM, "no memory for a request to the hub");
}

/* deploy */

typedef struct deploy_options {
    sedge_hub_options hub;
    char *name, *model, *selector;
    sedge_conf_doubles shares;
    int64_t soak_ms, max_failed;
    double max_error_rate;
    double max_cpu_us, max_anomaly_rate;
    int64_t probation_ms, offline_ms;
    bool retrain;
    double psi;
    int64_t consecutive, rows, min_devices, max_devices, samples_ms;
} deploy_options;

static const sedge_conf_row deploy_rows[] = {
    SEDGE_HUB_OPTION_ROWS(deploy_options, hub),
    { "name", SEDGE_CONF_STRING, SEDGE_AT(deploy_options, name), .metavar = "DEPLOYMENT",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "name of the deployment" },
    { "model", SEDGE_CONF_STRING, SEDGE_AT(deploy_options, model), .metavar = "MODEL", .flags = SEDGE_CONF_REQUIRED,
      .help = "registered model" },
    { "selector", SEDGE_CONF_STRING, SEDGE_AT(deploy_options, selector), "", .metavar = "NAME=VALUE,...",
      .help = "labels of the devices that it is for; empty: all" },
    { "phases", SEDGE_CONF_DOUBLES, SEDGE_AT(deploy_options, shares), "5,50,100", .min = 0, .max = 100,
      .metavar = "PERCENT,...", .help = "share of the devices in each phase of a roll-out" },
    { "soak", SEDGE_CONF_DURATION, SEDGE_AT(deploy_options, soak_ms), "10m", .max = 30.0 * 86400 * 1000,
      .help = "time that a phase is watched before the next begins" },
    { "max_failed", SEDGE_CONF_INT, SEDGE_AT(deploy_options, max_failed), "0", .max = 1000000,
      .help = "gate: failed installations that do not stop a roll-out" },
    { "max_error_rate", SEDGE_CONF_DOUBLE, SEDGE_AT(deploy_options, max_error_rate), "0.01", .max = 1,
      .help = "gate: share of failed inferences that does not stop a roll-out" },
    { "max_cpu_us", SEDGE_CONF_DOUBLE, SEDGE_AT(deploy_options, max_cpu_us), .max = 1e9, .flags = SEDGE_CONF_OPTIONAL,
      .help = "gate: mean processor time per inference on the new release, in microseconds" },
    { "max_anomaly_rate", SEDGE_CONF_DOUBLE, SEDGE_AT(deploy_options, max_anomaly_rate), .max = 1,
      .flags = SEDGE_CONF_OPTIONAL, .help = "gate: share of anomalies on the new release" },
    { "probation", SEDGE_CONF_DURATION, SEDGE_AT(deploy_options, probation_ms), "60s", .min = 100, .max = 86400e3,
      .help = "time in which a device takes a new release back by itself when its health limits are broken" },
    { "offline_after", SEDGE_CONF_DURATION, SEDGE_AT(deploy_options, offline_ms), "0s", .max = 30 * 86400e3,
      .help = "a phase waits no longer than this for devices that are offline; 0: for ever" },
    { "retrain", SEDGE_CONF_BOOL, SEDGE_AT(deploy_options, retrain),
      .help = "retrain and roll out by itself when the fleet's data drift" },
    { "rows", SEDGE_CONF_INT, SEDGE_AT(deploy_options, rows), "512", .min = 1, .max = 1000000,
      .help = "rows asked of each device for retraining" },
    { "psi", SEDGE_CONF_DOUBLE, SEDGE_AT(deploy_options, psi), .max = 1000, .flags = SEDGE_CONF_OPTIONAL,
      .help = "PSI that raises an alarm (else the thresholds that training calibrated)" },
    { "consecutive", SEDGE_CONF_INT, SEDGE_AT(deploy_options, consecutive), .min = 1, .max = 1000,
      .flags = SEDGE_CONF_OPTIONAL, .help = "evaluations over the threshold before the alarm" },
    { "min_devices", SEDGE_CONF_INT, SEDGE_AT(deploy_options, min_devices), "1", .min = 1, .max = 1000000,
      .help = "devices that must have sent rows before retraining begins" },
    { "max_devices", SEDGE_CONF_INT, SEDGE_AT(deploy_options, max_devices), .min = 1, .max = 1000000,
      .flags = SEDGE_CONF_OPTIONAL, .help = "devices asked for rows, drifted ones first" },
    { "wait_samples", SEDGE_CONF_DURATION, SEDGE_AT(deploy_options, samples_ms), .min = 1, .max = 30 * 86400e3,
      .flags = SEDGE_CONF_OPTIONAL, .help = "time to wait for more than the fewest devices" },
};
static const sedge_conf_rows deploy_conf = SEDGE_CONF_ROWS(deploy_options, deploy_rows);

static json_t *phases_json(const deploy_options *o) {
    json_t *phases = json_array();
    for (size_t i = 0; phases && i < o->shares.n; i++)
        if (json_array_append_new(
                phases, json_pack("{s:f,s:f}", "share", o->shares.items[i], "soak_s", (double)o->soak_ms / 1000))) {
            json_decref(phases);
            return NULL;
        }
    return phases;
}

/** Sets a number of an object unless the option was not given. */
static bool put_number(json_t *object, const char *key, bool is_given, double value) {
    return !is_given || json_object_set_new(object, key, json_real(value)) == 0;
}

static bool put_integer(json_t *object, const char *key, int64_t value) {
    return value == SEDGE_CONF_UNSET || json_object_set_new(object, key, json_integer(value)) == 0;
}

/** The deployment as the hub takes it; what was not given is left to the hub's defaults. NULL: no memory. */
static json_t *deployment_json(const deploy_options *o) {
    SEDGE_AUTO_JSON json_t *gates =
        json_pack("{s:I,s:f}", "max_failed", (json_int_t)o->max_failed, "max_error_rate", o->max_error_rate);
    SEDGE_AUTO_JSON json_t *retrain = json_pack("{s:b,s:I,s:I}", "enabled", (int)o->retrain, "rows",
                                                (json_int_t)o->rows, "min_devices", (json_int_t)o->min_devices);
    if (!gates || !retrain || !put_number(gates, "max_cpu_us", !isnan(o->max_cpu_us), o->max_cpu_us) ||
        !put_number(gates, "max_anomaly_rate", !isnan(o->max_anomaly_rate), o->max_anomaly_rate) ||
        !put_number(retrain, "psi", !isnan(o->psi), o->psi) || !put_integer(retrain, "consecutive", o->consecutive) ||
        !put_integer(retrain, "max_devices", o->max_devices) ||
        !put_number(retrain, "wait_s", o->samples_ms != SEDGE_CONF_UNSET, (double)o->samples_ms / 1000))
        return NULL;
    return json_pack("{s:s,s:s,s:o,s:O,s:O,s:f,s:f}", "model", o->model, "selector", o->selector ? o->selector : "",
                     "phases", phases_json(o), "gates", gates, "retrain", retrain, "probation_s",
                     (double)o->probation_ms / 1000, "wait_timeout_s", (double)o->offline_ms / 1000);
}

static sedge_status deploy(const sedge_command_io *io, void *object, sedge_error *err) {
    const deploy_options *o = object;
    char path[SEDGE_HUB_PATH_MAX];
    SEDGE_AUTO_JSON json_t *body = NULL;
    json_t *answer = NULL;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = sedge_hub_path(path, err, DEPLOYMENTS "/%s", o->name);
    if (st)
        return st;
    body = deployment_json(o);
    if (!body)
        return no_memory(err);
    st = sedge_hub_call(hub, "PUT", path, body, &answer, err);
    if (st || (io->json && answer))
        return st ? st : sedge_command_print_json(io, answer, err);
    json_decref(answer);
    (void)fprintf(io->out, "deployment %s: model %s for %s\n", o->name, o->model,
                  o->selector && *o->selector ? o->selector : "all devices");
    return SEDGE_OK;
}

/* what start, status, watch, pause, resume and abort share */

typedef struct options {
    sedge_hub_options hub;
    char *deployment, *id;
    int64_t release;
    bool wait;
} options;

static bool is_over(const char *state) {
    return strcmp(state, "done") == 0 || strcmp(state, "aborted") == 0;
}

/** "phase 2 of 3 (50 %): 8 of 10 installed, 0 failed". */
static void print_line(FILE *out, const json_t *rollout) {
    char id[JSON_TEXT_MAX], state[JSON_TEXT_MAX], release[JSON_TEXT_MAX], reason[JSON_TEXT_MAX];
    const json_t *phases = json_member(rollout, "phases");
    size_t phase = (size_t)json_number(rollout, "phase", 0);
    const json_t *now = json_array_get(phases, phase);
    (void)fprintf(out, "%s  release %s  %s", json_text(rollout, "id", id), json_text(rollout, "release", release),
                  json_text(rollout, "state", state));
    if (now)
        (void)fprintf(out, "  phase %zu of %zu (%g %%): %g of %g installed, %g failed", phase + 1,
                      json_array_size(phases), json_number(now, "share", 0), json_number(now, "installed", 0),
                      json_number(now, "selected", 0), json_number(now, "failed", 0));
    if (json_is_string(json_member(rollout, "reason")) && *json_text(rollout, "reason", reason))
        (void)fprintf(out, "  %s", reason);
    (void)fputc('\n', out);
}

static sedge_status get_rollout(sedge_hub_client *hub, const char *id, json_t **ret, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    sedge_status st = sedge_hub_path(path, err, ROLLOUTS "/%s", id);
    return st ? st : sedge_hub_call(hub, "GET", path, NULL, ret, err);
}

/** Prints every change of a roll-out until it is over; SEDGE_EGATE with the reason when it was aborted. */
static sedge_status watch_rollout(const sedge_command_io *io, sedge_hub_client *hub, const char *id, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *last = NULL;
    for (;;) {
        SEDGE_AUTO_JSON json_t *now = NULL;
        char state[JSON_TEXT_MAX], reason[JSON_TEXT_MAX];
        sedge_status st = get_rollout(hub, id, &now, err);
        if (st)
            return st;
        if (!last || !json_equal(last, now))
            print_line(io->note, now);
        if (is_over(json_text(now, "state", state))) {
            if (io->json)
                st = sedge_command_print_json(io, json_incref(now), err);
            if (!st && strcmp(state, "aborted") == 0)
                st = sedge_fail(err, SEDGE_EGATE, "roll-out %s was aborted: %s", id, json_text(now, "reason", reason));
            return st;
        }
        json_decref(last);
        last = SEDGE_STEAL(now);
        sedge_sleep_ms(WATCH_MS);
    }
}

/* start */

static const sedge_conf_row start_rows[] = {
    SEDGE_HUB_OPTION_ROWS(options, hub),
    { "deployment", SEDGE_CONF_STRING, SEDGE_AT(options, deployment), .metavar = "DEPLOYMENT",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "what rollout deploy made" },
    { "release", SEDGE_CONF_INT, SEDGE_AT(options, release), .min = 1, .max = 4294967295.0,
      .flags = SEDGE_CONF_REQUIRED, .help = "version of the model in the registry" },
    { "wait", SEDGE_CONF_BOOL, SEDGE_AT(options, wait), .help = "watch it until it is over" },
};
static const sedge_conf_rows start_conf = SEDGE_CONF_ROWS(options, start_rows);

static sedge_status start(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    char id[JSON_TEXT_MAX];
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_auto(sedge_hub_client) hub = NULL;
    SEDGE_AUTO_JSON json_t *body =
        json_pack("{s:s,s:I}", "deployment", o->deployment, "release", (json_int_t)o->release);
    if (!body)
        return no_memory(err);
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = sedge_hub_call(hub, "POST", ROLLOUTS, body, &answer, err);
    if (st)
        return st;
    (void)json_text(answer, "id", id);
    if (o->wait)
        return watch_rollout(io, hub, id, err);
    if (io->json)
        return sedge_command_print_json(io, SEDGE_STEAL(answer), err);
    (void)fprintf(io->out, "%s\n", id);
    return SEDGE_OK;
}

/* status */

static const sedge_conf_row status_rows[] = {
    SEDGE_HUB_OPTION_ROWS(options, hub),
    { "id", SEDGE_CONF_STRING, SEDGE_AT(options, id), .metavar = "ROLLOUT", .flags = SEDGE_CONF_POSITIONAL,
      .help = "one of them; else all" },
};
static const sedge_conf_rows status_conf = SEDGE_CONF_ROWS(options, status_rows);

static sedge_status status(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = o->id ? get_rollout(hub, o->id, &answer, err) : sedge_hub_list(hub, ROLLOUTS, &answer, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(io, o->id ? json_incref(answer) : json_pack("{s:O}", "items", answer), err);
    if (o->id)
        print_line(io->out, answer);
    for (size_t i = 0; i < json_array_size(answer); i++)
        print_line(io->out, json_array_get(answer, i));
    return SEDGE_OK;
}

/* watch, pause, resume, abort */

static const sedge_conf_row id_rows[] = {
    SEDGE_HUB_OPTION_ROWS(options, hub),
    { "id", SEDGE_CONF_STRING, SEDGE_AT(options, id), .metavar = "ROLLOUT",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "what rollout start printed" },
};
static const sedge_conf_rows id_conf = SEDGE_CONF_ROWS(options, id_rows);

static sedge_status watch(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    return st ? st : watch_rollout(io, hub, o->id, err);
}

static sedge_status act(const sedge_command_io *io, const options *o, const char *verb, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = sedge_hub_path(path, err, ROLLOUTS "/%s/%s", o->id, verb);
    if (!st)
        st = sedge_hub_call(hub, "POST", path, NULL, NULL, err);
    if (!st)
        st = get_rollout(hub, o->id, &answer, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(io, SEDGE_STEAL(answer), err);
    print_line(io->out, answer);
    return SEDGE_OK;
}

static sedge_status pause_rollout(const sedge_command_io *io, void *object, sedge_error *err) {
    return act(io, object, "pause", err);
}

static sedge_status resume_rollout(const sedge_command_io *io, void *object, sedge_error *err) {
    return act(io, object, "resume", err);
}

static sedge_status abort_rollout(const sedge_command_io *io, void *object, sedge_error *err) {
    return act(io, object, "abort", err);
}

static const sedge_command commands[] = {
    { "deploy", "say which devices get which model, in which phases, behind which gates", &deploy_conf, deploy, NULL },
    { "start", "roll a release out; prints the roll-out's id", &start_conf, start, NULL },
    { "status", "roll-outs and how far they are", &status_conf, status, NULL },
    { "watch", "print every change until it is over; exit 1 when it was aborted", &id_conf, watch, NULL },
    { "pause", "let no more devices in", &id_conf, pause_rollout, NULL },
    { "resume", "go on", &id_conf, resume_rollout, NULL },
    { "abort", "take the release back from all devices", &id_conf, abort_rollout, NULL },
};
const sedge_command_group sedge_cmd_rollout = { "rollout", "deployments and staged roll-outs", commands,
                                                SEDGE_COUNT(commands) };
