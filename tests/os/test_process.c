/* SPDX-License-Identifier: Apache-2.0 */
#include "os/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../include/sedge_test.h"
#include "os/clock.h"

static sedge_status sh(const char *script, int64_t timeout_ms, sedge_buf *out, sedge_buf *text, sedge_process_end *end,
                       sedge_error *err) {
    const char *argv[] = { "sh", "-c", script, NULL };
    sedge_process_options o = SEDGE_PROCESS_OPTIONS_INIT;
    o.argv = argv;
    o.new_group = true;
    return sedge_process_run(&o, timeout_ms, out, text, end, err);
}

static void captures(void **state) {
    (void)state;
    SEDGE_AUTO_BUF out = sedge_buf_init(5);
    SEDGE_AUTO_BUF text = sedge_buf_init(1000);
    sedge_process_end end;
    assert_int_equal(sh("cat; echo 123456789; echo oops >&2; exit 3", -1, &out, &text, &end, NULL), SEDGE_OK);
    assert_string_equal(sedge_buf_cstr(&out), "12345");
    assert_string_equal(sedge_buf_cstr(&text), "oops\n");
    assert_int_equal(end.exit_code, 3);
    char words[64];
    sedge_process_end_text(end, words);
    assert_string_equal(words, "exit code 3");
}

static void times_out(void **state) {
    (void)state;
    SEDGE_AUTO_BUF out = sedge_buf_init(100);
    sedge_process_end end;
    sedge_error err = SEDGE_ERROR_INIT;
    int64_t start = sedge_monotonic_ms(sedge_clock_os());
    assert_int_equal(sh("sleep 30; true", 100, &out, NULL, &end, &err), SEDGE_ETIMEOUT);
    assert_string_equal(err.text, "'sh' took longer than 100 ms and was stopped");
    assert_int_equal(end.signal, SIGKILL);
    assert_true(sedge_monotonic_ms(sedge_clock_os()) - start < 5000);
}

static void missing_program(void **state) {
    (void)state;
    const char *argv[] = { "/no/such/program", NULL };
    sedge_process_options o = SEDGE_PROCESS_OPTIONS_INIT;
    o.argv = argv;
    pid_t pid;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_process_start(&o, &pid, &err), SEDGE_ENOTFOUND);
    assert_string_equal(err.text, "cannot start '/no/such/program': no such file or folder; check the path");
    argv[0] = "true";
    o.cwd = "/no/such/folder";
    assert_int_equal(sedge_process_start(&o, &pid, &err), SEDGE_ENOTFOUND);
}

static void passes_only_what_it_is_told(void **state) {
    (void)state;
    int fds[2];
    assert_return_code(pipe(fds), 0);
    int leak = fcntl(fds[1], F_DUPFD, 70); /* without CLOEXEC */
    int high = fcntl(fds[1], F_DUPFD, 200);
    const char *argv[] = { "sh", "-c", "echo $X $PWD >&3; ls /proc/self/fd | wc -l >&3", NULL };
    const char *env[] = { "X=set", "PATH=/bin:/usr/bin", NULL };
    sedge_process_options o = SEDGE_PROCESS_OPTIONS_INIT;
    o.argv = argv;
    o.env = env;
    o.cwd = "/";
    o.pass_fds[0] = fds[1];
    o.pass_fds_n = 1;
    pid_t pid;
    assert_int_equal(sedge_process_start(&o, &pid, NULL), SEDGE_OK);
    sedge_process_end end;
    assert_int_equal(sedge_process_wait(pid, 10000, &end, NULL), SEDGE_OK);
    assert_int_equal(end.exit_code, 0);
    char text[64] = { 0 };
    assert_true(read(fds[0], text, sizeof text - 1) > 0);
    if (!strchr(text, '\n')[1])
        assert_true(read(fds[0], text + strlen(text), sizeof text - 1 - strlen(text)) > 0);
    assert_string_equal(text, "set /\n5\n"); /* 0, 1, 2, 3 and the folder that ls reads */
    close(fds[0]);
    close(fds[1]);
    close(leak);
    close(high);
}

static void stops(void **state) {
    (void)state;
    const char *argv[] = { "sh", "-c", "trap '' TERM; while :; do sleep 0.01; done", NULL };
    sedge_process_options o = SEDGE_PROCESS_OPTIONS_INIT;
    o.argv = argv;
    pid_t pid;
    assert_int_equal(sedge_process_start(&o, &pid, NULL), SEDGE_OK);
    sedge_process_end end;
    assert_int_equal(sedge_process_wait(pid, 0, &end, NULL), SEDGE_ETIMEOUT);
    sedge_sleep_ms(100);
    assert_int_equal(sedge_process_stop(pid, 50, &end, NULL), SEDGE_OK);
    assert_int_equal(end.signal, SIGKILL);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(captures), cmocka_unit_test(times_out),
                                        cmocka_unit_test(missing_program),
                                        cmocka_unit_test(passes_only_what_it_is_told), cmocka_unit_test(stops) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
