/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/command.h"
#include "cli/hub_client.h"
#include "cli/json_text.h"
#include "os/clock.h"

#define PATH "/api/v1/devices"

typedef struct options {
    sedge_hub_options hub;
    char *device;
    sedge_conf_pairs labels;
    sedge_conf_strings remove;
    int64_t uses, ttl_ms;
} options;

#define DEVICE                                                                                                         \
    {                                                                                                                  \
        "device", SEDGE_CONF_STRING, SEDGE_AT(options, device),                                                        \
            .metavar = "DEVICE", .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "device id"             \
    }

static sedge_status call_device(const options *o, const char *method, const char *suffix, const json_t *body,
                                json_t **ret, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = sedge_hub_path(path, err, PATH "/%s", o->device);
    if (!st && strlen(path) + strlen(suffix) >= sizeof path)
        st = sedge_fail(err, SEDGE_EUSAGE, "device '%s': the id is too long", o->device);
    if (st)
        return st;
    return sedge_hub_call(hub, method, strcat(path, suffix), body, ret, err);
}

/* list */

static const sedge_conf_row list_rows[] = { SEDGE_HUB_OPTION_ROWS(options, hub) };
static const sedge_conf_rows list_conf = SEDGE_CONF_ROWS(options, list_rows);

/** "pump 7 committed, fan 2 probation": what a device reports that it runs. */
static const char *models_text(const json_t *device, char ret[JSON_TEXT_MAX]) {
    const json_t *models = json_member(device, "reported.models");
    char name[JSON_TEXT_MAX], release[JSON_TEXT_MAX], state[JSON_TEXT_MAX];
    size_t i, n = 0;
    json_t *model;
    ret[0] = '\0';
    json_array_foreach((json_t *)(uintptr_t)models, i, model) {
        int wrote =
            snprintf(ret + n, JSON_TEXT_MAX - n, "%s%.60s %.20s %.20s", i ? ", " : "", json_text(model, "name", name),
                     json_text(model, "release", release), json_text(model, "state", state));
        if (wrote < 0 || (size_t)wrote >= JSON_TEXT_MAX - n)
            break;
        n += (size_t)wrote;
    }
    return ret[0] ? ret : strcpy(ret, "-");
}

static sedge_status list(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    char text[JSON_TEXT_MAX];
    SEDGE_AUTO_JSON json_t *items = NULL;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = sedge_hub_list(hub, PATH, &items, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(io, json_pack("{s:O}", "items", items), err);
    static const char *const head[] = { "DEVICE", "LABELS", "MODELS", "SEEN" };
    sedge_table t = sedge_table_init(SEDGE_COUNT(head));
    for (size_t i = 0; i < SEDGE_COUNT(head); i++)
        sedge_table_cell(&t, "%s", head[i]);
    size_t i;
    json_t *device;
    json_array_foreach(items, i, device) {
        sedge_table_cell(&t, "%s", json_text(device, "id", text));
        sedge_table_cell(&t, "%s", json_text(device, "labels", text));
        sedge_table_cell(&t, "%s", models_text(device, text));
        sedge_table_cell(&t, "%s", json_ago(device, "last_seen_ms", sedge_now_ms(sedge_clock_os()), text));
    }
    return sedge_table_print(io, &t, err);
}

/* show */

static const sedge_conf_row show_rows[] = { SEDGE_HUB_OPTION_ROWS(options, hub), DEVICE };
static const sedge_conf_rows show_conf = SEDGE_CONF_ROWS(options, show_rows);

static sedge_status show(const sedge_command_io *io, void *object, sedge_error *err) {
    json_t *answer = NULL;
    sedge_status st = call_device(object, "GET", "", NULL, &answer, err);
    return st ? st : sedge_command_print_json(io, answer, err); /* a person reads it as well as a program */
}

/* label */

static const sedge_conf_row label_rows[] = {
    SEDGE_HUB_OPTION_ROWS(options, hub),
    DEVICE,
    { "set", SEDGE_CONF_PAIRS, SEDGE_AT(options, labels), .metavar = "NAME=VALUE", .help = "set a label" },
    { "remove", SEDGE_CONF_STRINGS, SEDGE_AT(options, remove), .metavar = "NAME", .help = "take a label away" },
};
static const sedge_conf_rows label_conf = SEDGE_CONF_ROWS(options, label_rows);

static sedge_status labels_json(const options *o, json_t **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *labels = json_object();
    bool failed = !labels;
    for (size_t i = 0; !failed && i < o->labels.n; i++)
        failed = json_object_set_new(labels, o->labels.items[i].key, json_string(o->labels.items[i].value)) != 0;
    for (size_t i = 0; !failed && i < o->remove.n; i++)
        failed = json_object_set_new(labels, o->remove.items[i], json_null()) != 0;
    if (failed)
        return sedge_fail(err, SEDGE_EUSAGE, "a label is not valid UTF-8");
    *ret = SEDGE_STEAL(labels);
    return SEDGE_OK;
}

static sedge_status label(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    SEDGE_AUTO_JSON json_t *labels = NULL;
    json_t *answer = NULL;
    if (!o->labels.n && !o->remove.n)
        return sedge_fail(err, SEDGE_EUSAGE, "nothing to change: give --set NAME=VALUE or --remove NAME");
    sedge_status st = labels_json(o, &labels, err);
    if (st)
        return st;
    SEDGE_AUTO_JSON json_t *body = json_pack("{s:O}", "labels", labels);
    if (!body)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a request to the hub");
    st = call_device(o, "PATCH", "", body, &answer, err);
    if (st || (io->json && answer))
        return st ? st : sedge_command_print_json(io, answer, err);
    json_decref(answer);
    (void)fprintf(io->out, "device %s: labels changed\n", o->device);
    return SEDGE_OK;
}

/* revoke */

static sedge_status revoke(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_status st = call_device(o, "POST", "/revoke", NULL, &answer, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(io, json_pack("{s:s,s:b}", "device", o->device, "revoked", 1), err);
    (void)fprintf(io->out, "device %s is revoked: the hub answers it no more\n", o->device);
    return SEDGE_OK;
}

/* token */

static const sedge_conf_row token_rows[] = {
    SEDGE_HUB_OPTION_ROWS(options, hub),
    { "label", SEDGE_CONF_PAIRS, SEDGE_AT(options, labels), .metavar = "NAME=VALUE",
      .help = "label of every device that enrols with it" },
    { "uses", SEDGE_CONF_INT, SEDGE_AT(options, uses), "1", .min = 1, .max = 1000000,
      .help = "how many devices may enrol with it" },
    { "ttl", SEDGE_CONF_DURATION, SEDGE_AT(options, ttl_ms), "1h", .min = 1000, .max = 365.0 * 86400 * 1000,
      .help = "how long it may be used" },
};
static const sedge_conf_rows token_conf = SEDGE_CONF_ROWS(options, token_rows);

static sedge_status token(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    char text[JSON_TEXT_MAX];
    SEDGE_AUTO_JSON json_t *labels = NULL, *body = NULL, *answer = NULL;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = labels_json(o, &labels, err);
    if (!st)
        st = sedge_hub_client_new(&o->hub, &hub, err);
    if (st)
        return st;
    body = json_pack("{s:s,s:O,s:I,s:I}", "kind", "enrol", "labels", labels, "uses", (json_int_t)o->uses, "ttl_s",
                     (json_int_t)(o->ttl_ms / 1000));
    if (!body)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a request to the hub");
    st = sedge_hub_call(hub, "POST", "/api/v1/tokens", body, &answer, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(io, SEDGE_STEAL(answer), err);
    (void)fprintf(io->out, "%s\n", json_text(answer, "token", text));
    return SEDGE_OK;
}

static const sedge_command commands[] = {
    { "list", "devices with labels, models and when they were seen", &list_conf, list, NULL },
    { "show", "all that the hub knows about a device", &show_conf, show, NULL },
    { "label", "change the labels of a device", &label_conf, label, NULL },
    { "revoke", "refuse a device from now on", &show_conf, revoke, NULL },
    { "token", "make a token with which a device enrols; it is shown once", &token_conf, token, NULL },
};
const sedge_command_group sedge_cmd_device = { "device", "devices of the fleet, their labels, tokens to enrol",
                                               commands, SEDGE_COUNT(commands) };
