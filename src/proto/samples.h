/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows that the hub asked a device for (desired.samples): times and float32 of every channel, compressed. Numbers of
 * the fields and the packing: docs/spec/device-protocol.md.
 */
#ifndef SEDGE_PROTO_SAMPLES_H
#define SEDGE_PROTO_SAMPLES_H

#include "base/buf.h"
#include "base/name.h"
#include "crypto/cert.h"
#include "crypto/rand.h"
#include "sedge/error.h"

#define SEDGE_SAMPLES_TYPE "application/vnd.sedge.samples+cbor"

enum {
    SEDGE_SAMPLES_VERSION = 1,
    SEDGE_SAMPLES_BYTES_MAX = 8 << 20, /**< of a message */
    SEDGE_SAMPLES_ROWS_MAX = 65536,
    SEDGE_SAMPLES_CHANNELS_MAX = 256,
    SEDGE_SAMPLES_VALUES_MAX = 4 << 20, /**< rows times channels */
};

typedef struct sedge_samples {
    char device[SEDGE_DEVICE_ID_MAX];
    char request[SEDGE_UUID_MAX];
    char model[SEDGE_NAME_MAX];
    uint64_t release; /**< that ran meanwhile */
    char (*channels)[SEDGE_NAME_MAX];
    size_t n_channels;
    size_t n_rows;
    int64_t *times_ms; /**< [n_rows] */
    float *values;     /**< [n_rows][n_channels], NaN where missing */
} sedge_samples;

/** Appends the CBOR form. */
SEDGE_NODISCARD sedge_status sedge_samples_encode(const sedge_samples *samples, sedge_buf *out, sedge_error *err);
/** ret owns its arrays (sedge_samples_done) and borrows nothing. */
SEDGE_NODISCARD sedge_status sedge_samples_decode(sedge_bytes bytes, sedge_samples *ret, sedge_error *err);
/** Frees the arrays of a decoded message. */
void sedge_samples_done(sedge_samples *samples);

#endif
