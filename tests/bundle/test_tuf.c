/* SPDX-License-Identifier: Apache-2.0 */
/* Repository and client against each other, and the client against what attackers can do, by name. */
#include <stdio.h>
#include <string.h>

#include "../include/sedge_test.h"
#include "bundle/tuf_client.h"
#include "bundle/tuf_doc.h"
#include "bundle/tuf_repo.h"
#include "os/file.h"

#define NOW 1795400000000LL
#define DAY (24LL * 3600 * 1000)

/* A hub on disk, a device on disk, and what the network between them does. */
typedef struct world {
    char dir[64], hub[96], device[96];
    sedge_key *keys[SEDGE_TUF_ROLES], *others[SEDGE_TUF_ROLES];
    sedge_buf first_root;
    const char *swap; /* this name is answered with `with` */
    sedge_buf with;
    const char *lost; /* this name cannot be reached */
    unsigned fetches;
} world;

static sedge_error err;

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        if ((call) != SEDGE_OK)                                                                                        \
            fail_msg("%s: %s", #call, err.text);                                                                       \
    } while (0)

static void refused(sedge_status st, sedge_status want, const char *words) {
    if (st != want || !strstr(err.text, words))
        fail_msg("%s '%s', wanted %s '%s'", sedge_status_name(st), err.text, sedge_status_name(want), words);
}

static int make(void **state) {
    world *w = calloc(1, sizeof *w);
    strcpy(w->dir, "/tmp/sedge-tuf-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->hub, sizeof w->hub, "%s/hub", w->dir);
    snprintf(w->device, sizeof w->device, "%s/device", w->dir);
    w->first_root = sedge_buf_init(SEDGE_TUF_ROOT_BYTES_MAX);
    w->with = sedge_buf_init(SEDGE_TUF_TARGETS_BYTES_MAX);
    for (int i = 0; i < SEDGE_TUF_ROLES; i++) {
        OK(sedge_key_generate(SEDGE_KEY_ED25519, &w->keys[i], &err));
        OK(sedge_key_generate(SEDGE_KEY_ED25519, &w->others[i], &err));
    }
    *state = w;
    return 0;
}

static int drop(void **state) {
    world *w = *state;
    OK(sedge_dir_remove_tree(NULL, w->dir, &err));
    for (int i = 0; i < SEDGE_TUF_ROLES; i++) {
        sedge_key_free(w->keys[i]);
        sedge_key_free(w->others[i]);
    }
    sedge_buf_done(&w->first_root);
    sedge_buf_done(&w->with);
    free(w);
    return 0;
}

static sedge_tuf_repo_options repo_options(world *w) {
    sedge_tuf_repo_options o = { .dir = w->hub };
    for (int i = 0; i < SEDGE_TUF_ROLES; i++)
        o.keys[i] = w->keys[i];
    return o;
}

static sedge_tuf_repo *open_repo(world *w, int64_t now_ms) {
    sedge_tuf_repo_options o = repo_options(w);
    sedge_tuf_repo *repo;
    OK(sedge_tuf_repo_open(&o, now_ms, &repo, &err));
    if (w->first_root.n == 0)
        OK(sedge_tuf_repo_first_root(repo, &w->first_root, &err));
    return repo;
}

static sedge_status fetch(void *ctx, const char *name, size_t limit, sedge_buf *out, sedge_error *e) {
    world *w = ctx;
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    w->fetches++;
    if (w->lost && strcmp(name, w->lost) == 0)
        return sedge_fail(e, SEDGE_ENETWORK, "unplugged");
    if (w->swap && strcmp(name, w->swap) == 0) {
        sedge_buf_put(out, w->with.data, w->with.n);
        return SEDGE_OK;
    }
    sedge_status st = sedge_path_format(path, e, "%s/%s", w->hub, name);
    if (st || (st = sedge_file_read(NULL, path, limit, &data, &n, e)))
        return st;
    sedge_buf_put(out, data, n);
    return SEDGE_OK;
}

static sedge_tuf_client *open_client(world *w) {
    sedge_tuf_client_options o = {
        .dir = w->device, .root = sedge_buf_bytes(&w->first_root), .fetch = fetch, .fetch_ctx = w
    };
    sedge_tuf_client *client;
    OK(sedge_tuf_client_open(&o, &client, &err));
    return client;
}

static void publish(sedge_tuf_repo *repo, const char *path, uint64_t release, int64_t now_ms) {
    SEDGE_AUTO_JSON json_t *custom = json_pack("{s:I}", "release", (json_int_t)release);
    sedge_tuf_target t = { .length = 100 + release, .custom = custom };
    t.sha256.bytes[0] = (uint8_t)release;
    OK(sedge_tuf_repo_add(repo, path, &t, now_ms, &err));
}

/* A hub with one target, and a device that has seen it. */
typedef struct pair {
    sedge_tuf_repo *repo;
    sedge_tuf_client *client;
} pair;

static pair start(world *w) {
    pair p = { .repo = open_repo(w, NOW) };
    publish(p.repo, "pump/7.bundle", 7, NOW);
    p.client = open_client(w);
    OK(sedge_tuf_client_update(p.client, NOW, NULL, &err));
    return p;
}

static void stop(pair *p) {
    sedge_tuf_repo_free(p->repo);
    sedge_tuf_client_free(p->client);
}

/* Puts a forged document into the world: the published one with changes, signed with these keys. */
static void forge(world *w, const char *name, const char *published, const char *changes, const sedge_key *const *keys,
                  size_t n) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_JSON json_t *doc = NULL;
    SEDGE_AUTO_JSON json_t *edit = json_loads(changes, 0, NULL);
    OK(sedge_path_format(path, &err, "%s/%s", w->hub, published));
    OK(sedge_json_load_file(NULL, path, &SEDGE_JSON_LIMITS, &doc, &err));
    assert_non_null(edit);
    json_object_update(json_object_get(doc, "signed"), edit);
    sedge_buf_clear(&w->with);
    OK(sedge_tuf_sign(json_object_get(doc, "signed"), keys, n, &w->with, &err));
    w->swap = name;
}

static void keep_file(world *w, const char *name, const char *as) {
    char from[SEDGE_PATH_MAX], to[SEDGE_PATH_MAX];
    OK(sedge_path_format(from, &err, "%s/%s", w->hub, name));
    OK(sedge_path_format(to, &err, "%s/%s", w->dir, as));
    OK(sedge_file_copy(NULL, from, to, 1 << 20, &err));
}

static void replay(world *w, const char *name, const char *kept) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    OK(sedge_path_format(path, &err, "%s/%s", w->dir, kept));
    OK(sedge_file_read(NULL, path, 1 << 20, &data, &n, &err));
    sedge_buf_clear(&w->with);
    sedge_buf_put(&w->with, data, n);
    w->swap = name;
}

static void install(void **state) {
    world *w = *state;
    pair p = start(w);
    sedge_tuf_target t;
    OK(sedge_tuf_client_target(p.client, "pump/7.bundle", &t, &err));
    assert_int_equal(t.length, 107);
    assert_int_equal(json_integer_value(json_object_get(t.custom, "release")), 7);
    refused(sedge_tuf_client_target(p.client, "pump/8.bundle", &t, &err), SEDGE_ENOTFOUND, "pump/8.bundle");
    bool changed = true;
    OK(sedge_tuf_client_update(p.client, NOW, &changed, &err));
    assert_false(changed);
    publish(p.repo, "pump/8.bundle", 8, NOW);
    uint64_t version = sedge_tuf_repo_version(p.repo, SEDGE_TUF_TIMESTAMP);
    publish(p.repo, "pump/8.bundle", 8, NOW);
    assert_int_equal(sedge_tuf_repo_version(p.repo, SEDGE_TUF_TIMESTAMP), version);
    OK(sedge_tuf_client_update(p.client, NOW, &changed, &err));
    assert_true(changed);
    OK(sedge_tuf_client_target(p.client, "pump/8.bundle", &t, &err));
    OK(sedge_tuf_repo_remove(p.repo, "pump/7.bundle", NOW, &err));
    refused(sedge_tuf_repo_remove(p.repo, "pump/7.bundle", NOW, &err), SEDGE_ENOTFOUND, "pump/7.bundle");
    OK(sedge_tuf_client_update(p.client, NOW, &changed, &err));
    refused(sedge_tuf_client_target(p.client, "pump/7.bundle", &t, &err), SEDGE_ENOTFOUND, "pump/7.bundle");
    stop(&p);
    p = (pair){ open_repo(w, NOW), open_client(w) };
    refused(sedge_tuf_client_target(p.client, "pump/8.bundle", &t, &err), SEDGE_EREFUSED, "update");
    w->fetches = 0;
    OK(sedge_tuf_client_update(p.client, NOW, &changed, &err));
    assert_int_equal(w->fetches, 2); /* the next root, which is not there, and the timestamp */
    OK(sedge_tuf_client_target(p.client, "pump/8.bundle", &t, &err));
    stop(&p);
}

static void rollback_timestamp(void **state) {
    world *w = *state;
    pair p = start(w);
    keep_file(w, "timestamp.json", "old");
    publish(p.repo, "pump/8.bundle", 8, NOW);
    OK(sedge_tuf_client_update(p.client, NOW, NULL, &err));
    replay(w, "timestamp.json", "old");
    refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EREFUSED, "rollback");
    sedge_tuf_target t;
    refused(sedge_tuf_client_target(p.client, "pump/8.bundle", &t, &err), SEDGE_EREFUSED, "update");
    sedge_tuf_client_free(p.client);
    p.client = open_client(w); /* the memory of it is on disk */
    refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EREFUSED, "rollback");
    w->swap = NULL;
    OK(sedge_tuf_client_update(p.client, NOW, NULL, &err));
    stop(&p);
}

/* A newer timestamp, signed, that leads back: to an older snapshot, or to a snapshot with older targets. */
static void rollback_snapshot_and_targets(void **state) {
    world *w = *state;
    const sedge_key *timestamp = w->keys[SEDGE_TUF_TIMESTAMP], *snapshot = w->keys[SEDGE_TUF_SNAPSHOT];
    pair p = start(w);
    forge(w, "timestamp.json", "timestamp.json", "{\"version\":9,\"meta\":{\"snapshot.json\":{\"version\":1}}}",
          &timestamp, 1);
    refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EREFUSED, "snapshot 1 after 2 (a rollback");

    char path[SEDGE_PATH_MAX];
    forge(w, NULL, "2.snapshot.json", "{\"version\":3,\"meta\":{\"targets.json\":{\"version\":1}}}", &snapshot, 1);
    OK(sedge_path_format(path, &err, "%s/3.snapshot.json", w->hub));
    OK(sedge_file_write_atomic(NULL, path, sedge_buf_bytes(&w->with), 0600, &err));
    forge(w, "timestamp.json", "timestamp.json", "{\"version\":9,\"meta\":{\"snapshot.json\":{\"version\":3}}}",
          &timestamp, 1);
    refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EREFUSED, "targets.json 1 after 2 (a rollback");

    forge(w, NULL, "2.snapshot.json", "{\"version\":3,\"meta\":{\"other.json\":{\"version\":1}}}", &snapshot, 1);
    OK(sedge_file_write_atomic(NULL, path, sedge_buf_bytes(&w->with), 0600, &err));
    w->swap = NULL;
    refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EREFUSED, "timestamp 2 after 9");
    sedge_tuf_client_free(p.client);
    p.client = open_client(w);
    forge(w, "timestamp.json", "timestamp.json", "{\"version\":10,\"meta\":{\"snapshot.json\":{\"version\":3}}}",
          &timestamp, 1);
    refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EINVALID, "targets.json");
    stop(&p);
}

static void freeze(void **state) {
    world *w = *state;
    pair p = start(w);
    OK(sedge_tuf_client_update(p.client, NOW + 2 * DAY - 1000, NULL, &err));
    refused(sedge_tuf_client_update(p.client, NOW + 2 * DAY, NULL, &err), SEDGE_EREFUSED, "timestamp 2 expired");
    sedge_tuf_client_free(p.client);
    p.client = open_client(w);
    refused(sedge_tuf_client_update(p.client, NOW + 2 * DAY, NULL, &err), SEDGE_EREFUSED, "freeze");
    bool changed = false;
    OK(sedge_tuf_repo_refresh(p.repo, NOW + 2 * DAY, &changed, &err));
    assert_true(changed);
    OK(sedge_tuf_client_update(p.client, NOW + 2 * DAY, NULL, &err));
    OK(sedge_tuf_repo_refresh(p.repo, NOW + 2 * DAY, &changed, &err));
    assert_false(changed);
    stop(&p);
}

/* A device without a clock: what it has seen signed is the earliest that it can be. */
static void freeze_with_a_clock_of_1970(void **state) {
    world *w = *state;
    pair p = start(w);
    keep_file(w, "timestamp.json", "old");
    assert_int_equal(sedge_tuf_client_issued_ms(p.client), NOW);
    publish(p.repo, "pump/8.bundle", 8, NOW + 5 * DAY);
    OK(sedge_tuf_client_update(p.client, 0, NULL, &err));
    assert_int_equal(sedge_tuf_client_issued_ms(p.client), NOW + 5 * DAY);
    const sedge_key *key = w->keys[SEDGE_TUF_TIMESTAMP];
    forge(w, "timestamp.json", "timestamp.json", "{\"version\":9,\"expires\":\"2026-11-25T00:00:00Z\"}", &key, 1);
    refused(sedge_tuf_client_update(p.client, 0, NULL, &err), SEDGE_EREFUSED, "freeze");
    stop(&p);
}

static void expired_snapshot_targets_and_root(void **state) {
    world *w = *state;
    sedge_tuf_repo_options o = repo_options(w);
    o.lifetime_ms[SEDGE_TUF_SNAPSHOT] = DAY;
    sedge_tuf_repo *repo;
    static const struct {
        sedge_tuf_role role;
        const char *words;
    } rows[] = { { SEDGE_TUF_SNAPSHOT, "snapshot 1 expired" },
                 { SEDGE_TUF_TARGETS, "targets 1 expired" },
                 { SEDGE_TUF_ROOT, "root 1 expired" } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        OK(sedge_dir_remove_tree(NULL, w->hub, &err));
        OK(sedge_dir_remove_tree(NULL, w->device, &err));
        for (int r = 0; r < SEDGE_TUF_ROLES; r++)
            o.lifetime_ms[r] = 100 * DAY;
        o.lifetime_ms[rows[i].role] = DAY;
        OK(sedge_tuf_repo_open(&o, NOW, &repo, &err));
        sedge_buf_clear(&w->first_root);
        OK(sedge_tuf_repo_first_root(repo, &w->first_root, &err));
        sedge_auto(sedge_tuf_client) client = open_client(w);
        refused(sedge_tuf_client_update(client, NOW + DAY, NULL, &err), SEDGE_EREFUSED, rows[i].words);
        OK(sedge_tuf_repo_refresh(repo, NOW + DAY, NULL, &err));
        OK(sedge_tuf_client_update(client, NOW + DAY, NULL, &err));
        sedge_tuf_repo_free(repo);
    }
}

/* Parts of different moments do not go together, even when each is signed. */
static void mix_and_match(void **state) {
    world *w = *state;
    pair p = start(w);
    keep_file(w, "2.snapshot.json", "snapshot");
    keep_file(w, "2.targets.json", "targets");
    publish(p.repo, "pump/8.bundle", 8, NOW);
    replay(w, "3.snapshot.json", "snapshot");
    refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EREFUSED, "mix-and-match");
    replay(w, "3.targets.json", "targets");
    refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EREFUSED, "mix-and-match");
    w->swap = NULL;
    OK(sedge_tuf_client_update(p.client, NOW, NULL, &err));
    stop(&p);
}

static void endless_data(void **state) {
    world *w = *state;
    pair p = start(w);
    static const char *const names[] = { "2.root.json", "timestamp.json", "3.snapshot.json", "3.targets.json" };
    publish(p.repo, "pump/8.bundle", 8, NOW);
    for (size_t i = 0; i < SEDGE_COUNT(names); i++) {
        w->swap = names[i];
        sedge_buf_clear(&w->with);
        memset(sedge_buf_add(&w->with, SEDGE_TUF_TARGETS_BYTES_MAX - 1), ' ', SEDGE_TUF_TARGETS_BYTES_MAX - 1);
        refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_ELIMIT, names[i]);
    }
    w->swap = NULL;
    OK(sedge_tuf_client_update(p.client, NOW, NULL, &err));
    stop(&p);
}

static void wrong_key(void **state) {
    world *w = *state;
    pair p = start(w);
    static const struct {
        sedge_tuf_role role;
        const char *name, *published, *changes;
    } rows[] = { { SEDGE_TUF_TIMESTAMP, "timestamp.json", "timestamp.json", "{\"version\":9}" },
                 { SEDGE_TUF_ROOT, "2.root.json", "1.root.json", "{\"version\":2}" } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        for (int r = 0; r < SEDGE_TUF_ROLES; r++) {
            const sedge_key *keys[] = { w->others[r], w->keys[r] };
            bool right = r == (int)rows[i].role;
            forge(w, rows[i].name, rows[i].published, rows[i].changes, keys, right ? 1 : 2);
            refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EREFUSED, "0 good signatures");
        }
    }
    stop(&p);
}

/* A root whose timestamp role needs 2 of 3 keys, one of them of a kind that we do not know. */
static void threshold(void **state) {
    world *w = *state;
    sedge_tuf_repo *repo = open_repo(w, NOW);
    char a[SEDGE_DIGEST_HEX_MAX], b[SEDGE_DIGEST_HEX_MAX], path[SEDGE_PATH_MAX];
    const sedge_key *root = w->keys[SEDGE_TUF_ROOT], *ka = w->keys[SEDGE_TUF_TIMESTAMP],
                    *kb = w->others[SEDGE_TUF_TIMESTAMP];
    json_t *key_a = sedge_tuf_key_json(ka, a), *key_b = sedge_tuf_key_json(kb, b);
    SEDGE_AUTO_JSON json_t *doc = NULL;
    OK(sedge_path_format(path, &err, "%s/1.root.json", w->hub));
    OK(sedge_json_load_file(NULL, path, &SEDGE_JSON_LIMITS, &doc, &err));
    json_t *body = json_object_get(doc, "signed"), *keys = json_object_get(body, "keys");
    const char *unknown = "2b5cdbbcbd3d2e1c7a1c2a0a7ae5b4e4d1e2d1c4dbf8c0f7ee0f6d6a6f9f6e21";
    json_object_set_new(keys, a, key_a);
    json_object_set_new(keys, b, key_b);
    json_object_set_new(json_object_get(body, "roles"), "timestamp",
                        json_pack("{s:[s,s,s], s:i}", "keyids", a, b, unknown, "threshold", 2));
    json_object_set_new(body, "later_field", json_pack("[i]", 1)); /* signed, so it must be part of what is verified */
    sedge_buf_clear(&w->first_root);
    OK(sedge_tuf_sign(body, &root, 1, &w->first_root, &err));
    sedge_auto(sedge_tuf_client) client = open_client(w);
    const sedge_key *one[] = { ka }, *same[] = { ka, ka }, *two[] = { ka, kb };
    refused(sedge_tuf_client_update(client, NOW, NULL, &err), SEDGE_EREFUSED, "1 good signatures");
    forge(w, "timestamp.json", "timestamp.json", "{\"version\":2}", one, 1);
    refused(sedge_tuf_client_update(client, NOW, NULL, &err), SEDGE_EREFUSED, "1 good signatures");
    forge(w, "timestamp.json", "timestamp.json", "{\"version\":2}", same, 2);
    refused(sedge_tuf_client_update(client, NOW, NULL, &err), SEDGE_EREFUSED, "1 good signatures");
    forge(w, "timestamp.json", "timestamp.json", "{\"version\":2}", two, 2);
    OK(sedge_tuf_client_update(client, NOW, NULL, &err));
    sedge_tuf_repo_free(repo);
}

static void unknown_keys_in_the_root(void **state) {
    world *w = *state;
    sedge_tuf_repo *repo = open_repo(w, NOW);
    const sedge_key *root = w->keys[SEDGE_TUF_ROOT];
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_JSON json_t *doc = NULL;
    OK(sedge_path_format(path, &err, "%s/1.root.json", w->hub));
    OK(sedge_json_load_file(NULL, path, &SEDGE_JSON_LIMITS, &doc, &err));
    json_t *body = json_object_get(doc, "signed");
    /* the digest of {"keytype":"rsa","keyval":{"public":"x"},"scheme":"rsassa-pss-sha256"} */
    static const char text[] = "{\"keytype\":\"rsa\",\"keyval\":{\"public\":\"x\"},\"scheme\":\"rsassa-pss-sha256\"}";
    sedge_digest digest;
    char id[SEDGE_DIGEST_HEX_MAX];
    OK(sedge_digest_of(sedge_bytes_text(text), &digest, &err));
    sedge_digest_hex(&digest, id);
    json_object_set_new(json_object_get(body, "keys"), id, json_loads(text, 0, NULL));
    sedge_buf_clear(&w->first_root);
    OK(sedge_tuf_sign(body, &root, 1, &w->first_root, &err));
    sedge_tuf_client *client = open_client(w);
    OK(sedge_tuf_client_update(client, NOW, NULL, &err));
    sedge_tuf_client_free(client);
    OK(sedge_dir_remove_tree(NULL, w->device, &err));
    id[0] = id[0] == '0' ? '1' : '0'; /* the wrong id for a key */
    json_object_set_new(json_object_get(body, "keys"), id, json_loads(text, 0, NULL));
    sedge_buf_clear(&w->first_root);
    OK(sedge_tuf_sign(body, &root, 1, &w->first_root, &err));
    sedge_tuf_client_options o = { .dir = w->device, .root = sedge_buf_bytes(&w->first_root) };
    refused(sedge_tuf_client_open(&o, &client, &err), SEDGE_EREFUSED, "key id");
    sedge_tuf_repo_free(repo);
}

static void keys_are_replaced(void **state) {
    world *w = *state;
    pair p = start(w);
    for (sedge_tuf_role role = 0; role < SEDGE_TUF_ROLES; role++) {
        sedge_tuf_repo_free(p.repo);
        sedge_key *old = w->keys[role];
        w->keys[role] = w->others[role];
        w->others[role] = old;
        sedge_tuf_repo_options o = repo_options(w);
        if (role == SEDGE_TUF_ROOT) {
            refused(sedge_tuf_repo_open(&o, NOW, &p.repo, &err), SEDGE_EREFUSED, "give the old one");
            o.previous_root = old;
        }
        OK(sedge_tuf_repo_open(&o, NOW, &p.repo, &err));
        OK(sedge_tuf_client_update(p.client, NOW, NULL, &err));
        assert_int_equal(sedge_tuf_client_version(p.client, SEDGE_TUF_ROOT), role + 2);
    }
    sedge_tuf_target t;
    OK(sedge_tuf_client_target(p.client, "pump/7.bundle", &t, &err));
    sedge_tuf_client_free(p.client);
    OK(sedge_dir_remove_tree(NULL, w->device, &err));
    p.client = open_client(w); /* a device that starts with the first root follows the whole chain */
    OK(sedge_tuf_client_update(p.client, NOW, NULL, &err));
    assert_int_equal(sedge_tuf_client_version(p.client, SEDGE_TUF_ROOT), 5);
    stop(&p);
}

/* Somebody had the timestamp key and signed a huge version: a new key makes the device forget it. */
static void fast_forward_recovery(void **state) {
    world *w = *state;
    pair p = start(w);
    const sedge_key *key = w->keys[SEDGE_TUF_TIMESTAMP];
    forge(w, "timestamp.json", "timestamp.json", "{\"version\":1000000}", &key, 1);
    OK(sedge_tuf_client_update(p.client, NOW, NULL, &err));
    w->swap = NULL;
    refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_EREFUSED, "rollback");
    sedge_tuf_repo_free(p.repo);
    sedge_key *old = w->keys[SEDGE_TUF_TIMESTAMP];
    w->keys[SEDGE_TUF_TIMESTAMP] = w->others[SEDGE_TUF_TIMESTAMP];
    w->others[SEDGE_TUF_TIMESTAMP] = old;
    p.repo = open_repo(w, NOW);
    OK(sedge_tuf_client_update(p.client, NOW, NULL, &err));
    assert_int_equal(sedge_tuf_client_version(p.client, SEDGE_TUF_TIMESTAMP), 3);
    stop(&p);
}

static void interrupted_update_goes_on(void **state) {
    world *w = *state;
    pair p = start(w);
    publish(p.repo, "pump/8.bundle", 8, NOW);
    static const char *const names[] = { "2.root.json", "timestamp.json", "3.snapshot.json", "3.targets.json" };
    sedge_tuf_target t;
    for (size_t i = 0; i < SEDGE_COUNT(names); i++) {
        w->lost = names[i];
        refused(sedge_tuf_client_update(p.client, NOW, NULL, &err), SEDGE_ENETWORK, names[i]);
        refused(sedge_tuf_client_target(p.client, "pump/7.bundle", &t, &err), SEDGE_EREFUSED, "update");
        sedge_tuf_client_free(p.client);
        p.client = open_client(w);
    }
    w->lost = NULL;
    bool changed = false;
    OK(sedge_tuf_client_update(p.client, NOW, &changed, &err));
    assert_true(changed);
    OK(sedge_tuf_client_target(p.client, "pump/8.bundle", &t, &err));
    stop(&p);
}

static void target_names(void **state) {
    (void)state;
    char file[SEDGE_TUF_PATH_MAX + SEDGE_DIGEST_HEX_MAX];
    sedge_digest d = { { 0xab } };
    OK(sedge_tuf_target_file("pump/7.bundle", &d, file, &err));
    assert_string_equal(file, "pump/ab00000000000000000000000000000000000000000000000000000000000000.7.bundle");
    OK(sedge_tuf_target_file("x", &d, file, &err));
    assert_string_equal(file, "ab00000000000000000000000000000000000000000000000000000000000000.x");
    static const char *const bad[] = { "", "/x", "x/", "a//b", "a/../b", "..", "./a", "a b", "a/." };
    for (size_t i = 0; i < SEDGE_COUNT(bad); i++)
        assert_false(sedge_tuf_is_path(bad[i]));
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(install),
        IN_A_WORLD(rollback_timestamp),
        IN_A_WORLD(rollback_snapshot_and_targets),
        IN_A_WORLD(freeze),
        IN_A_WORLD(freeze_with_a_clock_of_1970),
        IN_A_WORLD(expired_snapshot_targets_and_root),
        IN_A_WORLD(mix_and_match),
        IN_A_WORLD(endless_data),
        IN_A_WORLD(wrong_key),
        IN_A_WORLD(threshold),
        IN_A_WORLD(unknown_keys_in_the_root),
        IN_A_WORLD(keys_are_replaced),
        IN_A_WORLD(fast_forward_recovery),
        IN_A_WORLD(interrupted_update_goes_on),
        IN_A_WORLD(target_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
