/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rand.h"

#include <limits.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/openssl.h"
#include "crypto/secret.h"

enum { UUID_BYTES = 16, TOKEN_BYTES = 24 };
#define TOKEN_PREFIX "sedge_"

_Static_assert(sizeof TOKEN_PREFIX + 2 * TOKEN_BYTES <= SEDGE_TOKEN_MAX, "a token fits");

sedge_status sedge_rand_bytes(void *p, size_t n, sedge_error *err) {
    if (n > INT_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu random bytes at once, the limit is %d", n, INT_MAX);
    if (RAND_bytes(p, (int)n) != 1)
        return sedge_fail_openssl(err, SEDGE_EINTERNAL, "the system gives no random bytes");
    return SEDGE_OK;
}

sedge_status sedge_uuid7(int64_t now_ms, char ret[SEDGE_UUID_MAX], sedge_error *err) {
    uint8_t raw[UUID_BYTES];
    sedge_status st = sedge_rand_bytes(raw, sizeof raw, err);
    if (st)
        return st;
    for (int i = 0; i < 6; i++)
        raw[i] = (uint8_t)((uint64_t)now_ms >> (40 - 8 * i));
    raw[6] = (uint8_t)(0x70 | (raw[6] & 0x0f));
    raw[8] = (uint8_t)(0x80 | (raw[8] & 0x3f));
    sedge_hex_encode(raw, sizeof raw, ret);
    return SEDGE_OK;
}

bool sedge_is_uuid(const char *text) {
    return strlen(text) == 2 * UUID_BYTES && strspn(text, "0123456789abcdef") == 2 * UUID_BYTES;
}

sedge_status sedge_token_make(char ret[SEDGE_TOKEN_MAX], sedge_error *err) {
    uint8_t raw[TOKEN_BYTES];
    sedge_status st = sedge_rand_bytes(raw, sizeof raw, err);
    if (st)
        return st;
    memcpy(ret, TOKEN_PREFIX, sizeof TOKEN_PREFIX - 1);
    sedge_hex_encode(raw, sizeof raw, ret + sizeof TOKEN_PREFIX - 1);
    sedge_wipe(raw, sizeof raw);
    return SEDGE_OK;
}
