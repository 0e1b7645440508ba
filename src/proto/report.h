/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a device reports: itself, its models, their statistics since the last report, and what happened. Numbers of the
 * fields: docs/spec/device-protocol.md.
 *
 * Decoding ignores unknown fields and gives missing ones 0 or ""; it refuses another major version, values outside the
 * limits here; unknown enum values are read as _UNKNOWN. A report is identified by (device, boot, seq): receiving it
 * twice counts once.
 */
#ifndef SEDGE_PROTO_REPORT_H
#define SEDGE_PROTO_REPORT_H

#include "base/buf.h"
#include "base/name.h"
#include "crypto/cert.h"
#include "crypto/digest.h"
#include "crypto/rand.h"
#include "sedge/error.h"

#define SEDGE_REPORT_TYPE "application/vnd.sedge.report+cbor"

enum {
    SEDGE_REPORT_VERSION = 1,
    SEDGE_REPORT_BYTES_MAX = 1 << 20,
    SEDGE_REPORT_MODELS_MAX = 16,
    SEDGE_REPORT_EVENTS_MAX = 256,
    SEDGE_REPORT_HISTOGRAM_MAX = 256 * 1024, /**< packed feature histogram of one model */
    SEDGE_REPORT_LATENCY_MAX = 4096,         /**< packed latency histogram */
    SEDGE_REPORT_TEXT_MAX = 512,             /**< sentences */
};

typedef enum sedge_model_state {
    SEDGE_STATE_NONE,
    SEDGE_STATE_DOWNLOADING,
    SEDGE_STATE_VERIFYING,
    SEDGE_STATE_PROBATION,
    SEDGE_STATE_COMMITTED,
    SEDGE_STATE_ROLLED_BACK,
    SEDGE_STATE_FAILED,
    SEDGE_STATE_UNKNOWN, /**< a later version's state; never sent */
    SEDGE_MODEL_STATES
} sedge_model_state;
const char *sedge_model_state_name(sedge_model_state state); /**< "none", ... Static storage. */

/** What a model did in a window of time. Windows of one model add up. */
typedef struct sedge_window {
    int64_t from_ms, to_ms; /**< device time; 0 and 0: nothing measured */
    uint64_t rows;          /**< samples read */
    uint64_t inferences;
    uint64_t failures;  /**< inferences that gave no result */
    uint64_t anomalies; /**< results that the decision calls an anomaly */
    uint64_t cpu_us_sum;
    uint64_t cpu_us_max;
    double score_sum;
    sedge_bytes latency;  /**< thread CPU time per inference, as sedge_latency_pack packs; empty: none. Borrowed. */
    sedge_bytes features; /**< feature counts, as sedge_monitor_pack packs; empty: none. Borrowed. */
} sedge_window;

typedef struct sedge_report_model {
    char name[SEDGE_NAME_MAX];
    uint64_t release; /**< running; 0: none */
    sedge_digest bundle;
    bool has_bundle;
    char slot; /**< 'a', 'b', or 0 */
    sedge_model_state state;
    uint64_t target_release; /**< the one that state is about; 0: none wanted */
    char rollout[SEDGE_UUID_MAX];
    sedge_status error; /**< why the last update failed; SEDGE_OK: it did not */
    char error_text[SEDGE_REPORT_TEXT_MAX];
    sedge_window window;
} sedge_report_model;

typedef struct sedge_report_event {
    int64_t time_ms;
    char kind[SEDGE_NAME_MAX];  /**< "installed", "rolled_back", "anomaly", ... */
    char model[SEDGE_NAME_MAX]; /**< or "" */
    uint64_t release;
    char text[SEDGE_REPORT_TEXT_MAX];
} sedge_report_event;

typedef struct sedge_report {
    char device[SEDGE_DEVICE_ID_MAX];
    char boot[SEDGE_UUID_MAX]; /**< random per start of the agent */
    uint64_t seq;              /**< counts up from 1 within a boot */
    int64_t time_ms;           /**< device time */
    uint64_t uptime_ms;
    char agent[SEDGE_NAME_MAX]; /**< version */
    uint64_t bytes_sent;        /**< TLS payload since boot */
    uint64_t bytes_received;
    uint64_t raw_bytes; /**< float32 of all rows seen since boot */
    sedge_report_model *models;
    size_t n_models;
    sedge_report_event *events;
    size_t n_events;
} sedge_report;

/** Appends the CBOR form. SEDGE_ELIMIT over the counts above. */
SEDGE_NODISCARD sedge_status sedge_report_encode(const sedge_report *report, sedge_buf *out, sedge_error *err);
/** ret owns its arrays (sedge_report_done); histograms borrow bytes. */
SEDGE_NODISCARD sedge_status sedge_report_decode(sedge_bytes bytes, sedge_report *ret, sedge_error *err);
/** Frees the arrays of a decoded report. */
void sedge_report_done(sedge_report *report);

#endif
