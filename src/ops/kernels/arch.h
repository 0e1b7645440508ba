/* SPDX-License-Identifier: Apache-2.0 */
/** Which kernel files are part of the build: 0 or 1 each, for the kernel lists. */
#ifndef SEDGE_OPS_KERNELS_ARCH_H
#define SEDGE_OPS_KERNELS_ARCH_H

#if defined(__x86_64__)
#define SEDGE_ARCH_X86 1
#else
#define SEDGE_ARCH_X86 0
#endif

#if defined(__aarch64__)
#define SEDGE_ARCH_ARM64 1
#else
#define SEDGE_ARCH_ARM64 0
#endif

#endif
