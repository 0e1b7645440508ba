/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The frame of a program with commands: finding them, reading their options, help, errors, exit codes. The programs
 * sedge, sedge-hub and sedge-agent are tables of this kind.
 *
 *     typedef struct { sedge_conf_strings files; char *out; } options;
 *     static const sedge_conf_row rows[] = {
 *         { "files", SEDGE_CONF_STRINGS, SEDGE_AT(options, files), .metavar = "CSV", .help = "recordings",
 *           .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED },
 *         { "out", SEDGE_CONF_STRING, SEDGE_AT(options, out), .metavar = "FILE", .help = "the schema" },
 *     };
 *     static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);
 *     static sedge_status infer(const sedge_command_io *io, void *object, sedge_error *err) {
 *         const options *o = object;
 *         ...
 *     }
 *     static const sedge_command commands[] = {
 *         { "infer", "propose a schema for recordings", &conf, infer, NULL },
 *     };
 *     const sedge_command_group sedge_cmd_data = {
 *         "data", "schemas and data set versions", commands, SEDGE_COUNT(commands)
 *     };
 *
 * The command that bears its group's name is called by one word (`sedge train`, `sedge bundle DIR`), others by two
 * (`sedge data infer`, `sedge bundle show FILE`). The frame reads the options (flags, environment, file, defaults:
 * conf/rows.h), answers --help, --version and
 * --print-config, takes --json out, frees the options, prints "sedge data infer: sentence" on standard error (with
 * --json the object {"error": {"status": name, "message": sentence}}, so that standard output holds results only) and
 * turns the status into the exit code. What cannot be written to standard output is an error, too.
 */
#ifndef SEDGE_CONF_COMMAND_H
#define SEDGE_CONF_COMMAND_H

#include <stdio.h>

#include "conf/json.h"
#include "conf/rows.h"

/** What a command talks to. */
typedef struct sedge_command_io {
    FILE *out;  /**< results; nothing else is printed there */
    FILE *note; /**< progress and remarks for a person; silent with --json */
    bool json;  /**< results as one JSON document */
} sedge_command_io;

typedef struct sedge_command {
    const char *name;            /**< one word */
    const char *summary;         /**< half a sentence for the list; NULL: not for people, left out there */
    const sedge_conf_rows *rows; /**< of its options */
    /** object is the options struct; a failure without a sentence is a fault of ours. */
    sedge_status (*run)(const sedge_command_io *io, void *object, sedge_error *err);
    const char *more;    /**< paragraphs under the options in --help, or NULL */
    bool leaves_threads; /**< they may still use the options when run returns: the process ends without cleaning up */
} sedge_command;

typedef struct sedge_command_group {
    const char *name;
    const char *summary;
    const sedge_command *commands;
    size_t n;
} sedge_command_group;

typedef struct sedge_program {
    const char *name;       /**< "sedge-hub" */
    const char *about;      /**< one line for --help */
    const char *env_prefix; /**< "SEDGE_HUB_"; options can be set as SEDGE_HUB_<OPTION> */
    const sedge_command_group *const *groups;
    size_t n;
} sedge_program;

/** The whole program: finds the command, runs it, returns the exit code. SIGPIPE and SIGXFSZ are ignored from here on.
 */
int sedge_program_main(const sedge_program *program, int argc, const char *const *argv, const char *const *env);

/** Prints a JSON document and a newline. Takes doc over; NULL is a lack of memory. */
SEDGE_NODISCARD sedge_status sedge_command_print_json(const sedge_command_io *io, json_t *doc, sedge_error *err);

#endif
