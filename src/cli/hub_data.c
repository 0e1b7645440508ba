/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hub_data.h"

#include <string.h>

sedge_status sedge_hub_dataset_register(sedge_hub_client *hub, const char *name, const char *manifest,
                                        sedge_error *err) {
    SEDGE_AUTO_JSON json_t *body = json_pack("{s:s,s:s}", "name", name, "manifest", manifest);
    if (!body)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a request to the hub");
    sedge_status st = sedge_hub_call(hub, "POST", "/api/v1/datasets", body, NULL, err);
    return st ? sedge_wrap(err, st, "data set '%s'", name) : SEDGE_OK;
}

sedge_status sedge_hub_dataset_newest(sedge_hub_client *hub, const char *name, char ret_manifest[SEDGE_HUB_DIGEST_MAX],
                                      sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    const char *manifest = NULL;
    SEDGE_AUTO_JSON json_t *answer = NULL;
    sedge_status st = sedge_hub_path(path, err, "/api/v1/datasets/%s", name);
    if (!st)
        st = sedge_hub_call(hub, "GET", path, NULL, &answer, err);
    if (st)
        return sedge_wrap(err, st, "data set '%s'", name);
    sedge_json root = sedge_json_root("data set", answer);
    st = sedge_json_string(&root, "manifest", &manifest, err);
    if (st)
        return st;
    if (strlen(manifest) >= SEDGE_HUB_DIGEST_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "data set '%s': '%s' is no digest", name, manifest);
    memcpy(ret_manifest, manifest, strlen(manifest) + 1);
    return SEDGE_OK;
}
