/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which kernel files are part of the build: 0 or 1 each, for the kernel lists. A build for size
 * (meson -Dkernels=scalar) has the scalar ones alone.
 */
/**
 * Which kernel files are part of the build: 0 or 1 each, for the kernel lists. A build for size (meson
 * -Dkernels=scalar) has the scalar ones alone.
 */
#ifndef SEDGE_OPS_KERNELS_ARCH_H
#define SEDGE_OPS_KERNELS_ARCH_H

#if defined(__x86_64__) && !defined(SEDGE_KERNELS_SCALAR)
#define SEDGE_ARCH_X86 1
#else
#define SEDGE_ARCH_X86 0
#endif

#if defined(__aarch64__) && !defined(SEDGE_KERNELS_SCALAR)
#define SEDGE_ARCH_ARM64 1
#else
#define SEDGE_ARCH_ARM64 0
#endif

#endif
