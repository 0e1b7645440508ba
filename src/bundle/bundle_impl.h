/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of this room share about an open bundle. */
#ifndef SEDGE_BUNDLE_IMPL_H
#define SEDGE_BUNDLE_IMPL_H

#include "bundle/bundle.h"
#include "bundle/source.h"

struct sedge_bundle {
    sedge_manifest manifest;
    sedge_buf manifest_text;
    sedge_source source; /**< unused when unpacked */
    char *folder;        /**< owned; NULL when packed */
    const sedge_fs *fs;  /**< when unpacked */
    sedge_digest digest; /**< when packed */
};

/** Fails with the sentence that this file is another one than the manifest says. */
sedge_status sedge_bundle_differs(const sedge_bundle_file *f, sedge_error *err);

#endif
