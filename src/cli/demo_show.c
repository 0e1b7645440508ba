/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_show.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/own.h"
#include "os/clock.h"

static const int64_t FRAME_NS = 80 * 1000 * 1000, PLAIN_NS = 2000 * 1000 * 1000;

enum { COLUMNS_PRESET = 100, TIME_COLUMNS = 9 };

#define RED    "31"
#define GREEN  "32"
#define YELLOW "33"
#define CYAN   "36"
#define BOLD   "1"
#define DIM    "2"

static const struct {
    const char *utf8, *ascii, *colour;
} DOTS[] = {
    [DEMO_DOT_OLD] = { "○", ".", DIM },  [DEMO_DOT_BUSY] = { "◐", "o", YELLOW }, [DEMO_DOT_NEW] = { "●", "#", GREEN },
    [DEMO_DOT_BACK] = { "◯", "<", RED }, [DEMO_DOT_GONE] = { "·", "-", DIM },
};

static const char *const SPINNER[] = { "⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏" };
static const char *const SPINNER_ASCII[] = { "|", "/", "-", "\\" };

static int64_t now_ns(void) {
    return sedge_monotonic_ns(sedge_clock_os());
}

/** A line being made; what does not fit is left out. */
typedef struct line {
    char text[4096];
    size_t n;
    int columns; /**< that it takes on the screen */
} line;

static void add(line *l, const char *text) {
    size_t n = strlen(text);
    if (n >= sizeof l->text - l->n)
        return;
    memcpy(l->text + l->n, text, n + 1);
    l->n += n;
    for (size_t i = 0; i < n; i++)
        l->columns += ((unsigned char)text[i] & 0xc0) != 0x80;
}

static void add_escape(line *l, const demo_show *show, const char *code) {
    if (!show->colour)
        return;
    int columns = l->columns;
    add(l, "\x1b[");
    add(l, code);
    add(l, "m");
    l->columns = columns;
}

static void add_coloured(line *l, const demo_show *show, const char *code, const char *text) {
    add_escape(l, show, code);
    add(l, text);
    add_escape(l, show, "0");
}

/** text, cut so that the line stays within limit columns. */
static void add_cut(line *l, const char *text, int limit) {
    for (const char *c = text; *c;) {
        char one[5] = { *c++ };
        size_t n = 1;
        while (((unsigned char)*c & 0xc0) == 0x80 && n < 4)
            one[n++] = *c++;
        if (l->columns >= limit)
            return;
        add(l, one);
    }
}

static void pad_to(line *l, int column) {
    while (l->columns < column)
        add(l, " ");
}

static void emit(demo_show *show, const char *text) {
    size_t n = strlen(text), at = 0;
    while (at < n) {
        ssize_t wrote = write(show->fd, text + at, n - at);
        if (wrote <= 0)
            return; /* nobody is looking any more; the demo goes on */
        at += (size_t)wrote;
    }
}

static void put_line(demo_show *show, line *l) {
    add(l, "\n");
    if (show->live)
        emit(show, "\r\x1b[K");
    emit(show, l->text);
}

static bool says_utf8(void) {
    const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    for (size_t i = 0; i < SEDGE_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

void demo_show_init(demo_show *show, int fd) {
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    struct winsize size = { 0 };
    *show = (demo_show){ .fd = fd, .columns = COLUMNS_PRESET, .start_ns = now_ns() };
    show->live = isatty(fd) && term && strcmp(term, "dumb") != 0;
    show->colour = show->live && !(no_colour && *no_colour);
    show->utf8 = says_utf8();
    if (show->live && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        show->columns = size.ws_col < 140 ? size.ws_col : 140;
}

#define FORMAT(text, fmt)                                                                                              \
    do {                                                                                                               \
        va_list args_;                                                                                                 \
        va_start(args_, fmt);                                                                                          \
        (void)vsnprintf(text, sizeof text, fmt, args_);                                                                \
        va_end(args_);                                                                                                 \
    } while (0)

void demo_show_banner(demo_show *show, const char *fmt, ...) {
    char text[DEMO_SHOW_TEXT_MAX];
    line l = { .n = 0 };
    FORMAT(text, fmt);
    add_coloured(&l, show, BOLD, text);
    put_line(show, &l);
}

void demo_show_chapter(demo_show *show, const char *fmt, ...) {
    char text[DEMO_SHOW_TEXT_MAX];
    line l = { .n = 0 };
    FORMAT(text, fmt);
    add(&l, "\n");
    l.columns = 0;
    add_coloured(&l, show, BOLD ";" CYAN, text);
    put_line(show, &l);
}

void demo_show_line(demo_show *show, const char *fmt, ...) {
    char text[DEMO_SHOW_TEXT_MAX];
    line l = { .n = 0 };
    FORMAT(text, fmt);
    add(&l, text);
    put_line(show, &l);
}

static void add_time(line *l, const demo_show *show, double seconds) {
    char text[32];
    (void)snprintf(text, sizeof text, "%6.1f s", seconds);
    add_coloured(l, show, DIM, text);
}

/** Plain: "[ 12.3 s] mark text". */
static void plain(demo_show *show, const char *mark, const char *text, const char *more) {
    line l = { .n = 0 };
    char time[32];
    (void)snprintf(time, sizeof time, "[%6.1f s] ", (double)(now_ns() - show->start_ns) / 1e9);
    add(&l, time);
    add(&l, mark);
    add(&l, text);
    if (*more) {
        add(&l, ": ");
        add(&l, more);
    }
    put_line(show, &l);
}

void demo_show_begin(demo_show *show, const char *fmt, ...) {
    FORMAT(show->title, fmt);
    show->remark[0] = '\0';
    show->devices = 0;
    show->step_ns = now_ns();
    show->drawn_ns = show->live ? 0 : now_ns();
    if (!show->live)
        plain(show, "...   ", show->title, "");
    demo_show_tick(show);
}

void demo_show_remark(demo_show *show, const char *fmt, ...) {
    char text[DEMO_SHOW_TEXT_MAX];
    FORMAT(text, fmt);
    if (strcmp(text, show->remark) == 0)
        return;
    memcpy(show->remark, text, sizeof text);
    if (!show->live && now_ns() - show->drawn_ns >= PLAIN_NS) {
        show->drawn_ns = now_ns();
        plain(show, "      ", show->title, show->remark);
    }
}

void demo_show_fleet(demo_show *show, const demo_dot *dots, size_t n) {
    show->devices = n < DEMO_SHOW_FLEET_MAX ? n : DEMO_SHOW_FLEET_MAX;
    memcpy(show->fleet, dots, show->devices * sizeof *dots);
}

static void add_fleet(line *l, const demo_show *show) {
    add(l, " ");
    for (size_t i = 0; i < show->devices && l->columns < show->columns - TIME_COLUMNS - 2; i++) {
        demo_dot dot = show->fleet[i];
        add_coloured(l, show, DOTS[dot].colour, show->utf8 ? DOTS[dot].utf8 : DOTS[dot].ascii);
    }
    add(l, " ");
}

void demo_show_tick(demo_show *show) {
    int64_t now = now_ns();
    if (!show->live || !show->title[0] || now - show->drawn_ns < FRAME_NS)
        return;
    line l = { .n = 0 };
    int limit = show->columns - TIME_COLUMNS - 1;
    show->frame++;
    show->drawn_ns = now;
    add(&l, "  ");
    add_coloured(&l, show, CYAN,
                 show->utf8 ? SPINNER[show->frame % SEDGE_COUNT(SPINNER)]
                            : SPINNER_ASCII[show->frame % SEDGE_COUNT(SPINNER_ASCII)]);
    add(&l, " ");
    add_cut(&l, show->title, limit);
    if (show->devices)
        add_fleet(&l, show);
    if (show->remark[0] && l.columns + 3 < limit) {
        add(&l, "  ");
        add_escape(&l, show, DIM);
        add_cut(&l, show->remark, limit);
        add_escape(&l, show, "0");
    }
    pad_to(&l, limit);
    add_time(&l, show, (double)(now - show->step_ns) / 1e9);
    emit(show, "\r\x1b[?25l\x1b[K");
    emit(show, l.text);
}

void demo_show_end(demo_show *show, bool ok, const char *fmt, ...) {
    char text[DEMO_SHOW_TEXT_MAX];
    FORMAT(text, fmt);
    if (!show->live) {
        plain(show, ok ? "ok    " : "FAIL  ", show->title, text);
    } else {
        line l = { .n = 0 };
        int limit = show->columns - TIME_COLUMNS - 1;
        add(&l, "  ");
        add_coloured(&l, show, ok ? GREEN : RED, show->utf8 ? (ok ? "✔" : "✘") : (ok ? "+" : "x"));
        add(&l, " ");
        add_cut(&l, show->title, limit);
        if (text[0]) {
            add(&l, ": ");
            add_cut(&l, text, ok ? limit : 2000);
        }
        pad_to(&l, limit);
        add_time(&l, show, (double)(now_ns() - show->step_ns) / 1e9);
        put_line(show, &l);
        emit(show, "\x1b[?25h");
    }
    show->title[0] = '\0';
    show->devices = 0;
}

void demo_show_done(demo_show *show) {
    if (show->live)
        emit(show, "\r\x1b[K\x1b[?25h");
}
