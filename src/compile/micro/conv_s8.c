/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro/conv_s8.h"

#include <string.h>

#include "compile/micro/dense_s8.h"

/* one row of the window; x is the row of the picture */
static void fill_row(const sedge_micro_conv_s8 *p, const sedge_micro_seen *s, const int8_t *x, int8_t *to) {
    size_t c = p->channels;
    memset(to, p->x_zero, (size_t)s->first * c);
    if (p->across.dilation == 1) {
        memcpy(to + (size_t)s->first * c, x + (size_t)(s->start + s->first) * c, (size_t)(s->end - s->first) * c);
    } else {
        for (int32_t k = s->first; k < s->end; k++)
            memcpy(to + (size_t)k * c, x + (size_t)(s->start + k * p->across.dilation) * c, c);
    }
    memset(to + (size_t)s->end * c, p->x_zero, (size_t)(p->across.kernel - s->end) * c);
}

static void fill_column(const sedge_micro_conv_s8 *p, const sedge_micro_seen *down, int32_t across, const int8_t *x,
                        int8_t *to) {
    sedge_micro_seen s = sedge_micro_see(&p->across, across);
    size_t row = (size_t)p->across.kernel * p->channels, picture_row = (size_t)p->across.in * p->channels;
    memset(to, p->x_zero, (size_t)down->first * row);
    for (int32_t k = down->first; k < down->end; k++)
        fill_row(p, &s, x + (size_t)(down->start + k * p->down.dilation) * picture_row, to + (size_t)k * row);
    memset(to + (size_t)down->end * row, p->x_zero, (size_t)(p->down.kernel - down->end) * row);
}

void sedge_micro_run_conv_s8(const sedge_micro_conv_s8 *p, const int8_t *x, int8_t *y, void *scratch) {
    uint32_t filled = 0, n = p->dense.in;
    int8_t *columns = (int8_t *)scratch + SEDGE_MICRO_PAIR_BYTES(n);
    for (uint32_t b = 0; b < p->batch; b++, x += (size_t)p->down.in * (size_t)p->across.in * p->channels)
        for (int32_t i = 0; i < p->down.out; i++) {
            sedge_micro_seen down = sedge_micro_see(&p->down, i);
            for (int32_t j = 0; j < p->across.out; j++) {
                fill_column(p, &down, j, x, columns + filled * n);
                sedge_micro_pair(scratch, filled, columns + filled * n, n);
                if (++filled < 2)
                    continue;
                sedge_micro_dense_2(&p->dense, scratch, y);
                y += 2 * p->dense.out;
                filled = 0;
            }
        }
    if (filled)
        sedge_micro_dense_1(&p->dense, columns, y);
}
