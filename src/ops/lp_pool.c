/* SPDX-License-Identifier: Apache-2.0 */
/* LP_POOL on float32: the p-norm of what a window sees, summed in float64. Source: LpPool of ONNX. */
#include <math.h>
#include <string.h>

#include "base/exact_math.h"
#include "base/own.h"
#include "ops/ops.h"
#include "ops/pool.h"

static void begin(const sedge_window_pool *p, void *sums, size_t n) {
    memset(sums, 0, n * p->type->sum_bytes);
}

static double magnitude(float x) {
    return x < 0 ? -(double)x : (double)x;
}

static void add(const sedge_window_pool *p, void *sums, const void *x, size_t n) {
    double *to = sums;
    const float *from = x;
    for (size_t i = 0; i < n; i++) {
        double v = magnitude(from[i]);
        to[i] += p->power == 1 ? v : p->power == 2 ? v * v : sedge_pow(v, (double)p->power);
    }
}

static void end(const sedge_window_pool *p, const void *sums, int32_t count, void *y, size_t n) {
    (void)count;
    const double *from = sums;
    float *to = y;
    for (size_t i = 0; i < n; i++)
        to[i] = (float)(p->power == 1   ? from[i]
                        : p->power == 2 ? sqrt(from[i])
                                        : sedge_pow(from[i], 1 / (double)p->power));
}

static const sedge_pool_type types[] = {
    { SEDGE_FLOAT32, "lp_pool_f32_scalar", sizeof(double), begin, add, end },
};

sedge_status sedge_op_lp_pool_shape(const sedge_op_site *site, sedge_error *err) {
    if (site->op->u.window.power < 1)
        return sedge_fail(err, SEDGE_EINVALID, "a norm with p %d", site->op->u.window.power);
    return sedge_pool_settle(site, types, SEDGE_COUNT(types), err);
}

sedge_status sedge_op_lp_pool_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_pool_prepare(site, types, SEDGE_COUNT(types), ret, err);
}
