/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "hub/auth.h"
#include "hub/handlers.h"
#include "proto/labels.h"

enum { ENROL_TTL_S = 3600 };

static const char *const kinds[] = { "api", "enrol", NULL };
static const char *const roles[] = { "viewer", "admin", NULL };

/** The labels that devices get from an enrolment token, as JSON text. */
static sedge_status read_labels(const hub_call *c, char **ret, sedge_error *err) {
    sedge_json at = sedge_json_member(&c->in, "labels");
    sedge_labels labels;
    sedge_status st = sedge_labels_from_json(&at, &labels, err);
    if (st)
        return st;
    SEDGE_AUTO_JSON json_t *doc = sedge_labels_to_json(&labels);
    return hub_json_text(doc, ret, err);
}

sedge_status hub_post_token(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    SEDGE_AUTO_MEM char *labels = NULL;
    char id[SEDGE_UUID_MAX], secret[SEDGE_TOKEN_MAX];
    int kind = 0, role = 0;
    int64_t uses = 1, ttl_s = 0;
    sedge_status st = sedge_json_enum(&c->in, "kind", kinds, &kind, err);
    bool enrol = kind == 1;
    if (!st && !enrol)
        st = sedge_json_enum(&c->in, "role", roles, &role, err);
    if (!st)
        st = hub_json_int(&c->in, "uses", 1, 1000000, 1, &uses, err);
    if (!st)
        st = hub_json_int(&c->in, "ttl_s", 1, 315360000, enrol ? ENROL_TTL_S : 0, &ttl_s, err);
    if (!st)
        st = read_labels(c, &labels, err);
    if (st)
        return st;
    hub_new_token t = { .kind = kinds[kind],
                        .role = enrol ? "" : roles[role],
                        .labels = labels,
                        .uses = enrol ? uses : 0,
                        .expires_ms = ttl_s ? c->now_ms + 1000 * ttl_s : 0 };
    st = hub_token_add(tx, c->now_ms, &t, id, secret, err);
    if (st)
        return st;
    c->out = json_pack("{s:s, s:s}", "id", id, "token", secret);
    c->status = 201;
    return SEDGE_OK;
}

static json_t *token_json(store_rows *rows) {
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:o, s:o}", "id", store_text(rows, 0), "kind",
                     store_text(rows, 1), "role", store_text(rows, 2), "job", store_text(rows, 3), "labels",
                     hub_json_column(store_text(rows, 4)), "uses_left", (json_int_t)store_int(rows, 5), "created_ms",
                     (json_int_t)store_int(rows, 6), "expires_ms", hub_json_int_or_null(rows, 7), "revoked_ms",
                     hub_json_int_or_null(rows, 8));
}

sedge_status hub_get_tokens(store_tx *tx, void *ctx, sedge_error *err) {
    return hub_answer_rows(tx, ctx, token_json, err,
                           "SELECT id, kind, role, job, labels, uses_left, created_ms, expires_ms, revoked_ms"
                           " FROM tokens WHERE project = $1 ORDER BY id",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT)));
}

sedge_status hub_revoke_token(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    int64_t changed = 0;
    sedge_status st = store_exec(
        tx, &changed, err, "UPDATE tokens SET revoked_ms = coalesce(revoked_ms, $1) WHERE id = $2 AND project = $3",
        STORE_ARGS(STORE_INT(c->now_ms), STORE_TEXT(hub_path_arg(c, 0)), STORE_TEXT(HUB_PROJECT)));
    store_touch(tx, STORE_TOPIC_TOKENS);
    if (!st && !changed)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "there is no token '%s'", hub_path_arg(c, 0));
    return st;
}
