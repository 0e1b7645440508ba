/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Time: int64 milliseconds since the Unix epoch, UTC, for what is stored and sent; the monotonic clock for durations.
 *
 * A `const sedge_clock *` is passed to whatever acts on time, so that tests turn the hands themselves.
 */
#ifndef SEDGE_OS_CLOCK_H
#define SEDGE_OS_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/attr.h"

typedef struct sedge_clock sedge_clock;
struct sedge_clock {
    int64_t (*now_ms)(const sedge_clock *clock);        /**< wall clock, may jump */
    int64_t (*monotonic_ns)(const sedge_clock *clock);  /**< since some moment, never goes back */
    int64_t (*thread_cpu_ns)(const sedge_clock *clock); /**< processor time of the calling thread */
};

/** The machine's clocks. Static storage. */
const sedge_clock *sedge_clock_os(void);

/** A clock that stands still until told otherwise; set the fields freely. Not for several threads. */
typedef struct sedge_clock_manual {
    sedge_clock clock; /**< pass &m.clock */
    int64_t now_ms;
    int64_t monotonic_ns;
    int64_t thread_cpu_ns;
} sedge_clock_manual;
sedge_clock_manual sedge_clock_manual_at(int64_t now_ms);
/** Moves wall clock and monotonic clock forward together. */
void sedge_clock_manual_advance(sedge_clock_manual *m, int64_t ms);

static inline int64_t sedge_now_ms(const sedge_clock *clock) {
    return clock->now_ms(clock);
}

static inline int64_t sedge_monotonic_ns(const sedge_clock *clock) {
    return clock->monotonic_ns(clock);
}

static inline int64_t sedge_monotonic_ms(const sedge_clock *clock) {
    return clock->monotonic_ns(clock) / 1000000;
}

static inline int64_t sedge_thread_cpu_ns(const sedge_clock *clock) {
    return clock->thread_cpu_ns(clock);
}

/** Sleeps on the machine's monotonic clock; signals do not end it early. */
void sedge_sleep_ms(int64_t ms);

enum { SEDGE_TIME_TEXT_MAX = 32 };
/** "2026-11-23T03:38:38.123Z" (RFC 3339, UTC). Times outside the years 0000 to 9999 are clamped to them. */
void sedge_time_format(int64_t ms, char ret[SEDGE_TIME_TEXT_MAX]);
/**
 * Reads RFC 3339 ("2026-11-23T03:38:38Z", with a fraction, with an offset "+02:00", 't', 'z' or ' ' allowed as the RFC
 * does); digits past the milliseconds are cut off; a leap second counts as the second before. False on anything else.
 */
SEDGE_NODISCARD bool sedge_time_parse(const char *text, size_t n, int64_t *ret_ms);
/** The same for "2026-11-23 03:38:38[.123]" without a zone, taken as UTC (SKAB's form). */
SEDGE_NODISCARD bool sedge_time_parse_plain(const char *text, size_t n, int64_t *ret_ms);
/** Days since 1970-01-01 of a date of the Gregorian calendar, which must exist. */
int64_t sedge_days_from_date(int64_t year, unsigned month, unsigned day);

#endif
