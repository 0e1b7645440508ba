/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UNIQUE (x), outputs y, first, inverse, counts, sizes of y, number: the different slices of x along an axis, or with
 * no axis its different elements as a list: y; where each comes first, and how often; and for every slice of x which of
 * y it is. They stand in ascending order, or in the order in which they come. y, first and counts are declared for the
 * case that all differ; `sizes of y`, int32 [rank of y], and `number`, int32 [1], hold what they are
 * (sedge_tensor.sizes_in). Scratch: order: uint32_t [slices] | group: uint32_t [slices] | place: uint32_t [slices]
 */
#include <string.h>

#include "ops/keys.h"
#include "ops/numbers.h"
#include "ops/ops.h"

enum { Y, FIRST, INVERSE, COUNTS, SIZES, NUMBER };

typedef struct prepared {
    size_t outer, n, inner; /* x is [outer, n slices, inner] */
    size_t unit;
    sedge_dtype dtype;
    bool in_order; /* of coming */
    uint32_t rank, axis;
    int32_t dims[SEDGE_RANK_MAX];
} prepared;

typedef struct work {
    const prepared *d;
    const void *x;
    uint32_t *order, *group, *place;
} work;

/* without an axis x is one list */
static sedge_status read_shape(const sedge_op_site *site, prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    const size_t n = sedge_op_elements(x);
    if (!sedge_is_integer(x->dtype) && !sedge_is_float(x->dtype))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "'%s' is %s", x->name, sedge_dtype_name(x->dtype));
    if (n > INT32_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "'%s' has %zu elements, the limit is %d", x->name, n, INT32_MAX);
    *ret = (prepared){ .rank = 1, .dims = { (int32_t)n } };
    if (!site->op->u.unique.has_axis)
        return SEDGE_OK;
    ret->rank = x->rank;
    memcpy(ret->dims, x->dims, sizeof ret->dims);
    return sedge_op_axis(site->op->u.unique.axis, x->rank, &ret->axis, err);
}

sedge_status sedge_op_unique_shape(const sedge_op_site *site, sedge_error *err) {
    prepared d;
    sedge_status st = read_shape(site, &d, err);
    if (st)
        return st;
    const int32_t rank = (int32_t)d.rank, one = 1;
    const struct {
        sedge_dtype dtype;
        uint32_t rank, sizes;
        const int32_t *dims;
    } outputs[] = {
        [Y] = { sedge_op_input(site, 0)->dtype, d.rank, SIZES, d.dims },
        [FIRST] = { SEDGE_INT64, 1, NUMBER, &d.dims[d.axis] },
        [INVERSE] = { SEDGE_INT64, 1, 0, &d.dims[d.axis] },
        [COUNTS] = { SEDGE_INT64, 1, NUMBER, &d.dims[d.axis] },
        [SIZES] = { SEDGE_INT32, 1, 0, &rank },
        [NUMBER] = { SEDGE_INT32, 1, 0, &one },
    };
    for (uint32_t i = 0; !st && i < sizeof outputs / sizeof outputs[0]; i++) {
        sedge_tensor *t = sedge_op_output(site, i);
        st = sedge_op_set_type(t, outputs[i].dtype, err);
        if (!st)
            st = sedge_op_set_shape(t, outputs[i].rank, outputs[i].dims, err);
        if (outputs[i].sizes)
            t->sizes_in = (uint32_t)site->op->outputs[outputs[i].sizes] + 1;
    }
    return st;
}

/* below 0, 0, above 0 as slice a comes before, equals, comes after b */
static int compare(const work *w, uint32_t a, uint32_t b) {
    const prepared *d = w->d;
    for (size_t o = 0; o < d->outer; o++)
        for (size_t i = 0; i < d->inner; i++) {
            int64_t ka, kb;
            sedge_load_keys(d->dtype, w->x, (o * d->n + a) * d->inner + i, 1, 1, &ka);
            sedge_load_keys(d->dtype, w->x, (o * d->n + b) * d->inner + i, 1, 1, &kb);
            if (ka != kb)
                return ka < kb ? -1 : 1;
        }
    return 0;
}

/* equal slices in the order in which they come */
static bool before(const work *w, uint32_t a, uint32_t b) {
    const int c = compare(w, a, b);
    return c < 0 || (c == 0 && a < b);
}

static void sink(const work *w, size_t n, size_t i) {
    for (;;) {
        size_t last = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
            if (before(w, w->order[last], w->order[child]))
                last = child;
        if (last == i)
            return;
        const uint32_t t = w->order[i];
        w->order[i] = w->order[last];
        w->order[last] = t;
        i = last;
    }
}

static void sort(const work *w) {
    const size_t n = w->d->n;
    for (size_t i = 0; i < n; i++)
        w->order[i] = (uint32_t)i;
    for (size_t i = n / 2; i-- > 0;)
        sink(w, n, i);
    for (size_t left = n; left-- > 1;) {
        const uint32_t t = w->order[0];
        w->order[0] = w->order[left];
        w->order[left] = t;
        sink(w, left, 0);
    }
}

/* group: by slice, the number of its group; first and counts by group; how many groups there are */
static uint32_t find_groups(const work *w, int64_t *first, int64_t *counts) {
    uint32_t groups = 0;
    for (size_t i = 0; i < w->d->n; i++) {
        const uint32_t slice = w->order[i];
        if (i == 0 || compare(w, w->order[i - 1], slice) != 0) {
            first[groups] = slice;
            counts[groups++] = 0;
        }
        counts[groups - 1]++;
        w->group[slice] = groups - 1;
    }
    return groups;
}

/* numbers the groups anew, in the order in which their first slices come */
static void put_in_order(const work *w, int64_t *first, int64_t *counts) {
    uint32_t next = 0;
    for (size_t i = 0; i < w->d->n; i++) {
        const uint32_t g = w->group[i];
        if (first[g] == (int64_t)i)
            w->place[g] = next++;
    }
    for (size_t i = 0; i < w->d->n; i++)
        w->group[i] = w->place[w->group[i]];
    next = 0;
    for (size_t i = 0; i < w->d->n; i++)
        if (w->group[i] == next) {
            first[next] = (int64_t)i;
            counts[next++] = 0;
        }
    for (size_t i = 0; i < w->d->n; i++)
        counts[w->group[i]]++;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    uint32_t *lists = call->scratch;
    const work w = { d, call->inputs[0], lists, lists + d->n, lists + 2 * d->n };
    int64_t *first = call->outputs[FIRST], *inverse = call->outputs[INVERSE], *counts = call->outputs[COUNTS];
    sort(&w);
    const uint32_t groups = find_groups(&w, first, counts);
    if (d->in_order)
        put_in_order(&w, first, counts);
    const size_t slab = d->inner * d->unit;
    for (size_t o = 0; o < d->outer; o++)
        for (uint32_t g = 0; g < groups; g++)
            memcpy((uint8_t *)call->outputs[Y] + (o * groups + g) * slab,
                   (const uint8_t *)w.x + (o * d->n + (size_t)first[g]) * slab, slab);
    for (size_t i = 0; i < d->n; i++)
        inverse[i] = w.group[i];
    int32_t *sizes = call->outputs[SIZES], *number = call->outputs[NUMBER];
    for (uint32_t i = 0; i < d->rank; i++)
        sizes[i] = i == d->axis ? (int32_t)groups : d->dims[i];
    number[0] = (int32_t)groups;
}

sedge_status sedge_op_unique_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = read_shape(site, d, err);
    if (st)
        return st;
    d->outer = d->inner = 1;
    d->n = (size_t)d->dims[d->axis];
    d->unit = sedge_dtype_size(x->dtype);
    d->dtype = x->dtype;
    d->in_order = site->op->u.unique.in_order;
    for (uint32_t i = 0; i < d->rank; i++)
        if (i < d->axis)
            d->outer *= (size_t)d->dims[i];
        else if (i > d->axis)
            d->inner *= (size_t)d->dims[i];
    uint64_t rounds = 2;
    for (size_t n = d->n; n > 1; n /= 2)
        rounds += 2;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "unique",
                             .scratch_bytes = 3 * d->n * sizeof(uint32_t),
                             .macs = sedge_op_elements(x) * rounds };
    return SEDGE_OK;
}
