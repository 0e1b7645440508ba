/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Golden vectors: inputs with the output bytes that this model gives for them. A device reruns them before it switches,
 * so that a model that arrives whole but computes something else is caught. Format: docs/spec/bundle.md.
 *
 * This room does not run models: the caller hands in how.
 */
#ifndef SEDGE_BUNDLE_GOLDEN_H
#define SEDGE_BUNDLE_GOLDEN_H

#include "base/buf.h"
#include "sedge/error.h"

enum {
    SEDGE_GOLDEN_VERSION = 1,
    SEDGE_GOLDEN_COUNT_MAX = 256,
    SEDGE_GOLDEN_TENSOR_BYTES_MAX = 1 << 20, /**< of one input or output */
    SEDGE_GOLDEN_HEADER_BYTES = 20,
    SEDGE_GOLDEN_BYTES_MAX = 16 << 20, /**< behind the header */
};

/** Runs the model on one input and fills output completely. */
typedef sedge_status (*sedge_golden_run_fn)(void *ctx, sedge_bytes input, uint8_t *output, size_t output_bytes,
                                            sedge_error *err);

/** A view into the file's bytes. */
typedef struct sedge_golden {
    uint32_t count;
    uint32_t input_bytes;
    uint32_t output_bytes;
    sedge_bytes pairs;
} sedge_golden;

/** Runs count inputs, packed one behind the other in inputs, and appends the file to out. */
SEDGE_NODISCARD sedge_status sedge_golden_make(sedge_bytes inputs, uint32_t count, uint32_t output_bytes,
                                               sedge_golden_run_fn run, void *ctx, sedge_buf *out, sedge_error *err);
/** Reads and checks a golden file; ret borrows bytes. At least one pair. */
SEDGE_NODISCARD sedge_status sedge_golden_parse(sedge_bytes bytes, sedge_golden *ret, sedge_error *err);
sedge_bytes sedge_golden_input(const sedge_golden *g, uint32_t i);
sedge_bytes sedge_golden_output(const sedge_golden *g, uint32_t i);
/**
 * Runs every input. SEDGE_EGATE with the vector and the first byte that differs; SEDGE_EINVALID when the sizes are not
 * the model's.
 */
SEDGE_NODISCARD sedge_status sedge_golden_check(const sedge_golden *g, size_t input_bytes, size_t output_bytes,
                                                sedge_golden_run_fn run, void *ctx, sedge_error *err);

#endif
