/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "conf/command.h"
#include "hub/hub.h"

/** Signals that end the hub are taken by sigwait alone, so every thread starts with them blocked. */
static void block_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigprocmask(SIG_BLOCK, set, NULL);
}

static sedge_status serve(const sedge_command_io *io, void *object, sedge_error *err) {
    sedge_auto(hub) h = NULL;
    sigset_t ending;
    int got = 0;
    block_signals(&ending);
    sedge_status st = hub_start((const hub_options *)object, &h, err);
    if (st)
        return st;
    fprintf(io->out, "listening %s\n", h->url);
    fflush(io->out);
    while (sigwait(&ending, &got) != 0)
        ;
    sedge_log_info(&h->log, "hub.stopping signal=%d", got);
    return SEDGE_OK;
}

static sedge_status check(const sedge_command_io *io, void *object, sedge_error *err) {
    const hub_options *options = (const hub_options *)object;
    int64_t n = 0;
    sedge_status st = hub_check(options->data, &n, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(io, json_pack("{sI}", "blobs", (json_int_t)n), err);
    fprintf(io->out, "database and %lld blobs are whole\n", (long long)n);
    return SEDGE_OK;
}

static const sedge_command serve_command = {
    "serve",
    "serve the API, the page and the devices",
    &hub_options_rows,
    serve,
    .more =
        "Prints 'listening URL' when it is ready and ends on SIGTERM or SIGINT. Each option can also be a key of the\n"
        "--config file.",
};
static const sedge_command check_command = {
    "check",
    "check the database and that every blob it names is there and whole",
    &hub_options_rows,
    check,
};
static const sedge_command_group serve_group = { "serve", "the server", &serve_command, 1 };
static const sedge_command_group check_group = { "check", "its data", &check_command, 1 };

int main(int argc, char **argv) {
    static const sedge_command_group *const groups[] = { &serve_group, &check_group };
    static const sedge_program program = {
        .name = "sedge-hub",
        .about = "The server: experiment tracking, model registry, fleet, roll-outs, alerts.",
        .env_prefix = "SEDGE_HUB_",
        .groups = groups,
        .n = SEDGE_COUNT(groups),
    };
    return sedge_program_main(&program, argc, (const char *const *)argv, (const char *const *)environ);
}
