/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <unistd.h>

#include "cli/command.h"

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error of writing, with a sentence */
    return sedge_command_main(argc, (const char *const *)argv, (const char *const *)environ);
}
