/* SPDX-License-Identifier: Apache-2.0 */
/** What the hub wants of a device. Format: docs/spec/device-protocol.md. Unknown fields are ignored. */
#ifndef SEDGE_PROTO_DESIRED_H
#define SEDGE_PROTO_DESIRED_H

#include "base/buf.h"
#include "base/name.h"
#include "crypto/rand.h"
#include "sedge/error.h"

enum {
    SEDGE_DESIRED_VERSION = 1,
    SEDGE_DESIRED_BYTES_MAX = 64 * 1024,
    SEDGE_DESIRED_MODELS_MAX = 16,
    SEDGE_DESIRED_TARGET_MAX = 256,
};

typedef struct sedge_desired_model {
    char name[SEDGE_NAME_MAX];
    uint64_t release;                      /**< at least 1 */
    char target[SEDGE_DESIRED_TARGET_MAX]; /**< target path in the update metadata */
    char rollout[SEDGE_UUID_MAX];          /**< or "" */
    double probation_s;
} sedge_desired_model;

typedef struct sedge_desired_samples {
    char request[SEDGE_UUID_MAX];
    char model[SEDGE_NAME_MAX];
    uint32_t rows; /**< newest rows to send */
} sedge_desired_samples;

typedef struct sedge_desired {
    double poll_s;   /**< 0.05 to 86400 */
    double report_s; /**< 0.05 to 86400 */
    sedge_desired_model models[SEDGE_DESIRED_MODELS_MAX];
    size_t n_models;
    bool has_samples;
    sedge_desired_samples samples;
} sedge_desired;

/** Appends the JSON text: equal content gives equal bytes, so a digest of it can be the ETag. */
SEDGE_NODISCARD sedge_status sedge_desired_encode(const sedge_desired *d, sedge_buf *out, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_desired_decode(sedge_bytes text, sedge_desired *ret, sedge_error *err);

#endif
