/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/agent.h"
#include "agent/commands.h"
#include "net/url.h"

typedef struct options {
    char *config, *state, *hub, *ca, *token, *listen, *dump_features;
    sedge_conf_pairs label;
    sedge_conf_strings source;
    int log_level;
} options;

static const sedge_conf_row rows[] = {
    { "config", SEDGE_CONF_STRING, SEDGE_AT(options, config), .metavar = "FILE", .flags = SEDGE_CONF_CONFIG_FILE,
      .help = "YAML file with these options" },
    { "state", SEDGE_CONF_STRING, SEDGE_AT(options, state), .metavar = "DIR",
      .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "folder of keys, models and the spool" },
    { "hub", SEDGE_CONF_STRING, SEDGE_AT(options, hub), .metavar = "URL",
      .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "address of the hub, https://host:port" },
    { "ca", SEDGE_CONF_STRING, SEDGE_AT(options, ca), .metavar = "FILE",
      .help = "CA of the hub, for the enrolment (else the system's)" },
    { "token", SEDGE_CONF_STRING, SEDGE_AT(options, token), .metavar = "T", .flags = SEDGE_CONF_SECRET,
      .help = "one-time token for the enrolment; not needed afterwards" },
    { "label", SEDGE_CONF_PAIRS, SEDGE_AT(options, label), .metavar = "KEY=VALUE",
      .help = "label of this device, told at the enrolment" },
    { "source", SEDGE_CONF_STRINGS, SEDGE_AT(options, source), .metavar = "NAME=FILE",
      .help = "CSV file to follow, or - for standard input" },
    { "listen", SEDGE_CONF_STRING, SEDGE_AT(options, listen), .metavar = "HOST:PORT",
      .help = "serve the Open Inference Protocol and metrics on this loopback address, too" },
    { "dump_features", SEDGE_CONF_STRING, SEDGE_AT(options, dump_features), .metavar = "FILE",
      .help = "append every feature vector to this file, raw float32 (to compare with training)" },
    { "log_level", SEDGE_CONF_ENUM, SEDGE_AT(options, log_level), "info", .choices = sedge_log_level_names,
      .help = "least important lines to log" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

/** Tokens, certificates and updates go over TLS only. */
static sedge_status check_hub(const char *hub, sedge_error *err) {
    sedge_url url;
    sedge_status st = sedge_url_parse(hub, &url, err);
    if (!st && url.scheme != SEDGE_URL_HTTPS)
        st = sedge_fail(err, SEDGE_EUSAGE, "'%s' is not TLS, which devices need; write it like https://host:5000", hub);
    return st ? sedge_wrap(err, SEDGE_EUSAGE, "--hub") : SEDGE_OK;
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    (void)io;
    const options *o = object;
    static sedge_log log; /* threads use it until the program ends */
    log = sedge_log_init("sedge-agent");
    log.level = (sedge_log_level)o->log_level;
    static sedge_agent_options a;
    a = (sedge_agent_options){ .state = o->state,
                               .hub = o->hub,
                               .ca = o->ca,
                               .token = o->token,
                               .sources = (const char *const *)o->source.items,
                               .n_sources = o->source.n,
                               .listen = o->listen,
                               .dump = o->dump_features,
                               .log = &log };
    sedge_status known = check_hub(o->hub, err);
    if (known)
        return known;
    for (size_t i = 0; i < o->label.n; i++) {
        sedge_status st = sedge_labels_set(&a.labels, o->label.items[i].key, o->label.items[i].value, err);
        if (st)
            return sedge_wrap(err, SEDGE_EUSAGE, "--label");
    }
    return sedge_agent_run(&a, err);
}

static const sedge_command command = {
    .name = "run",
    .summary = "enrol, follow the hub's wishes, serve models",
    .rows = &conf,
    .run = run,
    .leaves_threads = true,
    .more = "The first line of a source names its columns, which are matched to the channels of the model. A source "
            "feeds the\n"
            "model of its own name, else the first one whose channels are all among its columns.\n"
            "Models are served at DIR/agent.sock, and at --listen: POST /v2/models/NAME/infer, GET /metrics."
};
const sedge_command_group sedge_agent_cmd_run = { "run", NULL, &command, 1 };
