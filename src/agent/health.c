/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/health.h"

static bool is_sick(const sedge_health *h, sedge_error *err) {
    if (h->deaths > 0)
        return sedge_fail(err, SEDGE_EGATE, "the worker died during probation"), true;
    if (h->inferences < h->limits.min_inferences)
        return false;
    double rate = h->inferences ? (double)h->failures / (double)h->inferences : 0;
    if (rate > h->limits.max_error_rate) {
        sedge_fail(err, SEDGE_EGATE, "%llu of %llu inferences failed, the limit is %g", (unsigned long long)h->failures,
                   (unsigned long long)h->inferences, h->limits.max_error_rate);
        return true;
    }
    uint64_t median_us = sedge_latency_quantile(&h->cpu, 0.5) / 1000;
    if (h->limits.cpu_us == 0 || median_us <= h->limits.cpu_us)
        return false;
    sedge_fail(err, SEDGE_EGATE, "an inference takes %llu us of processor time (median of %llu), the limit is %llu us",
               (unsigned long long)median_us, (unsigned long long)h->cpu.count, (unsigned long long)h->limits.cpu_us);
    return true;
}

sedge_health_verdict sedge_health_judge(const sedge_health *h, int64_t now_ms, sedge_error *err) {
    if (is_sick(h, err))
        return SEDGE_HEALTH_SICK;
    int64_t passed_ms = now_ms - h->since_ms;
    bool enough = h->inferences >= h->limits.min_inferences;
    if (passed_ms < h->limits.probation_ms)
        return SEDGE_HEALTH_PENDING;
    return enough || passed_ms / SEDGE_HEALTH_PATIENCE >= h->limits.probation_ms ? SEDGE_HEALTH_HEALTHY
                                                                                 : SEDGE_HEALTH_PENDING;
}
