/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/commands.h"
#include "agent/worker.h"

static const sedge_conf_row rows[] = {
    { "check", SEDGE_CONF_BOOL, SEDGE_AT(sedge_worker_options, check), .help = "verify the bundle and end" },
    { "dump", SEDGE_CONF_BOOL, SEDGE_AT(sedge_worker_options, dump), .help = "write feature vectors to descriptor 5" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(sedge_worker_options, rows);

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    (void)io;
    return sedge_worker_run(object, err);
}

static const sedge_command command = {
    .name = "worker",
    .rows = &conf,
    .run = run,
    .more = "Started by the agent: a bundle on descriptor 3, a socket on descriptor 4."
};
const sedge_command_group sedge_agent_cmd_worker = { "worker", NULL, &command, 1 };
