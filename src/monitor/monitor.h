/* SPDX-License-Identifier: Apache-2.0 */
/** The opened monitor and counts, as the files of this room see them. */
#ifndef SEDGE_MONITOR_MONITOR_H
#define SEDGE_MONITOR_MONITOR_H

#include "monitor/write.h"
#include "sedge/monitor.h"

struct sedge_monitor {
    sedge_monitor_promise promise;
    uint32_t n_features;
    sedge_monitor_feature *features; /**< [n_features] */
};

/** Numbers of one feature. */
typedef struct sedge_monitor_cell {
    uint32_t bins[SEDGE_MONITOR_BINS];
    uint32_t nan;
} sedge_monitor_cell;

struct sedge_monitor_counts {
    uint32_t n_features;
    uint32_t total;
    sedge_monitor_cell *cells; /**< [n_features] */
};

#endif
