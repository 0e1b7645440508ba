/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "agent/commands.h"

int main(int argc, char **argv) {
    static const sedge_command_group *const groups[] = {
        &sedge_agent_cmd_run,      &sedge_agent_cmd_status, &sedge_agent_cmd_install,
        &sedge_agent_cmd_rollback, &sedge_agent_cmd_worker,
    };
    static const sedge_program program = {
        .name = "sedge-agent",
        .about = "Runs models on this device and keeps them up to date.",
        .env_prefix = "SEDGE_AGENT_",
        .groups = groups,
        .n = SEDGE_COUNT(groups),
    };
    return sedge_program_main(&program, argc, (const char *const *)argv, (const char *const *)environ);
}
