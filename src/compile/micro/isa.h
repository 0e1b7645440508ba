/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which instructions the compiler may use here: exactly one of SEDGE_MICRO_MVE (Helium, 8-bit vectors),
 * SEDGE_MICRO_DSP (16-bit pairs in a register: Cortex-M4, M7, M33) and SEDGE_MICRO_PORTABLE is 1. All give the same
 * bits. Define SEDGE_MICRO_PORTABLE=1 to have plain C everywhere.
 */
#ifndef SEDGE_MICRO_ISA_H
#define SEDGE_MICRO_ISA_H

#if defined(SEDGE_MICRO_PORTABLE)
#define SEDGE_MICRO_MVE 0
#define SEDGE_MICRO_DSP 0
#elif defined(__ARM_FEATURE_MVE) && __ARM_FEATURE_MVE
#define SEDGE_MICRO_MVE      1
#define SEDGE_MICRO_DSP      0
#define SEDGE_MICRO_PORTABLE 0
#elif defined(__OPTIMIZE__) && defined(__ARM_FEATURE_SIMD32) && defined(__ARM_FEATURE_DSP) && __ARM_ARCH_PROFILE == 'M'
#define SEDGE_MICRO_MVE      0
#define SEDGE_MICRO_DSP      1
#define SEDGE_MICRO_PORTABLE 0
#else
#define SEDGE_MICRO_MVE      0
#define SEDGE_MICRO_DSP      0
#define SEDGE_MICRO_PORTABLE 1
#endif

/** For the few lines that every output passes: a call would cost as much again. */
#if defined(__GNUC__)
#define SEDGE_MICRO_INLINE __attribute__((always_inline))
#else
#define SEDGE_MICRO_INLINE
#endif

#endif
