/* SPDX-License-Identifier: Apache-2.0 */
/** How deep the stack went below the caller of stack_paint(), on a Cortex-M; 0 on other machines. */
#ifndef SEDGE_TARGET_STACK_H
#define SEDGE_TARGET_STACK_H

#ifdef __ARM_ARCH_PROFILE
#include <stdint.h>

enum { STACK_DEPTH = 4096, STACK_MARK = 0x5a };

static volatile uint8_t *stack_top;

/* marks what lies below its own frame */
static void __attribute__((noinline)) stack_paint(void) {
    __asm__ volatile("mov %0, sp" : "=r"(stack_top));
    for (unsigned i = 1; i <= STACK_DEPTH; i++)
        stack_top[-(int)i] = STACK_MARK;
}

static inline unsigned stack_used(void) {
    unsigned n = STACK_DEPTH;
    while (n > 0 && stack_top[-(int)n] == STACK_MARK)
        n--;
    return n;
}
#else
static inline void stack_paint(void) {
}
static inline unsigned stack_used(void) {
    return 0;
}
#endif

#endif
