/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "cli/command.h"

#define SEDGE_GROUP(name) extern const sedge_command_group sedge_cmd_##name;
#include "cli/commands.inc"
#undef SEDGE_GROUP

#define SEDGE_GROUP(name) &sedge_cmd_##name,
static const sedge_command_group *const groups[] = {
#include "cli/commands.inc"
};
#undef SEDGE_GROUP

int main(int argc, char **argv) {
    static const sedge_program program = {
        .name = "sedge",
        .about = "MLOps for edge devices: from sensor data to a watched and retrained fleet.",
        .env_prefix = "SEDGE_",
        .groups = groups,
        .n = SEDGE_COUNT(groups),
    };
    return sedge_program_main(&program, argc, (const char *const *)argv, (const char *const *)environ);
}
