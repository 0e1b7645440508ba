/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Canonical JSON as TUF signs it (the OLPC form): no white space, keys of an object sorted by their bytes, strings in
 * UTF-8 with only '"' and '\' escaped, integers without a leading zero, no floating-point numbers.
 *
 * Our own signed documents that need fractions (the bundle's manifest) use the same form with one addition: a
 * floating-point number is written with the fewest of 15, 16 or 17 significant digits that read back as the same
 * double, and always with a '.' or an 'e'.
 */
#ifndef SEDGE_CRYPTO_CANONICAL_JSON_H
#define SEDGE_CRYPTO_CANONICAL_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "sedge/error.h"

enum { SEDGE_CANONICAL_DEPTH_MAX = 32 };

/**
 * Appends the canonical form of value to out.
 * @return SEDGE_EINVALID for a floating-point number or deeper nesting than SEDGE_CANONICAL_DEPTH_MAX, SEDGE_ENOMEM
 */
SEDGE_NODISCARD sedge_status sedge_canonical_json(const json_t *value, sedge_buf *out, sedge_error *err);
/** The same with floating-point numbers as described above. */
SEDGE_NODISCARD sedge_status sedge_canonical_json_reals(const json_t *value, sedge_buf *out, sedge_error *err);

#endif
