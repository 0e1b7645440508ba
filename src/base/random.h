/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Seeded random numbers, the same on every machine: xoshiro256** seeded by splitmix64.
 * Not for keys or tokens (those come from crypto). Source: Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2021.
 */
#ifndef SEDGE_BASE_RANDOM_H
#define SEDGE_BASE_RANDOM_H

#include <stdint.h>

typedef struct sedge_random {
    uint64_t s[4];
} sedge_random;

void sedge_random_init(sedge_random *r, uint64_t seed);
uint64_t sedge_random_u64(sedge_random *r);
/** Uniform in [0, n), without bias; n > 0. */
uint64_t sedge_random_below(sedge_random *r, uint64_t n);
/** Uniform in [0, 1) with 53 bits. */
double sedge_random_unit(sedge_random *r);
/** Normal with mean 0 and deviation 1 (Box-Muller on base/exact_math.h, two uniforms a call). */
double sedge_random_normal(sedge_random *r);

#endif
