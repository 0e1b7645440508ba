/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle.h"
#include "bundle/golden.h"
#include "hub/events.h"
#include "hub/handlers.h"
#include "hub/tuf.h"

/* ---- models and versions ---------------------------------------------------------------------------------------- */

static sedge_status aliases_json(store_tx *tx, const char *model, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *doc = json_object();
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT alias, version FROM model_aliases WHERE project = $1 AND model = $2"
                                  " ORDER BY alias",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model)));
    while (!st && store_next(rows))
        if (json_object_set_new(doc, store_text(rows, 0), json_integer(store_int(rows, 1))) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the aliases");
    st = store_end(rows, st, err);
    if (!st)
        *ret = SEDGE_STEAL(doc);
    return st;
}

static sedge_status versions_json(store_tx *tx, const char *model, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *list = json_array();
    sedge_status st =
        store_query(tx, &rows, err,
                    "SELECT version, source, run, stage, description, created_ms, bundle, bundle_bytes, manifest,"
                    " supersedes, withdrawn_ms FROM model_versions WHERE project = $1 AND model = $2 ORDER BY version",
                    STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model)));
    while (!st && store_next(rows)) {
        const char *bundle = store_text_or_null(rows, 6);
        json_t *item = json_pack(
            "{s:I, s:s, s:s, s:s, s:s, s:I, s:s?, s:I, s:o, s:I, s:o}", "version", (json_int_t)store_int(rows, 0),
            "source", store_text(rows, 1), "run_id", store_text(rows, 2), "stage", store_text(rows, 3), "description",
            store_text(rows, 4), "created_ms", (json_int_t)store_int(rows, 5), "bundle", bundle, "bundle_bytes",
            (json_int_t)store_int(rows, 7), "manifest", hub_json_column(store_text(rows, 8)), "supersedes",
            (json_int_t)store_int(rows, 9), "withdrawn_ms", hub_json_int_or_null(rows, 10));
        if (json_array_append_new(list, item) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the versions");
    }
    st = store_end(rows, st, err);
    if (!st)
        *ret = SEDGE_STEAL(list);
    return st;
}

static sedge_status model_json(store_tx *tx, store_rows *rows, json_t **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *aliases = NULL, *versions = NULL;
    sedge_status st = aliases_json(tx, store_text(rows, 0), &aliases, err);
    if (!st)
        st = versions_json(tx, store_text(rows, 0), &versions, err);
    if (st)
        return st;
    *ret = json_pack("{s:s, s:s, s:I, s:I, s:O, s:O}", "name", store_text(rows, 0), "description", store_text(rows, 1),
                     "created_ms", (json_int_t)store_int(rows, 2), "updated_ms", (json_int_t)store_int(rows, 3),
                     "aliases", aliases, "versions", versions);
    return *ret ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for a model");
}

/** All models, or the one that is named. */
static sedge_status list(store_tx *tx, const char *only, json_t *items, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT name, description, created_ms, updated_ms FROM models WHERE project = $1 AND"
                                  " ($2 = '' OR name = $2) ORDER BY name",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(only)));
    while (!st && store_next(rows)) {
        json_t *item = NULL;
        st = model_json(tx, rows, &item, err);
        if (!st && json_array_append_new(items, item) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the models");
    }
    return store_end(rows, st, err);
}

sedge_status hub_get_models(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    json_t *items = json_array();
    c->out = json_pack("{s:o}", "items", items);
    return list(tx, "", items, err);
}

sedge_status hub_get_model(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    SEDGE_AUTO_JSON json_t *items = json_array();
    sedge_status st = list(tx, hub_path_arg(c, 0), items, err);
    if (!st && json_array_size(items) == 0)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "there is no model '%s'", hub_path_arg(c, 0));
    if (!st)
        c->out = json_incref(json_array_get(items, 0));
    return st;
}

/* ---- bundles ----------------------------------------------------------------------------------------------------- */

typedef struct arrival {
    hub_request *rq;
    const char *model;
    int64_t release, size;
    char digest[SEDGE_DIGEST_TEXT_MAX];
    sedge_buf manifest; /**< canonical text */
} arrival;

static sedge_status check_version(store_tx *tx, const arrival *a, bool *ret_has_it, sedge_error *err) {
    SEDGE_AUTO_MEM char *bundle = NULL;
    sedge_status st = store_get_text(
        tx, &bundle, err, "SELECT bundle FROM model_versions WHERE project = $1 AND model = $2 AND version = $3",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(a->model), STORE_INT(a->release)));
    if (st == SEDGE_ENOTFOUND)
        return sedge_fail(err, st, "model %s has no version %lld; create it first", a->model, (long long)a->release);
    *ret_has_it = bundle && strcmp(bundle, a->digest) == 0;
    if (!st && bundle && !*ret_has_it)
        st = sedge_fail(
            err, SEDGE_ECONFLICT,
            "release %lld of model %s has another bundle already; releases do not change, make a new version",
            (long long)a->release, a->model);
    return st;
}

static sedge_status keep(store_tx *tx, void *ctx, sedge_error *err) {
    const arrival *a = ctx;
    bool has_it = false;
    int64_t now_ms = hub_now_ms(a->rq->hub);
    sedge_status st = check_version(tx, a, &has_it, err);
    if (st || has_it)
        return st;
    st =
        store_exec(tx, NULL, err,
                   "UPDATE model_versions SET bundle = $1, bundle_bytes = $2, manifest = $3, updated_ms = $4 WHERE"
                   " project = $5 AND model = $6 AND version = $7",
                   STORE_ARGS(STORE_TEXT(a->digest), STORE_INT(a->size), STORE_TEXT(sedge_buf_cstr(&a->manifest)),
                              STORE_INT(now_ms), STORE_TEXT(HUB_PROJECT), STORE_TEXT(a->model), STORE_INT(a->release)));
    store_touch(tx, STORE_TOPIC_TARGETS);
    if (!st)
        st = hub_event_add(
            tx, now_ms,
            &(hub_event){ .kind = "model.bundled", .model = a->model, .release = a->release, .text = a->digest }, err);
    return st;
}

/** A device would refuse the bundle: better here, at once, than on a canary. */
static sedge_status verify_golden(const sedge_bundle *b, sedge_error *err) {
    const sedge_bundle_file *file = sedge_manifest_file(sedge_bundle_manifest(b), SEDGE_ROLE_GOLDEN);
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    sedge_golden golden;
    size_t n;
    if (file->size > SEDGE_GOLDEN_BYTES_MAX + SEDGE_GOLDEN_HEADER_BYTES)
        return sedge_fail(err, SEDGE_ELIMIT, "%s has %llu bytes, golden vectors have at most %d", file->name,
                          (unsigned long long)file->size, SEDGE_GOLDEN_BYTES_MAX + SEDGE_GOLDEN_HEADER_BYTES);
    sedge_status st = sedge_bundle_read(b, file, &data, &n, err);
    if (!st)
        st = sedge_golden_parse(sedge_bytes_of(data, n), &golden, err);
    return st ? sedge_wrap(err, st, "%s", file->name) : SEDGE_OK;
}

/** Opening verifies the whole file; then it must be what the path says. */
static sedge_status verify(arrival *a, const sedge_digest *digest, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_auto(sedge_bundle) b = NULL;
    sedge_status st = blobs_path(a->rq->hub->blobs, digest, path, err);
    if (!st)
        st = sedge_bundle_open_file(NULL, path, &b, err);
    if (st)
        return sedge_wrap(err, st, "bundle");
    sedge_manifest m = *sedge_bundle_manifest(b);
    if (strcmp(m.model, a->model) != 0 || m.release != (uint64_t)a->release)
        return sedge_fail(err, SEDGE_EINVALID, "the bundle is release %llu of model %s, not release %lld of model %s",
                          (unsigned long long)m.release, m.model, (long long)a->release, a->model);
    st = verify_golden(b, err);
    return st ? sedge_wrap(err, st, "bundle") : sedge_manifest_format(&m, &a->manifest, err);
}

static sedge_status read_release(const char *text, int64_t *ret, sedge_error *err) {
    char *end = NULL;
    long long n = strtoll(text, &end, 10);
    if (text[0] < '1' || text[0] > '9' || *end || n > (1LL << 53))
        return sedge_fail(err, SEDGE_EINVALID, "'%.40s' is no version", text);
    *ret = n;
    return SEDGE_OK;
}

sedge_status hub_put_bundle(hub_request *rq, sedge_error *err) {
    arrival a = { .rq = rq, .model = rq->params.value[0], .manifest = sedge_buf_init(SEDGE_BUNDLE_MANIFEST_MAX) };
    sedge_digest digest;
    sedge_status st = read_release(rq->params.value[1], &a.release, err);
    if (!st)
        st = blob_upload_finish(rq->upload, NULL, &digest, &a.size, err);
    if (!st)
        st = verify(&a, &digest, err);
    if (!st) {
        sedge_digest_text(&digest, a.digest);
        st = store_write(rq->hub->store, keep, &a, err);
    }
    if (!st)
        st = hub_tuf_sync(rq->hub->tuf, err);
    sedge_buf_done(&a.manifest);
    if (st)
        return st;
    return hub_answer_json(rq, 200,
                           json_pack("{s:s, s:I, s:s, s:I}", "model", a.model, "release", (json_int_t)a.release,
                                     "digest", a.digest, "size", (json_int_t)a.size),
                           err);
}
