/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/hub_client.h"
#include "cli/hub_runs.h"
#include "cli/json_text.h"
#include "cli/make_bundle.h"
#include "os/errno.h"
#include "os/file.h"

#define MLFLOW "/api/2.0/mlflow/"
#define MODELS "/api/v1/models"

enum { MODEL_JSON_MAX = 8 << 20, CPU_US_MAX = 1000 * 1000 * 1000 };

typedef struct options {
    sedge_hub_options hub;
    char *folder, *name, *alias, *golden;
    int64_t version, cpu_us, memory_bytes;
} options;

static sedge_status post(sedge_hub_client *hub, const char *path, json_t *body, json_t **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *owned = body;
    if (!owned)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a request to the hub");
    return sedge_hub_call(hub, "POST", path, owned, ret, err);
}

/* push */

static const sedge_conf_row push_rows[] = {
    SEDGE_HUB_OPTION_ROWS(options, hub),
    { "folder", SEDGE_CONF_STRING, SEDGE_AT(options, folder), .metavar = "MODELDIR",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "what sedge train or sedge optimize wrote" },
    { "name", SEDGE_CONF_STRING, SEDGE_AT(options, name), .metavar = "MODEL",
      .help = "name in the registry (else the one in model.json)" },
    { "alias", SEDGE_CONF_STRING, SEDGE_AT(options, alias), .metavar = "ALIAS",
      .help = "point this alias at the new version" },
    { "max_cpu_us", SEDGE_CONF_INT, SEDGE_AT(options, cpu_us), "0", .max = CPU_US_MAX,
      .help = "highest processor time per inference that a device tolerates, in microseconds; 0: no limit" },
    { "max_memory", SEDGE_CONF_BYTES, SEDGE_AT(options, memory_bytes), "0", .max = 1e15,
      .help = "highest memory of the worker on the device; 0: no limit" },
    { "golden", SEDGE_CONF_STRING, SEDGE_AT(options, golden), .metavar = "FILE",
      .help = "golden vectors made elsewhere (else computed here)" },
};
static const sedge_conf_rows push_conf = SEDGE_CONF_ROWS(options, push_rows);

/** What a push knows and makes, step by step. */
typedef struct push {
    const options *o;
    sedge_hub_client *hub;
    json_t *card; /**< model.json */
    const char *name;
    sedge_hub_run *run;
    char source[SEDGE_HUB_PATH_MAX];
    int64_t version;
    char bundle[SEDGE_PATH_MAX]; /**< temporary file, "" while there is none */
    json_t *stored;              /**< the hub's answer to the bundle */
} push;

static void push_done(push *p) {
    if (p->bundle[0])
        (void)unlink(p->bundle);
    sedge_hub_run_free(p->run);
    sedge_hub_client_free(p->hub);
    json_decref(p->card);
    json_decref(p->stored);
}

static sedge_status read_card(push *p, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(path, err, "%s/model.json", p->o->folder);
    if (!st)
        st = sedge_json_load_file(NULL, path, &SEDGE_JSON_LIMITS, &p->card, err);
    if (st)
        return st;
    p->name = p->o->name ? p->o->name : json_string_value(json_object_get(p->card, "name"));
    return p->name ? SEDGE_OK : sedge_fail(err, SEDGE_EINVALID, "%s: no name; give --name", path);
}

static sedge_status want_model(push *p, sedge_error *err) {
    sedge_status st = post(p->hub, MLFLOW "registered-models/create", json_pack("{s:s}", "name", p->name), NULL, err);
    return st == SEDGE_ECONFLICT ? SEDGE_OK : st; /* it is there: this is its next version */
}

/** The run that made the model, or a new one when it was trained without a hub; the folder becomes its artifact. */
static sedge_status send_folder(push *p, sedge_error *err) {
    const char *run_id = json_string_value(json_member(p->card, "lineage.run_id"));
    sedge_status st = SEDGE_ENOTFOUND;
    if (run_id && *run_id)
        st = sedge_hub_run_open(p->hub, run_id, &p->run, err);
    if (st == SEDGE_ENOTFOUND)
        st = sedge_hub_run_start(p->hub, p->name, "push", NULL, &p->run, err);
    if (!st)
        st = sedge_hub_run_artifacts(p->run, p->o->folder, "model", err);
    if (!st)
        (void)snprintf(p->source, sizeof p->source, "%s/model", sedge_hub_run_artifact_uri(p->run));
    return st;
}

static sedge_status make_version(push *p, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_status st =
        post(p->hub, MLFLOW "model-versions/create",
             json_pack("{s:s,s:s,s:s}", "name", p->name, "source", p->source, "run_id", sedge_hub_run_id(p->run)),
             &answer, err);
    if (st)
        return st;
    const char *version = json_string_value(json_member(answer, "model_version.version"));
    if (!version || sedge_conf_int_parse(version, &p->version, err) || p->version < 1)
        return sedge_fail(err, SEDGE_EINVALID, "the hub made a version of '%s' without a number", p->name);
    return SEDGE_OK;
}

static sedge_status make_temporary(push *p, sedge_error *err) {
    const char *dir = getenv("TMPDIR");
    sedge_status st = sedge_path_format(p->bundle, err, "%s/sedge-bundle-XXXXXX", dir && *dir ? dir : "/tmp");
    int fd = st ? -1 : mkstemp(p->bundle);
    if (!st && fd < 0) {
        st = sedge_fail(err, SEDGE_EIO, "no temporary file like %s can be made", p->bundle);
        p->bundle[0] = '\0';
    }
    if (fd >= 0)
        (void)close(fd);
    return st;
}

static sedge_status send_bundle(push *p, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    sedge_make_bundle_options make = { .folder = p->o->folder,
                                       .name = p->name,
                                       .release = (uint64_t)p->version,
                                       .cpu_us = (uint32_t)p->o->cpu_us,
                                       .memory_bytes = (uint64_t)p->o->memory_bytes,
                                       .golden = p->o->golden };
    sedge_status st = make_temporary(p, err);
    if (!st)
        st = sedge_make_bundle(&make, p->bundle, err);
    if (!st)
        st = sedge_hub_path(path, err, MODELS "/%s/versions/%d/bundle", p->name, (int)p->version);
    return st ? st : sedge_hub_upload(p->hub, path, p->bundle, &p->stored, err);
}

static sedge_status set_alias(sedge_hub_client *hub, const char *name, const char *alias, int64_t version,
                              sedge_error *err) {
    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)version);
    return post(hub, MLFLOW "registered-models/alias",
                json_pack("{s:s,s:s,s:s}", "name", name, "alias", alias, "version", text), NULL, err);
}

static sedge_status finish_push(push *p, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    if (p->o->alias)
        st = set_alias(p->hub, p->name, p->o->alias, p->version, err);
    return st ? st : sedge_hub_run_finish(p->run, true, err);
}

static sedge_status push_model(const sedge_command_io *io, void *object, sedge_error *err) {
    SEDGE_CLEANUP(push_done) push p = { .o = object };
    static sedge_status (*const steps[])(push *, sedge_error *) = { want_model, send_folder, make_version, send_bundle,
                                                                    finish_push };
    int64_t size_bytes = 0;
    sedge_status st = read_card(&p, err);
    if (!st)
        st = sedge_hub_client_new(&p.o->hub, &p.hub, err);
    for (size_t i = 0; !st && i < SEDGE_COUNT(steps); i++)
        st = steps[i](&p, err);
    if (!st)
        st = sedge_file_size(NULL, p.bundle, &size_bytes, err);
    if (st)
        return sedge_wrap(err, st, "%s", p.o->folder);
    if (io->json)
        return sedge_command_print_json(io,
                                        json_pack("{s:s,s:I,s:s,s:s,s:I,s:O?}", "model", p.name, "release",
                                                  (json_int_t)p.version, "run_id", sedge_hub_run_id(p.run), "source",
                                                  p.source, "bundle_bytes", (json_int_t)size_bytes, "bundle", p.stored),
                                        err);
    (void)fprintf(io->out, "%s release %lld: bundle of %lld bytes is signed\n", p.name, (long long)p.version,
                  (long long)size_bytes);
    return SEDGE_OK;
}

/* list */

static const sedge_conf_row list_rows[] = { SEDGE_HUB_OPTION_ROWS(options, hub) };
static const sedge_conf_rows list_conf = SEDGE_CONF_ROWS(options, list_rows);

static sedge_status list(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    char text[JSON_TEXT_MAX];
    SEDGE_AUTO_JSON json_t *items = NULL;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = sedge_hub_list(hub, MODELS, &items, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(io, json_pack("{s:O}", "items", items), err);
    static const char *const head[] = { "MODEL", "NEWEST", "ALIASES" };
    sedge_table t = sedge_table_init(SEDGE_COUNT(head));
    for (size_t i = 0; i < SEDGE_COUNT(head); i++)
        sedge_table_cell(&t, "%s", head[i]);
    size_t i;
    json_t *model;
    json_array_foreach(items, i, model) {
        const json_t *versions = json_member(model, "versions");
        sedge_table_cell(&t, "%s", json_text(model, "name", text));
        sedge_table_cell(&t, "%zu", json_array_size(versions));
        sedge_table_cell(&t, "%s", json_text(model, "aliases", text));
    }
    return sedge_table_print(io, &t, err);
}

/* show */

static const sedge_conf_row show_rows[] = {
    SEDGE_HUB_OPTION_ROWS(options, hub),
    { "name", SEDGE_CONF_STRING, SEDGE_AT(options, name), .metavar = "MODEL",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "registered model" },
};
static const sedge_conf_rows show_conf = SEDGE_CONF_ROWS(options, show_rows);

static sedge_status show(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    char path[SEDGE_HUB_PATH_MAX];
    json_t *answer = NULL;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = sedge_hub_path(path, err, MODELS "/%s", o->name);
    if (!st)
        st = sedge_hub_call(hub, "GET", path, NULL, &answer, err);
    return st ? st : sedge_command_print_json(io, answer, err);
}

/* alias */

static const sedge_conf_row alias_rows[] = {
    SEDGE_HUB_OPTION_ROWS(options, hub),
    { "name", SEDGE_CONF_STRING, SEDGE_AT(options, name), .metavar = "MODEL",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "registered model" },
    { "alias", SEDGE_CONF_STRING, SEDGE_AT(options, alias), .metavar = "ALIAS",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "\"production\" or the like" },
    { "version", SEDGE_CONF_INT, SEDGE_AT(options, version), .min = 1, .max = 4294967295.0,
      .flags = SEDGE_CONF_REQUIRED, .help = "version that the alias points at" },
};
static const sedge_conf_rows alias_conf = SEDGE_CONF_ROWS(options, alias_rows);

static sedge_status alias(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = set_alias(hub, o->name, o->alias, o->version, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(
            io, json_pack("{s:s,s:s,s:I}", "model", o->name, "alias", o->alias, "version", (json_int_t)o->version),
            err);
    (void)fprintf(io->out, "%s@%s is version %lld\n", o->name, o->alias, (long long)o->version);
    return SEDGE_OK;
}

static const sedge_command commands[] = {
    { "push", "register a model folder as the next version: run, artifacts, signed bundle", &push_conf, push_model,
      NULL },
    { "list", "registered models", &list_conf, list, NULL },
    { "show", "versions, bundles and aliases of a model", &show_conf, show, NULL },
    { "alias", "point an alias at a version", &alias_conf, alias, NULL },
};
const sedge_command_group sedge_cmd_registry = { "registry", "the hub's models, versions and aliases", commands,
                                                 SEDGE_COUNT(commands) };
