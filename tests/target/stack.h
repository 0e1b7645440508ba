/* SPDX-License-Identifier: Apache-2.0 */
/** How deep the stack went below stack_paint()'s caller; 0 where the linker script does not say where the stack ends.
 */
#ifndef SEDGE_TARGET_STACK_H
#define SEDGE_TARGET_STACK_H

#ifdef __ARM_ARCH_PROFILE
#include <stdint.h>

enum { STACK_DEPTH = 1536, STACK_GAP = 64, STACK_MARK = 0x5a };

static volatile uint8_t *stack_top;

/* marks what lies below the caller's frame */
static void __attribute__((noinline)) stack_paint(void) {
    stack_top = (uint8_t *)__builtin_frame_address(0) - STACK_GAP;
    for (unsigned i = 0; i < STACK_DEPTH; i++)
        stack_top[-(int)i] = STACK_MARK;
}
static inline unsigned stack_used(void) {
    unsigned n = STACK_DEPTH;
    while (n > 0 && stack_top[1 - (int)n] == STACK_MARK)
        n--;
    return n + STACK_GAP;
}
#else
static inline void stack_paint(void) {
}
static inline unsigned stack_used(void) {
    return 0;
}
#endif

#endif
