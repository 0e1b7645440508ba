/* SPDX-License-Identifier: Apache-2.0 */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/fs_double.h"

#include "../include/sedge_test.h"

static char dir[] = "/tmp/sedge-file-XXXXXX";

static int make_dir(void **state) {
    (void)state;
    memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state) {
    (void)state;
    return sedge_dir_remove_tree(NULL, dir, NULL) ? -1 : 0;
}

static const char *in_dir(const char *name) {
    static char paths[4][SEDGE_PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    assert_int_equal(sedge_path_format(path, NULL, "%s/%s", dir, name), SEDGE_OK);
    return path;
}

static void assert_holds(const char *path, const char *text) {
    uint8_t *data;
    size_t n;
    assert_int_equal(sedge_file_read(NULL, path, 1000, &data, &n, NULL), SEDGE_OK);
    assert_string_equal((char *)data, text);
    assert_int_equal(n, strlen(text));
    free(data);
}

static void write_text(const char *path, const char *text) {
    assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text(text), 0600, NULL), SEDGE_OK);
}

static void reads(void **state) {
    (void)state;
    uint8_t *data = NULL;
    size_t n = 0;
    sedge_error err = SEDGE_ERROR_INIT;
    write_text(in_dir("a"), "12345");
    assert_int_equal(sedge_file_read(NULL, in_dir("a"), 4, &data, &n, &err), SEDGE_ELIMIT);
    assert_non_null(strstr(err.text, "holds more than 4 bytes, the limit here"));
    assert_int_equal(sedge_file_read(NULL, in_dir("a"), 5, &data, &n, &err), SEDGE_OK);
    assert_int_equal(n, 5);
    free(data);
    write_text(in_dir("empty"), "");
    assert_holds(in_dir("empty"), "");
    assert_int_equal(sedge_file_read(NULL, in_dir("none"), 5, &data, &n, &err), SEDGE_ENOTFOUND);
    assert_non_null(strstr(err.text, "/none': no such file or folder; check the path"));
    assert_int_equal(sedge_file_read(NULL, dir, 5, &data, &n, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "is a folder"));
}

static void full_disk(void **state) {
    (void)state;
    sedge_fs_double d;
    sedge_fs_double_init(&d, sedge_fs_os());
    d.fail_at = 1;
    d.error = ENOSPC;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_file_write_atomic(&d.fs, in_dir("a"), sedge_bytes_text("x"), 0600, &err), SEDGE_ENOSPACE);
    assert_non_null(strstr(err.text, "no space left; free some and try again"));
    sedge_fs_double_done(&d);
}

/* What a step does to a file "a" that holds "old" before it. */
typedef sedge_status (*step)(const sedge_fs *fs);

static sedge_status overwrite(const sedge_fs *fs) {
    return sedge_file_write_atomic(fs, in_dir("a"), sedge_bytes_text("new"), 0600, NULL);
}

static sedge_status copy(const sedge_fs *fs) {
    return sedge_file_copy(fs, in_dir("b"), in_dir("a"), 100, NULL);
}

static const struct {
    step run;
    const char *after;
} steps[] = { { overwrite, "new" }, { copy, "new" } };

static size_t count_names(void) {
    sedge_names names;
    assert_int_equal(sedge_dir_list(NULL, dir, &names, NULL), SEDGE_OK);
    size_t n = names.n;
    sedge_names_done(&names);
    return n;
}

/* Every call fails once, then all calls from it on: the file is old or new, and where we go on nothing is left over. */
static void fails_at_every_call(void **state) {
    (void)state;
    for (size_t k = 0; k < SEDGE_COUNT(steps); k++)
        for (int stop = 0; stop < 2; stop++)
            for (size_t n = 0;; n++) {
                assert_int_equal(sedge_dir_remove_tree(NULL, dir, NULL), SEDGE_OK);
                assert_int_equal(sedge_dir_make(NULL, dir, 0700, NULL), SEDGE_OK);
                write_text(in_dir("a"), "old");
                write_text(in_dir("b"), "new");
                sedge_fs_double d;
                sedge_fs_double_init(&d, sedge_fs_os());
                d.fail_at = n;
                d.stop = stop;
                d.short_writes = true;
                sedge_status st = steps[k].run(&d.fs);
                bool failed = d.failed;
                sedge_fs_double_done(&d);
                if (!failed) {
                    assert_int_equal(st, SEDGE_OK);
                    assert_holds(in_dir("a"), steps[k].after);
                    break;
                }
                assert_int_equal(st, SEDGE_EIO);
                if (!stop)
                    assert_int_equal(count_names(), 2);
                uint8_t *data;
                size_t size;
                assert_int_equal(sedge_file_read(NULL, in_dir("a"), 100, &data, &size, NULL), SEDGE_OK);
                assert_true(strcmp((char *)data, "old") == 0 || strcmp((char *)data, "new") == 0);
                free(data);
            }
}

/* The promise of write_atomic is an order: bytes durable, then the name, then the folder. */
static void order_of_writing(void **state) {
    (void)state;
    static const sedge_fs_op_kind wanted[] = { SEDGE_FS_OP_CREATE, SEDGE_FS_OP_WRITE, SEDGE_FS_OP_FSYNC,
                                               SEDGE_FS_OP_RENAME, SEDGE_FS_OP_FSYNC_DIR };
    sedge_fs_double d;
    sedge_fs_double_init(&d, sedge_fs_os());
    d.record = true;
    assert_int_equal(overwrite(&d.fs), SEDGE_OK);
    assert_int_equal(d.ops_n, SEDGE_COUNT(wanted));
    for (size_t i = 0; i < d.ops_n; i++)
        assert_int_equal(d.ops[i].kind, wanted[i]);
    assert_memory_equal(d.ops[1].data, "new", 3);
    assert_string_equal(d.ops[3].path2, in_dir("a"));
    sedge_fs_double_done(&d);
}

static void links_and_folders(void **state) {
    (void)state;
    assert_int_equal(sedge_file_symlink_atomic(NULL, "slots/a", in_dir("current"), NULL), SEDGE_OK);
    assert_int_equal(sedge_file_symlink_atomic(NULL, "slots/b", in_dir("current"), NULL), SEDGE_OK);
    char target[100];
    assert_int_equal(sedge_fs_os()->readlink(sedge_fs_os(), in_dir("current"), target, sizeof target), 7);
    assert_string_equal(target, "slots/b");
    assert_int_equal(sedge_dir_make(NULL, in_dir("x//y/z"), 0700, NULL), SEDGE_OK);
    assert_int_equal(sedge_dir_make(NULL, in_dir("x/y/z"), 0700, NULL), SEDGE_OK);
    write_text(in_dir("x/f"), "1");
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_dir_make(NULL, in_dir("x/f/g"), 0700, &err), SEDGE_EINVALID);
    write_text(in_dir("kept"), "1");
    assert_int_equal(sedge_file_symlink_atomic(NULL, in_dir("kept"), in_dir("x/link"), NULL), SEDGE_OK);
    assert_int_equal(sedge_dir_remove_tree(NULL, in_dir("x"), NULL), SEDGE_OK);
    assert_false(sedge_file_exists(NULL, in_dir("x")));
    assert_true(sedge_file_exists(NULL, in_dir("kept")));
    assert_int_equal(sedge_dir_remove_tree(NULL, in_dir("x"), NULL), SEDGE_OK);
}

static void names(void **state) {
    (void)state;
    write_text(in_dir("b"), "");
    write_text(in_dir("a"), "");
    sedge_names found;
    assert_int_equal(sedge_dir_list(NULL, dir, &found, NULL), SEDGE_OK);
    assert_true(found.n >= 2);
    for (size_t i = 1; i < found.n; i++)
        assert_true(strcmp(found.items[i - 1], found.items[i]) < 0);
    sedge_names_done(&found);
    assert_true(sedge_path_is_name("a-b.c"));
    static const char *const wrong[] = { "", ".", "..", "a/b", "/", "a\nb" };
    for (size_t i = 0; i < SEDGE_COUNT(wrong); i++)
        assert_false(sedge_path_is_name(wrong[i]));
    char parent[SEDGE_PATH_MAX];
    static const char *const parents[][2] = { { "a", "." }, { "/a", "/" }, { "a/b", "a" }, { "/a/b/c", "/a/b" } };
    for (size_t i = 0; i < SEDGE_COUNT(parents); i++) {
        assert_int_equal(sedge_path_parent(parent, parents[i][0], NULL), SEDGE_OK);
        assert_string_equal(parent, parents[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(fails_at_every_call),
        cmocka_unit_test(order_of_writing),
        cmocka_unit_test(links_and_folders),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
