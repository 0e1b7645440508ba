/* SPDX-License-Identifier: Apache-2.0 */
/** Where the windows of convolutions and pools lie: the arithmetic of strides, dilation and padding. */
#ifndef SEDGE_OPS_WINDOW_H
#define SEDGE_OPS_WINDOW_H

#include "model/graph.h"
#include "sedge/error.h"

/** One spatial dimension: the window of output o sees inputs o * stride - before + k * dilation, those in [0, in). */
typedef struct sedge_span {
    int32_t in, out;
    int32_t kernel, stride, dilation;
    int32_t before; /**< places that the first window reaches before the input; negative never */
    int32_t after;  /**< places that padding adds behind it */
} sedge_span;

/** A padded input of any span has at most so many places. */
enum { SEDGE_SPAN_MAX = 1 << 28 };

/** Dimensions of an input or output beyond batch and channels; the places of the channels and of the first of them. */
typedef struct sedge_layout {
    uint32_t space;
    uint32_t channels;
    uint32_t first;
} sedge_layout;

/** SEDGE_EUNSUPPORTED unless the tensor has 1 to SEDGE_SPACE_MAX spatial dimensions. */
SEDGE_NODISCARD sedge_status sedge_window_layout(const sedge_window *w, const sedge_tensor *t, sedge_layout *ret,
                                                 sedge_error *err);
/**
 * Settles each spatial dimension of x. kernel: sizes of the window. Every span has out >= 1, and nothing that follows
 * from it (in + before, (out - 1) * stride + (kernel - 1) * dilation) passes SEDGE_SPAN_MAX. SEDGE_EINVALID.
 */
SEDGE_NODISCARD sedge_status sedge_window_settle(const sedge_window *w, const sedge_tensor *x, const int32_t *kernel,
                                                 sedge_span *ret, sedge_error *err);
/** Settles the shape of y: x's with channels and the spans' outputs. */
SEDGE_NODISCARD sedge_status sedge_window_output(const sedge_layout *layout, const sedge_tensor *x, int32_t channels,
                                                 const sedge_span *spans, sedge_tensor *y, sedge_error *err);

/** The first k of output o's window that lies in the input, and one past the last; an empty range is 0, 0. */
typedef struct sedge_seen {
    int32_t first, end;
} sedge_seen;
sedge_seen sedge_span_seen(const sedge_span *s, int32_t o);
/** How many k of output o's window lie in the input or its padding. */
int32_t sedge_span_padded(const sedge_span *s, int32_t o);

#endif
