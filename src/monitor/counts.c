/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>
#include <string.h>

#include "monitor/monitor.h"

uint32_t sedge_monitor_bin(const float edges[SEDGE_MONITOR_EDGES], float value) {
    uint32_t bin = 0;
    for (uint32_t step = SEDGE_MONITOR_BINS / 2; step; step /= 2)
        if (value > edges[bin + step - 1])
            bin += step;
    return bin;
}

size_t sedge_monitor_counts_bytes(uint32_t n_features) {
    return alignof(sedge_monitor_counts) - 1 + sizeof(sedge_monitor_counts) +
           (size_t)n_features * sizeof(sedge_monitor_cell);
}

sedge_status sedge_monitor_counts_init(uint32_t n_features, void *memory, size_t size, sedge_monitor_counts **ret,
                                       sedge_error *err) {
    if (!n_features || n_features > SEDGE_MONITOR_FEATURES_MAX)
        return sedge_fail(err, SEDGE_EUSAGE, "counts of %u features, allowed are 1 to %d", n_features,
                          SEDGE_MONITOR_FEATURES_MAX);
    size_t need = sedge_monitor_counts_bytes(n_features), align = alignof(sedge_monitor_counts);
    if (size < need)
        return sedge_fail(err, SEDGE_EUSAGE, "the counts need %zu bytes, %zu were given", need, size);
    uint8_t *at = memory;
    at += (align - (uintptr_t)at % align) % align;
    sedge_monitor_counts *counts = (sedge_monitor_counts *)(void *)at;
    counts->n_features = n_features;
    counts->cells = (sedge_monitor_cell *)(void *)(counts + 1);
    sedge_monitor_counts_clear(counts);
    *ret = counts;
    return SEDGE_OK;
}

void sedge_monitor_counts_clear(sedge_monitor_counts *counts) {
    counts->total = 0;
    memset(counts->cells, 0, counts->n_features * sizeof *counts->cells);
}

uint32_t sedge_monitor_counts_features(const sedge_monitor_counts *counts) {
    return counts->n_features;
}

uint32_t sedge_monitor_counts_total(const sedge_monitor_counts *counts) {
    return counts->total;
}

const uint32_t *sedge_monitor_counts_bins(const sedge_monitor_counts *counts, uint32_t feature) {
    return counts->cells[feature].bins;
}

uint32_t sedge_monitor_counts_nan(const sedge_monitor_counts *counts, uint32_t feature) {
    return counts->cells[feature].nan;
}

void sedge_monitor_add(const sedge_monitor *monitor, sedge_monitor_counts *counts, const float *vector) {
    if (counts->total == UINT32_MAX)
        return;
    counts->total++;
    for (uint32_t f = 0; f < counts->n_features; f++) {
        float value = vector[f];
        if (value != value)
            counts->cells[f].nan++;
        else
            counts->cells[f].bins[sedge_monitor_bin(monitor->features[f].edges, value)]++;
    }
}

sedge_status sedge_monitor_merge(sedge_monitor_counts *into, const sedge_monitor_counts *from, sedge_error *err) {
    if (into->n_features != from->n_features)
        return sedge_fail(err, SEDGE_EUSAGE, "counts of %u and of %u features do not merge", into->n_features,
                          from->n_features);
    if (from->total > UINT32_MAX - into->total)
        return sedge_fail(err, SEDGE_ELIMIT, "%u and %u vectors are more than counts can hold", into->total,
                          from->total);
    into->total += from->total;
    for (uint32_t f = 0; f < into->n_features; f++) {
        for (int bin = 0; bin < SEDGE_MONITOR_BINS; bin++)
            into->cells[f].bins[bin] += from->cells[f].bins[bin];
        into->cells[f].nan += from->cells[f].nan;
    }
    return SEDGE_OK;
}
