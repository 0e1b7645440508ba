/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Monitoring: has the distribution of the features moved away from the training data?
 *
 * A sedge_monitor is the baseline, opened from the bytes of a monitor.bin (layout: monitor/format.h): per feature 15
 * edges, which are quantiles of the training vectors, the 16 counts of the training vectors between them, and an alarm
 * threshold for the PSI. It never changes and may be shared by threads.
 *
 * A sedge_monitor_counts lives in the caller's memory and counts vectors into the same bins. Counts merge by addition,
 * so that the PSI of a fleet is exact. Nothing is allocated but by sedge_monitor_open.
 */
#ifndef SEDGE_MONITOR_H
#define SEDGE_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/attr.h"
#include "sedge/error.h"

enum {
    SEDGE_MONITOR_BINS = 16,
    SEDGE_MONITOR_EDGES = SEDGE_MONITOR_BINS - 1,
    SEDGE_MONITOR_FEATURES_MAX = 1024,
};

typedef struct sedge_monitor sedge_monitor;
typedef struct sedge_monitor_counts sedge_monitor_counts;

/** What the thresholds promise, see data/fit_monitor.h for how they are found. */
typedef struct sedge_monitor_promise {
    uint64_t baseline_rows;  /**< training vectors behind the baseline counts */
    uint32_t report_rows;    /**< the promise holds for counts of at least so many vectors */
    double false_alarm_rate; /**< of sedge_monitor_evaluate over all features together; 0: not calibrated */
} sedge_monitor_promise;

/**
 * Opens a monitor.bin; the bytes are copied.
 * @return SEDGE_OK; SEDGE_ETRUNCATED, SEDGE_EINVALID (names feature and value), SEDGE_EUNSUPPORTED (version),
 *         SEDGE_ELIMIT, SEDGE_ENOMEM
 */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_monitor_open(const void *data, size_t size, sedge_monitor **ret,
                                                          sedge_error *err);
/** NULL is fine. */
SEDGE_API void sedge_monitor_free(sedge_monitor *monitor);
SEDGE_API uint32_t sedge_monitor_features(const sedge_monitor *monitor);
SEDGE_API sedge_monitor_promise sedge_monitor_get_promise(const sedge_monitor *monitor);
/** The feature's edges [15], baseline counts [16] and PSI threshold; feature < sedge_monitor_features. */
SEDGE_API const float *sedge_monitor_edges(const sedge_monitor *monitor, uint32_t feature);
SEDGE_API const uint32_t *sedge_monitor_baseline(const sedge_monitor *monitor, uint32_t feature);
SEDGE_API double sedge_monitor_threshold(const sedge_monitor *monitor, uint32_t feature);
/** The bin of a value: the number of edges below it, 0 to 15; a value equal to an edge is in the bin below that edge.
 */
SEDGE_API uint32_t sedge_monitor_bin(const float edges[SEDGE_MONITOR_EDGES], float value);

/** Bytes of memory for the counts of n_features (any alignment), 1 <= n_features <= SEDGE_MONITOR_FEATURES_MAX. */
SEDGE_API size_t sedge_monitor_counts_bytes(uint32_t n_features);
/** Makes empty counts in the caller's memory. SEDGE_EUSAGE when size is too small or n_features out of range. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_monitor_counts_init(uint32_t n_features, void *memory, size_t size,
                                                                 sedge_monitor_counts **ret, sedge_error *err);
SEDGE_API void sedge_monitor_counts_clear(sedge_monitor_counts *counts);
SEDGE_API uint32_t sedge_monitor_counts_features(const sedge_monitor_counts *counts);
/** Vectors counted. It stops at UINT32_MAX: later vectors are not counted. */
SEDGE_API uint32_t sedge_monitor_counts_total(const sedge_monitor_counts *counts);
/** The feature's 16 bins, and how many of its values were NaN (which are in no bin). */
SEDGE_API const uint32_t *sedge_monitor_counts_bins(const sedge_monitor_counts *counts, uint32_t feature);
SEDGE_API uint32_t sedge_monitor_counts_nan(const sedge_monitor_counts *counts, uint32_t feature);

/** Counts one vector [features]; counts and monitor have the same number of features. */
SEDGE_API void sedge_monitor_add(const sedge_monitor *monitor, sedge_monitor_counts *counts, const float *vector);
/** into += from. SEDGE_EUSAGE when the numbers of features differ, SEDGE_ELIMIT when the total would not fit. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_monitor_merge(sedge_monitor_counts *into, const sedge_monitor_counts *from,
                                                           sedge_error *err);

/** Most bytes that the packed counts of n_features take. */
SEDGE_API size_t sedge_monitor_pack_max(uint32_t n_features);
/** Packs counts for a report (layout: monitor/format.h). SEDGE_EUSAGE when size is less than sedge_monitor_pack_max. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_monitor_pack(const sedge_monitor_counts *counts, uint8_t *out, size_t size,
                                                          size_t *ret_n, sedge_error *err);
/** How many features packed counts are of, for whoever makes the counts to add them to; reads their head only. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_monitor_packed_features(const void *packed, size_t size, uint32_t *ret,
                                                                     sedge_error *err);
/**
 * Adds packed counts to counts: all of them, or on an error nothing.
 * @return SEDGE_OK; SEDGE_ETRUNCATED, SEDGE_EINVALID (not packed counts, or another number of features), SEDGE_ELIMIT
 */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_monitor_unpack(sedge_monitor_counts *counts, const void *packed,
                                                            size_t size, sedge_error *err);

/**
 * Population stability index of one feature: sum over bins of (p - q) ln(p / q), where p are the shares of the counts
 * and q those of the baseline, each smoothed as (count + 1/2) / (n + 8). 0 for empty counts.
 */
SEDGE_API double sedge_monitor_psi(const sedge_monitor *monitor, const sedge_monitor_counts *counts, uint32_t feature);
/** Largest distance of the two cumulative shares at the edges (Kolmogorov-Smirnov on bins). 0 for empty counts. */
SEDGE_API double sedge_monitor_ks(const sedge_monitor *monitor, const sedge_monitor_counts *counts, uint32_t feature);

typedef struct sedge_monitor_verdict {
    bool enough;           /**< counts hold at least report_rows vectors and there are thresholds */
    bool alarm;            /**< enough, and some feature's PSI is above its threshold */
    uint32_t above;        /**< features above their thresholds, enough or not */
    uint32_t worst;        /**< feature of the largest PSI / threshold */
    double psi, threshold; /**< of the worst feature */
} sedge_monitor_verdict;

/** Compares counts with the baseline; both have the same number of features. */
SEDGE_API sedge_monitor_verdict sedge_monitor_evaluate(const sedge_monitor *monitor,
                                                       const sedge_monitor_counts *counts);

/**
 * A histogram of durations with four buckets an octave, so that a quantile is right within 19 %. Bucket 0 holds
 * up to 256 ns, the last everything from 2^24 times that (4.3 s) on. May be zero-initialised and copied.
 */
enum { SEDGE_LATENCY_BUCKETS = 98 };
typedef struct sedge_latency {
    uint64_t count;
    uint64_t sum_ns;
    uint64_t max_ns;
    uint32_t buckets[SEDGE_LATENCY_BUCKETS]; /**< each stops at UINT32_MAX */
} sedge_latency;

SEDGE_API void sedge_latency_add(sedge_latency *latency, uint64_t ns);
SEDGE_API void sedge_latency_merge(sedge_latency *into, const sedge_latency *from);
/** The duration that a share (0 to 1) of all stays at or below: the upper end of its bucket, at most max_ns; 0 when
 * empty. */
SEDGE_API uint64_t sedge_latency_quantile(const sedge_latency *latency, double share);
/** Upper end of a bucket in ns; UINT64_MAX for the last and beyond. */
SEDGE_API uint64_t sedge_latency_bucket_end_ns(uint32_t bucket);
/** As for counts: at most SEDGE_LATENCY_PACK_MAX bytes; unpack adds all or nothing. */
enum { SEDGE_LATENCY_PACK_MAX = 640 };
SEDGE_API SEDGE_NODISCARD sedge_status sedge_latency_pack(const sedge_latency *latency, uint8_t *out, size_t size,
                                                          size_t *ret_n, sedge_error *err);
SEDGE_API SEDGE_NODISCARD sedge_status sedge_latency_unpack(sedge_latency *latency, const void *packed, size_t size,
                                                            sedge_error *err);

#endif
