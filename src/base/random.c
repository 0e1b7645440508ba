/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <math.h>

#include "base/exact_math.h"

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t rotate_left(uint64_t v, int k) {
    return v << k | v >> (64 - k);
}

void sedge_random_init(sedge_random *r, uint64_t seed) {
    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix64(&seed);
}

uint64_t sedge_random_u64(sedge_random *r) {
    uint64_t *s = r->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t sedge_random_below(sedge_random *r, uint64_t n) {
    uint64_t low = (0 - n) % n; /* values below it would favour small results */
    uint64_t v;
    do
        v = sedge_random_u64(r);
    while (v < low);
    return v % n;
}

double sedge_random_unit(sedge_random *r) {
    return (double)(sedge_random_u64(r) >> 11) * 0x1p-53;
}

double sedge_random_normal(sedge_random *r) {
    double radius = sqrt(-2 * sedge_log(1 - sedge_random_unit(r)));
    return radius * sedge_cos(2 * SEDGE_PI * sedge_random_unit(r));
}
