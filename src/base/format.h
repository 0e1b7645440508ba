/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A small, locale-free printf for libsedge, which may not use stdio.
 *
 * Knows %% %c %s %.*s %.Ns %d %i %u %x %p with the lengths hh h l ll z j t, a minimum width with optional '0' or '-',
 * %.Nf with N digits behind the point (default 6, at most 9; from 1e9 on as %g), and %g %e with a precision, which
 * print the shortest of plain or exponent notation with that many significant digits (default 6; past the 15th they are
 * approximate). Any other directive is printed as it stands. The result is
 * the same on every machine.
 */
#ifndef SEDGE_BASE_FORMAT_H
#define SEDGE_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include "sedge/attr.h"

/** Writes at most size - 1 characters and a NUL; returns the length that the whole text would have had. */
size_t sedge_format(char *out, size_t size, const char *fmt, ...) SEDGE_PRINTF(3, 4);
size_t sedge_vformat(char *out, size_t size, const char *fmt, va_list args) SEDGE_PRINTF(3, 0);

#endif
