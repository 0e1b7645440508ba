/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/cpu.h"

#include <string.h>

#include "base/bytes.h"
#include "base/format.h"
#include "base/own.h"

#if defined(__x86_64__)
#include <cpuid.h>

enum { SSE_STATE = 0x2, AVX_STATE = 0x4, AVX512_STATE = 0xe0 };

/* which register files the operating system saves; 0 when it does not say */
static uint32_t saved_state(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return a;
}

uint32_t sedge_cpu_detect(void) {
    uint32_t a, b, c, d, mask = SEDGE_CPU_SSE2, state = saved_state(); /* SSE2 is part of x86-64 */
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return mask;
    const uint32_t avx = SSE_STATE | AVX_STATE, avx512 = avx | AVX512_STATE;
    const uint32_t avx512_bits = bit_AVX512F | bit_AVX512BW | bit_AVX512VL;
    if ((state & avx) == avx && (b & bit_AVX2))
        mask |= SEDGE_CPU_AVX2;
    if ((state & avx512) == avx512 && (b & avx512_bits) == avx512_bits && (c & bit_AVX512VNNI))
        mask |= SEDGE_CPU_AVX512VNNI;
    return mask;
}
#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>

static bool has_dotprod(void) {
    const unsigned long asimddp = 1ul << 20; /* HWCAP_ASIMDDP of the kernel */
    return getauxval(AT_HWCAP) & asimddp;
}
#else
static bool has_dotprod(void) {
#if defined(__ARM_FEATURE_DOTPROD)
    return true;
#else
    return false;
#endif
}
#endif

uint32_t sedge_cpu_detect(void) {
    return SEDGE_CPU_NEON | (has_dotprod() ? SEDGE_CPU_DOTPROD : 0);
}
#else
uint32_t sedge_cpu_detect(void) {
    return SEDGE_CPU_NONE;
}
#endif

static const struct {
    const char *name;
    uint32_t mask;
} names[] = {
#define ROW(NAME, name, bit) { #name, SEDGE_CPU_##NAME },
    SEDGE_CPU_LIST(ROW)
#undef ROW
};

static bool find_word(sedge_bytes word, uint32_t *ret) {
    if (sedge_bytes_equal(word, sedge_bytes_text("all"))) {
        *ret = SEDGE_CPU_ALL;
        return true;
    }
    *ret = SEDGE_CPU_NONE;
    if (sedge_bytes_equal(word, sedge_bytes_text("scalar")))
        return true;
    for (size_t i = 0; i < SEDGE_COUNT(names); i++)
        if (sedge_bytes_equal(word, sedge_bytes_text(names[i].name))) {
            *ret = names[i].mask;
            return true;
        }
    return false;
}

sedge_status sedge_cpu_parse(const char *text, uint32_t *ret_mask, sedge_error *err) {
    uint32_t mask = 0;
    for (;;) {
        uint32_t one;
        size_t n = strcspn(text, ",");
        if (!find_word(sedge_bytes_of(text, n), &one))
            return sedge_fail(err, SEDGE_EUSAGE, "'%.*s' is no CPU extension; known: " SEDGE_CPU_WORDS,
                              (int)(n < 64 ? n : 64), text);
        mask |= one;
        if (text[n] == '\0')
            break;
        text += n + 1;
    }
    *ret_mask = mask;
    return SEDGE_OK;
}

size_t sedge_cpu_format(uint32_t mask, char *out, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < SEDGE_COUNT(names); i++)
        if (mask & names[i].mask)
            n += sedge_format(n < size ? out + n : NULL, n < size ? size - n : 0, n ? ",%s" : "%s", names[i].name);
    return n ? n : sedge_format(out, size, "scalar");
}
