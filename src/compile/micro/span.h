/* SPDX-License-Identifier: Apache-2.0 */
/** One direction of a window that moves over a picture: output o sees inputs o * stride - before + k * dilation. */
#ifndef SEDGE_MICRO_SPAN_H
#define SEDGE_MICRO_SPAN_H

#include <stdint.h>

typedef struct sedge_micro_span {
    int32_t in, out, kernel, stride, dilation, before;
} sedge_micro_span;

/** Where the window begins, and which of its places lie in the picture: those from first on, before end. */
typedef struct sedge_micro_seen {
    int32_t start, first, end;
} sedge_micro_seen;

static inline sedge_micro_seen sedge_micro_see(const sedge_micro_span *s, int32_t o) {
    sedge_micro_seen w = { o * s->stride - s->before, 0, s->kernel };
    while (w.first < w.end && w.start + w.first * s->dilation < 0)
        w.first++;
    while (w.end > w.first && w.start + (w.end - 1) * s->dilation >= s->in)
        w.end--;
    return w;
}

#endif
