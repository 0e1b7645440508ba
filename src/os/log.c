/* SPDX-License-Identifier: Apache-2.0 */
#include "os/log.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/format.h"
#include "base/own.h"

const char *const sedge_log_level_names[] = { "debug", "info", "warn", "error", NULL };

sedge_log sedge_log_init(const char *program) {
    return (sedge_log){ .level = SEDGE_LOG_INFO, .fd = STDERR_FILENO, .program = program, .clock = sedge_clock_os() };
}

struct line {
    char text[SEDGE_LOG_LINE_MAX];
    size_t n;
    bool cut;
};

static void put(struct line *l, const char *p, size_t n) {
    size_t room = sizeof l->text - 4 - l->n; /* "..." and the newline always fit */
    if (n > room) {
        n = room;
        l->cut = true;
    }
    memcpy(l->text + l->n, p, n);
    l->n += n;
}

static bool is_plain(const char *text) {
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == '"' || *c == '=' || *c == '\\' || *c == 0x7f)
            return false;
    return *text != '\0';
}

static void put_value(struct line *l, const char *text) {
    if (is_plain(text)) {
        put(l, text, strlen(text));
        return;
    }
    put(l, "\"", 1);
    for (const char *c = text; *c; c++) {
        char escaped[8];
        if (*c == '"' || *c == '\\')
            put(l, escaped, sedge_format(escaped, sizeof escaped, "\\%c", *c));
        else if (*c == '\n')
            put(l, "\\n", 2);
        else if ((unsigned char)*c < ' ' || *c == 0x7f)
            put(l, escaped, sedge_format(escaped, sizeof escaped, "\\x%02x", (unsigned)(unsigned char)*c));
        else
            put(l, c, 1);
    }
    put(l, "\"", 1);
}

/* Prints the one directive at *fmt ("%llu") and moves past it. Integers are fetched at their own width. */
static void put_directive(struct line *l, const char **fmt, va_list *args) {
    char directive[16] = { 0 };
    size_t length = strcspn(*fmt, "sdiuxgfc");
    if (length + 1 >= sizeof directive || !(*fmt)[length]) {
        *fmt += strlen(*fmt);
        return;
    }
    memcpy(directive, *fmt, length + 1);
    *fmt += length + 1;
    char text[64];
    bool is_long = strchr(directive, 'l') || strchr(directive, 'z') || strchr(directive, 'j') || strchr(directive, 't');
    bool is_long_long = strstr(directive, "ll") || strchr(directive, 'j');
    switch (directive[length]) {
    case 's': {
        const char *s = va_arg(*args, const char *);
        put_value(l, s ? s : "");
        return;
    }
    case 'd':
    case 'i':
        sedge_format(text, sizeof text, "%lld",
                     is_long_long ? va_arg(*args, long long)
                     : is_long    ? (long long)va_arg(*args, long)
                                  : (long long)va_arg(*args, int));
        break;
    case 'u':
    case 'x': {
        unsigned long long v = is_long_long ? va_arg(*args, unsigned long long)
                               : is_long    ? va_arg(*args, unsigned long)
                                            : va_arg(*args, unsigned);
        sedge_format(text, sizeof text, directive[length] == 'u' ? "%llu" : "%llx", v);
        break;
    }
    case 'c':
        sedge_format(text, sizeof text, "%c", va_arg(*args, int));
        break;
    default:
        sedge_format(text, sizeof text, "%g", va_arg(*args, double));
    }
    put_value(l, text);
}

void sedge_log_write(const sedge_log *log, sedge_log_level level, const char *fmt, va_list args) {
    if (!log || level < log->level)
        return;
    struct line l = { .n = 0 };
    char head[128];
    char now[SEDGE_TIME_TEXT_MAX];
    sedge_time_format(sedge_now_ms(log->clock), now);
    sedge_format(head, sizeof head, "ts=%s level=%s prog=%s event=", now, sedge_log_level_names[level], log->program);
    put(&l, head, strlen(head));
    va_list rest;
    va_copy(rest, args);
    while (*fmt) {
        size_t literal = strcspn(fmt, "%");
        put(&l, fmt, literal);
        fmt += literal;
        if (*fmt)
            put_directive(&l, &fmt, &rest);
    }
    va_end(rest);
    if (l.cut) {
        memcpy(l.text + l.n, "...", 3);
        l.n += 3;
    }
    l.text[l.n++] = '\n';
    ssize_t put_bytes = write(log->fd, l.text, l.n); /* a log that cannot be written has nowhere to say so */
    (void)put_bytes;
}

#define LOG_AT(name, level)                                                                                            \
    void sedge_log_##name(const sedge_log *log, const char *fmt, ...) {                                                \
        va_list args;                                                                                                  \
        va_start(args, fmt);                                                                                           \
        sedge_log_write(log, level, fmt, args);                                                                        \
        va_end(args);                                                                                                  \
    }
LOG_AT(debug, SEDGE_LOG_DEBUG)
LOG_AT(info, SEDGE_LOG_INFO)
LOG_AT(warn, SEDGE_LOG_WARN)
LOG_AT(error, SEDGE_LOG_ERROR)
