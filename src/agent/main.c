/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/commands.h"
#include "base/own.h"

extern char **environ;

static const sedge_agent_command *const commands[] = {
    &sedge_agent_cmd_run,      &sedge_agent_cmd_status, &sedge_agent_cmd_install,
    &sedge_agent_cmd_rollback, &sedge_agent_cmd_worker,
};

static int print_commands(FILE *out) {
    fprintf(out, "sedge-agent %s: runs models on this device and keeps them up to date\n\nCommands:\n", SEDGE_VERSION);
    for (size_t i = 0; i < SEDGE_COUNT(commands); i++)
        if (commands[i]->help)
            fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->help);
    fprintf(out, "\n`sedge-agent COMMAND --help` says more. Environment: SEDGE_AGENT_<OPTION>.\n"
                 "Exit codes: 0 done, 1 a check said no, 2 usage, 3 bad input, 4 not found, 5 refused, 6 network, 7 no "
                 "space or I/O, 8 conflict, 70 our own fault.\n");
    return fflush(out) == 0 ? 0 : sedge_status_exit(SEDGE_EIO);
}

static int print_help(const sedge_agent_command *c) {
    SEDGE_AUTO_BUF text = sedge_buf_init(1 << 16);
    sedge_buf_printf(&text, "sedge-agent %s: %s\n\nUsage: sedge-agent %s", c->name, c->help ? c->help : "internal",
                     c->name);
    sedge_conf_put_usage(c->rows, &text);
    sedge_buf_text(&text, "\n\n");
    sedge_conf_put_help(c->rows, &text);
    if (c->more)
        sedge_buf_printf(&text, "\n%s\n", c->more);
    fputs(sedge_buf_cstr(&text), stdout);
    return fflush(stdout) == 0 ? 0 : sedge_status_exit(SEDGE_EIO);
}

static bool wants_help(int argc, char **argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/** The last words of the program: threads may still wait for the hub, so nothing is torn down behind them. */
static int finish(const sedge_agent_command *c, sedge_status st, const sedge_error *err) {
    if (st)
        fprintf(stderr, "sedge-agent%s%s: %s\n", c ? " " : "", c ? c->name : "", err->text);
    fflush(stdout);
    fflush(stderr);
    return sedge_status_exit(st);
}

static int run_command(const sedge_agent_command *c, int argc, char **argv) {
    sedge_error err = SEDGE_ERROR_INIT;
    SEDGE_AUTO_MEM void *options = calloc(1, c->rows->size_bytes);
    if (wants_help(argc, argv))
        return print_help(c);
    if (!options)
        return finish(c, sedge_fail(&err, SEDGE_ENOMEM, "no memory for the options"), &err);
    sedge_conf_args args = { .argc = argc,
                             .argv = (const char *const *)argv,
                             .env = (const char *const *)environ,
                             .env_prefix = "SEDGE_AGENT_" };
    sedge_status st = sedge_conf_parse(c->rows, &args, options, NULL, &err);
    if (!st) {
        st = c->run(options, &err);
        if (!c->leaves_threads)
            sedge_conf_free(c->rows, options);
    }
    int code = finish(c, st, &err);
    if (c->leaves_threads)
        _exit(code);
    return code;
}

int main(int argc, char **argv) {
    sedge_error err = SEDGE_ERROR_INIT;
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return print_commands(stdout);
    if (strcmp(name, "--version") == 0) {
        printf("sedge-agent %s\n", SEDGE_VERSION);
        return 0;
    }
    for (size_t i = 0; i < SEDGE_COUNT(commands); i++)
        if (strcmp(commands[i]->name, name) == 0)
            return run_command(commands[i], argc - 2, argv + 2);
    if (!*name)
        print_commands(stderr);
    sedge_status st = *name ? sedge_fail(&err, SEDGE_EUSAGE, "no command '%s'; `sedge-agent --help` lists them", name)
                            : sedge_fail(&err, SEDGE_EUSAGE, "which command?");
    return finish(NULL, st, &err);
}
