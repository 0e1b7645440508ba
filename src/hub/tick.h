/* SPDX-License-Identifier: Apache-2.0 */
/** Background work: one thread that looks at everything every --tick, and housekeeping once a minute. */
#ifndef SEDGE_HUB_TICK_H
#define SEDGE_HUB_TICK_H

#include "hub/hub.h"

SEDGE_NODISCARD sedge_status hub_tick_start(hub *h, hub_tick **ret, sedge_error *err);
/** Waits for the round under way and does a last housekeeping. */
void hub_tick_stop(hub_tick *t);

#endif
