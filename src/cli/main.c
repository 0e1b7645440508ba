/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

extern char **environ;

int main(int argc, char **argv) {
    return sedge_command_main(argc, argv, environ);
}
