/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The model worker: a process with one bundle, one socket to the supervisor (agent/frame.h) and nothing else: no keys,
 * no network, no files of the state folder. It is this program again, `sedge-agent worker`; it ends with the
 * supervisor.
 *
 * Descriptors: 3 the bundle (read only), 4 the socket, 5 optional: a file to which every feature vector is appended as
 * raw float32 (`run --dump-features`).
 */
#ifndef SEDGE_AGENT_WORKER_H
#define SEDGE_AGENT_WORKER_H

#include <stdbool.h>

#include "sedge/error.h"

enum { SEDGE_WORKER_BUNDLE_FD = 3, SEDGE_WORKER_SOCKET_FD = 4, SEDGE_WORKER_DUMP_FD = 5 };

typedef struct sedge_worker_options {
    bool check; /**< verify the bundle and its golden vectors, print why not on standard error, exit */
    bool dump;  /**< descriptor 5 is there */
} sedge_worker_options;

/** Runs until STOP, the supervisor's end, or a fault. */
SEDGE_NODISCARD sedge_status sedge_worker_run(const sedge_worker_options *options, sedge_error *err);

#endif
