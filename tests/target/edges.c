/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels as they are built for this machine against those in plain C (symbols portable_*), over seeded random
 * shapes around the edges of tiles, with factors of the short and of the general rounding. Prints rows 300 wrong 0
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sedge_conv_s8.h"
#include "sedge_depthwise_s8.h"

void portable_sedge_micro_run_fully_connected_s8(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y,
                                                 void *pair);
void portable_sedge_micro_run_conv_s8(const sedge_micro_conv_s8 *p, const int8_t *x, int8_t *y, void *scratch);
void portable_sedge_micro_run_depthwise_s8(const sedge_micro_depthwise_s8 *p, const int8_t *x, int8_t *y,
                                           void *scratch);

enum { TRIALS = 300, CHANNELS = 40, SIDE = 6, WINDOW = 4, WEIGHTS = 16384 };

static uint32_t seed = 1;
static int8_t x[SIDE * SIDE * CHANNELS + 1], weights[WEIGHTS + 1], y[2][SIDE * SIDE * CHANNELS + 16];
static int32_t bias[CHANNELS], multiplier[CHANNELS];
static int8_t shift[CHANNELS];
static _Alignas(16) uint8_t scratch[8 * WINDOW * WINDOW * CHANNELS];

static uint32_t below(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static void fill(int8_t *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        p[i] = below(8) ? (int8_t)below(256) : below(2) ? INT8_MIN : INT8_MAX;
}

static sedge_micro_rows random_rows(uint32_t n) {
    bool narrow = below(2), many = below(2);
    for (uint32_t i = 0; i < n; i++) {
        bias[i] = (int32_t)below(200000) - 100000;
        multiplier[i] = (int32_t)((1u << 30) + below(1u << 24) * 63);
        shift[i] = (int8_t)(narrow ? -1 - (int)below(14) : (int)below(12) - 10);
    }
    return (sedge_micro_rows){ bias,
                               multiplier,
                               shift,
                               many ? UINT32_MAX : 0,
                               narrow,
                               (int16_t)((int)below(256) - 128),
                               narrow ? INT8_MIN : -100,
                               narrow ? INT8_MAX : 90 };
}

static sedge_micro_span random_span(void) {
    sedge_micro_span s = { .in = 1 + (int32_t)below(SIDE),
                           .stride = 1 + (int32_t)below(2),
                           .dilation = 1 + (int32_t)below(2) };
    s.kernel = 1 + (int32_t)below(WINDOW);
    s.before = (int32_t)below((uint32_t)s.kernel);
    s.out = 1 + (int32_t)below((uint32_t)((s.in - 1) / s.stride + 1));
    return s;
}

static int differ(const char *what, uint32_t trial, size_t n) {
    if (memcmp(y[0], y[1], n + 8) == 0) /* and nothing behind */
        return 0;
    printf("%s differs in trial %u\n", what, (unsigned)trial);
    return 1;
}

static int try_dense(uint32_t trial) {
    sedge_micro_fully_connected_s8 p = { 1 + below(70), 1 + below(9), 1 + below(5), weights + below(2), { 0 } };
    p.rows = random_rows(p.out);
    const int8_t *from = x + below(2);
    sedge_micro_run_fully_connected_s8(&p, from, y[0], scratch);
    portable_sedge_micro_run_fully_connected_s8(&p, from, y[1], scratch);
    return differ("FULLY_CONNECTED", trial, p.columns * p.out);
}

static int try_conv(uint32_t trial) {
    sedge_micro_conv_s8 p = { 1,
                              1 + below(9),
                              random_span(),
                              random_span(),
                              (int8_t)((int)below(256) - 128),
                              { 0, 1 + below(9), 0, weights, { 0 } } };
    p.dense.in = (uint32_t)(p.down.kernel * p.across.kernel) * p.channels;
    p.dense.rows = random_rows(p.dense.out);
    sedge_micro_run_conv_s8(&p, x, y[0], scratch);
    portable_sedge_micro_run_conv_s8(&p, x, y[1], scratch);
    return differ("CONV", trial, (uint32_t)(p.down.out * p.across.out) * p.dense.out);
}

static int try_depthwise(uint32_t trial) {
    sedge_micro_depthwise_s8 p = { 1,
                                   1 + below(CHANNELS / 2),
                                   1,
                                   random_span(),
                                   random_span(),
                                   (int16_t)((int)below(256) - 128),
                                   weights + below(2),
                                   { 0 } };
    p.multiplier = 1 + below(2);
    p.rows = random_rows(p.channels * p.multiplier);
    sedge_micro_run_depthwise_s8(&p, x, y[0], scratch);
    portable_sedge_micro_run_depthwise_s8(&p, x, y[1], scratch);
    return differ("DEPTHWISE_CONV", trial, (uint32_t)(p.down.out * p.across.out) * p.channels * p.multiplier);
}

int main(void) {
    unsigned wrong = 0;
    for (uint32_t trial = 0; trial < TRIALS; trial++) {
        fill(x, sizeof x);
        fill(weights, sizeof weights);
        memset(y, 0x55, sizeof y);
        wrong += (unsigned)(trial % 3 == 0   ? try_dense(trial)
                            : trial % 3 == 1 ? try_conv(trial)
                                             : try_depthwise(trial));
    }
    printf("rows %u wrong %u\n", (unsigned)TRIALS, wrong);
    return wrong != 0;
}
