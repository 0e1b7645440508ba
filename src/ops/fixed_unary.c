/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/fixed_unary.h"

#include "model/fixed_point.h"
#include "model/quant.h"
#include "ops/unary.h"

enum { INTEGER_BITS = 4 };

typedef struct params {
    const sedge_fixed_unary *f;
    int32_t x_zero, radius;
    sedge_factor factor;
} params;

static int32_t apply(int32_t q, const void *user) {
    const params *p = user;
    int32_t x = q - p->x_zero;
    if (x <= -p->radius)
        return INT8_MIN;
    if (x >= p->radius)
        return INT8_MAX;
    int32_t y = p->f->fn(sedge_scale(x, p->factor));
    return sedge_clamp(sedge_shift_round(y, 31 - p->f->y_bits) + p->f->y_zero, INT8_MIN, INT8_MAX);
}

sedge_status sedge_fixed_unary_prepare(const sedge_op_site *site, const sedge_fixed_unary *f, sedge_prepared *ret,
                                       sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    float y_scale = 1.0f / (float)(1 << f->y_bits);
    if (sedge_zero_point(y) != f->y_zero || y->quant.scales[0] != y_scale)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "output '%s' has scale %g and zero point %d, %g and %d are needed",
                          y->name, (double)y->quant.scales[0], sedge_zero_point(y), (double)y_scale, f->y_zero);
    params p = { .f = f, .x_zero = sedge_zero_point(x) };
    double real = (double)x->quant.scales[0] * (1 << (31 - INTEGER_BITS));
    if (real < 0x1p30) { /* else one step is beyond the radius, which stays 0 */
        if (!sedge_factor_of(real, &p.factor) || p.factor.multiplier == 0 || p.factor.shift < 0)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has scale %g, which is too small", x->name,
                              (double)x->quant.scales[0]);
        p.radius = sedge_fixed_radius(INTEGER_BITS, p.factor.shift);
    }
    return sedge_unary_prepare_s8(site, apply, &p, f->kernel, ret, err);
}
