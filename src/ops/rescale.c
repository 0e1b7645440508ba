/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/rescale.h"

sedge_status sedge_rescale_init(sedge_rescale *r, const sedge_tensor *x, const sedge_tensor *y, double factor,
                                sedge_error *err) {
    *r = (sedge_rescale){ sedge_zero_point(x), sedge_zero_point(y), { 0, 0 }, sedge_dtype_range(y->dtype) };
    if (!sedge_factor_of(factor, &r->factor))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s' and '%s' are too far apart", x->name, y->name);
    return SEDGE_OK;
}

int32_t sedge_rescale_apply(const void *user, int32_t q) {
    const sedge_rescale *r = user;
    int64_t y = (int64_t)r->y_zero + sedge_scale((int32_t)((uint32_t)q - (uint32_t)r->x_zero), r->factor);
    return y < r->range.low ? r->range.low : y > r->range.high ? r->range.high : (int32_t)y;
}
