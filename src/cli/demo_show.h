/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a person sees of the demo: chapters, steps with a spinner and a live remark, the fleet as a row of dots,
 * colours. When the output is no terminal (or TERM=dumb) the same becomes a plain log, one line when a step begins,
 * when its remark says something new, and when it ends. NO_COLOR is obeyed; without a UTF-8 locale only ASCII is
 * written.
 *
 * Nothing here waits or knows what a step does: the caller calls demo_show_tick() while it waits.
 */
#ifndef SEDGE_CLI_DEMO_SHOW_H
#define SEDGE_CLI_DEMO_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/attr.h"

enum { DEMO_SHOW_TEXT_MAX = 256, DEMO_SHOW_FLEET_MAX = 256 };

/** State of a device, as a dot. */
typedef enum demo_dot { DEMO_DOT_OLD, DEMO_DOT_BUSY, DEMO_DOT_NEW, DEMO_DOT_BACK, DEMO_DOT_GONE } demo_dot;

typedef struct demo_show {
    int fd;
    bool live, colour, utf8;
    int columns;
    int64_t start_ns, step_ns, drawn_ns;
    unsigned frame;
    char title[DEMO_SHOW_TEXT_MAX];  /**< of the step that is running, "" between steps */
    char remark[DEMO_SHOW_TEXT_MAX]; /**< changes while it runs */
    demo_dot fleet[DEMO_SHOW_FLEET_MAX];
    size_t devices; /**< dots shown; 0 for none */
} demo_show;

/** Looks at fd (1 or 2) and the environment. */
void demo_show_init(demo_show *show, int fd);
void demo_show_banner(demo_show *show, const char *fmt, ...) SEDGE_PRINTF(2, 3);
void demo_show_chapter(demo_show *show, const char *fmt, ...) SEDGE_PRINTF(2, 3);
/** A step begins; what it is about. */
void demo_show_begin(demo_show *show, const char *fmt, ...) SEDGE_PRINTF(2, 3);
/** How far it is. Shown at the next tick; in a plain log only when the text differs from the one before. */
void demo_show_remark(demo_show *show, const char *fmt, ...) SEDGE_PRINTF(2, 3);
/** The fleet as dots beside the remark; n = 0 takes them away. */
void demo_show_fleet(demo_show *show, const demo_dot *dots, size_t n);
/** Draws when it is time to; cheap otherwise. */
void demo_show_tick(demo_show *show);
/** The step is over; ok tells whether its claim holds, the text is what was found. */
void demo_show_end(demo_show *show, bool ok, const char *fmt, ...) SEDGE_PRINTF(3, 4);
/** A line of its own, as in the table at the end. */
void demo_show_line(demo_show *show, const char *fmt, ...) SEDGE_PRINTF(2, 3);
/** Takes an unfinished line away and shows the cursor again. */
void demo_show_done(demo_show *show);

#endif
