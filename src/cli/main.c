/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "cli/command.h"

extern char **environ;

int main(int argc, char **argv) {
    return sedge_command_main(argc, (const char *const *)(uintptr_t)argv, (const char *const *)(uintptr_t)environ);
}
