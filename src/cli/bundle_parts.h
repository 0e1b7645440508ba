/* SPDX-License-Identifier: Apache-2.0 */
/** The parts of a bundle at work: opened as a device opens them, checked to fit together, golden vectors made and run.
 */
#ifndef SEDGE_CLI_BUNDLE_PARTS_H
#define SEDGE_CLI_BUNDLE_PARTS_H

#include "base/buf.h"
#include "base/own.h"
#include "sedge/error.h"

/** Bytes are borrowed until sedge_bundle_parts_free. */
typedef struct sedge_bundle_parts_bytes {
    sedge_bytes model, features;
    sedge_bytes monitor; /**< empty: none */
} sedge_bundle_parts_bytes;

typedef struct sedge_bundle_parts sedge_bundle_parts;

/** SEDGE_EINVALID when features, model and monitor have different numbers of values; else what opening says. */
SEDGE_NODISCARD sedge_status sedge_bundle_parts_open(const sedge_bundle_parts_bytes *bytes, sedge_bundle_parts **ret,
                                                     sedge_error *err);
void sedge_bundle_parts_free(sedge_bundle_parts *parts);
SEDGE_DEFINE_AUTO(sedge_bundle_parts, sedge_bundle_parts_free)

/** Golden vectors for count feature vectors, packed, as the model computes them here; appended to out. */
SEDGE_NODISCARD sedge_status sedge_bundle_parts_make_golden(sedge_bundle_parts *parts, const float *vectors,
                                                            uint32_t count, sedge_buf *out, sedge_error *err);
/** Are these golden vectors of this model's sizes? With rerun also: does the model give every output byte here? */
SEDGE_NODISCARD sedge_status sedge_bundle_parts_check_golden(sedge_bundle_parts *parts, sedge_bytes golden, bool rerun,
                                                             uint32_t *ret_count, sedge_error *err);
/** Values of a feature vector. */
uint32_t sedge_bundle_parts_width(const sedge_bundle_parts *parts);

#endif
