/* SPDX-License-Identifier: Apache-2.0 */
/** From a model folder (docs/spec/model-folder.md) to a bundle: one function for `sedge bundle` and `sedge registry
 * push`. */
#ifndef SEDGE_CLI_MAKE_BUNDLE_H
#define SEDGE_CLI_MAKE_BUNDLE_H

#include <stdint.h>

#include "sedge/error.h"

typedef struct sedge_make_bundle_options {
    const char *folder;    /**< model folder */
    const char *name;      /**< of the model; NULL: the one in model.json */
    uint64_t release;      /**< at least 1 */
    uint32_t cpu_us;       /**< highest thread CPU time per inference; 0: none */
    uint64_t memory_bytes; /**< highest memory of the worker; 0: none */
    /** NULL: the golden outputs are what libsedge computes here for golden_input.npy; else a golden file made elsewhere
     * (another machine, a reference runtime), whose sizes must be the model's; devices hold the model to it. */
    const char *golden;
    const char *golden_out; /**< NULL, or a file that the golden vectors are written to as well */
} sedge_make_bundle_options;

/**
 * Writes the bundle file atomically; out may be NULL when only golden_out is wanted. The same folder and options give
 * the same bytes.
 * @return SEDGE_ENOTFOUND, SEDGE_EINVALID and others with the file in the sentence
 */
SEDGE_NODISCARD sedge_status sedge_make_bundle(const sedge_make_bundle_options *options, const char *out,
                                               sedge_error *err);

#endif
