/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/sum_s8.h"

enum { LOW_BITS = 15, BYTES = 256 };

/* a line in whole numbers: a * slope + b * slope_b + c, of which bits are fraction */
typedef struct whole_line {
    int64_t slope, slope_b, c;
    int32_t bits;
} whole_line;

static double value_of(sedge_factor f) {
    double v = (double)f.multiplier;
    for (int32_t i = f.shift; i < 31; i++)
        v /= 2;
    return v;
}

static int64_t nearest(double x) {
    return (int64_t)(x < 0 ? x - 0.5 : x + 0.5);
}

/* as many bits of fraction as leave slopes of 30 bits; false when they are out of reach */
static bool set_slopes(const sedge_sum_s8_params *p, whole_line *l) {
    double one = (double)(1 << SEDGE_SUM_S8_SHIFT) * value_of(p->y);
    double a = value_of(p->a) * one, b = value_of(p->b) * one, larger = a > b ? a : b;
    if (!(larger > 0x1p-8 && larger < 0x1p8))
        return false;
    l->bits = LOW_BITS + 1;
    for (double size = larger * 0x1p16; size < 0x1p29; size *= 2)
        l->bits++;
    double unit = (double)(INT64_C(1) << l->bits);
    l->slope = nearest(a * unit);
    l->slope_b = p->sign * nearest(b * unit);
    return true;
}

/* the least sum at which the result is at least y; results do not fall when sums grow */
static int64_t least_sum(const sedge_sum_s8_params *p, int32_t y) {
    int64_t low = -(INT64_C(1) << 30), high = INT64_C(1) << 30;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sedge_scale((int32_t)middle, p->y) + p->y_zero >= y)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

typedef struct limits {
    int64_t low, high; /* of c */
} limits;

/* the tables of one search; least: by y + 128, the least sum that gives it */
typedef struct search {
    int32_t wide_a[BYTES];
    int64_t least[BYTES];
    int32_t first; /* the y from which the last b's results were walked */
} search;

/* moves first to the result at a = -128, or the end of the range; neighbours' are near */
static void move_first(const sedge_sum_s8_params *p, search *s, int32_t wide_b) {
    int64_t sum = (int64_t)s->wide_a[0] + wide_b;
    while (s->first > p->low + 1 && sum < s->least[s->first + 128])
        s->first--;
    while (s->first < p->high && sum >= s->least[s->first + 1 + 128])
        s->first++;
}

/* where, for one b, results step from one value to the next, the line must step as well */
static void narrow(const whole_line *l, const sedge_sum_s8_params *p, search *s, int32_t wide_b, int64_t at,
                   limits *ret) {
    int32_t a = 0;
    move_first(p, s, wide_b);
    for (int32_t y = s->first; y <= p->high; y++) {
        int64_t least = s->least[y + 128] - wide_b;
        while (a < BYTES && s->wide_a[a] < least)
            a++;
        int64_t step = (int64_t)y * (INT64_C(1) << l->bits) - at - (a - 128) * l->slope;
        if (a < BYTES && step > ret->low)
            ret->low = step;
        if (a > 0 && step + l->slope - 1 < ret->high)
            ret->high = step + l->slope - 1;
        if (a == BYTES)
            return;
    }
}

static bool set_constant(const sedge_sum_s8_params *p, whole_line *l) {
    search s = { .first = p->low + 1 };
    limits c = { INT64_MIN, INT64_MAX };
    for (int32_t i = 0; i < BYTES; i++) {
        s.wide_a[i] = sedge_sum_s8_wide((int8_t)(i - 128), p->a_zero, p->a);
        s.least[i] = i - 128 > p->low && i - 128 <= p->high ? least_sum(p, i - 128) : 0;
    }
    if (p->low >= p->high)
        return false;
    for (int32_t b = -128; b < 128 && c.low <= c.high; b++) {
        int32_t wide_b = p->sign * sedge_sum_s8_wide((int8_t)b, p->b_zero, p->b);
        narrow(l, p, &s, wide_b, b * l->slope_b, &c);
    }
    if (c.low > c.high || c.low == INT64_MIN || c.high == INT64_MAX)
        return false;
    l->c = c.low + (c.high - c.low) / 2;
    int64_t most = INT64_C(1) << 44;
    return l->c > -most && l->c < most;
}

static int16_t high_part(int64_t x) {
    return (int16_t)(x >> LOW_BITS);
}

static int16_t low_part(int64_t x) {
    return (int16_t)(x & ((1 << LOW_BITS) - 1));
}

sedge_sum_s8_line sedge_sum_s8_find_line(const sedge_sum_s8_params *p) {
    whole_line l;
    if (!set_slopes(p, &l) || !set_constant(p, &l))
        return (sedge_sum_s8_line){ .valid = false };
    return (sedge_sum_s8_line){ .valid = true,
                                .a_high = high_part(l.slope),
                                .a_low = low_part(l.slope),
                                .b_high = high_part(l.slope_b),
                                .b_low = low_part(l.slope_b),
                                .c_high = (int32_t)(l.c >> LOW_BITS),
                                .c_low = (int32_t)(l.c & ((1 << LOW_BITS) - 1)),
                                .shift = l.bits - LOW_BITS };
}
