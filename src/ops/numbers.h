/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Elements of any number type as double or int64: operators compute in one of the two, in blocks, so that one loop
 * serves all types. + - * / and sqrt of float32 values computed in double and rounded once are those of float32.
 */
#ifndef SEDGE_OPS_NUMBERS_H
#define SEDGE_OPS_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/tensor.h"

/** Elements of a block on the stack. */
enum { SEDGE_BLOCK = 64 };

/** float16, float32, float64. */
bool sedge_is_float(sedge_dtype dtype);
/** bool and the integers of 8 to 64 bits. */
bool sedge_is_integer(sedge_dtype dtype);

/** Reads n elements p[at], p[at + step], ... of a number type; uint64 above INT64_MAX becomes negative as int64. */
void sedge_load_f64(sedge_dtype dtype, const void *p, size_t at, size_t step, size_t n, double *ret);
void sedge_load_i64(sedge_dtype dtype, const void *p, size_t at, size_t step, size_t n, int64_t *ret);
/**
 * Writes n elements from p[at] on. Floating types round to nearest even. Integers are cut towards zero and saturated,
 * NaN is 0; bool is x != 0.
 */
void sedge_store_f64(sedge_dtype dtype, void *p, size_t at, size_t n, const double *x);
/** As above from int64: integers keep the low bits, bool is x != 0, floating types round. */
void sedge_store_i64(sedge_dtype dtype, void *p, size_t at, size_t n, const int64_t *x);

/** The value of a half-precision number, exactly, and back, rounded to nearest even (beyond 65504: infinity). */
double sedge_half_value(uint16_t bits);
uint16_t sedge_half_of(double x);

#endif
