/* SPDX-License-Identifier: Apache-2.0 */
/** From a description to the bytes of a features.bin. */
#ifndef SEDGE_FEATURES_WRITE_H
#define SEDGE_FEATURES_WRITE_H

#include "base/buf.h"
#include "sedge/features.h"

/** The description; the arrays belong to the caller. */
typedef struct sedge_features_spec {
    double rate_hz;
    uint32_t length, step;
    uint32_t n_channels;
    const sedge_features_channel *channels;
    uint32_t n_entries;
    const sedge_features_entry *entries;
} sedge_features_spec;

/**
 * Appends the file to out. What is written has been opened once, so a description that sedge_features_open would refuse
 * is refused here, with its status and sentence.
 */
SEDGE_NODISCARD sedge_status sedge_features_write(const sedge_features_spec *spec, sedge_buf *out, sedge_error *err);

#endif
