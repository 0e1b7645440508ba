/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/commands.h"
#include "agent/worker.h"

static const sedge_conf_row rows[] = {
    { "check", SEDGE_CONF_BOOL, SEDGE_AT(sedge_worker_options, check), .help = "verify the bundle and end" },
    { "dump", SEDGE_CONF_BOOL, SEDGE_AT(sedge_worker_options, dump), .help = "write feature vectors to descriptor 5" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(sedge_worker_options, rows);

static sedge_status run(void *object, sedge_error *err) {
    return sedge_worker_run(object, err);
}

const sedge_agent_command sedge_agent_cmd_worker = {
    .name = "worker",
    .rows = &conf,
    .run = run,
    .more = "Started by the agent: a bundle on descriptor 3, a socket on descriptor 4."
};
