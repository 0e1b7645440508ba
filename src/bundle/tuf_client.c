/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/tuf_client.h"

#include <string.h>

#include "base/format.h"
#include "bundle/tuf_doc.h"
#include "os/clock.h"
#include "os/file.h"

enum { FILE_NAME_MAX = 64 };

struct sedge_tuf_client {
    const sedge_fs *fs;
    char *dir;
    sedge_tuf_fetch_fn fetch;
    void *fetch_ctx;
    sedge_tuf_root *root;
    sedge_tuf_doc *docs[SEDGE_TUF_ROLES]; /* trusted, verified by root; the root itself is not in here */
    bool good;                            /* the last update went through */
};

void sedge_tuf_client_free(sedge_tuf_client *c) {
    if (!c)
        return;
    sedge_tuf_root_free(c->root);
    for (size_t i = 0; i < SEDGE_TUF_ROLES; i++)
        sedge_tuf_doc_free(c->docs[i]);
    free(c->dir);
    free(c);
}

/* ---- the state folder ---- */

static sedge_status path_of(const sedge_tuf_client *c, sedge_tuf_role role, char path[SEDGE_PATH_MAX],
                            sedge_error *err) {
    return sedge_path_format(path, err, "%s/%s.json", c->dir, sedge_tuf_role_name(role));
}

static sedge_status persist(const sedge_tuf_client *c, const sedge_tuf_doc *doc, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = path_of(c, doc->role, path, err);
    return st ? st : sedge_file_write_atomic(c->fs, path, sedge_buf_bytes(&doc->bytes), 0600, err);
}

static sedge_status load(const sedge_tuf_client *c, sedge_tuf_role role, sedge_tuf_doc **ret, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st;
    if ((st = path_of(c, role, path, err)) ||
        (st = sedge_file_read(c->fs, path, sedge_tuf_bytes_max(role), &data, &n, err)))
        return st;
    return sedge_tuf_doc_parse(role, sedge_bytes_of(data, n), ret, err);
}

/* Forgets trusted metadata, in memory and on disk. */
static sedge_status forget(sedge_tuf_client *c, sedge_tuf_role role, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_tuf_doc_free(c->docs[role]);
    c->docs[role] = NULL;
    sedge_status st = path_of(c, role, path, err);
    return st ? st : sedge_file_remove(c->fs, path, err);
}

/* Takes doc over as the trusted one of its role once it is durable. */
static sedge_status trust(sedge_tuf_client *c, sedge_tuf_doc **doc, sedge_error *err) {
    sedge_status st = persist(c, *doc, err);
    if (st)
        return st;
    sedge_tuf_role role = (*doc)->role;
    sedge_tuf_doc_free(c->docs[role]);
    c->docs[role] = SEDGE_STEAL(*doc);
    return SEDGE_OK;
}

static sedge_status load_root(sedge_tuf_client *c, sedge_bytes first, sedge_error *err) {
    sedge_tuf_doc *doc;
    sedge_status st = load(c, SEDGE_TUF_ROOT, &doc, err);
    bool is_first = st == SEDGE_ENOTFOUND;
    if (is_first)
        st = sedge_tuf_doc_parse(SEDGE_TUF_ROOT, first, &doc, err);
    if (st)
        return st;
    if ((st = sedge_tuf_root_of(doc, &c->root, err)) || (st = sedge_tuf_doc_verify(c->root->doc, c->root, err)))
        return st;
    return is_first ? persist(c, c->root->doc, err) : SEDGE_OK;
}

static void load_trusted(sedge_tuf_client *c, sedge_tuf_role role) {
    sedge_auto(sedge_tuf_doc) doc = NULL;
    if (load(c, role, &doc, NULL) == SEDGE_OK && sedge_tuf_doc_verify(doc, c->root, NULL) == SEDGE_OK)
        c->docs[role] = SEDGE_STEAL(doc);
}

sedge_status sedge_tuf_client_open(const sedge_tuf_client_options *options, sedge_tuf_client **ret, sedge_error *err) {
    sedge_auto(sedge_tuf_client) c = calloc(1, sizeof *c);
    if (!c || !(c->dir = strdup(options->dir)))
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for update metadata");
    c->fs = options->fs;
    c->fetch = options->fetch;
    c->fetch_ctx = options->fetch_ctx;
    sedge_status st;
    if ((st = sedge_dir_make(c->fs, c->dir, 0700, err)))
        return st;
    if ((st = load_root(c, options->root, err)))
        return sedge_wrap(err, st, "trusted root of update metadata");
    for (sedge_tuf_role role = SEDGE_TUF_TARGETS; role < SEDGE_TUF_ROLES; role++)
        load_trusted(c, role);
    *ret = SEDGE_STEAL(c);
    return SEDGE_OK;
}

/* ---- fetching ---- */

static sedge_status fetch(const sedge_tuf_client *c, const char *name, sedge_tuf_role role, size_t limit,
                          sedge_tuf_doc **ret, sedge_error *err) {
    SEDGE_AUTO_BUF bytes = sedge_buf_init(limit);
    sedge_status st = c->fetch(c->fetch_ctx, name, limit, &bytes, err);
    if (st)
        return sedge_wrap(err, st, "%s", name);
    if (bytes.failed)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: the server sends more than %zu bytes (endless data?)", name, limit);
    st = sedge_tuf_doc_parse(role, sedge_buf_bytes(&bytes), ret, err);
    return st ? sedge_wrap(err, st, "%s", name) : SEDGE_OK;
}

static sedge_status check_expiry(const sedge_tuf_doc *doc, int64_t now_ms, sedge_error *err) {
    if (doc->expires_ms > now_ms)
        return SEDGE_OK;
    char at[32];
    sedge_tuf_time(doc->expires_ms, at);
    return sedge_fail(err, SEDGE_EREFUSED,
                      "%s %llu expired at %s (a freeze attack, a hub that no longer signs, or a clock ahead)",
                      sedge_tuf_role_name(doc->role), (unsigned long long)doc->version, at);
}

/* ---- root (5.3) ---- */

static sedge_status check_next_root(const sedge_tuf_client *c, const sedge_tuf_root *next, sedge_error *err) {
    sedge_status st;
    if ((st = sedge_tuf_doc_verify(next->doc, c->root, err)) || (st = sedge_tuf_doc_verify(next->doc, next, err)))
        return st;
    if (next->doc->version != c->root->doc->version + 1)
        return sedge_fail(err, SEDGE_EREFUSED, "root %llu where %llu is due (a rollback attack)",
                          (unsigned long long)next->doc->version, (unsigned long long)c->root->doc->version + 1);
    return SEDGE_OK;
}

/* Goes one version on; *ret_more is false when there is none. */
static sedge_status next_root(sedge_tuf_client *c, bool *ret_more, bool *rotated, sedge_error *err) {
    char name[FILE_NAME_MAX];
    sedge_tuf_doc *doc;
    sedge_auto(sedge_tuf_root) next = NULL;
    sedge_format(name, sizeof name, "%llu.root.json", (unsigned long long)c->root->doc->version + 1);
    sedge_status st = fetch(c, name, SEDGE_TUF_ROOT, SEDGE_TUF_ROOT_BYTES_MAX, &doc, err);
    *ret_more = st == SEDGE_OK;
    if (st == SEDGE_ENOTFOUND)
        return SEDGE_OK;
    if (st || (st = sedge_tuf_root_of(doc, &next, err)) || (st = check_next_root(c, next, err)) ||
        (st = persist(c, next->doc, err)))
        return st;
    if (!sedge_tuf_same_keys(c->root, next, SEDGE_TUF_TIMESTAMP) ||
        !sedge_tuf_same_keys(c->root, next, SEDGE_TUF_SNAPSHOT))
        *rotated = true;
    sedge_tuf_root_free(c->root);
    c->root = SEDGE_STEAL(next);
    return SEDGE_OK;
}

/* Trusted metadata that the present root's keys did not sign is no longer trusted. */
static sedge_status drop_unsigned(sedge_tuf_client *c, sedge_error *err) {
    for (sedge_tuf_role role = SEDGE_TUF_TARGETS; role < SEDGE_TUF_ROLES; role++) {
        if (!c->docs[role] || sedge_tuf_doc_verify(c->docs[role], c->root, NULL) == SEDGE_OK)
            continue;
        sedge_status st = forget(c, role, err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

static sedge_status update_root(sedge_tuf_client *c, int64_t now_ms, sedge_error *err) {
    bool more = true, rotated = false;
    uint64_t first = c->root->doc->version;
    sedge_status st;
    for (int i = 0; more && i < SEDGE_TUF_ROOT_UPDATES_MAX; i++)
        if ((st = next_root(c, &more, &rotated, err)))
            return st;
    if (rotated && ((st = forget(c, SEDGE_TUF_TIMESTAMP, err)) || (st = forget(c, SEDGE_TUF_SNAPSHOT, err))))
        return st;
    if (c->root->doc->version != first && (st = drop_unsigned(c, err)))
        return st;
    return check_expiry(c->root->doc, now_ms, err);
}

/* ---- timestamp (5.4) ---- */

static sedge_status check_timestamp(const sedge_tuf_client *c, const sedge_tuf_doc *doc, sedge_error *err) {
    const sedge_tuf_doc *trusted = c->docs[SEDGE_TUF_TIMESTAMP];
    sedge_tuf_meta now, before;
    sedge_status st;
    if ((st = sedge_tuf_doc_verify(doc, c->root, err)) || (st = sedge_tuf_meta_of(doc, "snapshot.json", &now, err)))
        return st;
    if (!trusted)
        return SEDGE_OK;
    if (doc->version < trusted->version)
        return sedge_fail(err, SEDGE_EREFUSED, "timestamp %llu after %llu (a rollback attack)",
                          (unsigned long long)doc->version, (unsigned long long)trusted->version);
    if ((st = sedge_tuf_meta_of(trusted, "snapshot.json", &before, err)))
        return st;
    if (now.version < before.version)
        return sedge_fail(err, SEDGE_EREFUSED, "the timestamp names snapshot %llu after %llu (a rollback attack)",
                          (unsigned long long)now.version, (unsigned long long)before.version);
    return SEDGE_OK;
}

static sedge_status update_timestamp(sedge_tuf_client *c, int64_t now_ms, sedge_error *err) {
    sedge_auto(sedge_tuf_doc) doc = NULL;
    sedge_status st = fetch(c, "timestamp.json", SEDGE_TUF_TIMESTAMP, SEDGE_TUF_TIMESTAMP_BYTES_MAX, &doc, err);
    if (st || (st = check_timestamp(c, doc, err)))
        return st;
    const sedge_tuf_doc *trusted = c->docs[SEDGE_TUF_TIMESTAMP];
    if (trusted && doc->version == trusted->version)
        return check_expiry(trusted, now_ms, err);
    if ((st = check_expiry(doc, now_ms, err)))
        return st;
    return trust(c, &doc, err);
}

/* ---- snapshot (5.5) and targets (5.6) ---- */

static bool is_current(const sedge_tuf_doc *doc, const sedge_tuf_meta *meta) {
    sedge_digest digest;
    return doc && doc->version == meta->version && (meta->length == 0 || doc->bytes.n == meta->length) &&
           (!meta->has_sha256 || (sedge_digest_of(sedge_buf_bytes(&doc->bytes), &digest, NULL) == SEDGE_OK &&
                                  sedge_digest_equal(&digest, &meta->sha256)));
}

static sedge_status fetch_named(const sedge_tuf_client *c, sedge_tuf_role role, const sedge_tuf_meta *meta,
                                sedge_tuf_doc **ret, sedge_error *err) {
    char name[FILE_NAME_MAX];
    size_t limit = sedge_tuf_bytes_max(role);
    if (meta->length > limit)
        return sedge_fail(err, SEDGE_ELIMIT, "%s of %llu bytes, the limit is %zu", sedge_tuf_role_name(role),
                          (unsigned long long)meta->length, limit);
    if (meta->length > 0)
        limit = (size_t)meta->length;
    if (c->root->consistent)
        sedge_format(name, sizeof name, "%llu.%s.json", (unsigned long long)meta->version, sedge_tuf_role_name(role));
    else
        sedge_format(name, sizeof name, "%s.json", sedge_tuf_role_name(role));
    return fetch(c, name, role, limit, ret, err);
}

/* The documents that vouch for doc say its digest and version; the root says its keys. */
static sedge_status check_named(const sedge_tuf_client *c, const sedge_tuf_doc *doc, const sedge_tuf_meta *meta,
                                sedge_error *err) {
    const char *name = sedge_tuf_role_name(doc->role);
    sedge_digest digest;
    sedge_status st = sedge_digest_of(sedge_buf_bytes(&doc->bytes), &digest, err);
    if (st)
        return st;
    if (meta->has_sha256 && !sedge_digest_equal(&digest, &meta->sha256))
        return sedge_fail(err, SEDGE_EREFUSED, "%s %llu has another digest than signed (a mix-and-match attack)", name,
                          (unsigned long long)doc->version);
    if ((st = sedge_tuf_doc_verify(doc, c->root, err)))
        return st;
    if (doc->version != meta->version)
        return sedge_fail(err, SEDGE_EREFUSED, "%s %llu where %llu is signed (a mix-and-match attack)", name,
                          (unsigned long long)doc->version, (unsigned long long)meta->version);
    return SEDGE_OK;
}

static sedge_status check_one_file(const sedge_tuf_doc *before, const sedge_tuf_doc *doc, const char *name,
                                   sedge_error *err) {
    sedge_tuf_meta was, is;
    sedge_status st = sedge_tuf_meta_of(before, name, &was, err);
    if (st)
        return st;
    if (sedge_tuf_meta_of(doc, name, &is, NULL) != SEDGE_OK)
        return sedge_fail(err, SEDGE_EREFUSED, "snapshot %llu no longer names %.64s (a rollback attack)",
                          (unsigned long long)doc->version, name);
    if (is.version < was.version)
        return sedge_fail(err, SEDGE_EREFUSED, "snapshot %llu names %.64s %llu after %llu (a rollback attack)",
                          (unsigned long long)doc->version, name, (unsigned long long)is.version,
                          (unsigned long long)was.version);
    return SEDGE_OK;
}

static sedge_status check_snapshot_rollback(const sedge_tuf_doc *before, const sedge_tuf_doc *doc, sedge_error *err) {
    sedge_json meta = sedge_json_member(&before->body, "meta");
    json_t *object = (json_t *)(uintptr_t)meta.value;
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        sedge_status st = check_one_file(before, doc, json_object_iter_key(i), err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

static sedge_status check_body(const sedge_tuf_client *c, const sedge_tuf_doc *doc, sedge_error *err) {
    sedge_tuf_meta meta;
    sedge_json targets;
    if (doc->role == SEDGE_TUF_TARGETS)
        return sedge_json_object(&doc->body, "targets", &targets, err);
    sedge_status st = sedge_tuf_meta_of(doc, "targets.json", &meta, err);
    if (st)
        return st;
    const sedge_tuf_doc *before = c->docs[SEDGE_TUF_SNAPSHOT];
    return before ? check_snapshot_rollback(before, doc, err) : SEDGE_OK;
}

/* Brings the document of role to what its voucher says. */
static sedge_status update_named(sedge_tuf_client *c, sedge_tuf_role role, sedge_tuf_role voucher, const char *name,
                                 int64_t now_ms, sedge_error *err) {
    sedge_auto(sedge_tuf_doc) doc = NULL;
    sedge_tuf_meta meta;
    sedge_status st = sedge_tuf_meta_of(c->docs[voucher], name, &meta, err);
    if (st)
        return st;
    if (is_current(c->docs[role], &meta))
        return check_expiry(c->docs[role], now_ms, err);
    if ((st = fetch_named(c, role, &meta, &doc, err)) || (st = check_named(c, doc, &meta, err)) ||
        (st = check_body(c, doc, err)) || (st = check_expiry(doc, now_ms, err)))
        return st;
    return trust(c, &doc, err);
}

/* ---- the cycle ---- */

static sedge_status cycle(sedge_tuf_client *c, int64_t now_ms, sedge_error *err) {
    sedge_status st;
    int64_t issued = sedge_tuf_client_issued_ms(c);
    if (now_ms < issued)
        now_ms = issued;
    if ((st = update_root(c, now_ms, err)) || (st = update_timestamp(c, now_ms, err)) ||
        (st = update_named(c, SEDGE_TUF_SNAPSHOT, SEDGE_TUF_TIMESTAMP, "snapshot.json", now_ms, err)))
        return st;
    return update_named(c, SEDGE_TUF_TARGETS, SEDGE_TUF_SNAPSHOT, "targets.json", now_ms, err);
}

sedge_status sedge_tuf_client_update(sedge_tuf_client *c, int64_t now_ms, bool *ret_changed, sedge_error *err) {
    uint64_t before = sedge_tuf_client_version(c, SEDGE_TUF_TARGETS);
    c->good = false;
    sedge_status st = cycle(c, now_ms, err);
    if (st)
        return sedge_wrap(err, st, "update metadata");
    c->good = true;
    if (ret_changed)
        *ret_changed = sedge_tuf_client_version(c, SEDGE_TUF_TARGETS) != before;
    return SEDGE_OK;
}

sedge_status sedge_tuf_client_target(const sedge_tuf_client *c, const char *path, sedge_tuf_target *ret,
                                     sedge_error *err) {
    if (!c->good)
        return sedge_fail(err, SEDGE_EREFUSED, "no target is trusted before an update of the metadata went through");
    return sedge_tuf_target_of(c->docs[SEDGE_TUF_TARGETS], path, ret, err);
}

uint64_t sedge_tuf_client_version(const sedge_tuf_client *c, sedge_tuf_role role) {
    const sedge_tuf_doc *doc = role == SEDGE_TUF_ROOT ? c->root->doc : c->docs[role];
    return doc ? doc->version : 0;
}

int64_t sedge_tuf_client_issued_ms(const sedge_tuf_client *c) {
    const sedge_tuf_doc *doc = c->docs[SEDGE_TUF_TIMESTAMP];
    const char *text;
    int64_t ms;
    if (!doc || sedge_json_string(&doc->body, "issued", &text, NULL) || !sedge_time_parse(text, strlen(text), &ms))
        return 0;
    return ms;
}
