/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/exact_math.h"
#include "monitor/monitor.h"
#include "monitor/psi.h"

static uint64_t sum_of(const uint32_t bins[SEDGE_MONITOR_BINS]) {
    uint64_t sum = 0;
    for (int i = 0; i < SEDGE_MONITOR_BINS; i++)
        sum += bins[i];
    return sum;
}

double sedge_psi(const uint32_t bins[SEDGE_MONITOR_BINS], const uint32_t baseline[SEDGE_MONITOR_BINS]) {
    uint64_t n = sum_of(bins), m = sum_of(baseline);
    if (!n || !m)
        return 0;
    double psi = 0;
    for (int i = 0; i < SEDGE_MONITOR_BINS; i++) {
        double p = (bins[i] + 0.5) / ((double)n + SEDGE_MONITOR_BINS * 0.5);
        double q = (baseline[i] + 0.5) / ((double)m + SEDGE_MONITOR_BINS * 0.5);
        psi += (p - q) * sedge_log(p / q);
    }
    return psi;
}

double sedge_monitor_psi(const sedge_monitor *monitor, const sedge_monitor_counts *counts, uint32_t feature) {
    return sedge_psi(counts->cells[feature].bins, monitor->features[feature].baseline);
}

double sedge_monitor_ks(const sedge_monitor *monitor, const sedge_monitor_counts *counts, uint32_t feature) {
    const uint32_t *bins = counts->cells[feature].bins, *baseline = monitor->features[feature].baseline;
    uint64_t n = sum_of(bins), m = sum_of(baseline), below = 0, below_baseline = 0;
    if (!n || !m)
        return 0;
    double largest = 0;
    for (int i = 0; i < SEDGE_MONITOR_EDGES; i++) {
        below += bins[i];
        below_baseline += baseline[i];
        double distance = fabs((double)below / (double)n - (double)below_baseline / (double)m);
        largest = distance > largest ? distance : largest;
    }
    return largest;
}

sedge_monitor_verdict sedge_monitor_evaluate(const sedge_monitor *monitor, const sedge_monitor_counts *counts) {
    const sedge_monitor_promise *promise = &monitor->promise;
    bool calibrated = promise->false_alarm_rate > 0;
    sedge_monitor_verdict v = { .enough = calibrated && counts->total >= promise->report_rows };
    double worst = -1;
    for (uint32_t f = 0; f < monitor->n_features; f++) {
        double psi = sedge_monitor_psi(monitor, counts, f), threshold = monitor->features[f].threshold;
        double ratio = calibrated ? psi / threshold : psi;
        v.above += calibrated && psi > threshold;
        if (ratio <= worst)
            continue;
        worst = ratio;
        v.worst = f;
        v.psi = psi;
        v.threshold = threshold;
    }
    v.alarm = v.enough && v.above;
    return v;
}
