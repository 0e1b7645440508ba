/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "hub/events.h"
#include "hub/handlers.h"
#include "hub/rollout/spec.h"

/** The columns of COLUMNS as JSON: the spec's members and what the hub knows. */
#define COLUMNS "SELECT name, spec, release, rollout, created_ms, updated_ms FROM deployments"

static json_t *deployment_json(store_rows *rows) {
    json_t *doc = hub_json_column(store_text(rows, 1));
    SEDGE_AUTO_JSON json_t *more =
        json_pack("{s:s, s:I, s:s, s:I, s:I}", "name", store_text(rows, 0), "release", (json_int_t)store_int(rows, 2),
                  "rollout", store_text(rows, 3), "created_ms", (json_int_t)store_int(rows, 4), "updated_ms",
                  (json_int_t)store_int(rows, 5));
    if (json_object_update(doc, more) != 0) {
        json_decref(doc);
        return NULL;
    }
    return doc;
}

static sedge_status answer_one(store_tx *tx, hub_call *c, const char *name, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err, COLUMNS " WHERE project = $1 AND name = $2",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name)));
    if (!st && store_next(rows))
        c->out = deployment_json(rows);
    st = store_end(rows, st, err);
    return st || c->out ? st : sedge_fail(err, SEDGE_ENOTFOUND, "there is no deployment '%s'", name);
}

sedge_status hub_get_deployment(store_tx *tx, void *ctx, sedge_error *err) {
    return answer_one(tx, ctx, hub_path_arg(ctx, 0), err);
}

sedge_status hub_get_deployments(store_tx *tx, void *ctx, sedge_error *err) {
    return hub_answer_rows(tx, ctx, deployment_json, err, COLUMNS " WHERE project = $1 ORDER BY name",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT)));
}

/** A deployment stays with its model: its releases are that model's. */
static sedge_status check_model(store_tx *tx, const char *name, const char *model, sedge_error *err) {
    SEDGE_AUTO_MEM char *old = NULL;
    sedge_status st = store_get_text(tx, &old, err, "SELECT model FROM deployments WHERE project = $1 AND name = $2",
                                     STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name)));
    if (st)
        return st == SEDGE_ENOTFOUND ? SEDGE_OK : st;
    if (strcmp(old, model) != 0)
        return sedge_fail(err, SEDGE_ECONFLICT, "deployment '%s' is of model %s; make another one for %s", name, old,
                          model);
    return SEDGE_OK;
}

sedge_status hub_put_deployment(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *name = hub_path_arg(c, 0);
    rollout_spec spec;
    SEDGE_AUTO_MEM char *text = NULL;
    sedge_status st = SEDGE_OK;
    if (!sedge_is_name(name))
        st = sedge_fail(err, SEDGE_EINVALID, "'%.60s' is no name; write " SEDGE_NAME_RULE, name);
    if (!st)
        st = rollout_spec_read(&c->in, (double)c->rq->hub->options->probation_ms / 1000, &spec, err);
    if (!st)
        st = check_model(tx, name, spec.model, err);
    if (st)
        return st;
    SEDGE_AUTO_JSON json_t *doc = rollout_spec_json(&spec);
    st = hub_json_text(doc, &text, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "INSERT INTO deployments (project, name, model, selector, spec, created_ms, updated_ms)"
                        " VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (project, name) DO UPDATE SET"
                        " selector = excluded.selector, spec = excluded.spec, updated_ms = excluded.updated_ms",
                        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name), STORE_TEXT(spec.model),
                                   STORE_TEXT(spec.selector), STORE_TEXT(text), STORE_INT(c->now_ms)));
    if (!st)
        st = hub_event_add(tx, c->now_ms,
                           &(hub_event){ .kind = "deployment.changed", .model = spec.model, .text = name }, err);
    store_touch(tx, STORE_TOPIC_DESIRED);
    return st ? st : answer_one(tx, c, name, err);
}
