/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Update metadata: the database says which bundles devices may fetch (model versions with a bundle that were not
 * withdrawn, with what they supersede); this brings the signed targets in line with it.
 */
#ifndef SEDGE_HUB_TUF_H
#define SEDGE_HUB_TUF_H

#include "base/buf.h"
#include "hub/hub.h"

/** Opens DIR/tuf (metadata) and DIR/keys (the four keys), made when missing, and brings the targets in line. */
SEDGE_NODISCARD sedge_status hub_tuf_new(hub *h, hub_tuf **ret, sedge_error *err);
void hub_tuf_free(hub_tuf *t);

/** Text of 1.root.json; lives as long as t. */
const char *hub_tuf_root(const hub_tuf *t);
/** Signs what the database has and the metadata has not, takes away what was withdrawn, renews what expires. */
SEDGE_NODISCARD sedge_status hub_tuf_sync(hub_tuf *t, sedge_error *err);
/** The table of bundles has changed; the next tick syncs. Any thread. */
void hub_tuf_touch(hub_tuf *t);
/** hub_tuf_sync() when something was touched or a minute has passed. */
SEDGE_NODISCARD sedge_status hub_tuf_tick(hub_tuf *t, sedge_error *err);

#endif
