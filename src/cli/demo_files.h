/* SPDX-License-Identifier: Apache-2.0 */
/** The YAML files of examples/pump, which are built into the program so that the demo needs no source tree. */
#ifndef SEDGE_CLI_DEMO_FILES_H
#define SEDGE_CLI_DEMO_FILES_H

#include <stddef.h>

typedef struct demo_example_file {
    const char *name, *text;
} demo_example_file;

/** Ended by a row without a name. */
extern const demo_example_file demo_example_files[];

#endif
