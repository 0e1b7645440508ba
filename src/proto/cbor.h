/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CBOR (RFC 8949) in small: a writer onto a buffer and a reader that walks foreign bytes item by item, on libcbor's
 * streaming coder, so that nothing is allocated for what is read.
 *
 *     sedge_cbor in = sedge_cbor_of(bytes);
 *     if (!sedge_cbor_map(&in, 64, &n)) ...
 *     for (i < n) { sedge_cbor_u64(&in, max, &key) ... sedge_cbor_skip(&in) for keys that are unknown }
 *
 * Refused: indefinite lengths (our writers do not make them), nesting over SEDGE_CBOR_DEPTH_MAX, counts over the
 * caller's limit. The take functions return false, and the reader stays failed, when the next item is of another
 * type, out of range or incomplete.
 */
#ifndef SEDGE_PROTO_CBOR_H
#define SEDGE_PROTO_CBOR_H

#include <stdbool.h>

#include "base/buf.h"
#include "sedge/attr.h"

enum { SEDGE_CBOR_DEPTH_MAX = 16 };

void sedge_cbor_put_u64(sedge_buf *out, uint64_t v);
void sedge_cbor_put_i64(sedge_buf *out, int64_t v);
void sedge_cbor_put_f64(sedge_buf *out, double v); /**< as a 32-bit float where that is exact */
void sedge_cbor_put_text(sedge_buf *out, const char *text);
void sedge_cbor_put_bytes(sedge_buf *out, sedge_bytes bytes);
void sedge_cbor_put_array(sedge_buf *out, size_t n);
void sedge_cbor_put_map(sedge_buf *out, size_t n);
void sedge_cbor_put_tag(sedge_buf *out, uint64_t tag);

typedef struct sedge_cbor {
    sedge_bytes rest;
    bool failed;
} sedge_cbor;

static inline sedge_cbor sedge_cbor_of(sedge_bytes bytes) {
    return (sedge_cbor){ .rest = bytes };
}

SEDGE_NODISCARD bool sedge_cbor_u64(sedge_cbor *in, uint64_t max, uint64_t *ret);
SEDGE_NODISCARD bool sedge_cbor_i64(sedge_cbor *in, int64_t *ret);
/** A float of any width, or an integer. NaN and infinities pass. */
SEDGE_NODISCARD bool sedge_cbor_f64(sedge_cbor *in, double *ret);
/** Text of at most size - 1 bytes without NUL into ret, with NUL. UTF-8 is checked. */
SEDGE_NODISCARD bool sedge_cbor_text(sedge_cbor *in, char *ret, size_t size);
/** A view into what is read. */
SEDGE_NODISCARD bool sedge_cbor_bytes(sedge_cbor *in, size_t max, sedge_bytes *ret);
SEDGE_NODISCARD bool sedge_cbor_array(sedge_cbor *in, size_t max, size_t *ret);
SEDGE_NODISCARD bool sedge_cbor_map(sedge_cbor *in, size_t max, size_t *ret);
SEDGE_NODISCARD bool sedge_cbor_tag(sedge_cbor *in, uint64_t *ret);
/** Over the next item with all that is in it. */
SEDGE_NODISCARD bool sedge_cbor_skip(sedge_cbor *in);
/** Everything read and nothing failed? */
bool sedge_cbor_at_end(const sedge_cbor *in);

#endif
