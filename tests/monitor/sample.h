/* SPDX-License-Identifier: Apache-2.0 */
/** A small baseline for the tests of this room: edges 1 to 15, 10 rows in each bin. */
#ifndef SEDGE_TEST_MONITOR_SAMPLE_H
#define SEDGE_TEST_MONITOR_SAMPLE_H

#include <stdlib.h>

#include "monitor/write.h"

enum { SAMPLE_FEATURES = 3 };

static inline void sample_fill(sedge_monitor_promise *promise, sedge_monitor_feature features[SAMPLE_FEATURES]) {
    *promise = (sedge_monitor_promise){ .baseline_rows = 160, .report_rows = 50, .false_alarm_rate = 1e-3 };
    for (int f = 0; f < SAMPLE_FEATURES; f++) {
        features[f].threshold = 0.25 * (f + 1);
        for (int i = 0; i < SEDGE_MONITOR_EDGES; i++)
            features[f].edges[i] = (float)(i + 1);
        for (int i = 0; i < SEDGE_MONITOR_BINS; i++)
            features[f].baseline[i] = 10;
    }
}

static inline sedge_monitor *sample_monitor(void) {
    sedge_monitor_promise promise;
    sedge_monitor_feature features[SAMPLE_FEATURES];
    sample_fill(&promise, features);
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
    sedge_monitor *monitor = NULL;
    if (sedge_monitor_write(&promise, features, SAMPLE_FEATURES, &out, NULL) ||
        sedge_monitor_open(out.data, out.n, &monitor, NULL))
        abort();
    return monitor;
}

/** Empty counts on the heap; free() *ret_memory. */
static inline sedge_monitor_counts *sample_counts(uint32_t n_features, void **ret_memory) {
    size_t bytes = sedge_monitor_counts_bytes(n_features);
    sedge_monitor_counts *counts = NULL;
    *ret_memory = malloc(bytes);
    if (!*ret_memory || sedge_monitor_counts_init(n_features, *ret_memory, bytes, &counts, NULL))
        abort();
    return counts;
}

#endif
