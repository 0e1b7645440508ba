/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sums of products of int8, one or two columns of x by two rows of w at once; sums wrap at 32 bits. By instruction set:
 *
 *     sedge_micro_dot_1x2(x, w0, w1, n, sum)        sum[0] += x . w0, sum[1] += x . w1
 *     sedge_micro_dot_2x2(x0, x1, w0, w1, n, sum)   also sum[2] += x1 . w0, sum[3] += x1 . w1
 */
#ifndef SEDGE_MICRO_DOT_S8_H
#define SEDGE_MICRO_DOT_S8_H

#include "compile/micro/isa.h"

#if SEDGE_MICRO_MVE
#include "compile/micro/dot_s8_mve.h"
#elif SEDGE_MICRO_DSP
#include "compile/micro/dot_s8_dsp.h"
#else
#include "compile/micro/dot_s8_portable.h"
#endif

#endif
