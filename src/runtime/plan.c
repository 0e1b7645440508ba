/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/plan.h"

#include <stdint.h>

#include "base/checked.h"

/* larger first, then the order of the buffers: a merge sort, stable and without surprises of speed */
static void sort_by_size(const sedge_plan_buffer *b, uint32_t *order, uint32_t *other, size_t n) {
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = start + width < n ? start + width : n, end = start + 2 * width < n ? start + 2 * width : n;
            size_t i = start, j = middle;
            for (size_t k = start; k < end; k++)
                other[k] = i < middle && (j == end || b[order[i]].bytes >= b[order[j]].bytes) ? order[i++] : order[j++];
        }
        for (size_t k = 0; k < n; k++)
            order[k] = other[k];
    }
}

static bool live_together(const sedge_plan_buffer *a, const sedge_plan_buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* the lowest place for b among those placed, which are sorted by offset */
static sedge_status place(sedge_plan_buffer *buffers, const uint32_t *placed, size_t n_placed, sedge_plan_buffer *b,
                          sedge_error *err) {
    size_t at = 0;
    for (size_t i = 0; i < n_placed; i++) {
        const sedge_plan_buffer *p = &buffers[placed[i]];
        if (!live_together(p, b))
            continue;
        if (p->offset >= at && p->offset - at >= b->bytes)
            break;
        size_t end;
        if (!sedge_add_size(p->offset, p->bytes, &end) || !sedge_align_size(end, SEDGE_PLAN_ALIGN, &end))
            return sedge_fail(err, SEDGE_ELIMIT, "the arena does not fit the address space");
        at = end > at ? end : at;
    }
    b->offset = at;
    return SEDGE_OK;
}

static void insert_sorted(const sedge_plan_buffer *buffers, uint32_t *placed, size_t n_placed, uint32_t index) {
    size_t i = n_placed;
    for (; i > 0 && buffers[placed[i - 1]].offset > buffers[index].offset; i--)
        placed[i] = placed[i - 1];
    placed[i] = index;
}

sedge_status sedge_plan(sedge_plan_buffer *buffers, size_t n, sedge_pool *work, size_t *ret_bytes, sedge_error *err) {
    uint32_t *order = sedge_pool_take(work, n, sizeof *order), *placed = sedge_pool_take(work, n, sizeof *placed);
    if (!order || !placed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to plan the arena");
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    sort_by_size(buffers, order, placed, n);
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        sedge_plan_buffer *b = &buffers[order[i]];
        sedge_status st = place(buffers, placed, i, b, err);
        if (st)
            return st;
        insert_sorted(buffers, placed, i, order[i]);
        size_t end;
        if (!sedge_add_size(b->offset, b->bytes, &end) || !sedge_align_size(end, SEDGE_PLAN_ALIGN, &end))
            return sedge_fail(err, SEDGE_ELIMIT, "the arena does not fit the address space");
        total = end > total ? end : total;
    }
    *ret_bytes = total;
    return SEDGE_OK;
}
