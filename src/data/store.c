/* SPDX-License-Identifier: Apache-2.0 */
#include "data/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "os/lock.h"

enum { LINE_MAX_BYTES = SEDGE_DIGEST_TEXT_MAX + 24, SHORT_MIN = 6 };

sedge_status sedge_store_open(const sedge_fs *fs, const char *dir, bool create, sedge_store *ret, sedge_error *err) {
    sedge_store store = { .fs = fs };
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(store.dir, err, "%s", dir);
    if (!st && !create && !sedge_file_exists(fs, dir))
        return sedge_fail(err, SEDGE_ENOTFOUND, "%s: there is no store; sedge data add makes one", dir);
    if (!st)
        st = sedge_path_format(path, err, "%s/objects", dir);
    if (!st && create)
        st = sedge_dir_make(fs, path, 0755, err);
    if (!st)
        st = sedge_path_format(path, err, "%s/sets", dir);
    if (!st && create)
        st = sedge_dir_make(fs, path, 0755, err);
    if (st)
        return sedge_wrap(err, st, "store %s", dir);
    *ret = store;
    return SEDGE_OK;
}

sedge_status sedge_store_check_name(const char *name, sedge_error *err) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t n = strlen(name);
    if (n && n < SEDGE_STORE_NAME_MAX && name[0] != '.' && !name[strspn(name, allowed)])
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUSAGE,
                      "'%.80s' is no name for a data set: 1 to %d letters, digits, '-', '_' and '.', the first no '.'",
                      name, SEDGE_STORE_NAME_MAX - 1);
}

sedge_status sedge_store_object_path(const sedge_store *store, const sedge_digest *digest, char ret[SEDGE_PATH_MAX],
                                     sedge_error *err) {
    char hex[SEDGE_DIGEST_HEX_MAX];
    sedge_digest_hex(digest, hex);
    return sedge_path_format(ret, err, "%s/objects/%.2s/%s", store->dir, hex, hex + 2);
}

sedge_status sedge_store_prepare(const sedge_store *store, const sedge_digest *digest, char ret[SEDGE_PATH_MAX],
                                 sedge_error *err) {
    char folder[SEDGE_PATH_MAX];
    sedge_status st = sedge_store_object_path(store, digest, ret, err);
    if (!st)
        st = sedge_path_parent(folder, ret, err);
    return st ? st : sedge_dir_make(store->fs, folder, 0755, err);
}

bool sedge_store_has(const sedge_store *store, const sedge_digest *digest) {
    char path[SEDGE_PATH_MAX];
    return !sedge_store_object_path(store, digest, path, NULL) && sedge_file_exists(store->fs, path);
}

static bool is_whole(const sedge_store *store, const sedge_digest *digest) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    return sedge_store_has(store, digest) && sedge_store_get(store, digest, &data, &n, NULL) == SEDGE_OK;
}

sedge_status sedge_store_put(const sedge_store *store, sedge_bytes data, sedge_digest *ret, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_digest digest;
    if (data.n > SEDGE_STORE_OBJECT_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "an object of %zu bytes, the limit is %d", data.n, SEDGE_STORE_OBJECT_MAX);
    sedge_status st = sedge_digest_of(data, &digest, err);
    if (st || (st = sedge_store_prepare(store, &digest, path, err)))
        return st;
    if (!is_whole(store, &digest) && (st = sedge_file_write_atomic(store->fs, path, data, 0444, err)))
        return st;
    *ret = digest;
    return SEDGE_OK;
}

sedge_status sedge_store_get(const sedge_store *store, const sedge_digest *digest, uint8_t **ret_data, size_t *ret_n,
                             sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_digest found;
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n = 0;
    sedge_status st = sedge_store_object_path(store, digest, path, err);
    if (st || (st = sedge_file_read(store->fs, path, SEDGE_STORE_OBJECT_MAX, &data, &n, err)) ||
        (st = sedge_digest_of(sedge_bytes_of(data, n), &found, err)))
        return st;
    if (!sedge_digest_equal(&found, digest))
        return sedge_fail(
            err, SEDGE_EINVALID,
            "%s: the object is damaged: its bytes have another digest; remove it, then add or fetch its files again",
            path);
    *ret_data = SEDGE_STEAL(data);
    *ret_n = n;
    return SEDGE_OK;
}

static sedge_status set_path(const sedge_store *store, const char *name, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    sedge_status st = sedge_store_check_name(name, err);
    return st ? st : sedge_path_format(ret, err, "%s/sets/%s", store->dir, name);
}

/** One line of a set's file, without its end. */
static bool parse_version(const char *line, size_t n, sedge_store_version *ret) {
    char text[LINE_MAX_BYTES], *end;
    if (n >= sizeof text || memchr(line, '\0', n))
        return false;
    memcpy(text, line, n);
    text[n] = '\0';
    char *space = strchr(text, ' ');
    if (!space)
        return false;
    *space = '\0';
    ret->added_ms = strtoll(space + 1, &end, 10);
    return space[1] && !*end && sedge_digest_from_text(text, &ret->digest);
}

static sedge_status parse_versions(const char *path, const char *text, size_t n, sedge_store_versions *ret,
                                   sedge_error *err) {
    size_t lines = 0, line = 0;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    SEDGE_AUTO_MEM sedge_store_version *items = calloc(lines + 1, sizeof *items);
    if (!items)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", path);
    for (const char *end; n; n -= (size_t)(end - text) + 1, text = end + 1, line++) {
        end = memchr(text, '\n', n);
        if (!end || !parse_version(text, (size_t)(end - text), &items[line]))
            return sedge_fail(err, SEDGE_EINVALID, "%s: line %zu is damaged", path, line + 1);
    }
    *ret = (sedge_store_versions){ SEDGE_STEAL(items), line };
    return SEDGE_OK;
}

sedge_status sedge_store_list_versions(const sedge_store *store, const char *name, sedge_store_versions *ret,
                                       sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n = 0;
    sedge_status st = set_path(store, name, path, err);
    if (st)
        return st;
    if (!sedge_file_exists(store->fs, path))
        return sedge_fail(err, SEDGE_ENOTFOUND, "store %s has no data set '%s'", store->dir, name);
    if ((st = sedge_file_read(store->fs, path, (size_t)SEDGE_STORE_VERSIONS_MAX * LINE_MAX_BYTES, &data, &n, err)))
        return st;
    return parse_versions(path, (const char *)data, n, ret, err);
}

void sedge_store_versions_done(sedge_store_versions *versions) {
    free(versions->items);
    *versions = (sedge_store_versions){ 0 };
}

static sedge_status write_versions(const sedge_store *store, const char *path, const sedge_store_versions *old,
                                   const sedge_store_version *newest, sedge_error *err) {
    SEDGE_AUTO_BUF text = sedge_buf_init((size_t)SEDGE_STORE_VERSIONS_MAX * LINE_MAX_BYTES);
    for (size_t i = 0; i <= old->n; i++) {
        const sedge_store_version *v = i < old->n ? &old->items[i] : newest;
        char digest[SEDGE_DIGEST_TEXT_MAX];
        sedge_digest_text(&v->digest, digest);
        sedge_buf_printf(&text, "%s %lld\n", digest, (long long)v->added_ms);
    }
    if (text.failed)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: no memory, or more than %d versions", path, SEDGE_STORE_VERSIONS_MAX);
    return sedge_file_write_atomic(store->fs, path, sedge_buf_bytes(&text), 0644, err);
}

static sedge_status add_locked(const sedge_store *store, const char *name, const sedge_store_version *newest,
                               sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_store_versions old = { 0 };
    sedge_status st = set_path(store, name, path, err);
    if (!st && sedge_file_exists(store->fs, path))
        st = sedge_store_list_versions(store, name, &old, err);
    bool same = !st && old.n && sedge_digest_equal(&old.items[old.n - 1].digest, &newest->digest);
    if (!st && !same)
        st = write_versions(store, path, &old, newest, err);
    sedge_store_versions_done(&old);
    return st;
}

sedge_status sedge_store_add_version(const sedge_store *store, const char *name, const sedge_digest *digest,
                                     int64_t now_ms, sedge_error *err) {
    int lock = -1;
    sedge_store_version newest = { *digest, now_ms };
    sedge_status st = sedge_lock_dir(store->dir, &lock, err);
    if (!st)
        st = add_locked(store, name, &newest, err);
    sedge_lock_release(lock);
    return st;
}

sedge_status sedge_store_list_names(const sedge_store *store, sedge_names *ret, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_names all = { 0 };
    sedge_status st = sedge_path_format(path, err, "%s/sets", store->dir);
    if (st || (st = sedge_dir_list(store->fs, path, &all, err)))
        return st;
    size_t kept = 0;
    for (size_t i = 0; i < all.n; i++) { /* temporary files begin with a '.' */
        if (sedge_store_check_name(all.items[i], NULL))
            free(all.items[i]);
        else
            all.items[kept++] = all.items[i];
    }
    all.n = kept;
    *ret = all;
    return SEDGE_OK;
}

static sedge_status resolve_short(const sedge_store *store, const char *name, const char *digits, sedge_digest *ret,
                                  sedge_error *err) {
    sedge_store_versions versions = { 0 };
    sedge_status st = sedge_store_list_versions(store, name, &versions, err);
    if (st)
        return st;
    if (!strncmp(digits, "sha256:", 7))
        digits += 7;
    size_t found = 0;
    for (size_t i = 0; i < versions.n && strlen(digits) >= SHORT_MIN; i++) {
        char hex[SEDGE_DIGEST_HEX_MAX];
        sedge_digest_hex(&versions.items[i].digest, hex);
        if (strncmp(hex, digits, strlen(digits)) || (found && sedge_digest_equal(ret, &versions.items[i].digest)))
            continue;
        *ret = versions.items[i].digest;
        found++;
    }
    sedge_store_versions_done(&versions);
    if (found == 1)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_ENOTFOUND, "data set '%s' has %s version '%.70s'; give at least %d digits", name,
                      found ? "more than one" : "no", digits, SHORT_MIN);
}

sedge_status sedge_store_resolve(const sedge_store *store, const char *ref, sedge_digest *ret, sedge_error *err) {
    if (sedge_digest_from_text(ref, ret))
        return sedge_store_has(store, ret) ? SEDGE_OK
                                           : sedge_fail(err, SEDGE_ENOTFOUND, "store %s has no '%s'", store->dir, ref);
    const char *at = strchr(ref, '@');
    size_t n = at ? (size_t)(at - ref) : strlen(ref);
    char name[SEDGE_STORE_NAME_MAX];
    if (n >= sizeof name)
        return sedge_fail(err, SEDGE_EUSAGE, "'%.80s' names no data set version", ref);
    memcpy(name, ref, n);
    name[n] = '\0';
    if (at)
        return resolve_short(store, name, at + 1, ret, err);
    sedge_store_versions versions = { 0 };
    sedge_status st = sedge_store_list_versions(store, name, &versions, err);
    if (!st && !versions.n)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "data set '%s' has no version", name);
    if (!st)
        *ret = versions.items[versions.n - 1].digest;
    sedge_store_versions_done(&versions);
    return st;
}
