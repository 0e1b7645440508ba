/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A bundle at work: rows in, features, model, decision, counts. One thread; runs in the worker, in the throw-away check
 * and in `sedge-agent features`.
 *
 * Opening verifies everything that is read later: the bundle's digests, features.bin, the model, monitor.bin, the
 * decision, and that they fit each other. Nothing is allocated per row.
 */
#ifndef SEDGE_AGENT_PIPELINE_H
#define SEDGE_AGENT_PIPELINE_H

#include "base/own.h"
#include "bundle/bundle.h"
#include "features/decision.h"
#include "os/clock.h"
#include "sedge/features.h"
#include "sedge/model.h"
#include "sedge/monitor.h"

typedef struct sedge_pipeline sedge_pipeline;

/** What came of one feature vector. The arrays belong to the pipeline and live until the next call. */
typedef struct sedge_inference {
    sedge_status status; /**< not SEDGE_OK: a failed inference, the rest but vector and cpu_ns is 0 */
    sedge_verdict verdict;
    int64_t cpu_ns;      /**< thread CPU time of input, model and output */
    const float *vector; /**< [features] */
    const float *output; /**< [outputs], real numbers */
} sedge_inference;

typedef struct sedge_pipeline_options {
    sedge_bytes bundle;       /**< the whole file; must stay while the pipeline is open */
    const sedge_clock *clock; /**< NULL: the machine's */
    uint32_t cpu_mask;        /**< instruction sets that kernels may use, as sedge_model_options has it */
} sedge_pipeline_options;

SEDGE_NODISCARD sedge_status sedge_pipeline_open(const sedge_pipeline_options *options, sedge_pipeline **ret,
                                                 sedge_error *err);
void sedge_pipeline_free(sedge_pipeline *p);
SEDGE_DEFINE_AUTO(sedge_pipeline, sedge_pipeline_free)

const sedge_manifest *sedge_pipeline_manifest(const sedge_pipeline *p);
const sedge_features *sedge_pipeline_features(const sedge_pipeline *p);
uint32_t sedge_pipeline_outputs(const sedge_pipeline *p); /**< numbers in an output */
/** Histogram of the vectors since the last clear; NULL when the bundle has no monitor. */
sedge_monitor_counts *sedge_pipeline_counts(sedge_pipeline *p);

/** Reruns the golden vectors: SEDGE_EGATE names the vector and the byte that differs. */
SEDGE_NODISCARD sedge_status sedge_pipeline_check_golden(sedge_pipeline *p, sedge_error *err);

/**
 * Takes the next row of the stream ([channels], NaN where missing). True when it completed a window: ret then says what
 * came of it, err (may be NULL) why it failed.
 * @param counted  false for rows that only warm the windows and the decision: their vectors are not put into the counts
 */
SEDGE_NODISCARD bool sedge_pipeline_push(sedge_pipeline *p, const float *row, bool counted, sedge_inference *ret,
                                         sedge_error *err);
/** One feature vector [features] of a request: apart from the stream, no smoothing, not counted. */
void sedge_pipeline_vector(sedge_pipeline *p, const float *vector, sedge_inference *ret, sedge_error *err);
/** One window [length, channels] of a request, in the same way. */
void sedge_pipeline_window(sedge_pipeline *p, const float *rows, sedge_inference *ret, sedge_error *err);

#endif
