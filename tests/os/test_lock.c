/* SPDX-License-Identifier: Apache-2.0 */
#include "os/lock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "os/file.h"

#include "../include/sedge_test.h"

static void one_owner(void **state) {
    (void)state;
    char dir[] = "/tmp/sedge-lock-XXXXXX";
    assert_non_null(mkdtemp(dir));
    int fd, other;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_lock_dir(dir, &fd, &err), SEDGE_OK);
    assert_int_equal(sedge_lock_dir(dir, &other, &err), SEDGE_EBUSY);
    char want[200];
    sedge_format(want, sizeof want, "'%s' is in use by process %ld; stop it or give another folder", dir,
                 (long)getpid());
    assert_string_equal(err.text, want);
    sedge_lock_release(fd);
    assert_int_equal(sedge_lock_dir(dir, &fd, &err), SEDGE_OK);
    sedge_lock_release(fd);
    assert_int_equal(sedge_dir_remove_tree(NULL, dir, NULL), SEDGE_OK);
    assert_int_equal(sedge_lock_dir(dir, &fd, &err), SEDGE_ENOTFOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(one_owner) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
