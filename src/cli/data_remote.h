/* SPDX-License-Identifier: Apache-2.0 */
/** Data set versions between a store on this machine and a hub: the same objects, as blobs. */
#ifndef SEDGE_CLI_DATA_REMOTE_H
#define SEDGE_CLI_DATA_REMOTE_H

#include "cli/hub_client.h"
#include "data/dataset.h"

/** Sends what the hub lacks of a version, then registers it as the newest of its name. */
SEDGE_NODISCARD sedge_status sedge_data_push(sedge_hub_client *hub, const sedge_store *store,
                                             const sedge_digest *version, sedge_error *err);
/**
 * Brings a version into the store: ref is "NAME" (the hub's newest) or "sha256:<hex>".
 * It becomes the newest of its name here too.
 */
SEDGE_NODISCARD sedge_status sedge_data_fetch(sedge_hub_client *hub, const sedge_store *store, const char *ref,
                                              int64_t now_ms, sedge_digest *ret, sedge_error *err);

#endif
