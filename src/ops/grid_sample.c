/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GRID_SAMPLE of ONNX on float32 images [batch, channels, height, width] and a grid [batch, rows, columns, 2] of places
 * x, y from -1 to 1. A place that is no number is the middle.
 */
#include "base/exact_math.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t batch, channels, height, width, places;
    sedge_grid_sample p;
} prepared;

static double denormalize(const prepared *d, float at, size_t n) {
    double x = at == at ? (double)at : 0;
    return d->p.align_corners ? (x + 1) / 2 * ((double)n - 1) : ((x + 1) * (double)n - 1) / 2;
}

/* into [low, high] by mirrors at both ends */
static double reflect(double x, double low, double high) {
    double range = high - low;
    if (!(range > 0))
        return low;
    double from = x < low ? low - x : x - low, rest = sedge_fmod(from, 2 * range);
    return rest <= range ? low + rest : low + 2 * range - rest;
}

static double border(const prepared *d, double x, size_t n) {
    double low = d->p.align_corners ? 0 : -0.5, high = (double)n - (d->p.align_corners ? 1 : 0.5);
    if (d->p.padding == SEDGE_GRID_REFLECTION)
        x = reflect(x, low, high);
    if (d->p.padding != SEDGE_GRID_ZEROS)
        x = x < 0 ? 0 : x > (double)n - 1 ? (double)n - 1 : x;
    return x < -(double)n - 2 ? -(double)n - 2 : x > 2 * (double)n + 2 ? 2 * (double)n + 2 : x;
}

/* the index of a neighbour; -1 when it is outside and counts as 0 */
static int64_t neighbour(const prepared *d, int64_t i, size_t n) {
    if (i >= 0 && i < (int64_t)n)
        return i;
    return d->p.padding == SEDGE_GRID_ZEROS ? -1 : (int64_t)border(d, (double)i, n);
}

static double cubic(double x) {
    const double a = -0.75;
    x = x < 0 ? -x : x;
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* at most 4 neighbours of a place along one axis, with weights */
typedef struct taps {
    int n;
    int64_t at[4];
    double weight[4];
} taps;

static void find_taps(const prepared *d, float place, size_t n, taps *t) {
    double x = border(d, denormalize(d, place, n), n), floor = sedge_floor(x);
    int reach = d->p.mode == SEDGE_RESIZE_CUBIC ? 1 : 0;
    *t = (taps){ .n = d->p.mode == SEDGE_RESIZE_NEAREST ? 1 : 2 + 2 * reach };
    if (d->p.mode == SEDGE_RESIZE_CUBIC && d->p.padding != SEDGE_GRID_ZEROS) { /* the border is of each neighbour */
        x = denormalize(d, place, n);
        x = x < -(double)n - 2 ? -(double)n - 2 : x > 2 * (double)n + 2 ? 2 * (double)n + 2 : x;
        floor = sedge_floor(x);
    }
    for (int k = 0; k < t->n; k++) {
        int64_t at = t->n == 1 ? (int64_t)sedge_round_even(x) : (int64_t)floor - reach + k;
        double away = (double)at - x;
        t->weight[k] = t->n == 1 ? 1 : t->n == 4 ? cubic(away) : 1 - (away < 0 ? -away : away);
        t->at[k] = neighbour(d, at, n);
    }
}

static float sample(const prepared *d, const float *image, const taps *rows, const taps *columns) {
    double sum = 0;
    for (int i = 0; i < rows->n; i++)
        for (int j = 0; j < columns->n; j++)
            if (rows->at[i] >= 0 && columns->at[j] >= 0)
                sum += rows->weight[i] * columns->weight[j] *
                       (double)image[(size_t)rows->at[i] * d->width + (size_t)columns->at[j]];
    return (float)sum;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0], *grid = call->inputs[1];
    float *y = call->outputs[0];
    size_t image = d->height * d->width;
    for (size_t b = 0; b < d->batch; b++, x += d->channels * image, y += d->channels * d->places)
        for (size_t i = 0; i < d->places; i++, grid += 2) {
            taps rows, columns;
            find_taps(d, grid[0], d->width, &columns);
            find_taps(d, grid[1], d->height, &rows);
            for (size_t c = 0; c < d->channels; c++)
                y[c * d->places + i] = sample(d, x + c * image, &rows, &columns);
        }
}

sedge_status sedge_op_grid_sample_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *grid = sedge_op_input(site, 1);
    sedge_status st = sedge_op_want_type(x, SEDGE_FLOAT32, err);
    if (!st)
        st = sedge_op_want_type(grid, SEDGE_FLOAT32, err);
    if (!st && (x->rank != 4 || grid->rank != 4))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has rank %u, 4 is needed", x->name, x->rank);
    if (!st && (grid->dims[0] != x->dims[0] || grid->dims[3] != 2))
        st = sedge_fail(err, SEDGE_EINVALID, "the grid '%s' must be [%d, rows, columns, 2]", grid->name, x->dims[0]);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    if (st)
        return st;
    int32_t dims[] = { x->dims[0], x->dims[1], grid->dims[1], grid->dims[2] };
    return sedge_op_set_shape(sedge_op_output(site, 0), 4, dims, err);
}

sedge_status sedge_op_grid_sample_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *grid = sedge_op_input(site, 1);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ (size_t)x->dims[0],
                     (size_t)x->dims[1],
                     (size_t)x->dims[2],
                     (size_t)x->dims[3],
                     (size_t)grid->dims[1] * (size_t)grid->dims[2],
                     site->op->u.grid_sample };
    uint64_t each = d->p.mode == SEDGE_RESIZE_CUBIC ? 16 : d->p.mode == SEDGE_RESIZE_LINEAR ? 4 : 1;
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = "grid_sample_f32", .macs = each * sedge_op_elements(sedge_op_output(site, 0))
    };
    return SEDGE_OK;
}
