/* SPDX-License-Identifier: Apache-2.0 */
/** From baseline and thresholds to the bytes of a monitor.bin. How they are found: data/fit_monitor.h. */
#ifndef SEDGE_MONITOR_WRITE_H
#define SEDGE_MONITOR_WRITE_H

#include "base/buf.h"
#include "sedge/monitor.h"

typedef struct sedge_monitor_feature {
    double threshold;
    float edges[SEDGE_MONITOR_EDGES];
    uint32_t baseline[SEDGE_MONITOR_BINS];
} sedge_monitor_feature;

/** Appends the file to out; what sedge_monitor_open would refuse is refused here. */
SEDGE_NODISCARD sedge_status sedge_monitor_write(const sedge_monitor_promise *promise,
                                                 const sedge_monitor_feature *features, uint32_t n_features,
                                                 sedge_buf *out, sedge_error *err);

#endif
