/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/data_remote.h"

#include <stdlib.h>

#include "cli/hub_data.h"

static sedge_status push_object(sedge_hub_client *hub, const sedge_store *store, const sedge_digest *digest,
                                sedge_error *err) {
    char path[SEDGE_PATH_MAX], text[SEDGE_DIGEST_TEXT_MAX];
    sedge_digest_text(digest, text);
    sedge_status st = sedge_store_object_path(store, digest, path, err);
    return st ? st : sedge_hub_blob_put(hub, text, path, err);
}

sedge_status sedge_data_push(sedge_hub_client *hub, const sedge_store *store, const sedge_digest *version,
                             sedge_error *err) {
    sedge_auto(sedge_dataset) dataset = NULL;
    SEDGE_AUTO_MEM sedge_digest *objects = NULL;
    size_t n = 0;
    char text[SEDGE_DIGEST_TEXT_MAX];
    sedge_digest_text(version, text);
    sedge_status st = sedge_dataset_load(store, version, &dataset, err);
    if (!st)
        st = sedge_dataset_objects(dataset, &objects, &n, err);
    for (size_t i = 0; i < n && !st; i++)
        st = push_object(hub, store, &objects[i], err);
    if (!st)
        st = push_object(hub, store, version, err);
    return st ? st : sedge_hub_dataset_register(hub, dataset->name, text, err);
}

static sedge_status fetch_object(sedge_hub_client *hub, const sedge_store *store, const sedge_digest *digest,
                                 sedge_error *err) {
    char path[SEDGE_PATH_MAX], text[SEDGE_DIGEST_TEXT_MAX];
    if (sedge_store_has(store, digest))
        return SEDGE_OK;
    sedge_digest_text(digest, text);
    sedge_status st = sedge_store_prepare(store, digest, path, err);
    return st ? st : sedge_hub_blob_get(hub, text, path, err);
}

static sedge_status find_version(sedge_hub_client *hub, const char *ref, sedge_digest *ret, sedge_error *err) {
    char text[SEDGE_HUB_DIGEST_MAX];
    if (sedge_digest_from_text(ref, ret))
        return SEDGE_OK;
    sedge_status st = sedge_store_check_name(ref, err);
    if (st || (st = sedge_hub_dataset_newest(hub, ref, text, err)))
        return st;
    return sedge_digest_from_text(text, ret)
               ? SEDGE_OK
               : sedge_fail(err, SEDGE_EINVALID, "data set '%s': the hub's '%s' is no digest", ref, text);
}

sedge_status sedge_data_fetch(sedge_hub_client *hub, const sedge_store *store, const char *ref, int64_t now_ms,
                              sedge_digest *ret, sedge_error *err) {
    sedge_auto(sedge_dataset) dataset = NULL;
    SEDGE_AUTO_MEM sedge_digest *objects = NULL;
    size_t n = 0;
    sedge_digest version;
    sedge_status st = find_version(hub, ref, &version, err);
    if (!st)
        st = fetch_object(hub, store, &version, err);
    if (!st)
        st = sedge_dataset_load(store, &version, &dataset, err);
    if (!st)
        st = sedge_dataset_objects(dataset, &objects, &n, err);
    for (size_t i = 0; i < n && !st; i++)
        st = fetch_object(hub, store, &objects[i], err);
    if (!st)
        st = sedge_store_add_version(store, dataset->name, &version, now_ms, err);
    if (!st)
        *ret = version;
    return st;
}
