/* SPDX-License-Identifier: Apache-2.0 */
/** Unpredictable bytes and the names and tokens made of them. Seeded, repeatable numbers are in base/random.h. */
#ifndef SEDGE_CRYPTO_RAND_H
#define SEDGE_CRYPTO_RAND_H

#include <stdbool.h>

#include "sedge/error.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SEDGE_UUID_MAX = 33,  /**< 32 digits and NUL */
    SEDGE_TOKEN_MAX = 56, /**< "sedge_", 48 digits, NUL, rounded up */
};

SEDGE_NODISCARD sedge_status sedge_rand_bytes(void *p, size_t n, sedge_error *err);

/** A UUID version 7 (RFC 9562) as 32 lower-case digits: 48 bits of now_ms, then random. Sorts by time to the ms. */
SEDGE_NODISCARD sedge_status sedge_uuid7(int64_t now_ms, char ret[SEDGE_UUID_MAX], sedge_error *err);
/** 32 lower-case hexadecimal digits? (Version and variant are not looked at: MLflow's run ids are UUIDv4.) */
bool sedge_is_uuid(const char *text);

/** A secret for people to carry: "sedge_" and 192 random bits in hexadecimal. Keep only its digest. */
SEDGE_NODISCARD sedge_status sedge_token_make(char ret[SEDGE_TOKEN_MAX], sedge_error *err);

#endif
