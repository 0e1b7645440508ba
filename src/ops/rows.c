/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/rows.h"

#include <string.h>

#include "base/checked.h"

enum { ALIGN = 64 };

static int32_t reach(const sedge_span *s) {
    return (s->kernel - 1) * s->dilation + 1;
}

static bool leaves_the_picture(const sedge_span *s) {
    return s->before > 0 || (s->out - 1) * s->stride - s->before + reach(s) > s->in;
}

bool sedge_rows_fit(const sedge_span *across) {
    return !leaves_the_picture(across);
}

static bool has_pad(const sedge_rows *r) {
    return r->pad || (!r->convert && leaves_the_picture(&r->down));
}

bool sedge_rows_plan(sedge_rows *r, size_t *ret_scratch_bytes) {
    int32_t padded = (r->across.out - 1) * r->across.stride + reach(&r->across);
    r->columns = r->convert ? (padded + (int32_t)r->phases - 1) / (int32_t)r->phases : r->across.in;
    r->slots = r->convert ? (uint32_t)reach(&r->down) : 0;
    size_t n, width = r->channels * r->repeat * r->x_bytes; /* channels of tensors, far from overflow */
    bool fits = sedge_mul_size((size_t)r->columns, width, &r->phase_bytes) &&
                sedge_mul_size(r->phase_bytes, r->phases, &r->row_bytes) &&
                sedge_mul_size(r->row_bytes, r->slots, &r->pad_at) &&
                sedge_add_size(r->pad_at, has_pad(r) ? r->row_bytes : 0, &r->staging_at);
    size_t staging = r->repeat > 1 ? (size_t)r->across.in * r->channels * r->repeat * r->from_bytes : 0;
    return fits && sedge_add_size(r->staging_at, staging, &n) && sedge_add_size(n, SEDGE_ROWS_SLACK, &n) &&
           sedge_align_size(n, ALIGN, ret_scratch_bytes);
}

/* n elements that hold the zero point */
static void fill(const sedge_rows *r, size_t n, uint8_t *to) {
    uint32_t one = r->zero;
    if (r->convert)
        r->convert(&r->zero, 1, 1, 1, r->flip, &one);
    if (r->x_bytes == 1 || one == 0) {
        memset(to, (uint8_t)one, n * r->x_bytes);
        return;
    }
    for (size_t i = 0; i < n; i++)
        memcpy(to + i * r->x_bytes, &one, r->x_bytes);
}

/* the columns j of a phase that lie in the picture: its columns first + j * phases */
static void columns_within(const sedge_rows *r, int32_t phase, int32_t *ret_begin, int32_t *ret_end) {
    int32_t phases = (int32_t)r->phases, before = r->across.before - phase;
    int32_t begin = before > 0 ? (before + phases - 1) / phases : 0,
            end = (before + r->across.in + phases - 1) / phases;
    *ret_end = end < 0 ? 0 : end < r->columns ? end : r->columns;
    *ret_begin = begin < *ret_end ? begin : *ret_end;
}

static void fill_sides(const sedge_rows *r, uint8_t *row) {
    size_t width = r->channels * r->repeat;
    for (uint32_t phase = 0; phase < r->phases; phase++, row += r->phase_bytes) {
        int32_t begin, end;
        columns_within(r, (int32_t)phase, &begin, &end);
        fill(r, (size_t)begin * width, row);
        fill(r, (size_t)(r->columns - end) * width, row + (size_t)end * width * r->x_bytes);
    }
}

sedge_rows_run sedge_rows_begin(const sedge_rows *r, const void *x, void *scratch) {
    sedge_rows_run run = { r, x, scratch, -r->down.before };
    for (uint32_t i = 0; i < r->slots; i++)
        fill_sides(r, run.scratch + i * r->row_bytes);
    if (has_pad(r))
        fill(r, r->row_bytes / r->x_bytes, run.scratch + r->pad_at);
    return run;
}

static const uint8_t *repeated(const sedge_rows_run *run, const uint8_t *x) {
    const sedge_rows *r = run->rows;
    if (r->repeat == 1)
        return x;
    uint8_t *staging = run->scratch + r->staging_at, *to = staging;
    for (size_t i = 0; i < (size_t)r->across.in * r->channels; i++, x += r->from_bytes)
        for (size_t k = 0; k < r->repeat; k++, to += r->from_bytes)
            memcpy(to, x, r->from_bytes);
    return staging;
}

static void copy_row(const sedge_rows_run *run, int32_t i, uint8_t *row) {
    const sedge_rows *r = run->rows;
    size_t width = r->channels * r->repeat;
    const uint8_t *x = repeated(run, run->x + (size_t)i * (size_t)r->across.in * r->channels * r->from_bytes);
    for (uint32_t phase = 0; phase < r->phases; phase++, row += r->phase_bytes) {
        int32_t begin, end;
        columns_within(r, (int32_t)phase, &begin, &end);
        if (begin == end)
            continue;
        size_t first = (size_t)(begin * (int32_t)r->phases + (int32_t)phase - r->across.before),
               n = (size_t)(end - begin);
        uint8_t *to = row + (size_t)begin * width * r->x_bytes;
        if (r->phases == 1)
            r->convert(x + first * width * r->from_bytes, 1, n * width, 0, r->flip, to);
        else
            r->convert(x + first * width * r->from_bytes, n, width, r->phases * width, r->flip, to);
    }
}

void sedge_rows_advance(sedge_rows_run *run, int32_t o) {
    const sedge_rows *r = run->rows;
    if (!r->convert)
        return;
    int32_t begin = o * r->down.stride - r->down.before, end = begin + reach(&r->down);
    for (int32_t i = begin > run->next ? begin : run->next; i < end; i++) {
        uint8_t *row = run->scratch + (size_t)((uint32_t)(i + r->down.before) % r->slots) * r->row_bytes;
        if (i >= 0 && i < r->down.in)
            copy_row(run, i, row);
        else
            fill(r, r->row_bytes / r->x_bytes, row);
        run->next = i + 1;
    }
}
