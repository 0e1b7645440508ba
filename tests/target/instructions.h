/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Counts instructions on a Cortex-M under `qemu-system-arm -icount shift=4`, where each takes 16 ns of machine time:
 * SysTick runs at the processor's clock, TARGET_HZ. On other machines the count is 0.
 */
#ifndef SEDGE_TARGET_INSTRUCTIONS_H
#define SEDGE_TARGET_INSTRUCTIONS_H

#ifdef __ARM_ARCH_PROFILE
#include <stdint.h>

enum { NS_AN_INSTRUCTION = 16, TICKS = 1 << 24 };
#define SYSTICK ((volatile uint32_t *)0xe000e010) /* control, reload, current */

static inline void instructions_start(void) {
    SYSTICK[1] = TICKS - 1;
    SYSTICK[2] = 0;
    SYSTICK[0] = 5; /* processor's clock, enabled, no interrupt */
}

static inline unsigned instructions_stop(void) {
    uint64_t ticks = (TICKS - SYSTICK[2]) % TICKS;
    return (unsigned)(ticks * (1000000000u / NS_AN_INSTRUCTION) / TARGET_HZ);
}
#else
static inline void instructions_start(void) {
}
static inline unsigned instructions_stop(void) {
    return 0;
}
#endif

#endif
