/* SPDX-License-Identifier: Apache-2.0 */
#include "os/log.h"

#include <string.h>
#include <unistd.h>

#include "../include/sedge_test.h"

typedef struct fixture {
    int fds[2];
    sedge_clock_manual clock;
    sedge_log log;
    char line[SEDGE_LOG_LINE_MAX + 1];
} fixture;

static int setup(void **state) {
    static fixture f;
    assert_return_code(pipe(f.fds), 0);
    f.clock = sedge_clock_manual_at(0);
    f.log = (sedge_log){ .level = SEDGE_LOG_INFO, .fd = f.fds[1], .program = "test", .clock = &f.clock.clock };
    *state = &f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    close(f->fds[0]);
    close(f->fds[1]);
    return 0;
}

static const char *line(fixture *f) {
    ssize_t n = read(f->fds[0], f->line, sizeof f->line - 1);
    assert_true(n > 0);
    f->line[n] = '\0';
    return f->line;
}

#define HEAD "ts=1970-01-01T00:00:00.000Z level=info prog=test event="

static void fields(void **state) {
    fixture *f = *state;
    sedge_log_info(&f->log, "slot.switched slot=%s release=%llu share=%g n=%d z=%zu c=%c", "b", 7ULL, 0.5, -3,
                   (size_t)9, 'x');
    assert_string_equal(line(f), HEAD "slot.switched slot=b release=7 share=0.5 n=-3 z=9 c=x\n");
    sedge_log_info(&f->log, "plain");
    assert_string_equal(line(f), HEAD "plain\n");
}

static void nothing_can_be_forged(void **state) {
    fixture *f = *state;
    const char *volatile none = NULL; /* the compiler would see a plain one */
    sedge_log_info(&f->log, "e name=%s none=%s empty=%s id=%lu", "a b=\"c\"\n\x01\\", none, "", 5UL);
    assert_string_equal(line(f), HEAD "e name=\"a b=\\\"c\\\"\\n\\x01\\\\\" none=\"\" empty=\"\" id=5\n");
}

static void levels_and_length(void **state) {
    fixture *f = *state;
    sedge_log_debug(&f->log, "hidden");
    char text[2 * SEDGE_LOG_LINE_MAX];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    sedge_log_info(&f->log, "long text=%s", text);
    const char *got = line(f);
    assert_int_equal(strlen(got), SEDGE_LOG_LINE_MAX);
    assert_string_equal(got + SEDGE_LOG_LINE_MAX - 5, "x...\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_can_be_forged, setup, teardown),
        cmocka_unit_test_setup_teardown(levels_and_length, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
