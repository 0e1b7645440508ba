/* SPDX-License-Identifier: Apache-2.0 */
#include "os/clock.h"

#include <errno.h>
#include <time.h>

#include "base/format.h"

static int64_t clock_ns(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t os_now_ms(const sedge_clock *clock) {
    (void)clock;
    return clock_ns(CLOCK_REALTIME) / 1000000;
}

static int64_t os_monotonic_ns(const sedge_clock *clock) {
    (void)clock;
    return clock_ns(CLOCK_MONOTONIC);
}

static int64_t os_thread_cpu_ns(const sedge_clock *clock) {
    (void)clock;
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

const sedge_clock *sedge_clock_os(void) {
    static const sedge_clock clock = { os_now_ms, os_monotonic_ns, os_thread_cpu_ns };
    return &clock;
}

static const sedge_clock_manual *manual(const sedge_clock *clock) {
    return (const sedge_clock_manual *)(const void *)clock;
}

static int64_t manual_now_ms(const sedge_clock *clock) {
    return manual(clock)->now_ms;
}

static int64_t manual_monotonic_ns(const sedge_clock *clock) {
    return manual(clock)->monotonic_ns;
}

static int64_t manual_thread_cpu_ns(const sedge_clock *clock) {
    return manual(clock)->thread_cpu_ns;
}

sedge_clock_manual sedge_clock_manual_at(int64_t now_ms) {
    return (sedge_clock_manual){
        .clock = { manual_now_ms, manual_monotonic_ns, manual_thread_cpu_ns },
        .now_ms = now_ms,
    };
}

void sedge_clock_manual_advance(sedge_clock_manual *m, int64_t ms) {
    m->now_ms += ms;
    m->monotonic_ns += ms * 1000000;
}

void sedge_sleep_ms(int64_t ms) {
    if (ms <= 0)
        return;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

/* Dates by counting from 1 March, so that the leap day is the last of its year; eras are 400 years of 146097 days. */
int64_t sedge_days_from_date(int64_t year, unsigned month, unsigned day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day) {
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    *ret_day = (unsigned)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *ret_month = (unsigned)(from_march < 10 ? from_march + 3 : from_march - 9);
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

static const int64_t day_ms = 86400000;
static const int64_t time_min_ms = -62167219200000; /* 0000-01-01 */
static const int64_t time_max_ms = 253402300799999; /* the last of 9999-12-31 */

void sedge_time_format(int64_t ms, char ret[SEDGE_TIME_TEXT_MAX]) {
    ms = ms < time_min_ms ? time_min_ms : ms > time_max_ms ? time_max_ms : ms;
    int64_t days = ms / day_ms;
    int64_t rest = ms % day_ms;
    if (rest < 0) {
        rest += day_ms;
        days--;
    }
    int64_t year;
    unsigned month;
    unsigned day;
    date_from_days(days, &year, &month, &day);
    sedge_format(ret, SEDGE_TIME_TEXT_MAX, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", (int)year, month, day,
                 (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
}

struct scan {
    const char *p;
    const char *end;
};

static bool scan_digits(struct scan *s, int count, unsigned *ret) {
    unsigned v = 0;
    for (int i = 0; i < count; i++, s->p++) {
        if (s->p == s->end || *s->p < '0' || *s->p > '9')
            return false;
        v = v * 10 + (unsigned)(*s->p - '0');
    }
    *ret = v;
    return true;
}

static bool scan_one_of(struct scan *s, const char *set) {
    for (; s->p < s->end && *set; set++)
        if (*s->p == *set) {
            s->p++;
            return true;
        }
    return false;
}

static unsigned days_in_month(unsigned year, unsigned month) {
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

static bool scan_fraction(struct scan *s, unsigned *ret_ms) {
    *ret_ms = 0;
    if (!scan_one_of(s, "."))
        return true;
    const char *start = s->p;
    unsigned scale = 100;
    for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++, scale /= 10)
        *ret_ms += (unsigned)(*s->p - '0') * scale;
    return s->p > start;
}

static bool scan_date_time(struct scan *s, const char *separators, int64_t *ret_ms) {
    unsigned year, month, day, hour, minute, second, ms;
    if (!scan_digits(s, 4, &year) || !scan_one_of(s, "-") || !scan_digits(s, 2, &month) || !scan_one_of(s, "-") ||
        !scan_digits(s, 2, &day) || !scan_one_of(s, separators) || !scan_digits(s, 2, &hour) || !scan_one_of(s, ":") ||
        !scan_digits(s, 2, &minute) || !scan_one_of(s, ":") || !scan_digits(s, 2, &second) || !scan_fraction(s, &ms))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 || minute > 59 ||
        second > 60)
        return false;
    if (second == 60)
        second = 59;
    *ret_ms =
        sedge_days_from_date(year, month, day) * day_ms + hour * 3600000LL + minute * 60000LL + second * 1000LL + ms;
    return true;
}

static bool scan_zone(struct scan *s, int64_t *ret_offset_ms) {
    *ret_offset_ms = 0;
    if (scan_one_of(s, "Zz"))
        return true;
    bool west = s->p < s->end && *s->p == '-';
    unsigned hour, minute;
    if (!scan_one_of(s, "+-") || !scan_digits(s, 2, &hour) || !scan_one_of(s, ":") || !scan_digits(s, 2, &minute) ||
        hour > 23 || minute > 59)
        return false;
    *ret_offset_ms = (hour * 60LL + minute) * (west ? -60000 : 60000);
    return true;
}

bool sedge_time_parse(const char *text, size_t n, int64_t *ret_ms) {
    struct scan s = { text, text + n };
    int64_t local_ms, offset_ms;
    if (!scan_date_time(&s, "Tt ", &local_ms) || !scan_zone(&s, &offset_ms) || s.p != s.end)
        return false;
    *ret_ms = local_ms - offset_ms;
    return true;
}

bool sedge_time_parse_plain(const char *text, size_t n, int64_t *ret_ms) {
    struct scan s = { text, text + n };
    int64_t ms;
    if (!scan_date_time(&s, "Tt ", &ms) || s.p != s.end)
        return false;
    *ret_ms = ms;
    return true;
}
