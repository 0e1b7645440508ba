/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/commands.h"
#include "agent/slots.h"
#include "base/name.h"
#include "os/lock.h"

typedef struct options {
    char *state, *model;
} options;

static const sedge_conf_row rows[] = {
    { "state", SEDGE_CONF_STRING, SEDGE_AT(options, state), .metavar = "DIR",
      .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "folder of the agent" },
    { "model", SEDGE_CONF_STRING, SEDGE_AT(options, model), .metavar = "NAME",
      .help = "which model, when the device has several" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

static sedge_status ask_agent(const options *o, json_t **ret, sedge_error *err) {
    SEDGE_AUTO_MEM char *body = NULL;
    size_t n;
    SEDGE_AUTO_JSON json_t *doc = json_pack("{s:s*}", "model", o->model);
    sedge_status st = doc ? sedge_json_dump(doc, 0, &body, &n, err) : sedge_fail(err, SEDGE_ENOMEM, "no memory");
    return st ? st : sedge_agent_call(o->state, "POST", "/v1/rollback", sedge_bytes_of(body, n), ret, err);
}

/** The named model, or the only one. */
static sedge_status find_model(const options *o, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_names names = { 0 };
    sedge_status st = sedge_path_format(path, err, "%s/models", o->state);
    if (!st)
        st = sedge_dir_list(NULL, path, &names, err);
    if (!st && o->model && !sedge_is_name(o->model))
        st = sedge_fail(err, SEDGE_EUSAGE, "--model: '%s' is no name; write " SEDGE_NAME_RULE, o->model);
    if (!st && !o->model && names.n != 1)
        st = sedge_fail(err, SEDGE_EUSAGE, "%zu models on this device; name one with --model", names.n);
    if (!st)
        st = sedge_path_format(ret, err, "%s/%s", path, o->model ? o->model : names.items[0]);
    sedge_names_done(&names);
    if (!st && !sedge_file_exists(NULL, ret))
        st = sedge_fail(err, SEDGE_ENOTFOUND, "no model '%s' on this device", o->model);
    return st;
}

static sedge_status roll_back(const options *o, json_t **ret, sedge_error *err) {
    char dir[SEDGE_PATH_MAX];
    sedge_slots slots;
    sedge_recovery recovery;
    sedge_status st = find_model(o, dir, err);
    if (!st)
        st = sedge_slots_open(NULL, dir, &slots, &recovery, err);
    if (!st && (slots.intent.current == SEDGE_SLOT_NONE || !slots.intent.slots[sedge_slots_free(&slots)].digest[0] ||
                slots.intent.step == SEDGE_STEP_STAGED))
        st = sedge_fail(err, SEDGE_ENOTFOUND, "there is no earlier release to go back to");
    if (!st)
        st = sedge_slots_return(&slots, true, err);
    if (!st)
        *ret = json_pack("{s:s, s:I}", "model", strrchr(dir, '/') + 1, "release",
                         (json_int_t)sedge_intent_current(&slots.intent)->release);
    return st;
}

static sedge_status roll_back_offline(const options *o, json_t **ret, sedge_error *err) {
    int lock;
    char models[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(models, err, "%s/models", o->state);
    if (!st && !sedge_file_exists(NULL, models))
        st = sedge_fail(err, SEDGE_ENOTFOUND, "'%s' is no folder of an agent", o->state);
    if (st)
        return st;
    st = sedge_lock_dir(o->state, &lock, err);
    if (st)
        return st;
    st = roll_back(o, ret, err);
    sedge_lock_release(lock);
    return st;
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_error why = SEDGE_ERROR_INIT;
    sedge_status st = ask_agent(o, &doc, &why);
    if (st == SEDGE_ENOTFOUND && strstr(why.text, "no agent runs"))
        st = roll_back_offline(o, &doc, &why);
    if (st)
        return sedge_fail(err, st, "%s", why.text);
    if (io->json)
        return sedge_command_print_json(io, SEDGE_STEAL(doc), err);
    fprintf(io->out, "model %s is back at release %lld\n", json_string_value(json_object_get(doc, "model")),
            (long long)json_integer_value(json_object_get(doc, "release")));
    return SEDGE_OK;
}

static const sedge_command command = { .name = "rollback",
                                       .summary = "go back to the release before, without network",
                                       .rows = &conf,
                                       .run = run,
                                       .more =
                                           "The release that is left is not installed again by the same roll-out." };
const sedge_command_group sedge_agent_cmd_rollback = { "rollback", NULL, &command, 1 };
