/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Canonical JSON as TUF signs it (the OLPC form): no white space, keys of an object sorted by their bytes, strings in
 * UTF-8 with only '"' and '\' escaped, integers without a leading zero, no floating-point numbers.
 *
 * That form is no JSON when a string holds a control character, since it leaves them as they are; metadata files are
 * therefore written as ordinary JSON and only signed in this form. Documents of our own whose bytes must be stable
 * (the bundle's manifest, desired state) use the stable form: the same with control characters escaped as \u00xx, and
 * floating-point numbers written with the fewest of 15, 16 or 17 significant digits that read back as the same double.
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
/** Appends the stable form, which is JSON. */
SEDGE_NODISCARD sedge_status sedge_stable_json(const json_t *value, sedge_buf *out, sedge_error *err);

#endif
