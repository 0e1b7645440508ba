/* SPDX-License-Identifier: Apache-2.0 */
/** Is this text? */
#ifndef SEDGE_BASE_UTF8_H
#define SEDGE_BASE_UTF8_H

#include <stdbool.h>

#include "base/bytes.h"

/** Well-formed UTF-8 (no surrogates, nothing overlong, at most U+10FFFF) without control characters below U+0020 or
 * U+007F. */
SEDGE_NODISCARD bool sedge_utf8_is_label(sedge_bytes text);
/** Makes text a label: every byte that has no place in one becomes '?', a line break or tab a blank. */
void sedge_utf8_clean(char *text);

#endif
