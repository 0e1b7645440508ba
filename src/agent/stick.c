/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/stick.h"

#include <string.h>

#include "base/format.h"
#include "bundle/bundle.h"
#include "bundle/policy.h"
#include "bundle/tuf_client.h"

enum { PROBATION_MS = 60000 };

sedge_status sedge_stick_model(const sedge_stick *stick, char ret[SEDGE_ROLLOUT_MAX], sedge_error *err) {
    sedge_auto(sedge_bundle) bundle = NULL;
    sedge_status st = sedge_bundle_open_file(stick->fs, stick->bundle, &bundle, err);
    if (!st)
        sedge_format(ret, SEDGE_ROLLOUT_MAX, "%s", sedge_bundle_manifest(bundle)->model);
    return st;
}

/** Metadata from a folder: the one brought along, or the trusted one, where names carry no version. */
static sedge_status fetch_file(void *ctx, const char *name, size_t limit, sedge_buf *out, sedge_error *err) {
    const sedge_stick *stick = ctx;
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    const char *plain = name + strspn(name, "0123456789");
    if (!stick->metadata && strstr(name, "root.json"))
        return sedge_fail(err, SEDGE_ENOTFOUND, "no newer root");
    sedge_status st = sedge_path_format(path, err, "%s/%s", stick->metadata ? stick->metadata : stick->tuf_dir,
                                        stick->metadata || *plain != '.' ? name : plain + 1);
    if (!st)
        st = sedge_file_read(stick->fs, path, limit, &data, &n, err);
    if (!st)
        sedge_buf_put(out, data, n);
    return st;
}

static uint64_t custom_number(const json_t *custom, const char *key) {
    const json_t *value = json_object_get(custom, key);
    return json_is_integer(value) && json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0;
}

static sedge_status check_target(const sedge_manifest *m, const sedge_digest *digest, uint64_t size,
                                 const sedge_tuf_target *target, const sedge_slots *slots, sedge_error *err) {
    const sedge_installed *runs = sedge_intent_current(&slots->intent);
    if (target->length != size || !sedge_digest_equal(&target->sha256, digest))
        return sedge_fail(err, SEDGE_EREFUSED, "the file is not the bundle that was signed for release %llu",
                          (unsigned long long)m->release);
    switch (sedge_install_decide(runs ? runs->release : 0, slots->intent.floor, m->release,
                                 custom_number(target->custom, "supersedes"))) {
    case SEDGE_INSTALL_SAME:
        return sedge_fail(err, SEDGE_ECONFLICT, "release %llu runs already", (unsigned long long)m->release);
    case SEDGE_INSTALL_REFUSED:
        return sedge_fail(err, SEDGE_EREFUSED, "release %llu is older than what runs and not signed as a roll-back",
                          (unsigned long long)m->release);
    case SEDGE_INSTALL_UPGRADE:
    case SEDGE_INSTALL_ROLLBACK:
        break;
    }
    return SEDGE_OK;
}

static sedge_status look_up(const sedge_stick *stick, const char *path, sedge_tuf_client **ret_client,
                            sedge_tuf_target *ret, sedge_error *err) {
    sedge_auto(sedge_tuf_client) client = NULL;
    if (stick->root.n == 0)
        return sedge_fail(err, SEDGE_EREFUSED, "this device is not enrolled: it trusts no metadata yet");
    sedge_tuf_client_options o = { .fs = stick->fs,
                                   .dir = stick->tuf_dir,
                                   .root = stick->root,
                                   .fetch = fetch_file,
                                   .fetch_ctx = (void *)(uintptr_t)stick };
    sedge_status st = sedge_tuf_client_open(&o, &client, err);
    if (!st)
        st = sedge_tuf_client_update(client, stick->metadata ? stick->now_ms : sedge_tuf_client_issued_ms(client), NULL,
                                     err);
    if (!st)
        st = sedge_tuf_client_target(client, path, ret, err);
    if (!st)
        *ret_client = SEDGE_STEAL(client);
    return st ? sedge_wrap(err, st, "update metadata") : SEDGE_OK;
}

static sedge_status copy_in(const sedge_stick *stick, const sedge_slots *slots, const sedge_installed *what,
                            char ret[SEDGE_PATH_MAX], sedge_error *err) {
    sedge_digest digest;
    char hex[SEDGE_DIGEST_HEX_MAX];
    sedge_status st = sedge_path_format(ret, err, "%s/incoming/%s", slots->dir, what->digest);
    if (!st)
        st = sedge_file_copy(stick->fs, stick->bundle, ret, SEDGE_BUNDLE_BYTES_MAX, err);
    if (!st)
        st = sedge_digest_file(stick->fs, ret, &digest, NULL, err);
    if (st)
        return st;
    sedge_digest_hex(&digest, hex);
    return strcmp(hex, what->digest) == 0
               ? SEDGE_OK
               : sedge_fail(err, SEDGE_EREFUSED, "'%s' changed while it was read", stick->bundle);
}

sedge_status sedge_stick_take(const sedge_stick *stick, const sedge_slots *slots, sedge_installed *ret,
                              char ret_path[SEDGE_PATH_MAX], sedge_error *err) {
    sedge_auto(sedge_bundle) bundle = NULL;
    sedge_auto(sedge_tuf_client) client = NULL;
    sedge_tuf_target target;
    char path[SEDGE_TUF_PATH_MAX];
    sedge_status st = sedge_bundle_open_file(stick->fs, stick->bundle, &bundle, err);
    if (st)
        return st;
    const sedge_manifest *m = sedge_bundle_manifest(bundle);
    sedge_format(path, sizeof path, "%s/%llu.bundle", m->model, (unsigned long long)m->release);
    st = look_up(stick, path, &client, &target, err);
    if (!st)
        st = check_target(m, sedge_bundle_digest(bundle), sedge_bundle_size(bundle), &target, slots, err);
    if (st)
        return st;
    sedge_installed what = { .release = m->release, .probation_ms = PROBATION_MS };
    sedge_digest_hex(sedge_bundle_digest(bundle), what.digest);
    st = copy_in(stick, slots, &what, ret_path, err);
    if (!st)
        *ret = what;
    return st;
}
