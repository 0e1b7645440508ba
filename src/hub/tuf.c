/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/tuf.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "bundle/tuf_repo.h"
#include "conf/json.h"

enum { REFRESH_MS = 60000 };

struct hub_tuf {
    hub *h;
    pthread_mutex_t lock; /**< repo */
    sedge_key *keys[SEDGE_TUF_ROLES];
    sedge_tuf_repo *repo;
    sedge_buf root;
    atomic_bool touched;
    int64_t refreshed_ms; /**< monotonic; of the tick alone */
};

void hub_tuf_free(hub_tuf *t) {
    if (!t)
        return;
    sedge_tuf_repo_free(t->repo);
    for (int i = 0; i < SEDGE_TUF_ROLES; i++)
        sedge_key_free(t->keys[i]);
    sedge_buf_done(&t->root);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
SEDGE_DEFINE_AUTO(hub_tuf, hub_tuf_free)

const char *hub_tuf_root(const hub_tuf *t) {
    return sedge_buf_cstr(&t->root);
}

void hub_tuf_touch(hub_tuf *t) {
    atomic_store(&t->touched, true);
}

static sedge_status open_repo(hub_tuf *t, sedge_error *err) {
    char keys[SEDGE_PATH_MAX], dir[SEDGE_PATH_MAX];
    sedge_tuf_repo_options options = { .dir = dir };
    sedge_status st = sedge_path_format(keys, err, "%s/keys", t->h->options->data);
    if (!st)
        st = sedge_path_format(dir, err, "%s/tuf", t->h->options->data);
    if (!st)
        st = sedge_dir_make(NULL, keys, 0700, err);
    if (!st)
        st = sedge_tuf_keys_load(NULL, keys, t->keys, err);
    for (int i = 0; !st && i < SEDGE_TUF_ROLES; i++)
        options.keys[i] = t->keys[i];
    if (!st)
        st = sedge_tuf_repo_open(&options, hub_now_ms(t->h), &t->repo, err);
    return st ? st : sedge_tuf_repo_first_root(t->repo, &t->root, err);
}

sedge_status hub_tuf_new(hub *h, hub_tuf **ret, sedge_error *err) {
    sedge_auto(hub_tuf) t = calloc(1, sizeof *t);
    if (!t)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for update metadata");
    t->h = h;
    t->root = sedge_buf_init(SEDGE_TUF_ROOT_BYTES_MAX);
    pthread_mutex_init(&t->lock, NULL);
    sedge_status st = open_repo(t, err);
    if (!st)
        st = hub_tuf_sync(t, err);
    if (st)
        return sedge_wrap(err, st, "update metadata");
    *ret = SEDGE_STEAL(t);
    return SEDGE_OK;
}

/** One bundle of the database. */
static sedge_status sync_one(hub_tuf *t, store_rows *rows, sedge_error *err) {
    const char *model = store_text(rows, 0);
    int64_t release = store_int(rows, 1), supersedes = store_int(rows, 4), now_ms = hub_now_ms(t->h);
    char path[SEDGE_TUF_PATH_MAX];
    sedge_tuf_target target = { .length = (uint64_t)store_int(rows, 3) }, listed;
    snprintf(path, sizeof path, "%s/%lld.bundle", model, (long long)release);
    if (store_int(rows, 5)) /* withdrawn */
        return sedge_tuf_repo_target(t->repo, path, &listed, NULL) == SEDGE_OK
                   ? sedge_tuf_repo_remove(t->repo, path, now_ms, err)
                   : SEDGE_OK;
    if (!sedge_digest_from_text(store_text(rows, 2), &target.sha256))
        return sedge_fail(err, SEDGE_EIO, "model %s version %lld has a damaged row", model, (long long)release);
    SEDGE_AUTO_JSON json_t *custom = json_pack("{s:s, s:I, s:I}", "model", model, "release", (json_int_t)release,
                                               "supersedes", (json_int_t)(supersedes > release ? supersedes : release));
    target.custom = custom;
    return sedge_tuf_repo_add(t->repo, path, &target, now_ms, err);
}

static sedge_status sync_all(store_tx *tx, void *ctx, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT model, version, bundle, bundle_bytes, supersedes, withdrawn_ms IS NOT NULL"
                                  " FROM model_versions WHERE project = $1 AND bundle IS NOT NULL"
                                  " ORDER BY model, version",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT)));
    while (!st && store_next(rows))
        st = sync_one(ctx, rows, err);
    return store_end(rows, st, err);
}

sedge_status hub_tuf_sync(hub_tuf *t, sedge_error *err) {
    pthread_mutex_lock(&t->lock);
    atomic_store(&t->touched, false);
    sedge_status st = store_read(t->h->store, sync_all, t, err);
    if (!st)
        st = sedge_tuf_repo_refresh(t->repo, hub_now_ms(t->h), NULL, err);
    if (st)
        atomic_store(&t->touched, true);
    pthread_mutex_unlock(&t->lock);
    return st;
}

sedge_status hub_tuf_tick(hub_tuf *t, sedge_error *err) {
    int64_t now_ms = sedge_monotonic_ms(t->h->clock);
    if (!atomic_load(&t->touched) && now_ms - t->refreshed_ms < REFRESH_MS)
        return SEDGE_OK;
    t->refreshed_ms = now_ms;
    return hub_tuf_sync(t, err);
}
