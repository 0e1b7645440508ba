/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/hybrid.h"

#include "model/quant.h"

sedge_status sedge_hybrid_init(const sedge_op_site *site, const sedge_tensor *w, const sedge_tensor *b,
                               sedge_hybrid *ret, sedge_error *err) {
    size_t out = (size_t)w->dims[0], depth = sedge_op_elements(w) / out;
    const sedge_quant *q = &w->quant;
    if (q->count != 1 && (q->axis != 0 || q->count != out))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the weights, tensor '%s', have %u scales along dimension %u",
                          w->name, q->count, q->axis);
    for (uint32_t i = 0; q->zero_points && i < q->count; i++)
        if (q->zero_points[i] != 0)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "the weights, tensor '%s', have zero point %d, 0 is needed",
                              w->name, q->zero_points[i]);
    if (depth > SEDGE_HYBRID_DEPTH_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "sums of %zu products in int8, the limit is %d", depth,
                          SEDGE_HYBRID_DEPTH_MAX);
    float *scale = sedge_pool_take(site->pool, out, sizeof *scale);
    int32_t *sum = sedge_pool_take(site->pool, out, sizeof *sum);
    if (!scale || !sum)
        return sedge_op_no_memory(err);
    const int8_t *weights = w->data;
    for (size_t o = 0; o < out; o++) {
        scale[o] = q->scales[q->count == 1 ? 0 : o];
        for (size_t i = 0; i < depth; i++)
            sum[o] += weights[o * depth + i];
    }
    *ret = (sedge_hybrid){ depth, out, weights, scale, sum, b ? b->data : NULL, 0, 0 };
    sedge_activation_range_f32(site->op->activation, &ret->y_low, &ret->y_high);
    return SEDGE_OK;
}

static float round_even(float x) {
    const float big = 12582912; /* 1.5 * 2^23: what is added has no place for fractions; |x| is less than 2^22 */
    return (x + big) - big;
}

static float clamp(float x, float low, float high) {
    return !(x >= low) ? low : x > high ? high : x;
}

sedge_hybrid_range sedge_hybrid_quantize(const float *x, size_t n, int8_t *q) {
    float low = 0, high = 0;
    for (size_t i = 0; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    float steps = low == high ? 1 : 255 / (high - low);
    float from_low = -128 + low * steps, from_high = 127 + high * steps;
    float zero = round_even(clamp(from_low + from_high > 0 ? -128 - low * steps : 127 - high * steps, -128, 127));
    for (size_t i = 0; i < n; i++)
        q[i] = (int8_t)clamp(round_even(clamp(x[i] * steps, -512, 512)) + zero, -128, 127);
    return (sedge_hybrid_range){ 1 / steps, (int32_t)zero };
}

void sedge_hybrid_row(const sedge_hybrid *h, const int8_t *q, sedge_hybrid_range range, float *y) {
    const int8_t *w = h->weights;
    for (size_t o = 0; o < h->out; o++, w += h->depth) {
        int32_t sum = 0;
        for (size_t i = 0; i < h->depth; i++)
            sum += q[i] * w[i];
        float v = (float)(sum - range.zero * h->sum[o]) * range.scale * h->scale[o] + (h->bias ? h->bias[o] : 0);
        y[o] = v < h->y_low ? h->y_low : v > h->y_high ? h->y_high : v;
    }
}
