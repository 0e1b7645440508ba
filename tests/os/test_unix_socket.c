/* SPDX-License-Identifier: Apache-2.0 */
#include "os/unix_socket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"

#include "../include/sedge_test.h"

static void listens_once(void **state) {
    (void)state;
    char dir[] = "/tmp/sedge-sock-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char path[SEDGE_PATH_MAX];
    assert_int_equal(sedge_path_format(path, NULL, "%s/s", dir), SEDGE_OK);
    int fd, other;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_unix_connect(path, &other, &err), SEDGE_ENOTFOUND);
    assert_int_equal(sedge_unix_listen(path, 4, &fd, NULL), SEDGE_OK);
    struct stat s;
    assert_return_code(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_int_equal(sedge_unix_listen(path, 4, &other, &err), SEDGE_ECONFLICT);
    close(fd);
    assert_int_equal(sedge_unix_connect(path, &other, &err), SEDGE_ENETWORK);
    assert_int_equal(sedge_unix_listen(path, 4, &fd, NULL), SEDGE_OK); /* a leftover is replaced */
    close(fd);
    assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text("x"), 0600, NULL), SEDGE_EINVALID);
    assert_int_equal(sedge_file_remove(NULL, path, NULL), SEDGE_OK);
    assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text("x"), 0600, NULL), SEDGE_OK);
    assert_int_equal(sedge_unix_listen(path, 4, &fd, &err), SEDGE_ECONFLICT);
    char name[120];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(sedge_unix_listen(name, 4, &fd, &err), SEDGE_EINVALID);
    assert_int_equal(sedge_dir_remove_tree(NULL, dir, NULL), SEDGE_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(listens_once) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
