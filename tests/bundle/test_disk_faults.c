/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th call to the disk fails, for every n: once (no space left) or for good (the power is gone). Whatever happens,
 * what was there before still works, and trying again succeeds. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../include/sedge_test.h"
#include "bundle/bundle.h"
#include "bundle/tuf_client.h"
#include "bundle/tuf_repo.h"
#include "os/file.h"
#include "os/fs_double.h"

#define NOW 1795400000000LL

typedef struct place {
    char dir[64], hub[96], device[96], slot[96];
    sedge_key *keys[SEDGE_TUF_ROLES];
    sedge_buf root;
} place;

static sedge_error err;

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        if ((call) != SEDGE_OK)                                                                                        \
            fail_msg("%s: %s", #call, err.text);                                                                       \
    } while (0)

/* The machine's files without waiting for the platter: the test is about who says what, thousands of times. */
static sedge_fs quick;

static int no_fsync(const sedge_fs *fs, int fd) {
    (void)fs, (void)fd;
    return 0;
}

static int no_fsync_dir(const sedge_fs *fs, const char *path) {
    (void)fs, (void)path;
    return 0;
}

static int make(void **state) {
    quick = *sedge_fs_os();
    quick.fsync = no_fsync;
    quick.fsync_dir = no_fsync_dir;
    place *p = calloc(1, sizeof *p);
    strcpy(p->dir, "/tmp/sedge-faults-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->hub, sizeof p->hub, "%s/hub", p->dir);
    snprintf(p->device, sizeof p->device, "%s/device", p->dir);
    snprintf(p->slot, sizeof p->slot, "%s/slot", p->dir);
    p->root = sedge_buf_init(SEDGE_TUF_ROOT_BYTES_MAX);
    for (int i = 0; i < SEDGE_TUF_ROLES; i++)
        OK(sedge_key_generate(SEDGE_KEY_ED25519, &p->keys[i], &err));
    *state = p;
    return 0;
}

static int drop(void **state) {
    place *p = *state;
    OK(sedge_dir_remove_tree(NULL, p->dir, &err));
    for (int i = 0; i < SEDGE_TUF_ROLES; i++)
        sedge_key_free(p->keys[i]);
    sedge_buf_done(&p->root);
    free(p);
    return 0;
}

/* One round of a torture: which call fails and how. */
typedef struct fault {
    sedge_fs_double disk;
    size_t n;
    bool power_gone;
} fault;

static void fault_begin(fault *f, size_t n, bool power_gone) {
    sedge_fs_double_init(&f->disk, &quick);
    f->disk.fail_at = n;
    f->disk.error = ENOSPC;
    f->disk.stop = power_gone;
    f->disk.short_writes = true;
    f->n = n;
    f->power_gone = power_gone;
}

/* Was there a call to fail? Then the work must have said so. */
static bool fault_end(fault *f, sedge_status st) {
    bool failed = f->disk.failed;
    sedge_fs_double_done(&f->disk);
    if (failed && st == SEDGE_OK)
        fail_msg("call %zu failed and nobody said so", f->n);
    if (!failed && st != SEDGE_OK)
        fail_msg("nothing failed, but: %s", err.text);
    return failed;
}

#define FOR_EACH_FAULT()                                                                                               \
    for (int power = 0; power < 2; power++)                                                                            \
        for (size_t n = 0, more = 1; more; n++)

static void unpack(void **state) {
    place *p = *state;
    static const sedge_bundle_input files[] = { { "model.tflite", SEDGE_ROLE_MODEL, { (const uint8_t *)"model", 5 } },
                                                { "features.bin", SEDGE_ROLE_FEATURES, { (const uint8_t *)"f", 1 } },
                                                { "golden.bin", SEDGE_ROLE_GOLDEN, { (const uint8_t *)"g", 1 } } };
    sedge_bundle_spec spec = { .model = "pump", .release = 7, .files = files, .n_files = 3 };
    SEDGE_AUTO_BUF bytes = sedge_buf_init(1 << 20);
    sedge_auto(sedge_bundle) b = NULL;
    OK(sedge_bundle_write(&spec, &bytes, &err));
    OK(sedge_bundle_open_bytes(sedge_buf_bytes(&bytes), &b, &err));
    FOR_EACH_FAULT() {
        fault f;
        fault_begin(&f, n, power);
        sedge_status st = sedge_bundle_unpack(b, &f.disk.fs, p->slot, &err);
        more = fault_end(&f, st);
        sedge_auto(sedge_bundle) there = NULL;
        if (!more)
            OK(sedge_bundle_open_folder(NULL, p->slot, &there, &err));
        else if (sedge_bundle_open_folder(NULL, p->slot, &there, &err) == SEDGE_OK)
            assert_int_equal(sedge_bundle_manifest(there)->release, 7);
    }
}

/* ---- update metadata ---- */

static sedge_tuf_repo_options repo_options(place *p, const sedge_fs *fs) {
    sedge_tuf_repo_options o = { .fs = fs, .dir = p->hub };
    for (int i = 0; i < SEDGE_TUF_ROLES; i++)
        o.keys[i] = p->keys[i];
    return o;
}

static sedge_status add(sedge_tuf_repo *repo, uint64_t release) {
    char path[32];
    snprintf(path, sizeof path, "pump/%u.bundle", (unsigned)release);
    sedge_tuf_target t = { .length = release };
    return sedge_tuf_repo_add(repo, path, &t, NOW, &err);
}

static sedge_status fetch(void *ctx, const char *name, size_t limit, sedge_buf *out, sedge_error *e) {
    place *p = ctx;
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st;
    if ((st = sedge_path_format(path, e, "%s/%s", p->hub, name)) ||
        (st = sedge_file_read(NULL, path, limit, &data, &n, e)))
        return st;
    sedge_buf_put(out, data, n);
    return SEDGE_OK;
}

static sedge_status open_client(place *p, const sedge_fs *fs, sedge_tuf_client **ret) {
    sedge_tuf_client_options o = {
        .fs = fs, .dir = p->device, .root = sedge_buf_bytes(&p->root), .fetch = fetch, .fetch_ctx = p
    };
    return sedge_tuf_client_open(&o, ret, &err);
}

/* A hub with release 7 of the pump, anew; the device has seen nothing of it. */
static void fresh_hub(place *p) {
    OK(sedge_dir_remove_tree(NULL, p->hub, &err));
    OK(sedge_dir_remove_tree(NULL, p->device, &err));
    sedge_auto(sedge_tuf_repo) repo = NULL;
    sedge_tuf_repo_options o = repo_options(p, &quick);
    OK(sedge_tuf_repo_open(&o, NOW, &repo, &err));
    OK(add(repo, 7));
    sedge_buf_clear(&p->root);
    OK(sedge_tuf_repo_first_root(repo, &p->root, &err));
}

/* A device that comes now gets a whole set with release 7, and 8 or not. */
static bool device_sees_8(place *p) {
    sedge_auto(sedge_tuf_client) client = NULL;
    sedge_tuf_target t;
    OK(open_client(p, &quick, &client));
    OK(sedge_tuf_client_update(client, NOW, NULL, &err));
    OK(sedge_tuf_client_target(client, "pump/7.bundle", &t, &err));
    return sedge_tuf_client_target(client, "pump/8.bundle", &t, &err) == SEDGE_OK;
}

static sedge_status open_and_add_8(place *p, const sedge_fs *fs) {
    sedge_auto(sedge_tuf_repo) repo = NULL;
    sedge_tuf_repo_options o = repo_options(p, fs);
    sedge_status st = sedge_tuf_repo_open(&o, NOW, &repo, &err);
    return st ? st : add(repo, 8);
}

static void publish(void **state) {
    place *p = *state;
    FOR_EACH_FAULT() {
        fault f;
        fresh_hub(p);
        fault_begin(&f, n, power);
        more = fault_end(&f, open_and_add_8(p, &f.disk.fs));
        bool sees = device_sees_8(p);
        assert_true(more || sees);
        OK(open_and_add_8(p, &quick));
        assert_true(device_sees_8(p));
    }
}

/* The same repository goes on after a failure that passes. */
static void publish_again(void **state) {
    place *p = *state;
    for (size_t n = 0, more = 1; more; n++) {
        fault f;
        fresh_hub(p);
        fault_begin(&f, SIZE_MAX, false);
        sedge_tuf_repo_options o = repo_options(p, &f.disk.fs);
        sedge_auto(sedge_tuf_repo) repo = NULL;
        OK(sedge_tuf_repo_open(&o, NOW, &repo, &err));
        f.disk.fail_at = f.disk.calls + n;
        sedge_status st = add(repo, 8);
        more = f.disk.failed;
        assert_true(more ? st != SEDGE_OK : st == SEDGE_OK);
        f.disk.fail_at = SIZE_MAX;
        OK(add(repo, 8));
        assert_true(device_sees_8(p));
        sedge_fs_double_done(&f.disk);
    }
}

static void first_start(void **state) {
    place *p = *state;
    FOR_EACH_FAULT() {
        fault f;
        OK(sedge_dir_remove_tree(NULL, p->hub, &err));
        OK(sedge_dir_remove_tree(NULL, p->device, &err));
        fault_begin(&f, n, power);
        more = fault_end(&f, open_and_add_8(p, &f.disk.fs));
        OK(open_and_add_8(p, &quick));
        sedge_auto(sedge_tuf_repo) repo = NULL;
        sedge_tuf_repo_options o = repo_options(p, &quick);
        OK(sedge_tuf_repo_open(&o, NOW, &repo, &err));
        sedge_buf_clear(&p->root);
        OK(sedge_tuf_repo_first_root(repo, &p->root, &err));
        OK(add(repo, 7));
        assert_true(device_sees_8(p));
    }
}

static sedge_status device_updates(place *p, const sedge_fs *fs) {
    sedge_auto(sedge_tuf_client) client = NULL;
    sedge_status st = open_client(p, fs, &client);
    return st ? st : sedge_tuf_client_update(client, NOW, NULL, &err);
}

static void device(void **state) {
    place *p = *state;
    FOR_EACH_FAULT() {
        fault f;
        fresh_hub(p);
        OK(device_updates(p, &quick));
        OK(open_and_add_8(p, &quick));
        fault_begin(&f, n, power);
        sedge_status st = device_updates(p, &f.disk.fs);
        /* trusted metadata that cannot be read counts as absent and is fetched again: not every fault is a failure */
        more = f.disk.failed;
        sedge_fs_double_done(&f.disk);
        assert_true(more || st == SEDGE_OK);
        assert_true(device_sees_8(p));
    }
}

static void keys(void **state) {
    place *p = *state;
    FOR_EACH_FAULT() {
        sedge_key *made[SEDGE_TUF_ROLES];
        fault f;
        OK(sedge_dir_remove_tree(NULL, p->hub, &err));
        OK(sedge_dir_make(NULL, p->hub, 0700, &err));
        fault_begin(&f, n, power);
        sedge_status st = sedge_tuf_keys_load(&f.disk.fs, p->hub, made, &err);
        more = fault_end(&f, st);
        if (st)
            OK(sedge_tuf_keys_load(&quick, p->hub, made, &err));
        for (int i = 0; i < SEDGE_TUF_ROLES; i++)
            sedge_key_free(made[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(unpack),        cmocka_unit_test(publish),
                                        cmocka_unit_test(publish_again), cmocka_unit_test(first_start),
                                        cmocka_unit_test(device),        cmocka_unit_test(keys) };
    return cmocka_run_group_tests(tests, make, drop);
}
