/* SPDX-License-Identifier: Apache-2.0 */
/** Statistics of the fleet: rows per model, release, window and device; windows and devices add up. */
#ifndef SEDGE_HUB_FLEET_STATS_H
#define SEDGE_HUB_FLEET_STATS_H

#include "hub/store/store.h"
#include "proto/report.h"
#include "sedge/monitor.h"

/** Adds one report's numbers to the window of the hub's time that now_ms is in. */
SEDGE_NODISCARD sedge_status fleet_stats_add(store_tx *tx, int64_t window_ms, int64_t now_ms, const char *device,
                                             const sedge_report_model *m, sedge_error *err);

/** Feature counts that grow to the number of features of what is added first. Zero-initialise. */
typedef struct fleet_counts {
    void *memory;                 /**< owned */
    sedge_monitor_counts *counts; /**< NULL while nothing was added */
} fleet_counts;
void fleet_counts_done(fleet_counts *c);
/** Adds packed counts; empty ones change nothing. Counts of another number of features are SEDGE_EINVALID. */
SEDGE_NODISCARD sedge_status fleet_counts_add(fleet_counts *c, sedge_bytes packed, sedge_error *err);

/** Deletes windows that ended before until_ms. */
SEDGE_NODISCARD sedge_status fleet_stats_expire(store_tx *tx, int64_t until_ms, sedge_error *err);

#endif
