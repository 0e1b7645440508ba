/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/release.h"

#include <stdlib.h>

typedef struct wanted {
    const char *model;
    int64_t release;
    char *digest;
} wanted;

static sedge_status read_digest(store_tx *tx, void *ctx, sedge_error *err) {
    wanted *w = ctx;
    sedge_status st = store_get_text(
        tx, &w->digest, err, "SELECT bundle FROM model_versions WHERE project = $1 AND model = $2 AND version = $3",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(w->model), STORE_INT(w->release)));
    if (st == SEDGE_ENOTFOUND || (!st && !w->digest))
        st = sedge_fail(err, SEDGE_ENOTFOUND, "model %s has no bundle for release %lld", w->model,
                        (long long)w->release);
    return st;
}

sedge_status hub_release_open(hub *h, const char *model, int64_t release, sedge_bundle **ret, sedge_error *err) {
    wanted w = { .model = model, .release = release };
    sedge_digest digest;
    char path[SEDGE_PATH_MAX];
    sedge_status st = store_read(h->store, read_digest, &w, err);
    if (!st && !sedge_digest_from_text(w.digest, &digest))
        st = sedge_fail(err, SEDGE_EIO, "release %lld of model %s has a damaged row", (long long)release, model);
    free(w.digest);
    if (!st)
        st = blobs_path(h->blobs, &digest, path, err);
    return st ? st : sedge_bundle_open_file(NULL, path, ret, err);
}
