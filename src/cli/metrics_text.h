/* SPDX-License-Identifier: Apache-2.0 */
/** Figures of models for a person, one way in all commands. */
#ifndef SEDGE_CLI_METRICS_TEXT_H
#define SEDGE_CLI_METRICS_TEXT_H

#include "cli/command.h"
#include "train/metrics.h"

/** Figures in the order that they are shown; the last row has no name. */
typedef struct metric_text {
    const char *name;
    size_t offset;
    bool per_cent; /**< shown as per cent */
} metric_text;
extern const metric_text metric_texts[];

double metric_value(const sedge_metrics *m, size_t row);

/** A table: a row a figure, a column for each of the metrics. */
SEDGE_NODISCARD sedge_status metrics_print(const sedge_command_io *io, const sedge_metrics *const *columns,
                                           const char *const *heads, size_t n, sedge_error *err);

#endif
