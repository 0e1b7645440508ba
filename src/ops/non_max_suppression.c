/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NON_MAX_SUPPRESSION of ONNX: boxes [batch, n, 4] and scores [batch, classes, n]; inputs 2 to 4, which may be absent,
 * are the most boxes of a class (known at open; absent: none), the largest overlap (IoU) of boxes that stay, and the
 * score that a box must pass. Outputs the rows batch, class, box as int64, best score first, of equal scores the first
 * box first, and their number (sedge_tensor.sizes_in). A score that is no number does not count.
 */
#include "base/checked.h"
#include "ops/ops.h"

enum { BOXES, SCORES, MOST, OVERLAP, SCORE };

typedef struct prepared {
    size_t batch, classes, n, most;
    bool centers; /* boxes are center and size, else two corners */
    bool has_overlap, has_score;
} prepared;

typedef struct box {
    float y0, x0, y1, x1;
} box;

static box load_box(const prepared *d, const float *p) {
    if (d->centers)
        return (box){ p[1] - p[3] / 2, p[0] - p[2] / 2, p[1] + p[3] / 2, p[0] + p[2] / 2 };
    return (box){ p[0] < p[2] ? p[0] : p[2], p[1] < p[3] ? p[1] : p[3], p[0] < p[2] ? p[2] : p[0],
                  p[1] < p[3] ? p[3] : p[1] };
}

static float area(const box *b) {
    return (b->y1 - b->y0) * (b->x1 - b->x0);
}

static bool overlap(const prepared *d, const float *p, const float *q, float limit) {
    box a = load_box(d, p), b = load_box(d, q);
    box both = { a.y0 > b.y0 ? a.y0 : b.y0, a.x0 > b.x0 ? a.x0 : b.x0, a.y1 < b.y1 ? a.y1 : b.y1,
                 a.x1 < b.x1 ? a.x1 : b.x1 };
    if (!(both.y1 > both.y0) || !(both.x1 > both.x0) || !(area(&a) > 0) || !(area(&b) > 0))
        return false;
    float common = area(&both), all = area(&a) + area(&b) - common;
    return all > 0 && common / all > limit;
}

/* ---- the order of boxes: a heap whose top comes next ---- */

static bool before(const float *scores, uint32_t a, uint32_t b) {
    return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
}

static void sink(const float *scores, uint32_t *heap, size_t n, size_t i) {
    for (;;) {
        size_t best = i, left = 2 * i + 1;
        for (size_t k = left; k < n && k < left + 2; k++)
            best = before(scores, heap[k], heap[best]) ? k : best;
        if (best == i)
            return;
        uint32_t other = heap[i];
        heap[i] = heap[best];
        heap[best] = other;
        i = best;
    }
}

static size_t fill_heap(const prepared *d, const float *scores, float least, uint32_t *heap) {
    size_t n = 0;
    for (uint32_t i = 0; i < d->n; i++)
        if (d->has_score ? scores[i] > least : scores[i] == scores[i])
            heap[n++] = i;
    for (size_t i = n / 2; i-- > 0;)
        sink(scores, heap, n, i);
    return n;
}

/* ---- run ---- */

typedef struct limits {
    float overlap, score;
} limits;

/* the boxes of one class that stay; their number */
static size_t choose(const prepared *d, const float *boxes, const float *scores, limits limit, uint32_t *heap,
                     uint32_t *kept) {
    size_t left = fill_heap(d, scores, limit.score, heap), n = 0;
    while (left && n < d->most) {
        uint32_t best = heap[0];
        heap[0] = heap[--left];
        sink(scores, heap, left, 0);
        bool stays = true;
        for (size_t k = 0; stays && k < n; k++)
            stays = !overlap(d, boxes + (size_t)4 * best, boxes + (size_t)4 * kept[k], limit.overlap);
        if (stays)
            kept[n++] = best;
    }
    return n;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    uint32_t *heap = call->scratch, *kept = heap + d->n;
    int64_t *y = call->outputs[0];
    int32_t *sizes = call->outputs[1];
    limits limit = { d->has_overlap ? *(const float *)call->inputs[OVERLAP] : 0,
                     d->has_score ? *(const float *)call->inputs[SCORE] : 0 };
    size_t rows = 0;
    for (size_t b = 0; b < d->batch; b++)
        for (size_t c = 0; c < d->classes; c++) {
            const float *scores = (const float *)call->inputs[SCORES] + (b * d->classes + c) * d->n;
            size_t n = choose(d, (const float *)call->inputs[BOXES] + 4 * b * d->n, scores, limit, heap, kept);
            for (size_t k = 0; k < n; k++, rows++) {
                y[3 * rows] = (int64_t)b;
                y[3 * rows + 1] = (int64_t)c;
                y[3 * rows + 2] = kept[k];
            }
        }
    sizes[0] = (int32_t)rows;
    sizes[1] = 3;
}

/* ---- the operator ---- */

static sedge_status check_number(const sedge_op_site *site, uint32_t i, sedge_error *err) {
    const sedge_tensor *t = sedge_op_optional(site, i);
    if (!t)
        return SEDGE_OK;
    sedge_status st = sedge_op_want_type(t, SEDGE_FLOAT32, err);
    if (!st && sedge_op_elements(t) != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "input %u '%s' is not one number", i, t->name);
    return st;
}

static sedge_status check_inputs(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *boxes = sedge_op_input(site, BOXES), *scores = sedge_op_input(site, SCORES);
    sedge_status st = sedge_op_want_type(boxes, SEDGE_FLOAT32, err);
    if (!st)
        st = sedge_op_want_type(scores, SEDGE_FLOAT32, err);
    if (!st)
        st = check_number(site, OVERLAP, err);
    if (!st)
        st = check_number(site, SCORE, err);
    if (!st && (boxes->rank != 3 || scores->rank != 3 || boxes->dims[2] != 4 || boxes->dims[0] != scores->dims[0] ||
                boxes->dims[1] != scores->dims[2]))
        st = sedge_fail(err, SEDGE_EINVALID, "boxes '%s' must be [batch, n, 4] and scores '%s' [batch, classes, n]",
                        boxes->name, scores->name);
    return st;
}

/* of one class, and of all */
static sedge_status count_most(const sedge_op_site *site, size_t *ret_class, size_t *ret_all, sedge_error *err) {
    const sedge_tensor *scores = sedge_op_input(site, SCORES);
    int64_t most = 0;
    uint32_t one = 1;
    sedge_status st = sedge_op_optional(site, MOST)
                          ? sedge_op_constant_ints(site, MOST, "the most boxes of a class", 1, &most, &one, err)
                          : SEDGE_OK;
    if (!st && one != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "the most boxes of a class is not one number");
    if (st)
        return st;
    *ret_class = most < 0 ? 0 : most > scores->dims[2] ? (size_t)scores->dims[2] : (size_t)most;
    if (!sedge_mul_size((size_t)scores->dims[0], (size_t)scores->dims[1], ret_all) ||
        !sedge_mul_size(*ret_all, *ret_class, ret_all) || *ret_all > INT32_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "the boxes that may stay do not fit");
    return SEDGE_OK;
}

sedge_status sedge_op_non_max_suppression_shape(const sedge_op_site *site, sedge_error *err) {
    size_t of_class = 0, all = 0;
    sedge_status st = check_inputs(site, err);
    if (!st)
        st = count_most(site, &of_class, &all, err);
    return st ? st : sedge_op_set_largest(site, SEDGE_INT64, 2, (int32_t[]){ (int32_t)all, 3 }, err);
}

sedge_status sedge_op_non_max_suppression_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *scores = sedge_op_input(site, SCORES);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .batch = (size_t)scores->dims[0],
                     .classes = (size_t)scores->dims[1],
                     .n = (size_t)scores->dims[2],
                     .centers = site->op->u.box_centers,
                     .has_overlap = sedge_op_optional(site, OVERLAP) != NULL,
                     .has_score = sedge_op_optional(site, SCORE) != NULL };
    size_t all;
    sedge_status st = count_most(site, &d->most, &all, err);
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "non_max_suppression",
                             .scratch_bytes = (d->n + d->most) * sizeof(uint32_t),
                             .macs = (uint64_t)d->batch * d->classes * d->n * (d->most + 1) };
    return SEDGE_OK;
}
