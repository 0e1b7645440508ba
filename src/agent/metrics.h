/* SPDX-License-Identifier: Apache-2.0 */
/** `GET /metrics`: OpenMetrics text. One table names every metric. */
#ifndef SEDGE_AGENT_METRICS_H
#define SEDGE_AGENT_METRICS_H

#include "agent/agent_state.h"

/** Appends the whole text, with its "# EOF". */
void sedge_metrics_write(const sedge_agent *a, sedge_buf *out);

#endif
