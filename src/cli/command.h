/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The frame of the command line: what a command is. cmd_<name>.c defines one group, commands.inc lists the groups.
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
 * (`sedge data infer`, `sedge bundle show FILE`). The frame reads the options (flags, environment SEDGE_<KEY>,
 * defaults), answers --help, --version and
 * --print-config, takes --json out, frees the options, prints "sedge data infer: sentence" on standard error (with
 * --json the object {"error": {"status": name, "message": sentence}}, so that standard output holds results only) and
 * turns the status into the exit code. What cannot be written to standard output is an error, too.
 */
#ifndef SEDGE_CLI_COMMAND_H
#define SEDGE_CLI_COMMAND_H

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
    const char *summary;         /**< half a sentence for the list */
    const sedge_conf_rows *rows; /**< of its options */
    /** object is the options struct; a failure without a sentence is a fault of ours. */
    sedge_status (*run)(const sedge_command_io *io, void *object, sedge_error *err);
    const char *more; /**< paragraphs under the options in --help, or NULL */
} sedge_command;

typedef struct sedge_command_group {
    const char *name;
    const char *summary;
    const sedge_command *commands;
    size_t n;
} sedge_command_group;

/** The whole program: finds the command, runs it, returns the exit code. */
int sedge_command_main(int argc, const char *const *argv, const char *const *env);

/** Prints a JSON document and a newline. Takes doc over; NULL is a lack of memory. */
SEDGE_NODISCARD sedge_status sedge_command_print_json(const sedge_command_io *io, json_t *doc, sedge_error *err);

/**
 * A table for a person, columns as wide as they must be: sedge_table t = sedge_table_init(3); add cells row by row, the
 * first row is the head; print. Cells are copied; a failure is remembered until printing.
 */
typedef struct sedge_table {
    size_t columns;
    char **cells; /**< owned, each owned */
    size_t n;
    bool failed;
} sedge_table;
sedge_table sedge_table_init(size_t columns);
void sedge_table_cell(sedge_table *t, const char *fmt, ...) SEDGE_PRINTF(2, 3);
/** Prints and frees. */
SEDGE_NODISCARD sedge_status sedge_table_print(const sedge_command_io *io, sedge_table *t, sedge_error *err);

#endif
