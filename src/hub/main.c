/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "hub/hub.h"

typedef struct command {
    const char *name;
    const char *help;
    int (*run)(const hub_options *options);
} command;

static int finish(sedge_status st, const sedge_error *err) {
    if (st)
        fprintf(stderr, "sedge-hub: %s\n", err->text);
    return sedge_status_exit(st);
}

/** Signals that end the hub are taken by sigwait alone, so every thread starts with them blocked. */
static void block_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigprocmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int serve(const hub_options *options) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_auto(hub) h = NULL;
    sigset_t ending;
    int got = 0;
    block_signals(&ending);
    sedge_status st = hub_start(options, &h, &err);
    if (st)
        return finish(st, &err);
    printf("listening %s\n", h->url);
    fflush(stdout);
    while (sigwait(&ending, &got) != 0)
        ;
    sedge_log_info(&h->log, "hub.stopping signal=%d", got);
    return 0;
}

static int check(const hub_options *options) {
    sedge_error err = SEDGE_ERROR_INIT;
    int64_t n = 0;
    sedge_status st = hub_check(options->data, &n, &err);
    if (!st)
        printf("database and %lld blobs are whole\n", (long long)n);
    return finish(st, &err);
}

static const command commands[] = {
    { "serve", "serve the API, the page and the devices", serve },
    { "check", "check the database and that every blob it names is there and whole", check },
};

static const command *find_command(const char *name) {
    for (size_t i = 0; i < SEDGE_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void print_buf(sedge_buf *b) {
    fputs(sedge_buf_cstr(b), stdout);
    sedge_buf_done(b);
}

static int help(void) {
    sedge_buf b = sedge_buf_init(1 << 16);
    sedge_conf_put_help(&hub_options_rows, &b);
    printf("Usage: sedge-hub COMMAND [options]\n\nCommands:\n");
    for (size_t i = 0; i < SEDGE_COUNT(commands); i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].help);
    printf("\nOptions (each also as SEDGE_HUB_<NAME> and as a key of --config):\n");
    print_buf(&b);
    printf("\nserve prints 'listening URL' when it is ready and ends on SIGTERM or SIGINT.\n");
    return 0;
}

int main(int argc, char **argv) {
    sedge_error err = SEDGE_ERROR_INIT;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return help();
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return printf("sedge-hub %s\n", SEDGE_VERSION) < 0;
    const command *c = argc > 1 ? find_command(argv[1]) : NULL;
    if (!c)
        return finish(sedge_fail(&err, SEDGE_EUSAGE,
                                 argc > 1 ? "there is no command '%s'; sedge-hub --help lists them"
                                          : "a command is missing%s; sedge-hub --help lists them",
                                 argc > 1 ? argv[1] : ""),
                      &err);
    sedge_conf_args args = { .argc = argc - 2,
                             .argv = (const char *const *)argv + 2,
                             .env = (const char *const *)environ,
                             .env_prefix = "SEDGE_HUB_" };
    sedge_auto(sedge_conf_origins) origins = NULL;
    hub_options options;
    sedge_status st = sedge_conf_parse(&hub_options_rows, &args, &options, &origins, &err);
    if (st)
        return finish(st, &err);
    int code = 0;
    if (options.print_config) {
        sedge_buf b = sedge_buf_init(1 << 16);
        sedge_conf_put_values(&hub_options_rows, &options, origins, &b);
        print_buf(&b);
    } else {
        code = c->run(&options);
    }
    sedge_conf_free(&hub_options_rows, &options);
    return code;
}
