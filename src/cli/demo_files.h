/* SPDX-License-Identifier: Apache-2.0 */
/** The YAML files of examples/pump, which are built into the program so that the demo needs no source tree. */
#ifndef SEDGE_CLI_DEMO_FILES_H
#define SEDGE_CLI_DEMO_FILES_H

#include "base/embedded.h"

extern const sedge_embedded_file demo_example_files[];

#endif
