/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/resize_taps.h"

#include "base/exact_math.h"

static float place_in_input(const sedge_resize *p, const sedge_resize_axis *a, uint32_t x) {
    float in = (float)a->in, out = a->scale * in, i = (float)x;
    float half = (i + 0.5f) / a->scale - 0.5f;
    switch (p->place) {
    case SEDGE_RESIZE_HALF_PIXEL_SYMMETRIC:
        return in / 2 * (1 - (float)a->out / out) + half;
    case SEDGE_RESIZE_PYTORCH_HALF_PIXEL:
        return a->out == 1 ? 0 : half;
    case SEDGE_RESIZE_ALIGN_CORNERS:
        return a->out == 1 || out == 1 ? 0 : i * (in - 1) / (out - 1);
    case SEDGE_RESIZE_ASYMMETRIC:
        return i / a->scale;
    case SEDGE_RESIZE_TF_HALF_PIXEL_FOR_NN:
        return (i + 0.5f) / a->scale;
    case SEDGE_RESIZE_CROP:
        if (a->out == 1)
            return (a->roi_low + a->roi_high) * (in - 1) / 2;
        return a->roi_low * (in - 1) + i * (a->roi_high - a->roi_low) * (in - 1) / ((float)a->out - 1);
    case SEDGE_RESIZE_HALF_PIXEL:
    case SEDGE_RESIZE_PLACES:
        break;
    }
    return half;
}

/* a place that is no number or far away is an edge */
static float tame(float x, float in) {
    return x > -in - 1 ? x < 2 * in + 1 ? x : 2 * in + 1 : -in - 1;
}

static uint32_t clamp_index(int64_t i, uint32_t n) {
    return i < 0 ? 0 : i >= (int64_t)n ? n - 1 : (uint32_t)i;
}

static int64_t nearest(sedge_resize_round round, float x) {
    double floor = sedge_floor((double)x);
    double part = (double)x - floor;
    bool up = round == SEDGE_RESIZE_CEIL                ? part > 0
              : round == SEDGE_RESIZE_ROUND_PREFER_CEIL ? part >= 0.5
              : round == SEDGE_RESIZE_FLOOR             ? false
                                                        : part > 0.5;
    return (int64_t)floor + up;
}

static double cubic(double x, double a) {
    x = x < 0 ? -x : x;
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static double linear(double x) {
    x = x < 0 ? -x : x;
    return x < 1 ? 1 - x : 0;
}

/* places before the left neighbour that count; as many and one more count after it */
static double reach(const sedge_resize *p, double shrink) {
    double radius = (p->mode == SEDGE_RESIZE_CUBIC ? 2 : 1) / shrink;
    return -sedge_floor(-radius) - 1;
}

/* weights of n places from first on, around x; they add up to 1 */
static void fill_weights(const sedge_resize *p, const sedge_resize_axis *a, double shrink, double x, int64_t first,
                         uint32_t n, uint32_t *index, float *weight) {
    double sum = 0;
    for (uint32_t k = 0; k < n; k++) {
        int64_t at = first + k;
        double d = ((double)at - x) * shrink,
               w = p->mode == SEDGE_RESIZE_CUBIC ? cubic(d, (double)p->cubic_a) : linear(d);
        bool outside = at < 0 || at >= (int64_t)a->in;
        w = p->exclude_outside && outside ? 0 : w;
        index[k] = clamp_index(at, a->in);
        weight[k] = (float)w;
        sum += w;
    }
    for (uint32_t k = 0; k < n && sum != 0 && (p->exclude_outside || p->antialias); k++)
        weight[k] = (float)((double)weight[k] / sum);
}

bool sedge_resize_make_taps(const sedge_resize *p, const sedge_resize_axis *a, sedge_pool *pool,
                            sedge_resize_taps *ret) {
    bool weighted = p->mode != SEDGE_RESIZE_NEAREST;
    double shrink = p->antialias && a->scale < 1 ? (double)a->scale : 1, before = reach(p, shrink);
    if (weighted && !(before < SEDGE_RESIZE_ENTRIES_MAX))
        return false;
    uint32_t n = weighted ? 2 * (uint32_t)before + 2 : 1;
    if ((uint64_t)n * a->out > SEDGE_RESIZE_ENTRIES_MAX)
        return false;
    uint32_t *index = sedge_pool_take(pool, (size_t)n * a->out, sizeof *index);
    float *weight = weighted ? sedge_pool_take(pool, (size_t)n * a->out, sizeof *weight) : NULL;
    if (!index || (weighted && !weight))
        return false;
    for (uint32_t i = 0; i < a->out; i++) {
        float x = place_in_input(p, a, i);
        bool outside = p->place == SEDGE_RESIZE_CROP && !(x >= 0 && x <= (float)a->in - 1);
        x = tame(x, (float)a->in);
        if (weighted)
            fill_weights(p, a, shrink, (double)x, (int64_t)(sedge_floor((double)x) - before), n, index + (size_t)n * i,
                         weight + (size_t)n * i);
        else
            index[i] = clamp_index(nearest(p->round, x), a->in);
        if (outside)
            index[(size_t)n * i] = SEDGE_RESIZE_OUTSIDE;
    }
    *ret = (sedge_resize_taps){ n, index, weight };
    return true;
}
