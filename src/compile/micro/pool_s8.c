/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro/pool_s8.h"

#include "model/rounding.h"

/* the places that a window sees: rows x columns of them from x on */
typedef struct places {
    int32_t rows, columns;
    uint32_t row, column; /* steps */
} places;

/* one channel of one window */
typedef int32_t reduce(const places *w, const int8_t *x);

static int32_t average(const places *w, const int8_t *x) {
    int32_t sum = 0, n = w->rows * w->columns;
    for (int32_t i = 0; i < w->rows; i++)
        for (int32_t j = 0; j < w->columns; j++)
            sum += x[(uint32_t)i * w->row + (uint32_t)j * w->column];
    return (sum > 0 ? sum + n / 2 : sum - n / 2) / n;
}

static int32_t largest(const places *w, const int8_t *x) {
    int32_t most = INT8_MIN;
    for (int32_t i = 0; i < w->rows; i++)
        for (int32_t j = 0; j < w->columns; j++) {
            int32_t v = x[(uint32_t)i * w->row + (uint32_t)j * w->column];
            most = v > most ? v : most;
        }
    return most;
}

static void run(const sedge_micro_pool_s8 *p, reduce *fn, const int8_t *x, int8_t *y) {
    uint32_t picture_row = (uint32_t)p->across.in * p->channels;
    for (uint32_t b = 0; b < p->batch; b++, x += (uint32_t)p->down.in * picture_row)
        for (int32_t i = 0; i < p->down.out; i++) {
            sedge_micro_seen down = sedge_micro_see(&p->down, i);
            for (int32_t j = 0; j < p->across.out; j++) {
                sedge_micro_seen across = sedge_micro_see(&p->across, j);
                const places w = { down.end - down.first, across.end - across.first,
                                   (uint32_t)p->down.dilation * picture_row,
                                   (uint32_t)p->across.dilation * p->channels };
                const int8_t *first = x + (uint32_t)(down.start + down.first * p->down.dilation) * picture_row +
                                      (uint32_t)(across.start + across.first * p->across.dilation) * p->channels;
                for (uint32_t c = 0; c < p->channels; c++)
                    *y++ = (int8_t)sedge_clamp(fn(&w, first + c), p->low, p->high);
            }
        }
}

void sedge_micro_run_average_pool_s8(const sedge_micro_pool_s8 *p, const int8_t *x, int8_t *y) {
    run(p, average, x, y);
}

void sedge_micro_run_max_pool_s8(const sedge_micro_pool_s8 *p, const int8_t *x, int8_t *y) {
    run(p, largest, x, y);
}
