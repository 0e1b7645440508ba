/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What this CPU could multiply at best: multiply-accumulates a nanosecond of one thread when nothing waits for memory,
 * measured with the instructions that the kernels use.
 */
#ifndef SEDGE_CLI_ARITHMETIC_H
#define SEDGE_CLI_ARITHMETIC_H

#include "sedge/model.h"

typedef struct sedge_arithmetic {
    double s8_per_ns;
    double f32_per_ns; /**< product and sum rounded separately, as the kernels do */
} sedge_arithmetic;

/** Measures for about 10 ms with the widest instructions that the mask allows. */
sedge_arithmetic sedge_arithmetic_measure(uint32_t cpu_mask);
/** Microseconds that a model's multiply-accumulates would take at that rate. */
double sedge_arithmetic_limit_us(const sedge_arithmetic *rate, const sedge_model *model);

#endif
