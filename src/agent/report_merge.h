/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Two reports become one, for a spool that is full: windows of the same release add up, windows of different releases
 * stand one behind the other, everything else is the newer report's. Events are kept, the oldest beyond
 * SEDGE_MERGE_EVENTS_MAX are dropped. The hub cannot tell the result from a report over a longer time.
 */
#ifndef SEDGE_AGENT_REPORT_MERGE_H
#define SEDGE_AGENT_REPORT_MERGE_H

#include "base/buf.h"
#include "sedge/error.h"

enum { SEDGE_MERGE_EVENTS_MAX = 64 };

/** As sedge_spool_merge_fn; ctx is not used. */
SEDGE_NODISCARD sedge_status sedge_report_merge(void *ctx, sedge_bytes older, sedge_bytes newer, sedge_buf *out,
                                                sedge_error *err);

#endif
