/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/json_text.h"

#include <string.h>

#include "crypto/canonical_json.h"

sedge_status sedge_proto_put(json_t *doc, const char *what, sedge_buf *out, sedge_error *err) {
    if (!doc)
        return sedge_fail(err, SEDGE_EINVALID, "%s: no memory, or a text that is not UTF-8", what);
    sedge_status st = sedge_stable_json(doc, out, err);
    json_decref(doc);
    return st ? sedge_wrap(err, st, "%s", what) : SEDGE_OK;
}

sedge_status sedge_proto_get(sedge_bytes text, size_t limit, const char *what, int version, json_t **ret,
                             sedge_error *err) {
    const sedge_json_limits limits = { limit, 16, 10000 };
    SEDGE_AUTO_JSON json_t *doc = NULL;
    int64_t got;
    sedge_status st = sedge_json_load(text, &limits, what, &doc, err);
    if (st)
        return st;
    sedge_json root = sedge_json_root(what, doc);
    if ((st = sedge_json_want_object(&root, err)) || (st = sedge_json_int(&root, "version", 1, INT32_MAX, &got, err)))
        return st;
    if (got != version)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "%s: version %lld, this program knows %d", what, (long long)got,
                          version);
    *ret = SEDGE_STEAL(doc);
    return SEDGE_OK;
}

sedge_status sedge_proto_copy(const sedge_json *at, const char *key, char *ret, size_t size, sedge_error *err) {
    const char *text;
    sedge_status st = sedge_json_string(at, key, &text, err);
    if (st)
        return st;
    size_t n = strlen(text);
    if (n >= size)
        return sedge_json_fail(at, SEDGE_ELIMIT, err, "%s has %zu characters, the limit is %zu", key, n, size - 1);
    memcpy(ret, text, n + 1);
    return SEDGE_OK;
}

sedge_status sedge_proto_dup(const sedge_json *at, const char *key, char **ret, sedge_error *err) {
    const char *text;
    sedge_status st = sedge_json_string(at, key, &text, err);
    if (st)
        return st;
    char *copy = strdup(text);
    if (!copy)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %s", key);
    *ret = copy;
    return SEDGE_OK;
}
