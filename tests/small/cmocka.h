/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The part of cmocka that the tests of libsedge's rooms use, for machines that have no cmocka: cross builds with
 * -Drooms=libsedge. A failed check ends its test, the next one runs; the output is TAP.
 */
#ifndef SEDGE_TESTS_SMALL_CMOCKA_H
#define SEDGE_TESTS_SMALL_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

enum { SMALL_FAILED = 1, SMALL_SKIPPED = 2 };
static jmp_buf small_end; /* where the running test is left */

static inline void small_leave(int outcome) {
    longjmp(small_end, outcome);
}

__attribute__((format(printf, 3, 4), noreturn)) static inline void small_fail(const char *file, int line,
                                                                              const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("# %s:%d: ", file, line);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    small_leave(SMALL_FAILED);
    abort();
}

__attribute__((format(printf, 1, 2))) static inline void print_message(const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("# ");
    vprintf(format, args);
    va_end(args);
}

#define print_error print_message

static inline void small_integers(uint64_t a, uint64_t b, bool want_equal, const char *file, int line) {
    if ((a == b) != want_equal)
        small_fail(file, line, "%lld (0x%llx) %s %lld (0x%llx)", (long long)a, (unsigned long long)a,
                   want_equal ? "!=" : "==", (long long)b, (unsigned long long)b);
}

static inline void small_range(uint64_t v, uint64_t low, uint64_t high, const char *file, int line) {
    if (v < low || v > high)
        small_fail(file, line, "%lld is not in %lld .. %lld", (long long)v, (long long)low, (long long)high);
}

static inline void small_truth(bool is, const char *expression, const char *file, int line) {
    if (!is)
        small_fail(file, line, "%s", expression);
}

static inline void small_strings(const char *a, const char *b, bool want_equal, const char *file, int line) {
    if ((strcmp(a, b) == 0) != want_equal)
        small_fail(file, line, "\"%s\" %s \"%s\"", a, want_equal ? "!=" : "==", b);
}

static inline void small_bytes(const void *a, const void *b, size_t n, const char *file, int line) {
    for (size_t i = 0; i < n; i++)
        if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i])
            small_fail(file, line, "bytes differ at %zu of %zu", i, n);
}

#define fail_msg(...)                 small_fail(__FILE__, __LINE__, __VA_ARGS__)
#define fail()                        small_fail(__FILE__, __LINE__, "failed")
#define skip()                        small_leave(SMALL_SKIPPED)
#define assert_true(c)                small_truth(!!(c), #c " is false", __FILE__, __LINE__)
#define assert_false(c)               small_truth(!(c), #c " is true", __FILE__, __LINE__)
#define assert_null(p)                small_truth((p) == NULL, #p " is not NULL", __FILE__, __LINE__)
#define assert_non_null(p)            small_truth((p) != NULL, #p " is NULL", __FILE__, __LINE__)
#define assert_ptr_equal(a, b)        small_truth((a) == (b), #a " is not " #b, __FILE__, __LINE__)
#define assert_int_equal(a, b)        small_integers((uint64_t)(a), (uint64_t)(b), true, __FILE__, __LINE__)
#define assert_int_not_equal(a, b)    small_integers((uint64_t)(a), (uint64_t)(b), false, __FILE__, __LINE__)
#define assert_string_equal(a, b)     small_strings(a, b, true, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) small_strings(a, b, false, __FILE__, __LINE__)
#define assert_memory_equal(a, b, n)  small_bytes(a, b, n, __FILE__, __LINE__)
#define assert_in_range(v, low, high) small_range((uint64_t)(v), low, high, __FILE__, __LINE__)

#define cmocka_unit_test(function)                                                                                     \
    { #function, function }
#define cmocka_run_group_tests(tests, setup, teardown)                                                                 \
    small_run(tests, sizeof(tests) / sizeof((tests)[0]), (void *)(setup), (void *)(teardown))

/* the number of failed tests; there is no setup and no teardown */
static inline int small_run(const struct CMUnitTest *tests, size_t n, const void *setup, const void *teardown) {
    volatile int failed = setup || teardown;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%zu\n", n);
    for (volatile size_t i = 0; i < n; i++) {
        void *state = NULL;
        int outcome = setjmp(small_end);
        if (outcome == 0)
            tests[i].run(&state);
        failed += outcome == SMALL_FAILED;
        printf("%s %zu - %s%s\n", outcome == SMALL_FAILED ? "not ok" : "ok", i + 1, tests[i].name,
               outcome == SMALL_SKIPPED ? " # SKIP" : "");
    }
    return failed;
}

#endif
