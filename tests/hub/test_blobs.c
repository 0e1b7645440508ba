/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/blobs/blobs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../include/sedge_test.h"

typedef struct fixture {
    char dir[64];
    blobs *b;
} fixture;

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    strcpy(f->dir, "/tmp/sedge-blobs.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(blobs_open(NULL, f->dir, &f->b, NULL), SEDGE_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    blobs_free(f->b);
    assert_int_equal(sedge_dir_remove_tree(NULL, f->dir, NULL), SEDGE_OK);
    free(f);
    return 0;
}

static void bytes_come_back_under_their_digest(void **state) {
    fixture *f = *state;
    sedge_digest first, again;
    uint8_t *data = NULL;
    size_t n = 0;
    assert_int_equal(blobs_put(f->b, sedge_bytes_text("hello"), &first, NULL), SEDGE_OK);
    assert_int_equal(blobs_put(f->b, sedge_bytes_text("hello"), &again, NULL), SEDGE_OK);
    assert_true(sedge_digest_equal(&first, &again));
    assert_int_equal(blobs_read(f->b, &first, 100, &data, &n, NULL), SEDGE_OK);
    assert_int_equal(n, 5);
    assert_memory_equal(data, "hello", 5);
    free(data);
    assert_int_equal(blobs_verify(f->b, &first, NULL), SEDGE_OK);
}

static void wrong_bytes_are_refused(void **state) {
    fixture *f = *state;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_digest want = { { 1 } }, got;
    sedge_auto(blob_upload) u = NULL, *small = NULL;
    int64_t size = 0;
    assert_int_equal(blob_upload_new(f->b, 100, &u, &err), SEDGE_OK);
    assert_int_equal(blob_upload_add(u, sedge_bytes_text("x"), &err), SEDGE_OK);
    assert_int_equal(blob_upload_finish(u, &want, &got, &size, &err), SEDGE_EINVALID);
    assert_int_equal(blobs_size(f->b, &want, &size, &err), SEDGE_ENOTFOUND);
    assert_int_equal(blob_upload_new(f->b, 3, &small, &err), SEDGE_OK);
    assert_int_equal(blob_upload_add(small, sedge_bytes_text("abcd"), &err), SEDGE_ELIMIT);
}

static void abandoned_uploads_go_at_the_next_start(void **state) {
    fixture *f = *state;
    char path[SEDGE_PATH_MAX];
    blobs *again = NULL;
    assert_int_equal(sedge_path_format(path, NULL, "%s/upload/left", f->dir), SEDGE_OK);
    assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text("x"), 0600, NULL), SEDGE_OK);
    assert_int_equal(blobs_open(NULL, f->dir, &again, NULL), SEDGE_OK);
    assert_false(sedge_file_exists(NULL, path));
    blobs_free(again);
}

static void a_damaged_blob_is_found(void **state) {
    fixture *f = *state;
    sedge_digest digest;
    char path[SEDGE_PATH_MAX];
    assert_int_equal(blobs_put(f->b, sedge_bytes_text("hello"), &digest, NULL), SEDGE_OK);
    assert_int_equal(blobs_path(f->b, &digest, path, NULL), SEDGE_OK);
    assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text("jello"), 0600, NULL), SEDGE_OK);
    assert_int_equal(blobs_verify(f->b, &digest, NULL), SEDGE_EIO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_come_back_under_their_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_bytes_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(abandoned_uploads_go_at_the_next_start, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_blob_is_found, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
