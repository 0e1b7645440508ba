/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/agent_state.h"
#include "agent/metrics.h"
#include "agent/status.h"
#include "agent/stick.h"
#include "base/own.h"
#include "conf/json.h"

enum { REQUEST_MAX = 4 << 20, CONNECTIONS_MAX = 64, HEADERS_MAX = 64, HEAD_MAX = 16384 };

/** Takes the document over. */
static void answer_json(sedge_http_exchange *x, int status, json_t *doc) {
    SEDGE_AUTO_JSON json_t *owned = doc;
    SEDGE_AUTO_MEM char *text = NULL;
    size_t n;
    sedge_error err = SEDGE_ERROR_INIT;
    if (!doc || sedge_json_dump(doc, 0, &text, &n, &err))
        sedge_http_exchange_fail(x, SEDGE_ENOMEM, "no memory for the answer");
    else
        sedge_http_exchange_answer(x, status, "application/json", sedge_bytes_of(text, n));
}

/** The model of the path, or NULL when the request has been answered. */
static sedge_supervised *model_of(sedge_agent *a, sedge_http_exchange *x) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_supervised *m = sedge_agent_find(a, sedge_http_exchange_part(x, 0));
    if (!m) {
        sedge_fail(&err, SEDGE_ENOTFOUND, "no model '%s' on this device", sedge_http_exchange_part(x, 0));
        sedge_http_exchange_fail(x, err.status, err.text);
    }
    return m;
}

static bool is_ready(sedge_supervised *m) {
    return sedge_serving_is_active(sedge_supervised_serving(m));
}

static void get_live(void *ctx, sedge_http_exchange *x) {
    (void)ctx;
    answer_json(x, 200, json_pack("{s:b}", "live", 1));
}

/** Ready: every installed model serves. */
static void get_ready(void *ctx, sedge_http_exchange *x) {
    sedge_agent *a = ctx;
    bool ready = a->n_models > 0;
    for (size_t i = 0; i < a->n_models; i++)
        ready = ready && is_ready(a->models[i]);
    answer_json(x, ready ? 200 : 503, json_pack("{s:b}", "ready", (int)ready));
}

static void get_server(void *ctx, sedge_http_exchange *x) {
    (void)ctx;
    answer_json(x, 200, json_pack("{s:s, s:s, s:[]}", "name", "sedge-agent", "version", SEDGE_VERSION, "extensions"));
}

static void get_model(void *ctx, sedge_http_exchange *x) {
    sedge_supervised *m = model_of(ctx, x);
    if (m)
        answer_json(x, 200, sedge_status_of_model_v2(m));
}

static void get_model_ready(void *ctx, sedge_http_exchange *x) {
    sedge_supervised *m = model_of(ctx, x);
    if (m)
        answer_json(x, is_ready(m) ? 200 : 503,
                    json_pack("{s:s, s:b}", "name", sedge_supervised_name(m), "ready", (int)is_ready(m)));
}

static void post_infer(void *ctx, sedge_http_exchange *x) {
    sedge_supervised *m = model_of(ctx, x);
    if (m)
        sedge_serving_request(sedge_supervised_serving(m), x);
}

static void get_metrics(void *ctx, sedge_http_exchange *x) {
    SEDGE_AUTO_BUF text = sedge_buf_init(1 << 20);
    sedge_metrics_write(ctx, &text);
    if (text.failed)
        sedge_http_exchange_fail(x, SEDGE_ENOMEM, "no memory for the answer");
    else
        sedge_http_exchange_answer(x, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
                                   sedge_buf_bytes(&text));
}

static void get_status(void *ctx, sedge_http_exchange *x) {
    answer_json(x, 200, sedge_status_of_agent(ctx));
}

/* ---- by hand ---- */

static sedge_status load_body(sedge_http_exchange *x, json_t **ret, sedge_error *err) {
    return sedge_json_load(sedge_http_exchange_body(x), &SEDGE_JSON_LIMITS, "request", ret, err);
}

static sedge_status install(sedge_agent *a, const sedge_json *root, sedge_installed *ret, sedge_error *err) {
    char tuf[SEDGE_PATH_MAX], path[SEDGE_PATH_MAX], name[SEDGE_ROLLOUT_MAX];
    sedge_supervised *m;
    sedge_stick stick = { .fs = a->fs, .tuf_dir = tuf, .now_ms = sedge_now_ms(a->clock) };
    sedge_status st = sedge_agent_path(a, "tuf", tuf, err);
    if (!st)
        st = sedge_json_string(root, "bundle", &stick.bundle, err);
    if (!st)
        st = sedge_json_string_or(root, "metadata", NULL, &stick.metadata, err);
    if (!st && a->enrolled)
        stick.root = sedge_buf_bytes(&a->identity.root);
    if (!st)
        st = sedge_stick_model(&stick, name, err);
    if (!st)
        st = sedge_agent_model(a, name, &m, err);
    if (!st)
        st = sedge_stick_take(&stick, sedge_supervised_slots(m), ret, path, err);
    return st ? st : sedge_supervised_install(m, path, ret, err);
}

static void post_install(void *ctx, sedge_http_exchange *x) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_installed what;
    sedge_status st = load_body(x, &doc, &err);
    sedge_json root = sedge_json_root("request", doc);
    if (!st)
        st = install(ctx, &root, &what, &err);
    if (st)
        sedge_http_exchange_fail(x, st, err.text);
    else
        answer_json(x, 202, json_pack("{s:I, s:s}", "release", (json_int_t)what.release, "digest", what.digest));
}

/** The model that is named, or the only one. */
static sedge_status model_in(sedge_agent *a, const sedge_json *root, sedge_supervised **ret, sedge_error *err) {
    const char *name;
    sedge_status st = sedge_json_string_or(root, "model", NULL, &name, err);
    if (st)
        return st;
    if (!name && a->n_models != 1)
        return sedge_fail(err, SEDGE_EUSAGE, "%zu models on this device; name one", a->n_models);
    *ret = name ? sedge_agent_find(a, name) : a->models[0];
    return *ret ? SEDGE_OK : sedge_fail(err, SEDGE_ENOTFOUND, "no model '%s' on this device", name);
}

static void post_rollback(void *ctx, sedge_http_exchange *x) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_supervised *m = NULL;
    sedge_status st = load_body(x, &doc, &err);
    sedge_json root = sedge_json_root("request", doc);
    if (!st)
        st = model_in(ctx, &root, &m, &err);
    if (!st)
        st = sedge_supervised_roll_back(m, &err);
    if (st) {
        sedge_http_exchange_fail(x, st, err.text);
        return;
    }
    const sedge_installed *runs = sedge_intent_current(&sedge_supervised_slots(m)->intent);
    answer_json(
        x, 200,
        json_pack("{s:s, s:I}", "model", sedge_supervised_name(m), "release", (json_int_t)(runs ? runs->release : 0)));
}

static const sedge_http_route routes[] = {
    { "GET", "/v2/health/live", get_live, 0 },
    { "GET", "/v2/health/ready", get_ready, 0 },
    { "GET", "/v2", get_server, 0 },
    { "GET", "/v2/models/{name}", get_model, 0 },
    { "GET", "/v2/models/{name}/ready", get_model_ready, 0 },
    { "POST", "/v2/models/{name}/infer", post_infer, 0 },
    { "GET", "/metrics", get_metrics, 0 },
    { "GET", "/v1/status", get_status, SEDGE_HTTP_ON_UNIX },
    { "POST", "/v1/install", post_install, SEDGE_HTTP_ON_UNIX },
    { "POST", "/v1/rollback", post_rollback, SEDGE_HTTP_ON_UNIX },
};

sedge_status sedge_agent_serve(sedge_agent *a, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    int port = 0;
    sedge_http_server_options o = SEDGE_HTTP_SERVER_OPTIONS_INIT;
    o.routes = routes;
    o.routes_n = SEDGE_COUNT(routes);
    o.ctx = a;
    o.connections_max = CONNECTIONS_MAX;
    o.limits = (sedge_http_limits){ .head_bytes = HEAD_MAX, .headers = HEADERS_MAX, .body_bytes = REQUEST_MAX };
    o.clock = a->clock;
    sedge_status st = sedge_http_server_new(a->loop, &o, &a->server, err);
    if (!st)
        st = sedge_agent_path(a, "agent.sock", path, err);
    if (!st)
        st = sedge_http_server_listen_unix(a->server, path, err);
    if (st || !a->o->listen)
        return st;
    st = sedge_http_server_listen_tcp(a->server, a->o->listen, &port, err);
    if (!st)
        sedge_log_info(a->log, "agent.listening address=%s port=%d", a->o->listen, port);
    return st;
}
