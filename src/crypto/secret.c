/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/secret.h"

#include <openssl/crypto.h>

void sedge_wipe(void *p, size_t n) {
    if (n > 0)
        OPENSSL_cleanse(p, n);
}

void sedge_buf_wipe(sedge_buf *b) {
    if (b->data)
        sedge_wipe(b->data, b->capacity);
    sedge_buf_done(b);
}

bool sedge_secret_equal(sedge_bytes a, sedge_bytes b) {
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}
