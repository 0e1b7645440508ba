/* SPDX-License-Identifier: Apache-2.0 */
/** The baselines (monitor.bin) and feature names of releases, read from their bundles once and kept. */
#ifndef SEDGE_HUB_MONITORS_H
#define SEDGE_HUB_MONITORS_H

#include "hub/hub.h"
#include "sedge/features.h"
#include "sedge/monitor.h"

typedef struct baseline {
    sedge_monitor *monitor;   /**< NULL: the bundle has none */
    sedge_features *features; /**< NULL: its features.bin cannot be read by this version */
} baseline;

SEDGE_NODISCARD sedge_status monitors_new(hub *h, monitors **ret, sedge_error *err);
void monitors_free(monitors *m);

/**
 * The baseline of a release, which lives as long as m. Not inside a store function.
 * @return SEDGE_ENOTFOUND when the release has no bundle here
 */
SEDGE_NODISCARD sedge_status monitors_get(monitors *m, const char *model, int64_t release, const baseline **ret,
                                          sedge_error *err);
/** "Pressure.mean"; the number when there are no names. */
void baseline_label(const baseline *b, uint32_t feature, char ret[SEDGE_FEATURES_LABEL_MAX]);

#endif
