/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The log: logfmt on standard error, one line an event, fields with names.
 *
 *     sedge_log_info(&log, "slot.switched slot=%s release=%llu", slot, release);
 *     ts=2026-11-23T03:38:38.123Z level=info prog=sedge-agent event=slot.switched slot=b release=7
 *
 * The format's first word is the event's name, the rest are `name=directive` with single blanks between them; each
 * directive is one of %s %d %i %u %x %g %f %c with the usual lengths and is checked by the compiler even where the
 * level is off. Values are quoted and escaped as needed, so foreign text cannot forge fields or lines; a NULL string
 * prints as
 * "". Text between name and blank without a directive is copied. Never log a secret: no token, key or password is a
 * field. Libraries return errors; programs log them once, where it is decided what happens next.
 *
 * A log may be used from several threads: a line is one write.
 */
#ifndef SEDGE_OS_LOG_H
#define SEDGE_OS_LOG_H

#include "os/clock.h"
#include "sedge/error.h"

typedef enum sedge_log_level { SEDGE_LOG_DEBUG, SEDGE_LOG_INFO, SEDGE_LOG_WARN, SEDGE_LOG_ERROR } sedge_log_level;

typedef struct sedge_log {
    sedge_log_level level; /**< lines below it are dropped */
    int fd;
    const char *program;
    const sedge_clock *clock;
} sedge_log;

/** Level info, standard error, the machine's clock. */
sedge_log sedge_log_init(const char *program);
/** The names above in their order, NULL-terminated: choices for a configuration row. */
extern const char *const sedge_log_level_names[];

/** log may be NULL: nothing is written. */
void sedge_log_debug(const sedge_log *log, const char *fmt, ...) SEDGE_PRINTF(2, 3);
void sedge_log_info(const sedge_log *log, const char *fmt, ...) SEDGE_PRINTF(2, 3);
void sedge_log_warn(const sedge_log *log, const char *fmt, ...) SEDGE_PRINTF(2, 3);
void sedge_log_error(const sedge_log *log, const char *fmt, ...) SEDGE_PRINTF(2, 3);
void sedge_log_write(const sedge_log *log, sedge_log_level level, const char *fmt, va_list args) SEDGE_PRINTF(3, 0);

enum { SEDGE_LOG_LINE_MAX = 4096 }; /**< longer lines are cut, with "..." at the end */

#endif
