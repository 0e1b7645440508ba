/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro/dense_s8.h"

void sedge_micro_run_fully_connected_s8(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y,
                                        void *pair) {
    uint32_t c = 0;
    for (; c + 1 < p->columns; c += 2, x += 2 * p->in, y += 2 * p->out) {
        sedge_micro_pair(pair, 0, x, p->in);
        sedge_micro_pair(pair, 1, x + p->in, p->in);
        sedge_micro_dense_2(p, pair, y);
    }
    if (c < p->columns)
        sedge_micro_dense_1(p, x, y);
}
