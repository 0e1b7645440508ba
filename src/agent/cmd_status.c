/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/commands.h"
#include "agent/status.h"

typedef struct options {
    char *state;
} options;

static const sedge_conf_row rows[] = {
    { "state", SEDGE_CONF_STRING, SEDGE_AT(options, state), .metavar = "DIR",
      .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "folder of the agent" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

static const char *text(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "-";
}

static long long number(const json_t *object, const char *key) {
    return (long long)json_integer_value(json_object_get(object, key));
}

static void print_model(FILE *out, const json_t *m) {
    const json_t *totals = json_object_get(m, "totals");
    fprintf(out, "model %s: release %lld, slot %s, %s", text(m, "name"), number(m, "release"), text(m, "slot"),
            json_object_get(m, "state") ? text(m, "state") : text(m, "step"));
    if (totals)
        fprintf(out, "; %lld rows, %lld inferences, %lld failures, %lld anomalies", number(totals, "rows"),
                number(totals, "inferences"), number(totals, "failures"), number(totals, "anomalies"));
    if (*text(m, "error_text") && json_object_get(m, "error_text"))
        fprintf(out, "; %s", text(m, "error_text"));
    fprintf(out, "\n");
}

static void print_status(FILE *out, const json_t *doc) {
    bool running = json_is_true(json_object_get(doc, "running"));
    const json_t *models = json_object_get(doc, "models");
    fprintf(out, "agent: %s\ndevice: %s\n", running ? "running" : "not running", text(doc, "device"));
    if (running)
        fprintf(out, "hub: %s, %s%s%s\n", text(doc, "hub"),
                json_is_true(json_object_get(doc, "online")) ? "online" : "offline",
                *text(doc, "offline_why") ? ": " : "", text(doc, "offline_why"));
    for (size_t i = 0; i < json_array_size(models); i++)
        print_model(out, json_array_get(models, i));
}

/** What the folder says while no agent runs. */
static sedge_status read_model(const char *state, const char *name, json_t *models, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_intent intent;
    sedge_status st = sedge_path_format(path, err, "%s/models/%s/intent", state, name);
    if (!st)
        st = sedge_intent_load(sedge_fs_os(), path, &intent, err);
    if (!st && json_array_append_new(models, sedge_status_of_intent(name, &intent)) != 0)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for JSON");
    return st;
}

static sedge_status read_state(const char *state, json_t **ret, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *device = NULL;
    size_t n;
    sedge_names names = { 0 };
    sedge_status st = sedge_path_format(path, err, "%s/identity", state);
    if (!st && !sedge_file_exists(NULL, path))
        st = sedge_fail(err, SEDGE_ENOTFOUND, "'%s' is no folder of an agent", state);
    if (!st)
        st = sedge_path_format(path, err, "%s/identity/device", state);
    if (!st && sedge_file_exists(NULL, path))
        st = sedge_file_read(NULL, path, SEDGE_DEVICE_ID_MAX, &device, &n, err);
    if (!st)
        st = sedge_path_format(path, err, "%s/models", state);
    if (!st && sedge_file_exists(NULL, path))
        st = sedge_dir_list(NULL, path, &names, err);
    SEDGE_AUTO_JSON json_t *models = json_array();
    for (size_t i = 0; !st && i < names.n; i++)
        st = read_model(state, names.items[i], models, err);
    sedge_names_done(&names);
    if (!st)
        *ret = json_pack("{s:i, s:b, s:s, s:O}", "version", 1, "running", 0, "device",
                         device ? (const char *)device : "", "models", models);
    return st;
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = sedge_agent_call(o->state, "GET", "/v1/status", sedge_bytes_text(""), &doc, err);
    if (st == SEDGE_ENOTFOUND)
        st = read_state(o->state, &doc, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(io, SEDGE_STEAL(doc), err);
    print_status(io->out, doc);
    return SEDGE_OK;
}

static const sedge_command command = {
    .name = "status",
    .summary = "what runs on this device",
    .rows = &conf,
    .run = run,
    .more = "Asks the running agent; when there is none, says what the folder holds (\"running\": false)."
};
const sedge_command_group sedge_agent_cmd_status = { "status", NULL, &command, 1 };
