/* SPDX-License-Identifier: Apache-2.0 */
/** The baselines (monitor.bin) of releases, read from their bundles once and kept. */
#ifndef SEDGE_HUB_MONITORS_H
#define SEDGE_HUB_MONITORS_H

#include "hub/hub.h"
#include "sedge/monitor.h"

SEDGE_NODISCARD sedge_status monitors_new(hub *h, monitors **ret, sedge_error *err);
void monitors_free(monitors *m);

/**
 * The baseline of a release; *ret is NULL when its bundle has none. Lives as long as m. Not inside a store function.
 * @return SEDGE_ENOTFOUND when the release has no bundle here
 */
SEDGE_NODISCARD sedge_status monitors_get(monitors *m, const char *model, int64_t release, const sedge_monitor **ret,
                                          sedge_error *err);

#endif
