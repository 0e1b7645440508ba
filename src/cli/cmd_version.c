/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

typedef struct options {
    bool unused; /* C wants a member */
} options;
static const sedge_conf_rows conf = { NULL, 0, sizeof(options), NULL };

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    (void)object;
    if (io->json)
        return sedge_command_print_json(io, json_pack("{ss ss}", "version", SEDGE_VERSION, "compiler", __VERSION__),
                                        err);
    fprintf(io->out, "sedge %s\n", SEDGE_VERSION);
    return SEDGE_OK;
}

static const sedge_command commands[] = { { "version", "print the version", &conf, run, NULL } };
const sedge_command_group sedge_cmd_version = { "version", "about this program", commands, SEDGE_COUNT(commands) };
