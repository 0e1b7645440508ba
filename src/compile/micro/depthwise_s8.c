/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro/depthwise_s8.h"

#include "compile/micro/taps_s8.h"

_Static_assert(sizeof(sedge_micro_place) == SEDGE_MICRO_DEPTHWISE_SCRATCH(1), "what the scratch holds");

static void run_multiplied(const sedge_micro_depthwise_s8 *p, const sedge_micro_taps_s8 *t, const int8_t *x,
                           int8_t *y) {
    for (uint32_t c = 0, o = 0; c < p->channels; c++)
        for (uint32_t i = 0; i < p->multiplier; i++, o++) {
            int32_t sum = sedge_micro_tap(t, x + c, p->weights + o, p->rows.bias[o]);
            y[o] = sedge_micro_requantize(&p->rows, o, sum);
        }
}

static sedge_micro_place *list_places(const sedge_micro_depthwise_s8 *p, int32_t i, int32_t j, sedge_micro_place *to) {
    sedge_micro_seen down = sedge_micro_see(&p->down, i), across = sedge_micro_see(&p->across, j);
    for (int32_t k = down.first; k < down.end; k++)
        for (int32_t l = across.first; l < across.end; l++, to++) {
            int32_t row = down.start + k * p->down.dilation, column = across.start + l * p->across.dilation;
            to->x = (uint32_t)(row * p->across.in + column) * p->channels;
            to->w = (uint32_t)(k * p->across.kernel + l) * p->channels * p->multiplier;
        }
    return to;
}

void sedge_micro_run_depthwise_s8(const sedge_micro_depthwise_s8 *p, const int8_t *x, int8_t *y, void *scratch) {
    sedge_micro_taps_s8 t = { .places = scratch, .x_zero = p->x_zero };
    for (uint32_t b = 0; b < p->batch; b++, x += (uint32_t)(p->down.in * p->across.in) * p->channels)
        for (int32_t i = 0; i < p->down.out; i++)
            for (int32_t j = 0; j < p->across.out; j++, y += p->channels * p->multiplier) {
                t.end = list_places(p, i, j, scratch);
                if (p->multiplier == 1)
                    sedge_micro_taps(&t, &p->rows, p->channels, x, p->weights, y);
                else
                    run_multiplied(p, &t, x, y);
            }
}
