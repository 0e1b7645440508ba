/* SPDX-License-Identifier: Apache-2.0 */
/** Bytes as lower-case hexadecimal text and back. */
#ifndef SEDGE_BASE_HEX_H
#define SEDGE_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/attr.h"

/** Writes 2 n digits and a NUL; out must hold 2 n + 1. */
void sedge_hex_encode(const uint8_t *p, size_t n, char *out);
/** Reads exactly 2 n lower- or upper-case digits from text into out; false on any other character. */
SEDGE_NODISCARD bool sedge_hex_decode(const char *text, size_t length, uint8_t *out, size_t n);

#endif
