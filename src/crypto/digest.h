/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SHA-256 digests, their text form `sha256:<hex>`, and HMAC-SHA256.
 *
 * A digest is a value: copy and compare it freely (sedge_digest_equal takes the same time for every input).
 */
#ifndef SEDGE_CRYPTO_DIGEST_H
#define SEDGE_CRYPTO_DIGEST_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/own.h"
#include "os/fs.h"
#include "sedge/error.h"

enum {
    SEDGE_DIGEST_BYTES = 32,
    SEDGE_DIGEST_HEX_MAX = 65,  /**< 64 digits and NUL */
    SEDGE_DIGEST_TEXT_MAX = 72, /**< "sha256:", 64 digits and NUL */
};

typedef struct sedge_digest {
    uint8_t bytes[SEDGE_DIGEST_BYTES];
} sedge_digest;

/** SHA-256 of data. Fails only with SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_digest_of(sedge_bytes data, sedge_digest *ret, sedge_error *err);
/** SHA-256 and length of a whole file, read in pieces. ret_size may be NULL; fs NULL is the machine's own files. */
SEDGE_NODISCARD sedge_status sedge_digest_file(const sedge_fs *fs, const char *path, sedge_digest *ret,
                                               int64_t *ret_size, sedge_error *err);
/** HMAC-SHA256 of data under key (RFC 2104). */
SEDGE_NODISCARD sedge_status sedge_hmac_sha256(sedge_bytes key, sedge_bytes data, sedge_digest *ret, sedge_error *err);

bool sedge_digest_equal(const sedge_digest *a, const sedge_digest *b);
/** 64 lower-case digits. */
void sedge_digest_hex(const sedge_digest *digest, char ret[SEDGE_DIGEST_HEX_MAX]);
/** "sha256:" and 64 lower-case digits. */
void sedge_digest_text(const sedge_digest *digest, char ret[SEDGE_DIGEST_TEXT_MAX]);
/** Exactly 64 lower-case digits; anything else is false. */
SEDGE_NODISCARD bool sedge_digest_from_hex(const char *hex, sedge_digest *ret);
/** Exactly "sha256:" and 64 lower-case digits; anything else is false. */
SEDGE_NODISCARD bool sedge_digest_from_text(const char *text, sedge_digest *ret);

/**
 * A digest in pieces. A failure inside is remembered and reported by sedge_hasher_finish, after which the hasher is
 * empty again and can be reused.
 */
typedef struct sedge_hasher sedge_hasher;
sedge_hasher *sedge_hasher_new(void); /**< NULL: no memory */
void sedge_hasher_free(sedge_hasher *h);
void sedge_hasher_add(sedge_hasher *h, sedge_bytes data);
SEDGE_NODISCARD sedge_status sedge_hasher_finish(sedge_hasher *h, sedge_digest *ret, sedge_error *err);
SEDGE_DEFINE_AUTO(sedge_hasher, sedge_hasher_free)

#endif
