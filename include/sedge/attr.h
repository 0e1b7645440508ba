/* SPDX-License-Identifier: Apache-2.0 */
/** What the compiler should check about a declaration. The only compiler extensions that the public headers use. */
#ifndef SEDGE_ATTR_H
#define SEDGE_ATTR_H

#if defined(__GNUC__) || defined(__clang__)
#define SEDGE_NODISCARD    __attribute__((warn_unused_result))
#define SEDGE_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define SEDGE_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
#define SEDGE_CLEANUP(fn)  __attribute__((cleanup(fn)))
#define SEDGE_API          __attribute__((visibility("default"))) /* what libsedge.so exports */
#else
#define SEDGE_NODISCARD
#define SEDGE_PRINTF(f, a)
#define SEDGE_NONNULL(...)
#define SEDGE_CLEANUP(fn)
#define SEDGE_API
#endif

#endif
