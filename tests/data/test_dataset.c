/* SPDX-License-Identifier: Apache-2.0 */
#include "data/dataset.h"

#include <errno.h>

#include "temp.h"

#include "../include/sedge_test.h"

#define SCHEMA "version: 1\ncolumns:\n  - {name: t, role: time}\n  - {name: p, max: 10}\n"

static sedge_digest added(const sedge_store *store, const char *name, const char *const *paths, size_t n,
                          const char *schema, const sedge_digest *parent) {
    sedge_dataset_add_options o = {
        .name = name, .paths = paths, .n_paths = n, .schema = schema, .parent = parent, .now_ms = 1234
    };
    sedge_digest version = { { 0 } };
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_dataset_add(store, &o, &version, &err))
        fail_msg("%s", err.text);
    return version;
}

static void make_dirs(const char *dir, char store[SEDGE_PATH_MAX]) {
    char sub[SEDGE_PATH_MAX];
    assert_int_equal(sedge_path_format(sub, NULL, "%s/in/sub", dir), SEDGE_OK);
    assert_int_equal(sedge_dir_make(NULL, sub, 0755, NULL), SEDGE_OK);
    assert_int_equal(sedge_path_format(store, NULL, "%s/store", dir), SEDGE_OK);
}

static void versions_are_named_by_content(void **state) {
    (void)state;
    const char *dir = temp_dir();
    char store_dir[SEDGE_PATH_MAX], schema[SEDGE_PATH_MAX];
    make_dirs(dir, store_dir);
    const char *schema_path = temp_file(dir, "schema.yaml", SCHEMA);
    const char *paths[] = { temp_file(dir, "in/b.csv", "t;p\n1;2\n2;3\n"),
                            temp_file(dir, "in/sub/a.csv", "t;p\n5;6\n") };
    sedge_store store;
    assert_int_equal(sedge_store_open(NULL, store_dir, true, &store, NULL), SEDGE_OK);
    sedge_digest first = added(&store, "pump", paths, 2, schema_path, NULL);
    sedge_digest again = added(&store, "pump", paths, 2, schema_path, NULL);
    assert_true(sedge_digest_equal(&first, &again));

    sedge_dataset *d = NULL;
    assert_int_equal(sedge_dataset_load(&store, &first, &d, NULL), SEDGE_OK);
    assert_int_equal(d->n_files, 2);
    assert_string_equal(d->files[0].path, "b.csv");
    assert_string_equal(d->files[1].path, "sub/a.csv");
    assert_int_equal(d->files[0].rows, 2);
    assert_true(d->has_schema && !d->has_parent && d->generation == 0);
    sedge_dataset_free(d);

    const char *more[] = { temp_file(dir, "in/sub/a.csv", "t;p\n5;6\n6;6\n"),
                           temp_file(dir, "in/c.csv", "t;p\n9;9\n") };
    sedge_digest child = added(&store, "pump", more, 2, NULL, &first);
    assert_int_equal(sedge_dataset_load(&store, &child, &d, NULL), SEDGE_OK);
    assert_int_equal(d->n_files, 3); /* b.csv is the parent's, sub/a.csv is new */
    assert_int_equal(d->files[2].rows, 2);
    assert_true(d->has_schema && d->has_parent && d->generation == 1);
    assert_true(sedge_digest_equal(&d->parent, &first));
    sedge_dataset_free(d);
    again = added(&store, "pump", more, 2, NULL, &child);
    assert_true(sedge_digest_equal(&child, &again));

    sedge_names files = { 0 };
    assert_int_equal(sedge_dataset_checkout(&store, &child, &files, schema, NULL), SEDGE_OK);
    assert_int_equal(files.n, 3);
    uint8_t *data = NULL;
    size_t n;
    assert_int_equal(sedge_file_read(NULL, files.items[2], 1000, &data, &n, NULL), SEDGE_OK);
    assert_string_equal((const char *)data, "t;p\n5;6\n6;6\n");
    free(data);
    assert_int_equal(sedge_file_read(NULL, schema, 1000, &data, &n, NULL), SEDGE_OK);
    assert_string_equal((const char *)data, SCHEMA);
    free(data);
    sedge_names_done(&files);

    sedge_digest found;
    char text[SEDGE_DIGEST_TEXT_MAX], ref[SEDGE_DIGEST_TEXT_MAX + 8];
    sedge_digest_text(&first, text);
    assert_int_equal(sedge_store_resolve(&store, "pump", &found, NULL), SEDGE_OK);
    assert_true(sedge_digest_equal(&found, &child));
    assert_int_equal(sedge_store_resolve(&store, text, &found, NULL), SEDGE_OK);
    snprintf(ref, sizeof ref, "pump@%.8s", text + 7);
    assert_int_equal(sedge_store_resolve(&store, ref, &found, NULL), SEDGE_OK);
    assert_true(sedge_digest_equal(&found, &first));
    snprintf(ref, sizeof ref, "pump@%.3s", text + 7);
    assert_int_equal(sedge_store_resolve(&store, ref, &found, NULL), SEDGE_ENOTFOUND);
    assert_int_equal(sedge_store_resolve(&store, "pipe", &found, NULL), SEDGE_ENOTFOUND);
    assert_int_equal(sedge_store_resolve(&store, "../x", &found, NULL), SEDGE_EUSAGE);
    temp_remove(dir);
}

static void what_is_refused(void **state) {
    (void)state;
    const char *dir = temp_dir();
    char store_dir[SEDGE_PATH_MAX];
    make_dirs(dir, store_dir);
    const char *schema = temp_file(dir, "schema.yaml", SCHEMA);
    const char *bad = temp_file(dir, "in/bad.csv", "t;p\n1;2\n2;30\n"), *empty = temp_file(dir, "in/empty.csv", "");
    const char *good = temp_file(dir, "in/a.csv", "t;p\n1;2\n"), *missing = "/nowhere/a.csv";
    sedge_store store;
    assert_int_equal(sedge_store_open(NULL, store_dir, false, &store, NULL), SEDGE_ENOTFOUND);
    assert_int_equal(sedge_store_open(NULL, store_dir, true, &store, NULL), SEDGE_OK);
    const struct {
        const char *name, *path, *schema, *words;
        sedge_status status;
    } rows[] = {
        { "pump", bad, schema, "row 2 (line 3), column 'p': '30' breaks rule range", SEDGE_EGATE },
        { "pump", empty, NULL, "the file is empty", SEDGE_EINVALID },
        { "pump", missing, NULL, "/nowhere/a.csv", SEDGE_ENOTFOUND },
        { "pump", good, "/nowhere/s.yaml", "/nowhere/s.yaml", SEDGE_ENOTFOUND },
        { "a/b", good, NULL, "'a/b' is no name", SEDGE_EUSAGE },
        { ".x", good, NULL, "is no name", SEDGE_EUSAGE },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_dataset_add_options o = {
            .name = rows[i].name, .paths = &rows[i].path, .n_paths = 1, .schema = rows[i].schema
        };
        sedge_digest version;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_dataset_add(&store, &o, &version, &err), rows[i].status);
        if (!strstr(err.text, rows[i].words))
            fail_msg("'%s' lacks '%s'", err.text, rows[i].words);
    }
    const char *twice[] = { good, good };
    sedge_dataset_add_options o = { .name = "pump", .paths = twice, .n_paths = 2 };
    sedge_digest version;
    assert_int_equal(sedge_dataset_add(&store, &o, &version, NULL), SEDGE_EUSAGE);
    sedge_names names = { 0 };
    assert_int_equal(sedge_store_list_names(&store, &names, NULL), SEDGE_OK);
    assert_int_equal(names.n, 0);
    sedge_names_done(&names);
    temp_remove(dir);
}

static void manifests_are_checked(void **state) {
    (void)state;
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD                                                                                                           \
    "{\"type\":\"sedge-dataset\",\"version\":1,\"name\":\"x\",\"parent\":\"\",\"schema\":\"\",\"source\":\"\","        \
    "\"lineage\":{\"generation\":0},\"files\":"
#define MANIFEST_FILE(path, size, chunks)                                                                              \
    "{\"path\":\"" path "\",\"size\":" size ",\"rows\":1,\"sha256\":\"" HEX "\",\"chunks\":" chunks "}"
#define CHUNK "[\"sha256:" HEX "\"]"
    static const struct {
        const char *text;
        sedge_status status;
    } rows[] = {
        { HEAD "[" MANIFEST_FILE("a", "9", CHUNK) "]}", SEDGE_OK },
        { HEAD "[" MANIFEST_FILE("a/b.csv", "0", "[]") "]}", SEDGE_OK },
        { HEAD "[]}", SEDGE_EINVALID },
        { HEAD "[" MANIFEST_FILE("../a", "9", CHUNK) "]}", SEDGE_EINVALID },
        { HEAD "[" MANIFEST_FILE("/a", "9", CHUNK) "]}", SEDGE_EINVALID },
        { HEAD "[" MANIFEST_FILE("a", "9", "[]") "]}", SEDGE_EINVALID },
        { HEAD "[" MANIFEST_FILE("a", "-1", CHUNK) "]}", SEDGE_EINVALID },
        { HEAD "[" MANIFEST_FILE("b", "9", CHUNK) "," MANIFEST_FILE("a", "9", CHUNK) "]}", SEDGE_EINVALID },
        { HEAD "[" MANIFEST_FILE("a", "9", CHUNK) "," MANIFEST_FILE("a", "9", CHUNK) "]}", SEDGE_EINVALID },
        { "{}", SEDGE_EINVALID },
        { "[]", SEDGE_EINVALID },
        { "", SEDGE_ETRUNCATED },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_dataset *d = NULL;
        sedge_error err = SEDGE_ERROR_INIT;
        if (sedge_dataset_parse(sedge_bytes_text(rows[i].text), &d, &err) != rows[i].status)
            fail_msg("row %zu: %s", i, err.text);
        sedge_dataset_free(d);
    }
}

static void a_damaged_object_is_noticed(void **state) {
    (void)state;
    const char *dir = temp_dir();
    char store_dir[SEDGE_PATH_MAX], path[SEDGE_PATH_MAX];
    make_dirs(dir, store_dir);
    sedge_store store;
    sedge_digest digest;
    uint8_t *data = NULL;
    size_t n;
    assert_int_equal(sedge_store_open(NULL, store_dir, true, &store, NULL), SEDGE_OK);
    assert_int_equal(sedge_store_put(&store, sedge_bytes_text("hello"), &digest, NULL), SEDGE_OK);
    assert_int_equal(sedge_store_object_path(&store, &digest, path, NULL), SEDGE_OK);
    assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text("hallo"), 0644, NULL), SEDGE_OK);
    assert_int_equal(sedge_store_get(&store, &digest, &data, &n, NULL), SEDGE_EINVALID);
    assert_int_equal(sedge_store_put(&store, sedge_bytes_text("hello"), &digest, NULL), SEDGE_OK); /* and mended */
    assert_int_equal(sedge_store_get(&store, &digest, &data, &n, NULL), SEDGE_OK);
    free(data);
    temp_remove(dir);
}

/** The machine's files, but the n-th change says that the disk is full. */
typedef struct full_disk {
    sedge_fs fs; /* first: a sedge_fs * is one of these */
    int *left;
} full_disk;

static bool is_full(const sedge_fs *fs) {
    return (*((const full_disk *)(const void *)fs)->left)-- == 0;
}

static int64_t full_write(const sedge_fs *fs, int fd, const void *p, size_t n) {
    return is_full(fs) ? -ENOSPC : sedge_fs_os()->write(sedge_fs_os(), fd, p, n);
}

static int full_fsync(const sedge_fs *fs, int fd) {
    return is_full(fs) ? -EIO : sedge_fs_os()->fsync(sedge_fs_os(), fd);
}

static int full_rename(const sedge_fs *fs, const char *from, const char *to) {
    return is_full(fs) ? -ENOSPC : sedge_fs_os()->rename(sedge_fs_os(), from, to);
}

static void a_full_disk_loses_nothing(void **state) {
    (void)state;
    const char *dir = temp_dir();
    char store_dir[SEDGE_PATH_MAX];
    make_dirs(dir, store_dir);
    const char *schema = temp_file(dir, "schema.yaml", SCHEMA);
    const char *old_path = temp_file(dir, "in/a.csv", "t;p\n1;2\n"),
               *new_path = temp_file(dir, "in/b.csv", "t;p\n3;4\n");
    sedge_store good, full;
    assert_int_equal(sedge_store_open(NULL, store_dir, true, &good, NULL), SEDGE_OK);
    sedge_digest old = added(&good, "pump", &old_path, 1, schema, NULL), found;
    int left = 0, tries = 0;
    full_disk disk = { *sedge_fs_os(), &left };
    disk.fs.write = full_write;
    disk.fs.fsync = full_fsync;
    disk.fs.rename = full_rename;
    assert_int_equal(sedge_store_open(&disk.fs, store_dir, false, &full, NULL), SEDGE_OK);
    sedge_status st = SEDGE_EIO;
    for (; st; tries++) {
        left = tries;
        sedge_dataset_add_options o = { .name = "pump", .paths = &new_path, .n_paths = 1, .parent = &old };
        sedge_digest version;
        sedge_error err = SEDGE_ERROR_INIT;
        st = sedge_dataset_add(&full, &o, &version, &err);
        if (!st)
            break;
        assert_true(st == SEDGE_ENOSPACE || st == SEDGE_EIO);
        assert_true(strlen(err.text) > 10);
        assert_int_equal(sedge_store_resolve(&good, "pump", &found, NULL), SEDGE_OK);
        assert_true(sedge_digest_equal(&found, &old));
        sedge_names files = { 0 };
        assert_int_equal(sedge_dataset_checkout(&good, &found, &files, NULL, NULL), SEDGE_OK);
        sedge_names_done(&files);
    }
    assert_true(tries >= 4); /* an object that was kept is not written again by the next try */
    assert_int_equal(sedge_store_resolve(&good, "pump", &found, NULL), SEDGE_OK);
    assert_false(sedge_digest_equal(&found, &old));
    temp_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(versions_are_named_by_content),
                                        cmocka_unit_test(what_is_refused), cmocka_unit_test(manifests_are_checked),
                                        cmocka_unit_test(a_damaged_object_is_noticed),
                                        cmocka_unit_test(a_full_disk_loses_nothing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
