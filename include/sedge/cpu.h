/* SPDX-License-Identifier: Apache-2.0 */
/** What this CPU and operating system can do: one mask, which kernels are chosen by. */
#ifndef SEDGE_CPU_H
#define SEDGE_CPU_H

#include <stddef.h>
#include <stdint.h>

#include "sedge/attr.h"
#include "sedge/error.h"

/** X(NAME, name, bit): each stands for all instructions that kernels with that mark may use. */
#define SEDGE_CPU_LIST(X)                                                                                              \
    X(AVX2, avx2, 0)                                                                                                   \
    X(AVX512VNNI, avx512vnni, 1)                                                                                       \
    X(NEON, neon, 2)                                                                                                   \
    X(DOTPROD, dotprod, 3)                                                                                             \
    X(SSE2, sse2, 4)

#define SEDGE_CPU_ENUM(NAME, name, bit) SEDGE_CPU_##NAME = 1u << (bit),
enum { SEDGE_CPU_NONE = 0, SEDGE_CPU_LIST(SEDGE_CPU_ENUM) SEDGE_CPU_ALL = 0x7fffffff };
#undef SEDGE_CPU_ENUM
/** The words of sedge_cpu_parse, for messages: "all, scalar, avx2, ...". */
#define SEDGE_CPU_WORDS                 "all, scalar" SEDGE_CPU_LIST(SEDGE_CPU_WORD)
#define SEDGE_CPU_WORD(NAME, name, bit) ", " #name

/**
 * The mask of the machine that runs this. Asks the CPU each time; keep the answer. On 64-bit ARM, NEON is part of the
 * architecture; the dot product is what Linux says in its auxiliary vector (the ID registers would trap before Linux
 * 4.11), elsewhere what the compiler was told to build for.
 */
SEDGE_API uint32_t sedge_cpu_detect(void);
/**
 * Reads "all", "scalar" or names joined by commas ("avx2,neon"), as the environment variable SEDGE_CPU holds them.
 * A program passes the result as sedge_model_options.cpu_mask. SEDGE_EUSAGE names an unknown word.
 */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_cpu_parse(const char *text, uint32_t *ret_mask, sedge_error *err);
/** Writes the names in mask joined by commas ("scalar" for none); returns the length as snprintf would. */
SEDGE_API size_t sedge_cpu_format(uint32_t mask, char *out, size_t size);

#endif
