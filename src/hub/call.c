/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

sedge_status hub_call_run(hub_request *rq, sedge_error *err) {
    const hub_route *r = rq->route;
    hub_call c = { .rq = rq, .status = 200, .now_ms = hub_now_ms(rq->hub) };
    sedge_status st = SEDGE_OK;
    if (r->body == HUB_BODY_JSON) {
        st = hub_body_json(rq, &c.in, err);
        if (st)
            return st;
    }
    st = r->write ? store_write(rq->hub->store, r->write, &c, err) : store_read(rq->hub->store, r->read, &c, err);
    if (st) {
        json_decref(c.out);
        return st;
    }
    return hub_answer_json(rq, c.status, c.out ? c.out : json_object(), err);
}

sedge_status hub_arg_or(const hub_call *c, const char *name, const char *otherwise, const char **ret,
                        sedge_error *err) {
    if (c->in.value && sedge_json_has(&c->in, name))
        return sedge_json_string(&c->in, name, ret, err);
    const char *text = hub_query(c->rq, name);
    *ret = text ? text : otherwise;
    return SEDGE_OK;
}

sedge_status hub_arg(const hub_call *c, const char *name, const char **ret, sedge_error *err) {
    const char *text = NULL;
    sedge_status st = hub_arg_or(c, name, "", &text, err);
    if (!st && !text[0])
        st = sedge_fail(err, SEDGE_EINVALID,
                        "Missing value for required parameter '%s'. See the API docs for more information about"
                        " request parameters.",
                        name);
    if (!st)
        *ret = text;
    return st;
}

static sedge_status int_from_text(const char *name, const char *text, int64_t min, int64_t max, int64_t *ret,
                                  sedge_error *err) {
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max)
        return sedge_fail(
            err, SEDGE_EINVALID,
            "Invalid value '%.40s' for parameter '%s' supplied: it is not a whole number from %lld to %lld", text, name,
            (long long)min, (long long)max);
    *ret = value;
    return SEDGE_OK;
}

sedge_status hub_json_int(const sedge_json *at, const char *name, int64_t min, int64_t max, int64_t otherwise,
                          int64_t *ret, sedge_error *err) {
    sedge_json member = sedge_json_member(at, name);
    if (json_is_string(member.value))
        return int_from_text(name, json_string_value(member.value), min, max, ret, err);
    return sedge_json_int_or(at, name, min, max, otherwise, ret, err);
}

sedge_status hub_arg_int(const hub_call *c, const char *name, int64_t min, int64_t max, int64_t otherwise, int64_t *ret,
                         sedge_error *err) {
    if (c->in.value && sedge_json_has(&c->in, name))
        return hub_json_int(&c->in, name, min, max, otherwise, ret, err);
    const char *text = hub_query(c->rq, name);
    if (text)
        return int_from_text(name, text, min, max, ret, err);
    *ret = otherwise;
    return SEDGE_OK;
}

json_t *hub_json_column(const char *text) {
    json_t *doc = json_loads(text, 0, NULL);
    return doc ? doc : json_object();
}

sedge_status hub_json_text(const json_t *doc, char **ret, sedge_error *err) {
    char *text = json_dumps(doc, JSON_COMPACT);
    if (!text)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for JSON");
    *ret = text;
    return SEDGE_OK;
}

sedge_status hub_answer_rows(store_tx *tx, hub_call *c, json_t *(*item)(store_rows *rows), sedge_error *err,
                             const char *sql, const store_arg *args, size_t n_args) {
    store_rows *rows = NULL;
    json_t *items = json_array();
    c->out = json_pack("{s:o}", "items", items);
    sedge_status st = store_query(tx, &rows, err, sql, args, n_args);
    while (!st && store_next(rows))
        if (json_array_append_new(items, item(rows)) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the list");
    return store_end(rows, st, err);
}

json_t *hub_json_int_or_null(store_rows *rows, int column) {
    return store_is_null(rows, column) ? json_null() : json_integer(store_int(rows, column));
}
