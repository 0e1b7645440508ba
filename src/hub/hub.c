/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/hub.h"

#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "hub/alerts/monitors.h"
#include "hub/auth.h"
#include "hub/fleet/fleet.h"
#include "hub/jobs/jobs.h"
#include "hub/server.h"
#include "hub/tick.h"
#include "hub/tuf.h"
#include "os/lock.h"

enum { CA_DAYS = 7300 };

/** On the writer's thread, after each commit that named topics. */
static void on_commit(void *ctx, unsigned topics) {
    hub *h = ctx;
    if (topics & STORE_TOPIC_DESIRED)
        atomic_fetch_add(&h->generation, 1);
    if ((topics & STORE_TOPIC_TOKENS) && h->auth)
        hub_auth_touch(h->auth);
    if ((topics & STORE_TOPIC_TARGETS) && h->tuf)
        hub_tuf_touch(h->tuf);
    if ((topics & STORE_TOPIC_EVENTS) && h->server)
        hub_server_wake(h->server);
}

/** The CA: ca.key and ca.pem in the data folder, made at the first start. */
static sedge_status open_ca(hub *h, sedge_error *err) {
    char path[SEDGE_PATH_MAX], uri[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(path, err, "%s/ca.pem", h->options->data);
    if (!st)
        st = sedge_path_format(uri, err, "file:%s/ca.key", h->options->data);
    if (!st)
        st = sedge_key_load_or_make(NULL, uri, SEDGE_KEY_P256, &h->ca_key, err);
    if (st)
        return st;
    SEDGE_AUTO_BUF pem = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    bool made = !sedge_file_exists(NULL, path);
    if (made)
        st = sedge_cert_make_ca(h->ca_key, "sedge-hub CA", hub_now_ms(h), CA_DAYS, &h->ca, err);
    else
        st = sedge_cert_load(NULL, path, &h->ca, err);
    if (!st)
        st = sedge_cert_pem(h->ca, &pem, err);
    if (!st && made)
        st = sedge_file_write_atomic(NULL, path, sedge_buf_bytes(&pem), 0644, err);
    if (!st && !(h->ca_pem = strdup(sedge_buf_cstr(&pem))))
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the CA");
    return st;
}

static sedge_status open_storage(hub *h, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_dir_make(NULL, h->options->data, 0700, err);
    if (!st)
        st = sedge_lock_dir(h->options->data, &h->lock_fd, err);
    if (!st)
        st = sedge_path_format(path, err, "%s/blobs", h->options->data);
    if (!st)
        st = blobs_open(NULL, path, &h->blobs, err);
    if (!st)
        st = store_open(h->options->data, on_commit, h, &h->store, err);
    return st;
}

/** The parts in the order of their needs. */
static sedge_status open_parts(hub *h, sedge_error *err) {
    sedge_status st = open_storage(h, err);
    if (!st)
        st = open_ca(h, err);
    if (!st)
        st = hub_auth_new(h, &h->auth, err);
    if (!st && !h->options->plain)
        st = hub_auth_first_token(h, err);
    if (!st)
        st = fleet_new(h, &h->fleet, err);
    if (!st)
        st = hub_tuf_new(h, &h->tuf, err);
    if (!st)
        st = monitors_new(h, &h->monitors, err);
    if (!st)
        st = hub_server_start(h, &h->server, err);
    /* jobs talk to the server; the tick wakes them */
    if (!st)
        st = jobs_start(h, &h->jobs, err);
    if (!st)
        st = hub_tick_start(h, &h->tick, err);
    return st;
}

/** The URL that devices and people use: --public-url, else what is listened on. */
static void set_url(hub *h) {
    if (h->options->public_url) {
        sedge_format(h->url, sizeof h->url, "%s", h->options->public_url);
        for (size_t n = strlen(h->url); n && h->url[n - 1] == '/'; n--)
            h->url[n - 1] = 0;
        return;
    }
    bool v6 = strchr(h->host, ':') != NULL;
    sedge_format(h->url, sizeof h->url, "%s://%s%s%s:%d", h->options->plain ? "http" : "https", v6 ? "[" : "", h->host,
                 v6 ? "]" : "", h->port);
}

sedge_status hub_start(const hub_options *options, hub **ret, sedge_error *err) {
    sedge_auto(hub) h = calloc(1, sizeof *h);
    if (!h)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the hub");
    h->options = options;
    h->clock = sedge_clock_os();
    h->log = sedge_log_init("sedge-hub");
    h->log.level = (sedge_log_level)options->log_level;
    h->lock_fd = -1;
    sedge_status st = hub_listen_parse(options->listen, h->host, sizeof h->host, &h->port, err);
    if (!st && options->plain && !hub_host_is_loopback(h->host))
        st = sedge_fail(
            err, SEDGE_EUSAGE,
            "--plain has no tokens and no TLS and is for loopback addresses only; leave it out, or listen on "
            "127.0.0.1 instead of %s",
            h->host);
    if (!st)
        st = open_parts(h, err);
    if (st)
        return st;
    set_url(h);
    atomic_store(&h->ready, true);
    sedge_log_info(&h->log, "hub.started url=%s data=%s version=%s", h->url, options->data, SEDGE_VERSION);
    *ret = SEDGE_STEAL(h);
    return SEDGE_OK;
}

void hub_free(hub *h) {
    if (!h)
        return;
    atomic_store(&h->stopping, true);
    atomic_store(&h->ready, false);
    hub_tick_stop(h->tick);
    jobs_stop(h->jobs);
    hub_server_wake(h->server);
    hub_server *server = h->server;
    h->server = NULL; /* commits no longer wake it */
    hub_server_stop(server);
    store_close(h->store); /* the writer's thread tells the parts below about commits */
    fleet_free(h->fleet);
    hub_tuf_free(h->tuf);
    monitors_free(h->monitors);
    hub_auth_free(h->auth);
    blobs_free(h->blobs);
    sedge_cert_free(h->ca);
    sedge_key_free(h->ca_key);
    free(h->ca_pem);
    sedge_lock_release(h->lock_fd);
    free(h);
}
