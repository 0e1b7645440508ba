/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/tuf_repo.h"

#include <string.h>

#include "base/format.h"
#include "bundle/tuf_doc.h"
#include "os/file.h"

#define SPEC_VERSION "1.0.34"
#define DAY_MS       (24LL * 3600 * 1000)

enum {
    FILE_NAME_MAX = 64,
    KEEP_VERSIONS = 64, /* old snapshots and targets stay this long for clients that are in the middle */
    FILE_MODE = 0644,
    FOLDER_MODE = 0755,
};

const int64_t SEDGE_TUF_LIFETIMES_MS[SEDGE_TUF_ROLES] = {
    [SEDGE_TUF_ROOT] = 3650 * DAY_MS,
    [SEDGE_TUF_TARGETS] = 365 * DAY_MS,
    [SEDGE_TUF_SNAPSHOT] = 30 * DAY_MS,
    [SEDGE_TUF_TIMESTAMP] = 2 * DAY_MS,
};

struct sedge_tuf_repo {
    sedge_tuf_repo_options options; /* dir is owned, keys are borrowed */
    char *dir;
    sedge_tuf_root *root;
    sedge_tuf_doc *docs[SEDGE_TUF_ROLES]; /* what timestamp.json leads to; the root is not in here */
};

void sedge_tuf_repo_free(sedge_tuf_repo *repo) {
    if (!repo)
        return;
    sedge_tuf_root_free(repo->root);
    for (size_t i = 0; i < SEDGE_TUF_ROLES; i++)
        sedge_tuf_doc_free(repo->docs[i]);
    free(repo->dir);
    free(repo);
}

/* ---- files ---- */

/* "N.targets.json"; the timestamp has no number. */
static void file_name(sedge_tuf_role role, uint64_t version, char name[FILE_NAME_MAX]) {
    if (role == SEDGE_TUF_TIMESTAMP)
        sedge_format(name, FILE_NAME_MAX, "timestamp.json");
    else
        sedge_format(name, FILE_NAME_MAX, "%llu.%s.json", (unsigned long long)version, sedge_tuf_role_name(role));
}

static sedge_status path_of(const sedge_tuf_repo *r, sedge_tuf_role role, uint64_t version, char path[SEDGE_PATH_MAX],
                            sedge_error *err) {
    char name[FILE_NAME_MAX];
    file_name(role, version, name);
    return sedge_path_format(path, err, "%s/%s", r->dir, name);
}

static sedge_status load(const sedge_tuf_repo *r, sedge_tuf_role role, uint64_t version, sedge_tuf_doc **ret,
                         sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st;
    if ((st = path_of(r, role, version, path, err)) ||
        (st = sedge_file_read(r->options.fs, path, sedge_tuf_bytes_max(role), &data, &n, err)))
        return st;
    st = sedge_tuf_doc_parse(role, sedge_bytes_of(data, n), ret, err);
    return st ? sedge_wrap(err, st, "%s", path) : SEDGE_OK;
}

static sedge_status save(const sedge_tuf_repo *r, const sedge_tuf_doc *doc, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = path_of(r, doc->role, doc->version, path, err);
    return st ? st : sedge_file_write_atomic(r->options.fs, path, sedge_buf_bytes(&doc->bytes), FILE_MODE, err);
}

/* Old versions that nobody can be fetching any more. That one of them stays when removing fails harms nobody. */
static void prune(const sedge_tuf_repo *r, const sedge_tuf_doc *doc) {
    char path[SEDGE_PATH_MAX];
    if (doc->version > KEEP_VERSIONS && path_of(r, doc->role, doc->version - KEEP_VERSIONS, path, NULL) == SEDGE_OK &&
        sedge_file_remove(r->options.fs, path, NULL) != SEDGE_OK)
        return;
}

/* ---- documents ---- */

/* The fields that all roles have; takes the part over, which may be NULL without memory. */
static json_t *body_of(const sedge_tuf_repo *r, sedge_tuf_role role, uint64_t version, int64_t now_ms, const char *key,
                       json_t *part) {
    char expires[32];
    sedge_tuf_time(now_ms + r->options.lifetime_ms[role], expires);
    return json_pack("{s:s, s:s, s:I, s:s, s:o}", "_type", sedge_tuf_role_name(role), "spec_version", SPEC_VERSION,
                     "version", (json_int_t)version, "expires", expires, key, part);
}

/* Signs body, which is taken over and may be NULL. */
static sedge_status doc_of(sedge_tuf_role role, json_t *body, const sedge_key *const *keys, size_t n_keys,
                           sedge_tuf_doc **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *owned = body;
    if (!owned)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for metadata");
    SEDGE_AUTO_BUF bytes = sedge_buf_init(sedge_tuf_bytes_max(role));
    sedge_status st = sedge_tuf_sign(owned, keys, n_keys, &bytes, err);
    if (st)
        return st;
    return sedge_tuf_doc_parse(role, sedge_buf_bytes(&bytes), ret, err);
}

static json_t *meta_of(const char *name, const sedge_tuf_doc *doc) {
    sedge_digest digest;
    char hex[SEDGE_DIGEST_HEX_MAX];
    if (sedge_digest_of(sedge_buf_bytes(&doc->bytes), &digest, NULL))
        return NULL;
    sedge_digest_hex(&digest, hex);
    return json_pack("{s:{s:I, s:I, s:{s:s}}}", name, "version", (json_int_t)doc->version, "length",
                     (json_int_t)doc->bytes.n, "hashes", "sha256", hex);
}

static uint64_t next_version(const sedge_tuf_doc *doc) {
    return doc ? doc->version + 1 : 1;
}

static sedge_status make_targets(const sedge_tuf_repo *r, json_t *targets, int64_t now_ms, sedge_tuf_doc **ret,
                                 sedge_error *err) {
    json_t *body = body_of(r, SEDGE_TUF_TARGETS, next_version(r->docs[SEDGE_TUF_TARGETS]), now_ms, "targets", targets);
    return doc_of(SEDGE_TUF_TARGETS, body, &r->options.keys[SEDGE_TUF_TARGETS], 1, ret, err);
}

static sedge_status make_snapshot(const sedge_tuf_repo *r, const sedge_tuf_doc *targets, int64_t now_ms,
                                  sedge_tuf_doc **ret, sedge_error *err) {
    json_t *body = body_of(r, SEDGE_TUF_SNAPSHOT, next_version(r->docs[SEDGE_TUF_SNAPSHOT]), now_ms, "meta",
                           meta_of("targets.json", targets));
    return doc_of(SEDGE_TUF_SNAPSHOT, body, &r->options.keys[SEDGE_TUF_SNAPSHOT], 1, ret, err);
}

static sedge_status make_timestamp(const sedge_tuf_repo *r, const sedge_tuf_doc *snapshot, int64_t now_ms,
                                   sedge_tuf_doc **ret, sedge_error *err) {
    char issued[32];
    json_t *body = body_of(r, SEDGE_TUF_TIMESTAMP, next_version(r->docs[SEDGE_TUF_TIMESTAMP]), now_ms, "meta",
                           meta_of("snapshot.json", snapshot));
    sedge_tuf_time(now_ms, issued);
    if (body && json_object_set_new(body, "issued", json_string(issued)) != 0) {
        json_decref(body);
        body = NULL;
    }
    return doc_of(SEDGE_TUF_TIMESTAMP, body, &r->options.keys[SEDGE_TUF_TIMESTAMP], 1, ret, err);
}

/* ---- publishing: new files first, timestamp.json last ---- */

static void take(sedge_tuf_repo *r, sedge_tuf_doc **doc) {
    if (!*doc)
        return;
    sedge_tuf_role role = (*doc)->role;
    sedge_tuf_doc_free(r->docs[role]);
    r->docs[role] = SEDGE_STEAL(*doc);
    prune(r, r->docs[role]);
}

/* Publishes with new targets (an object, taken over) or, when NULL, the present ones; a new snapshot goes with new
 * targets or when wanted; the timestamp is always new. */
static sedge_status publish(sedge_tuf_repo *r, json_t *new_targets, bool new_snapshot, int64_t now_ms,
                            sedge_error *err) {
    sedge_auto(sedge_tuf_doc) targets = NULL;
    sedge_auto(sedge_tuf_doc) snapshot = NULL;
    sedge_auto(sedge_tuf_doc) timestamp = NULL;
    sedge_status st;
    if (new_targets && ((st = make_targets(r, new_targets, now_ms, &targets, err)) || (st = save(r, targets, err))))
        return st;
    if ((targets || new_snapshot) &&
        ((st = make_snapshot(r, targets ? targets : r->docs[SEDGE_TUF_TARGETS], now_ms, &snapshot, err)) ||
         (st = save(r, snapshot, err))))
        return st;
    if ((st = make_timestamp(r, snapshot ? snapshot : r->docs[SEDGE_TUF_SNAPSHOT], now_ms, &timestamp, err)) ||
        (st = save(r, timestamp, err)))
        return st;
    take(r, &targets);
    take(r, &snapshot);
    take(r, &timestamp);
    return SEDGE_OK;
}

static sedge_json targets_of(const sedge_tuf_repo *r) {
    return sedge_json_member(&r->docs[SEDGE_TUF_TARGETS]->body, "targets");
}

static json_t *copy_targets(const sedge_tuf_repo *r) {
    return json_copy((json_t *)(uintptr_t)targets_of(r).value);
}

/* ---- root ---- */

static json_t *root_body(const sedge_tuf_repo *r, uint64_t version, int64_t now_ms) {
    json_t *keys = json_object();
    json_t *roles = json_object();
    bool done = keys && roles;
    for (sedge_tuf_role role = 0; done && role < SEDGE_TUF_ROLES; role++) {
        char id[SEDGE_DIGEST_HEX_MAX];
        json_t *key = sedge_tuf_key_json(r->options.keys[role], id);
        done = key && json_object_set_new(keys, id, key) == 0 &&
               json_object_set_new(roles, sedge_tuf_role_name(role),
                                   json_pack("{s:[s], s:i}", "keyids", id, "threshold", 1)) == 0;
    }
    json_t *body = done ? body_of(r, SEDGE_TUF_ROOT, version, now_ms, "keys", json_incref(keys)) : NULL;
    if (body && (json_object_set(body, "roles", roles) != 0 ||
                 json_object_set_new(body, "consistent_snapshot", json_true()) != 0)) {
        json_decref(body);
        body = NULL;
    }
    json_decref(keys);
    json_decref(roles);
    return body;
}

/* The next root, signed by its own root key and, when that is another one, by the previous root's key. */
static sedge_status publish_root(sedge_tuf_repo *r, int64_t now_ms, sedge_error *err) {
    const sedge_key *signers[2] = { r->options.keys[SEDGE_TUF_ROOT], r->options.previous_root };
    size_t n = 1;
    char id[SEDGE_DIGEST_HEX_MAX];
    SEDGE_AUTO_JSON json_t *key = sedge_tuf_key_json(signers[0], id);
    if (!key)
        return sedge_fail(err, SEDGE_EUSAGE, "update metadata is signed with ed25519 keys only");
    if (r->root && !sedge_tuf_has_only_key(r->root, SEDGE_TUF_ROOT, id)) {
        if (!signers[1])
            return sedge_fail(err, SEDGE_EREFUSED,
                              "the root key is another one than root %llu names; to replace it, give the old one too",
                              (unsigned long long)r->root->doc->version);
        n = 2;
    }
    sedge_tuf_doc *doc;
    sedge_auto(sedge_tuf_root) next = NULL;
    uint64_t version = r->root ? next_version(r->root->doc) : 1;
    sedge_status st = doc_of(SEDGE_TUF_ROOT, root_body(r, version, now_ms), signers, n, &doc, err);
    if (st || (st = sedge_tuf_root_of(doc, &next, err)))
        return st;
    if (r->root && (st = sedge_tuf_doc_verify(next->doc, r->root, err)))
        return sedge_wrap(err, st, "new root");
    if ((st = save(r, next->doc, err)))
        return st;
    sedge_tuf_root_free(r->root);
    r->root = SEDGE_STEAL(next);
    return SEDGE_OK;
}

/* The newest root in the folder; none leaves r->root NULL. */
static sedge_status load_root(sedge_tuf_repo *r, sedge_error *err) {
    for (uint64_t version = 1;; version++) {
        sedge_tuf_doc *doc;
        sedge_tuf_root *root;
        sedge_status st = load(r, SEDGE_TUF_ROOT, version, &doc, err);
        if (st == SEDGE_ENOTFOUND)
            return SEDGE_OK;
        if (st || (st = sedge_tuf_root_of(doc, &root, err)))
            return st;
        sedge_tuf_root_free(r->root);
        r->root = root;
    }
}

static bool near_expiry(const sedge_tuf_repo *r, const sedge_tuf_doc *doc, int64_t now_ms) {
    return doc->expires_ms - now_ms < r->options.renew_ms[doc->role];
}

static sedge_status keep_root(sedge_tuf_repo *r, int64_t now_ms, bool *changed, sedge_error *err) {
    bool fits = r->root && !near_expiry(r, r->root->doc, now_ms);
    for (sedge_tuf_role role = 0; fits && role < SEDGE_TUF_ROLES; role++) {
        char id[SEDGE_DIGEST_HEX_MAX];
        SEDGE_AUTO_JSON json_t *key = sedge_tuf_key_json(r->options.keys[role], id);
        if (!key)
            return sedge_fail(err, SEDGE_EUSAGE, "update metadata is signed with ed25519 keys only");
        fits = sedge_tuf_has_only_key(r->root, role, id);
    }
    if (fits)
        return SEDGE_OK;
    *changed = true;
    return publish_root(r, now_ms, err);
}

/* ---- opening and refreshing ---- */

static sedge_status load_named(sedge_tuf_repo *r, sedge_tuf_role role, sedge_tuf_role voucher, const char *name,
                               sedge_error *err) {
    sedge_tuf_meta meta;
    sedge_digest digest;
    sedge_status st;
    if ((st = sedge_tuf_meta_of(r->docs[voucher], name, &meta, err)) ||
        (st = load(r, role, meta.version, &r->docs[role], err)) ||
        (st = sedge_digest_of(sedge_buf_bytes(&r->docs[role]->bytes), &digest, err)))
        return st;
    if (!sedge_digest_equal(&digest, &meta.sha256))
        return sedge_fail(err, SEDGE_EINVALID, "%s/%llu.%s.json is not what was published; restore it from a backup",
                          r->dir, (unsigned long long)meta.version, sedge_tuf_role_name(role));
    return SEDGE_OK;
}

static sedge_status load_published(sedge_tuf_repo *r, int64_t now_ms, sedge_error *err) {
    sedge_status st = load(r, SEDGE_TUF_TIMESTAMP, 0, &r->docs[SEDGE_TUF_TIMESTAMP], err);
    if (st == SEDGE_ENOTFOUND)
        return publish(r, json_object(), true, now_ms, err);
    if (st || (st = load_named(r, SEDGE_TUF_SNAPSHOT, SEDGE_TUF_TIMESTAMP, "snapshot.json", err)))
        return st;
    return load_named(r, SEDGE_TUF_TARGETS, SEDGE_TUF_SNAPSHOT, "targets.json", err);
}

/* Must this document be signed again: near its expiry, or not by the present key? */
static bool is_stale(const sedge_tuf_repo *r, sedge_tuf_role role, int64_t now_ms) {
    return near_expiry(r, r->docs[role], now_ms) || sedge_tuf_doc_verify(r->docs[role], r->root, NULL) != SEDGE_OK;
}

sedge_status sedge_tuf_repo_refresh(sedge_tuf_repo *r, int64_t now_ms, bool *ret_changed, sedge_error *err) {
    bool changed = false;
    sedge_status st = keep_root(r, now_ms, &changed, err);
    if (st)
        return st;
    bool targets = is_stale(r, SEDGE_TUF_TARGETS, now_ms);
    bool snapshot = is_stale(r, SEDGE_TUF_SNAPSHOT, now_ms);
    if (targets || snapshot || is_stale(r, SEDGE_TUF_TIMESTAMP, now_ms)) {
        changed = true;
        st = publish(r, targets ? copy_targets(r) : NULL, snapshot, now_ms, err);
    }
    if (!st && ret_changed)
        *ret_changed = changed;
    return st;
}

static void set_defaults(sedge_tuf_repo_options *o) {
    for (size_t i = 0; i < SEDGE_TUF_ROLES; i++) {
        if (o->lifetime_ms[i] == 0)
            o->lifetime_ms[i] = SEDGE_TUF_LIFETIMES_MS[i];
        if (o->renew_ms[i] == 0)
            o->renew_ms[i] = o->lifetime_ms[i] / 3;
    }
}

static sedge_status open_folder(sedge_tuf_repo *r, int64_t now_ms, sedge_error *err) {
    bool made = false;
    sedge_status st;
    if ((st = sedge_dir_make(r->options.fs, r->dir, FOLDER_MODE, err)) || (st = load_root(r, err)) ||
        (st = keep_root(r, now_ms, &made, err)) || (st = load_published(r, now_ms, err)))
        return st;
    return sedge_tuf_repo_refresh(r, now_ms, NULL, err);
}

sedge_status sedge_tuf_repo_open(const sedge_tuf_repo_options *options, int64_t now_ms, sedge_tuf_repo **ret,
                                 sedge_error *err) {
    sedge_auto(sedge_tuf_repo) r = calloc(1, sizeof *r);
    if (!r || !(r->dir = strdup(options->dir)))
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for update metadata");
    r->options = *options;
    set_defaults(&r->options);
    sedge_status st = open_folder(r, now_ms, err);
    if (st)
        return sedge_wrap(err, st, "update metadata");
    r->options.previous_root = NULL;
    *ret = SEDGE_STEAL(r);
    return SEDGE_OK;
}

/* ---- targets ---- */

static bool is_listed(const sedge_tuf_repo *r, const char *path, const sedge_tuf_target *target) {
    sedge_tuf_target there;
    if (sedge_tuf_repo_target(r, path, &there, NULL) != SEDGE_OK)
        return false;
    bool same_custom =
        !there.custom == !target->custom &&
        (!there.custom || json_equal((json_t *)(uintptr_t)there.custom, (json_t *)(uintptr_t)target->custom));
    return there.length == target->length && sedge_digest_equal(&there.sha256, &target->sha256) && same_custom;
}

static json_t *target_json(const sedge_tuf_target *target) {
    char hex[SEDGE_DIGEST_HEX_MAX];
    sedge_digest_hex(&target->sha256, hex);
    json_t *json = json_pack("{s:I, s:{s:s}}", "length", (json_int_t)target->length, "hashes", "sha256", hex);
    if (json && target->custom && json_object_set(json, "custom", (json_t *)(uintptr_t)target->custom) != 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

sedge_status sedge_tuf_repo_add(sedge_tuf_repo *r, const char *path, const sedge_tuf_target *target, int64_t now_ms,
                                sedge_error *err) {
    if (!sedge_tuf_is_path(path))
        return sedge_fail(err, SEDGE_EINVALID, "'%.255s' is no target path", path);
    if (target->length > INT64_MAX || (target->custom && !json_is_object(target->custom)))
        return sedge_fail(err, SEDGE_EINVALID, "target '%s': custom must be an object", path);
    if (is_listed(r, path, target))
        return SEDGE_OK;
    json_t *targets = copy_targets(r);
    if (!targets || json_object_set_new(targets, path, target_json(target)) != 0) {
        json_decref(targets);
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for target '%s'", path);
    }
    sedge_status st = publish(r, targets, true, now_ms, err);
    return st ? sedge_wrap(err, st, "target '%s'", path) : SEDGE_OK;
}

sedge_status sedge_tuf_repo_remove(sedge_tuf_repo *r, const char *path, int64_t now_ms, sedge_error *err) {
    json_t *targets = copy_targets(r);
    if (!targets || json_object_del(targets, path) != 0) {
        json_decref(targets);
        return sedge_fail(err, SEDGE_ENOTFOUND, "no target '%.255s' is listed", path);
    }
    return publish(r, targets, true, now_ms, err);
}

sedge_status sedge_tuf_repo_target(const sedge_tuf_repo *r, const char *path, sedge_tuf_target *ret, sedge_error *err) {
    return sedge_tuf_target_of(r->docs[SEDGE_TUF_TARGETS], path, ret, err);
}

uint64_t sedge_tuf_repo_version(const sedge_tuf_repo *r, sedge_tuf_role role) {
    return role == SEDGE_TUF_ROOT ? r->root->doc->version : r->docs[role]->version;
}

sedge_status sedge_tuf_repo_first_root(const sedge_tuf_repo *r, sedge_buf *out, sedge_error *err) {
    sedge_auto(sedge_tuf_doc) doc = NULL;
    sedge_status st = load(r, SEDGE_TUF_ROOT, 1, &doc, err);
    if (st)
        return st;
    sedge_buf_put(out, doc->bytes.data, doc->bytes.n);
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for the first root") : SEDGE_OK;
}

/* ---- keys ---- */

sedge_status sedge_tuf_keys_load(const sedge_fs *fs, const char *dir, sedge_key *ret[SEDGE_TUF_ROLES],
                                 sedge_error *err) {
    sedge_key *keys[SEDGE_TUF_ROLES] = { NULL };
    sedge_status st = SEDGE_OK;
    for (sedge_tuf_role role = 0; !st && role < SEDGE_TUF_ROLES; role++) {
        char uri[SEDGE_PATH_MAX];
        st = sedge_path_format(uri, err, "file:%s/tuf-%s.pem", dir, sedge_tuf_role_name(role));
        if (!st)
            st = sedge_key_load_or_make(fs, uri, SEDGE_KEY_ED25519, &keys[role], err);
    }
    if (!st) {
        memcpy(ret, keys, sizeof keys);
        return SEDGE_OK;
    }
    for (size_t i = 0; i < SEDGE_TUF_ROLES; i++)
        sedge_key_free(keys[i]);
    return st;
}
