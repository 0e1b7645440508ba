/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/metrics_text.h"

#include <string.h>

const metric_text metric_texts[] = {
    { "accuracy", offsetof(sedge_metrics, accuracy), true }, { "precision", offsetof(sedge_metrics, precision), true },
    { "recall", offsetof(sedge_metrics, recall), true },     { "f1", offsetof(sedge_metrics, f1), false },
    { "far", offsetof(sedge_metrics, far), true },           { "mar", offsetof(sedge_metrics, mar), true },
    { "mse", offsetof(sedge_metrics, mse), false },          { NULL, 0, false },
};

double metric_value(const sedge_metrics *m, size_t row) {
    double v;
    memcpy(&v, (const char *)m + metric_texts[row].offset, sizeof v);
    return v;
}

sedge_status metrics_print(const sedge_command_io *io, const sedge_metrics *const *columns, const char *const *heads,
                           size_t n, sedge_error *err) {
    sedge_table t = sedge_table_init(n + 1);
    sedge_table_cell(&t, "%s", "");
    for (size_t c = 0; c < n; c++)
        sedge_table_cell(&t, "%s", heads[c]);
    for (size_t r = 0; metric_texts[r].name; r++) {
        sedge_table_cell(&t, "%s", metric_texts[r].name);
        for (size_t c = 0; c < n; c++) {
            double v = metric_value(columns[c], r);
            sedge_table_cell(&t, metric_texts[r].per_cent ? "%.2f %%" : "%.4g", metric_texts[r].per_cent ? 100 * v : v);
        }
    }
    return sedge_table_print(io, &t, err);
}
