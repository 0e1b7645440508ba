/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the commands of sedge include: the frame (conf/command.h) and tables for people. cmd_<name>.c defines one group,
 * commands.inc lists the groups. Options can be set in the environment as SEDGE_<OPTION>.
 */
#ifndef SEDGE_CLI_COMMAND_H
#define SEDGE_CLI_COMMAND_H

#include "conf/command.h"

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
