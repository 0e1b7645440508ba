/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro/depthwise_s8.h"

#include "compile/micro/taps_s8.h"

static void run_channels(const sedge_micro_depthwise_s8 *p, const sedge_micro_taps_s8 *t, const int8_t *x,
                         const int8_t *w, int8_t *y) {
    for (uint32_t c = 0; c < p->channels; c += SEDGE_MICRO_LANES) {
        uint32_t n = p->channels - c < SEDGE_MICRO_LANES ? p->channels - c : SEDGE_MICRO_LANES;
        int32_t sum[SEDGE_MICRO_LANES];
        for (uint32_t i = 0; i < n; i++)
            sum[i] = p->rows.bias[c + i];
        sedge_micro_taps(t, x + c, w + c, n, sum);
        for (uint32_t i = 0; i < n; i++)
            y[c + i] = sedge_micro_requantize(&p->rows, c + i, sum[i]);
    }
}

static void run_multiplied(const sedge_micro_depthwise_s8 *p, const sedge_micro_taps_s8 *t, const int8_t *x,
                           const int8_t *w, int8_t *y) {
    for (uint32_t c = 0, o = 0; c < p->channels; c++)
        for (uint32_t i = 0; i < p->multiplier; i++, o++) {
            int32_t sum = p->rows.bias[o];
            sedge_micro_tap(t, x + c, w + o, &sum);
            y[o] = sedge_micro_requantize(&p->rows, o, sum);
        }
}

static void run_place(const sedge_micro_depthwise_s8 *p, const sedge_micro_seen *down, const sedge_micro_seen *across,
                      const int8_t *x, int8_t *y) {
    uint32_t outputs = p->channels * p->multiplier, picture_row = (uint32_t)p->across.in * p->channels;
    const sedge_micro_taps_s8 t = { .rows = down->end - down->first,
                                    .columns = across->end - across->first,
                                    .x_zero = p->x_zero,
                                    .x_row = (uint32_t)p->down.dilation * picture_row,
                                    .x_column = (uint32_t)p->across.dilation * p->channels,
                                    .w_row = (uint32_t)p->across.kernel * outputs,
                                    .w_column = outputs };
    const int8_t *w = p->weights;
    if (t.rows > 0 && t.columns > 0) {
        x += (uint32_t)(down->start + down->first * p->down.dilation) * picture_row;
        x += (uint32_t)(across->start + across->first * p->across.dilation) * p->channels;
        w += (uint32_t)down->first * t.w_row + (uint32_t)across->first * t.w_column;
    }
    (p->multiplier == 1 ? run_channels : run_multiplied)(p, &t, x, w, y);
}

void sedge_micro_run_depthwise_s8(const sedge_micro_depthwise_s8 *p, const int8_t *x, int8_t *y) {
    for (uint32_t b = 0; b < p->batch; b++, x += (uint32_t)p->down.in * (uint32_t)p->across.in * p->channels)
        for (int32_t i = 0; i < p->down.out; i++) {
            sedge_micro_seen down = sedge_micro_see(&p->down, i);
            for (int32_t j = 0; j < p->across.out; j++, y += p->channels * p->multiplier) {
                sedge_micro_seen across = sedge_micro_see(&p->across, j);
                run_place(p, &down, &across, x, y);
            }
        }
}
