/* SPDX-License-Identifier: Apache-2.0 */
/** Handling secrets in memory. */
#ifndef SEDGE_CRYPTO_SECRET_H
#define SEDGE_CRYPTO_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/** Overwrites n bytes with zeros; the compiler does not leave it out. p may be NULL when n is 0. */
void sedge_wipe(void *p, size_t n);
/** Wipes what the buffer holds, then sedge_buf_done. For buffers with PEM of private keys or tokens. */
void sedge_buf_wipe(sedge_buf *b);
/** Equal? In a time that depends on the lengths only. */
bool sedge_secret_equal(sedge_bytes a, sedge_bytes b);

/** A buffer for a secret: wiped on every way out. */
#define SEDGE_AUTO_SECRET_BUF SEDGE_CLEANUP(sedge_buf_wipe) sedge_buf

#endif
