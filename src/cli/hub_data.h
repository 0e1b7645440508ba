/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Data set versions on the hub. A version is the digest of its manifest; manifest and chunks are blobs
 * (sedge_hub_blob_put), sent before the version is registered, so that a registered version is always whole.
 */
#ifndef SEDGE_CLI_HUB_DATA_H
#define SEDGE_CLI_HUB_DATA_H

#include "cli/hub_client.h"

enum { SEDGE_HUB_DIGEST_MAX = 80 };

/** Registers "sha256:<hex>", whose manifest blob the hub must have, as newest version of the data set. */
SEDGE_NODISCARD sedge_status sedge_hub_dataset_register(sedge_hub_client *hub, const char *name, const char *manifest,
                                                        sedge_error *err);
/** The manifest digest of the newest version. SEDGE_ENOTFOUND when the hub knows no such data set. */
SEDGE_NODISCARD sedge_status sedge_hub_dataset_newest(sedge_hub_client *hub, const char *name,
                                                      char ret_manifest[SEDGE_HUB_DIGEST_MAX], sedge_error *err);

#endif
