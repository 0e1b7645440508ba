/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "hub/events.h"
#include "hub/fleet/fleet.h"
#include "hub/handlers.h"

enum { DEVICES_MAX = 1000 };

typedef struct listing {
    hub *h;
    const fleet_state *state;
    const char *after, *only; /**< id after which, or the one that is asked for */
    int64_t limit, n;
    char last[SEDGE_DEVICE_ID_MAX];
    json_t *items;
} listing;

static json_t *desired_json(const listing *l, const fleet_device *d) {
    sedge_desired desired;
    json_t *list = json_array();
    if (!d || d->revoked || fleet_desired(l->state, d, 1, 1, &desired, NULL))
        return list;
    for (size_t i = 0; i < desired.n_models; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "name", desired.models[i].name, "release",
                                                    (json_int_t)desired.models[i].release, "rollout",
                                                    desired.models[i].rollout));
    return list;
}

static sedge_status reported_json(store_tx *tx, const char *device, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *list = json_array();
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT model, release, digest, slot, state, target, rollout, error, error_text,"
                                  " updated_ms FROM device_models WHERE device = $1 ORDER BY model",
                                  STORE_ARGS(STORE_TEXT(device)));
    while (!st && store_next(rows)) {
        json_t *item = json_pack(
            "{s:s, s:I, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:I}", "name", store_text(rows, 0), "release",
            (json_int_t)store_int(rows, 1), "digest", store_text(rows, 2), "slot", store_text(rows, 3), "state",
            store_text(rows, 4), "target", (json_int_t)store_int(rows, 5), "rollout", store_text(rows, 6), "error",
            store_text(rows, 7), "error_text", store_text(rows, 8), "updated_ms", (json_int_t)store_int(rows, 9));
        if (json_array_append_new(list, item) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for a device");
    }
    st = store_end(rows, st, err);
    if (!st)
        *ret = SEDGE_STEAL(list);
    return st;
}

static json_t *seen_json(const listing *l, const fleet_device *d, bool *ret_online) {
    int64_t seen_ms = d ? fleet_last_seen_ms(l->h->fleet, d) : 0;
    *ret_online = seen_ms && hub_now_ms(l->h) - seen_ms <= fleet_offline_after_ms(l->h);
    return seen_ms ? json_integer(seen_ms) : json_null();
}

static sedge_status add_device(store_tx *tx, listing *l, store_rows *rows, sedge_error *err) {
    json_t *reported = NULL;
    bool online = false;
    const char *id = store_text(rows, 0);
    const fleet_device *d = fleet_state_device(l->state, id);
    sedge_status st = reported_json(tx, id, &reported, err);
    if (st)
        return st;
    json_t *seen = seen_json(l, d, &online);
    json_t *item = json_pack(
        "{s:s, s:o, s:o, s:s, s:I, s:o, s:b, s:o, s:I, s:{s:I, s:I, s:I}, s:{s:o}, s:{s:o}}", "id", id, "labels",
        hub_json_column(store_text(rows, 1)), "facts", hub_json_column(store_text(rows, 2)), "agent",
        store_text(rows, 3), "enrolled_ms", (json_int_t)store_int(rows, 4), "last_seen_ms", seen, "online", online,
        "revoked_ms", hub_json_int_or_null(rows, 5), "uptime_ms", (json_int_t)store_int(rows, 6), "bytes", "sent",
        (json_int_t)store_int(rows, 7), "received", (json_int_t)store_int(rows, 8), "raw",
        (json_int_t)store_int(rows, 9), "desired", "models", desired_json(l, d), "reported", "models", reported);
    if (json_array_append_new(l->items, item) != 0)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the devices");
    strncpy(l->last, id, sizeof l->last - 1);
    l->n++;
    return SEDGE_OK;
}

static sedge_status list_devices(store_tx *tx, void *ctx, sedge_error *err) {
    listing *l = ctx;
    store_rows *rows = NULL;
    sedge_status st = store_query(
        tx, &rows, err,
        "SELECT id, labels, facts, agent, enrolled_ms, revoked_ms, uptime_ms,"
        " (SELECT coalesce(sum(bytes_sent), 0) FROM device_boots b WHERE b.device = d.id),"
        " (SELECT coalesce(sum(bytes_received), 0) FROM device_boots b WHERE b.device = d.id),"
        " (SELECT coalesce(sum(bytes_raw), 0) FROM device_boots b WHERE b.device = d.id)"
        " FROM devices d WHERE project = $1 AND id > $2 AND ($3 = '' OR id = $3) ORDER BY id LIMIT $4",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(l->after), STORE_TEXT(l->only), STORE_INT(l->limit)));
    while (!st && store_next(rows))
        st = add_device(tx, l, rows, err);
    return store_end(rows, st, err);
}

static sedge_status fill(hub_request *rq, listing *l, sedge_error *err) {
    fleet_state *state = NULL;
    sedge_status st = fleet_get_state(rq->hub->fleet, &state, err);
    if (st)
        return st;
    l->h = rq->hub;
    l->state = state;
    l->items = json_array();
    st = store_read(rq->hub->store, list_devices, l, err);
    fleet_state_unref(state);
    if (st) {
        json_decref(l->items);
        l->items = NULL;
    }
    return st;
}

sedge_status hub_get_devices(hub_request *rq, sedge_error *err) {
    const char *after = hub_query(rq, "cursor");
    listing l = { .after = after ? after : "", .only = "" };
    sedge_status st = hub_query_int(rq, "limit", 1, DEVICES_MAX, DEVICES_MAX, &l.limit, err);
    if (!st)
        st = fill(rq, &l, err);
    return st ? st : hub_answer_items(rq, l.items, l.n == l.limit ? l.last : NULL, err);
}

sedge_status hub_get_device(hub_request *rq, sedge_error *err) {
    listing l = { .after = "", .only = rq->params.value[0], .limit = 1 };
    sedge_status st = fill(rq, &l, err);
    if (st)
        return st;
    json_t *item = json_incref(json_array_get(l.items, 0));
    json_decref(l.items);
    return item ? hub_answer_json(rq, 200, item, err)
                : sedge_fail(err, SEDGE_ENOTFOUND, "there is no device '%s'", rq->params.value[0]);
}

/** Labels in the request replace those of the same name; null takes one away. */
static sedge_status merge_labels(const sedge_json *in, sedge_labels *labels, sedge_error *err) {
    sedge_json at;
    sedge_status st = sedge_json_object(in, "labels", &at, err);
    if (st)
        return st;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)at.value, key, value) {
        if (json_is_null(value))
            sedge_labels_remove(labels, key);
        else if (!json_is_string(value))
            st = sedge_fail(err, SEDGE_EINVALID, "label '%.60s': a text or null is needed", key);
        else
            st = sedge_labels_set(labels, key, json_string_value(value), err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

sedge_status hub_patch_device(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *id = hub_path_arg(c, 0);
    sedge_labels labels;
    SEDGE_AUTO_MEM char *old = NULL;
    SEDGE_AUTO_MEM char *text = NULL;
    sedge_status st = store_get_text(tx, &old, err, "SELECT labels FROM devices WHERE project = $1 AND id = $2",
                                     STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(id)));
    if (st)
        return st == SEDGE_ENOTFOUND ? sedge_fail(err, st, "there is no device '%s'", id) : st;
    SEDGE_AUTO_JSON json_t *doc = hub_json_column(old);
    sedge_json root = sedge_json_root("labels", doc);
    st = sedge_labels_from_json(&root, &labels, err);
    if (!st)
        st = merge_labels(&c->in, &labels, err);
    if (st)
        return st;
    c->out = json_pack("{s:s, s:o}", "id", id, "labels", sedge_labels_to_json(&labels));
    st = hub_json_text(json_object_get(c->out, "labels"), &text, err);
    if (!st)
        st = store_exec(tx, NULL, err, "UPDATE devices SET labels = $1 WHERE project = $2 AND id = $3",
                        STORE_ARGS(STORE_TEXT(text), STORE_TEXT(HUB_PROJECT), STORE_TEXT(id)));
    store_touch(tx, STORE_TOPIC_DESIRED);
    return st;
}

sedge_status hub_revoke_device(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    int64_t changed = 0;
    const char *id = hub_path_arg(c, 0);
    sedge_status st = store_exec(
        tx, &changed, err, "UPDATE devices SET revoked_ms = coalesce(revoked_ms, $1) WHERE project = $2 AND id = $3",
        STORE_ARGS(STORE_INT(c->now_ms), STORE_TEXT(HUB_PROJECT), STORE_TEXT(id)));
    if (!st && !changed)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "there is no device '%s'", id);
    if (!st)
        st = hub_event_add(tx, c->now_ms, &(hub_event){ .kind = "device.revoked", .device = id }, err);
    store_touch(tx, STORE_TOPIC_DESIRED);
    return st;
}
