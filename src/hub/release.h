/* SPDX-License-Identifier: Apache-2.0 */
/** The bundle of a release, opened (and so verified) from the blobs. */
#ifndef SEDGE_HUB_RELEASE_H
#define SEDGE_HUB_RELEASE_H

#include "bundle/bundle.h"
#include "hub/hub.h"

/** Not inside a store function. SEDGE_ENOTFOUND when the version has no bundle. */
SEDGE_NODISCARD sedge_status hub_release_open(hub *h, const char *model, int64_t release, sedge_bundle **ret,
                                              sedge_error *err);

#endif
