/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "bundle/tuf.h"
#include "hub/handlers.h"

/** Metadata files are plain files that are replaced, never changed (bundle/tuf_repo.h). */
sedge_status device_get_tuf_metadata(hub_request *rq, sedge_error *err) {
    const char *name = rq->params.value[0];
    char path[SEDGE_PATH_MAX];
    uint8_t *data = NULL;
    size_t n = 0;
    if (!sedge_path_is_name(name))
        return sedge_fail(err, SEDGE_EINVALID, "'%.80s' is no metadata file", name);
    sedge_status st = sedge_path_format(path, err, "%s/tuf/%s", rq->hub->options->data, name);
    if (!st && !sedge_file_exists(NULL, path))
        st = sedge_fail(err, SEDGE_ENOTFOUND, "there is no metadata file %s", name);
    if (!st)
        st = sedge_file_read(NULL, path, SEDGE_TUF_TARGETS_BYTES_MAX, &data, &n, err);
    if (!st)
        st = hub_answer_bytes(rq, 200, "application/json", sedge_bytes_of(data, n), err);
    free(data);
    return st;
}

typedef struct target {
    char digest[SEDGE_DIGEST_TEXT_MAX];
    int64_t n;
} target;

static sedge_status count_bundles(store_tx *tx, void *ctx, sedge_error *err) {
    target *t = ctx;
    return store_get_int(tx, &t->n, err,
                         "SELECT count(*) FROM model_versions WHERE project = $1 AND bundle = $2 AND withdrawn_ms IS"
                         " NULL",
                         STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(t->digest)));
}

/** The digest stands in the name: "<model>/<64 hex>.<release>.bundle". Other blobs are no targets. */
sedge_status device_get_tuf_target(hub_request *rq, sedge_error *err) {
    const char *name = strrchr(rq->params.value[0], '/');
    char hex[SEDGE_DIGEST_HEX_MAX] = "";
    sedge_digest digest;
    target t = { .n = 0 };
    sedge_status st = SEDGE_OK;
    name = name ? name + 1 : rq->params.value[0];
    if (strlen(name) > SEDGE_DIGEST_HEX_MAX)
        memcpy(hex, name, SEDGE_DIGEST_HEX_MAX - 1);
    bool ok = sedge_digest_from_hex(hex, &digest) && name[SEDGE_DIGEST_HEX_MAX - 1] == '.';
    if (ok) {
        sedge_digest_text(&digest, t.digest);
        st = store_read(rq->hub->store, count_bundles, &t, err);
    }
    if (!st && t.n == 0)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "there is no target %s", rq->params.value[0]);
    return st ? st : hub_answer_blob(rq, "application/octet-stream", &digest, err);
}
