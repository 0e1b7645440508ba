/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro/sum_s8.h"

enum { LEFT_SHIFT = 20 };

static int32_t wide(int32_t q, int32_t zero, sedge_factor f) {
    return sedge_scale((q - zero) * (1 << LEFT_SHIFT), f);
}

void sedge_micro_run_sum_s8(const sedge_micro_sum_s8 *p, const int8_t *a, const int8_t *b, int8_t *y) {
    for (uint32_t i = 0; i < p->n; i++, a += p->a_step, b += p->b_step) {
        int32_t sum = wide(*a, p->a_zero, p->a) + p->sign * wide(*b, p->b_zero, p->b);
        y[i] = (int8_t)sedge_clamp(sedge_scale(sum, p->y) + p->y_zero, p->low, p->high);
    }
}
