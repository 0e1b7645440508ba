/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/sum_s8.h"

static void run(const sedge_sum_s8_params *p, const void *a, const void *b, void *y, size_t n) {
    const uint8_t *pa = a, *pb = b;
    uint8_t *py = y;
    for (size_t i = 0; i < n; i++) {
        int32_t wide_a = sedge_sum_s8_wide((int8_t)(pa[i * p->step_a] ^ p->flip), p->a_zero, p->a);
        int32_t wide_b = sedge_sum_s8_wide((int8_t)(pb[i * p->step_b] ^ p->flip), p->b_zero, p->b);
        int32_t v = sedge_scale(wide_a + p->sign * wide_b, p->y) + p->y_zero;
        py[i] = (uint8_t)sedge_clamp(v, p->low, p->high) ^ p->flip;
    }
}

const sedge_sum_s8_kernel sedge_sum_s8_scalar = { "sum_s8_scalar", SEDGE_CPU_NONE, run };
