/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "hub/mlflow/mlflow.h"

static bool normal_path(const char *text) {
    for (const char *at = text;; at++) {
        size_t n = strcspn(at, "/");
        if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += n;
        if (!*at)
            return true;
    }
}

sedge_status mlflow_check_key(const char *what, const char *key, sedge_error *err) {
    for (const char *p = key; *p; p++)
        if ((unsigned char)*p < 0x20 || strchr("\"'`%*?<>|\\", *p))
            return sedge_fail(err, SEDGE_EINVALID, "Invalid %s name: '%.60s' holds a character that is not allowed",
                              what, key);
    if (!*key || strlen(key) > MLFLOW_KEY_MAX || !normal_path(key))
        return sedge_fail(err, SEDGE_EINVALID, "Invalid %s name: '%.60s' is not a relative path of 1 to %d bytes", what,
                          key, MLFLOW_KEY_MAX);
    return SEDGE_OK;
}

sedge_status mlflow_check_model_name(const char *name, sedge_error *err) {
    if (!sedge_is_name(name))
        return sedge_fail(err, SEDGE_EINVALID,
                          "Invalid model name '%.60s': write 1 to %d letters, digits, '-', '_', '.'", name,
                          MLFLOW_MODEL_NAME_MAX);
    return SEDGE_OK;
}

sedge_status mlflow_pairs(store_tx *tx, json_t **ret, sedge_error *err, const char *sql, const store_arg *args,
                          size_t n) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *list = json_array();
    sedge_status st = store_query(tx, &rows, err, sql, args, n);
    while (!st && store_next(rows))
        if (json_array_append_new(
                list, json_pack("{s:s, s:s}", "key", store_text(rows, 0), "value", store_text(rows, 1))) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for a list");
    st = store_end(rows, st, err);
    if (!st)
        *ret = SEDGE_STEAL(list);
    return st;
}

sedge_status mlflow_each_pair(store_tx *tx, const sedge_json *in, const char *name, size_t max, mlflow_set_fn *set,
                              void *owner, sedge_error *err) {
    if (!in->value || !sedge_json_has(in, name))
        return SEDGE_OK;
    sedge_json list;
    sedge_status st = sedge_json_array(in, name, &list, err);
    if (!st && sedge_json_count(&list) > max)
        st = sedge_fail(err, SEDGE_EINVALID, "%s: %zu entries, the limit is %zu", name, sedge_json_count(&list), max);
    for (size_t i = 0; !st && i < sedge_json_count(&list); i++) {
        sedge_json item = sedge_json_item(&list, i);
        const char *key = NULL, *value = NULL;
        st = sedge_json_string(&item, "key", &key, err);
        if (!st)
            st = sedge_json_string_or(&item, "value", "", &value, err);
        if (!st)
            st = set(tx, owner, key, value, err);
    }
    return st;
}

json_t *mlflow_number(double value, bool is_nan) {
    return is_nan ? json_string("NaN") : json_real(value);
}

sedge_status mlflow_page(const hub_call *c, int64_t most, int64_t otherwise, int64_t *ret_offset, int64_t *ret_limit,
                         sedge_error *err) {
    const char *token = NULL;
    sedge_status st = hub_arg_int(c, "max_results", 1, most, otherwise, ret_limit, err);
    if (!st)
        st = hub_arg_or(c, "page_token", "", &token, err);
    if (st)
        return st;
    char *end = NULL;
    *ret_offset = token[0] ? strtoll(token, &end, 10) : 0;
    if (token[0] && (*end || *ret_offset < 0))
        return sedge_fail(err, SEDGE_EINVALID, "Invalid page token '%.40s'", token);
    return SEDGE_OK;
}

sedge_status mlflow_next_page(json_t *doc, int64_t offset, int64_t limit, int64_t n, sedge_error *err) {
    char token[24];
    if (n < limit)
        return SEDGE_OK;
    snprintf(token, sizeof token, "%lld", (long long)(offset + n));
    if (json_object_set_new(doc, "next_page_token", json_string(token)) != 0)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a page");
    return SEDGE_OK;
}

sedge_status mlflow_no_filter(const hub_call *c, sedge_error *err) {
    const char *filter = NULL;
    sedge_status st = hub_arg_or(c, "filter", "", &filter, err);
    if (st || !filter[0] || strcmp(filter, "tag.`mlflow.prompt.is_prompt` != 'true'") == 0)
        return st;
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "this hub does not filter here yet: '%.80s'", filter);
}
