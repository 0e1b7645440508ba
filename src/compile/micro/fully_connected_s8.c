/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro/fully_connected_s8.h"

#include "compile/micro/dot_s8.h"

/* rows come in pairs; the last of an odd number is its own partner and is written twice */
void sedge_micro_run_columns_s8(const sedge_micro_fully_connected_s8 *p, const int8_t *x0, const int8_t *x1,
                                int8_t *y) {
    for (uint32_t o = 0; o < p->out; o += 2) {
        uint32_t q = o + 1 < p->out ? o + 1 : o;
        int32_t sum[4] = { p->rows.bias[o], p->rows.bias[q], p->rows.bias[o], p->rows.bias[q] };
        sedge_micro_dot_2x2(x0, x1, p->weights + o * p->in, p->weights + q * p->in, p->in, sum);
        y[o] = sedge_micro_requantize(&p->rows, o, sum[0]);
        y[q] = sedge_micro_requantize(&p->rows, q, sum[1]);
        y[p->out + o] = sedge_micro_requantize(&p->rows, o, sum[2]);
        y[p->out + q] = sedge_micro_requantize(&p->rows, q, sum[3]);
    }
}

void sedge_micro_run_column_s8(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y) {
    for (uint32_t o = 0; o < p->out; o += 2) {
        uint32_t q = o + 1 < p->out ? o + 1 : o;
        int32_t sum[2] = { p->rows.bias[o], p->rows.bias[q] };
        sedge_micro_dot_1x2(x, p->weights + o * p->in, p->weights + q * p->in, p->in, sum);
        y[o] = sedge_micro_requantize(&p->rows, o, sum[0]);
        y[q] = sedge_micro_requantize(&p->rows, q, sum[1]);
    }
}

void sedge_micro_run_fully_connected_s8(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y) {
    uint32_t c = 0;
    for (; c + 1 < p->columns; c += 2, x += 2 * p->in, y += 2 * p->out)
        sedge_micro_run_columns_s8(p, x, x + p->in, y);
    if (c < p->columns)
        sedge_micro_run_column_s8(p, x, y);
}
