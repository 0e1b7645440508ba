/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/window.h"

#include <string.h>

#include "ops/op.h"

sedge_status sedge_window_layout(const sedge_window *w, const sedge_tensor *t, sedge_layout *ret, sedge_error *err) {
    if (t->rank < 3 || t->rank > 2 + SEDGE_SPACE_MAX)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' has rank %u, 3 to %d is supported", t->name, t->rank,
                          2 + SEDGE_SPACE_MAX);
    uint32_t last = t->rank - 1;
    *ret = w->channels_first ? (sedge_layout){ t->rank - 2, 1, 2 } : (sedge_layout){ t->rank - 2, last, 1 };
    return SEDGE_OK;
}

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static int64_t outputs(const sedge_window *w, int64_t padded, int64_t in_and_before, int64_t reach, int64_t stride) {
    if (padded < reach)
        return 0;
    if (!w->ceil)
        return (padded - reach) / stride + 1;
    int64_t n = ceil_div(padded - reach, stride) + 1;
    return (n - 1) * stride >= in_and_before ? n - 1 : n; /* a window may not begin behind the input */
}

static sedge_status settle(const sedge_window *w, uint32_t d, int32_t in, int32_t kernel, sedge_span *ret,
                           sedge_error *err) {
    int64_t stride = w->stride[d], dilation = w->dilation[d];
    if (kernel < 1 || stride < 1 || dilation < 1)
        return sedge_fail(err, SEDGE_EINVALID, "window %d, stride %d, dilation %d: each must be at least 1", kernel,
                          w->stride[d], w->dilation[d]);
    int64_t reach = (kernel - 1) * dilation + 1, before = 0, after = 0, out;
    if (w->padding == SEDGE_PADDING_EXPLICIT) {
        before = w->pad_before[d];
        after = w->pad_after[d];
        if (before < 0 || after < 0)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "padding by a negative number is not supported");
        out = outputs(w, in + before + after, in + before, reach, stride);
    } else if (w->padding == SEDGE_PADDING_VALID) {
        out = outputs(w, in, in, reach, stride);
    } else {
        out = ceil_div(in, stride);
        int64_t total = (out - 1) * stride + reach - in;
        total = total > 0 ? total : 0;
        before = w->padding == SEDGE_PADDING_SAME ? total / 2 : total - total / 2;
        after = total - before;
    }
    if (out < 1)
        return sedge_fail(err, SEDGE_EINVALID, "a window that spans %lld does not fit into %d and its padding",
                          (long long)reach, in);
    if (in + before + after > SEDGE_SPAN_MAX || (out - 1) * stride + reach > SEDGE_SPAN_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "a padded dimension is larger than %d", SEDGE_SPAN_MAX);
    if (out == 1 && stride > in + before + after) /* it leads nowhere: any that leaves the picture */
        stride = in + before + after;
    *ret = (sedge_span){
        in, (int32_t)out, kernel, (int32_t)stride, kernel > 1 ? w->dilation[d] : 1, (int32_t)before, (int32_t)after
    };
    return SEDGE_OK;
}

sedge_status sedge_window_settle(const sedge_window *w, const sedge_tensor *x, const int32_t *kernel, sedge_span *ret,
                                 sedge_error *err) {
    sedge_layout layout = { 0 };
    sedge_status st = sedge_window_layout(w, x, &layout, err);
    for (uint32_t d = 0; !st && d < layout.space; d++) {
        st = settle(w, d, x->dims[layout.first + d], kernel[d], &ret[d], err);
        if (st)
            st = sedge_wrap(err, st, "spatial dimension %u of '%s'", d, x->name);
    }
    return st;
}

sedge_status sedge_window_output(const sedge_layout *layout, const sedge_tensor *x, int32_t channels,
                                 const sedge_span *spans, sedge_tensor *y, sedge_error *err) {
    int32_t dims[SEDGE_RANK_MAX] = { x->dims[0] };
    dims[layout->channels] = channels;
    for (uint32_t d = 0; d < layout->space; d++)
        dims[layout->first + d] = spans[d].out;
    return sedge_op_set_shape(y, x->rank, dims, err);
}

sedge_seen sedge_span_seen(const sedge_span *s, int32_t o) {
    int32_t at = o * s->stride - s->before; /* input of k = 0 */
    int32_t first = at < 0 ? (-at + s->dilation - 1) / s->dilation : 0;
    int32_t end = at < s->in ? (s->in - at + s->dilation - 1) / s->dilation : 0;
    end = end < s->kernel ? end : s->kernel;
    return first < end ? (sedge_seen){ first, end } : (sedge_seen){ 0, 0 };
}

int32_t sedge_span_padded(const sedge_span *s, int32_t o) {
    int32_t left = s->in + s->after + s->before - o * s->stride; /* at least 1: no window begins behind the input */
    int32_t n = (left + s->dilation - 1) / s->dilation;
    return n < s->kernel ? n : s->kernel;
}
