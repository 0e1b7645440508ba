/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/openssl.h"
#include "os/errno.h"

#define PREFIX "sha256:"

struct sedge_hasher {
    EVP_MD_CTX *ctx;
    bool started;
    bool failed;
};

sedge_status sedge_digest_of(sedge_bytes data, sedge_digest *ret, sedge_error *err) {
    sedge_digest digest;
    if (!EVP_Digest(data.n > 0 ? data.p : (const uint8_t *)"", data.n, digest.bytes, NULL, EVP_sha256(), NULL))
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "cannot compute a SHA-256 digest");
    *ret = digest;
    return SEDGE_OK;
}

static sedge_status hash_fd(const sedge_fs *fs, int fd, const char *path, sedge_hasher *h, int64_t *ret_size,
                            sedge_error *err) {
    uint8_t piece[16384];
    int64_t size = 0;
    for (;;) {
        int64_t n = fs->read(fs, fd, piece, sizeof piece);
        if (n < 0)
            return sedge_fail_errno(err, (int)n, "cannot read '%s'", path);
        if (n == 0)
            break;
        sedge_hasher_add(h, sedge_bytes_of(piece, (size_t)n));
        size += n;
    }
    *ret_size = size;
    return SEDGE_OK;
}

sedge_status sedge_digest_file(const sedge_fs *fs, const char *path, sedge_digest *ret, int64_t *ret_size,
                               sedge_error *err) {
    fs = fs ? fs : sedge_fs_os();
    sedge_auto(sedge_hasher) h = sedge_hasher_new();
    if (!h)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a digest");
    int fd = fs->open(fs, path, O_RDONLY, 0);
    if (fd < 0)
        return sedge_fail_errno(err, fd, "cannot open '%s'", path);
    int64_t size;
    sedge_status st = hash_fd(fs, fd, path, h, &size, err);
    fs->close(fs, fd);
    if (!st)
        st = sedge_hasher_finish(h, ret, err);
    if (!st && ret_size)
        *ret_size = size;
    return st;
}

sedge_status sedge_hmac_sha256(sedge_bytes key, sedge_bytes data, sedge_digest *ret, sedge_error *err) {
    if (key.n > INT32_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "an HMAC key of %zu bytes, the limit is %d", key.n, INT32_MAX);
    sedge_digest digest;
    unsigned n = sizeof digest.bytes;
    if (!HMAC(EVP_sha256(), key.n > 0 ? key.p : (const uint8_t *)"", (int)key.n,
              data.n > 0 ? data.p : (const uint8_t *)"", data.n, digest.bytes, &n))
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "cannot compute an HMAC");
    *ret = digest;
    return SEDGE_OK;
}

bool sedge_digest_equal(const sedge_digest *a, const sedge_digest *b) {
    return CRYPTO_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void sedge_digest_hex(const sedge_digest *digest, char ret[SEDGE_DIGEST_HEX_MAX]) {
    sedge_hex_encode(digest->bytes, sizeof digest->bytes, ret);
}

void sedge_digest_text(const sedge_digest *digest, char ret[SEDGE_DIGEST_TEXT_MAX]) {
    memcpy(ret, PREFIX, sizeof PREFIX - 1);
    sedge_hex_encode(digest->bytes, sizeof digest->bytes, ret + sizeof PREFIX - 1);
}

bool sedge_digest_from_hex(const char *hex, sedge_digest *ret) {
    size_t n = strlen(hex);
    return n == SEDGE_DIGEST_HEX_MAX - 1 && strspn(hex, "0123456789abcdef") == n &&
           sedge_hex_decode(hex, n, ret->bytes, sizeof ret->bytes);
}

bool sedge_digest_from_text(const char *text, sedge_digest *ret) {
    return strncmp(text, PREFIX, sizeof PREFIX - 1) == 0 && sedge_digest_from_hex(text + sizeof PREFIX - 1, ret);
}

sedge_hasher *sedge_hasher_new(void) {
    sedge_hasher *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->ctx = EVP_MD_CTX_new();
    if (!h->ctx) {
        free(h);
        return NULL;
    }
    return h;
}

void sedge_hasher_free(sedge_hasher *h) {
    if (!h)
        return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

static void start(sedge_hasher *h) {
    if (!h->started && !h->failed)
        h->failed = !EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL);
    h->started = true;
}

void sedge_hasher_add(sedge_hasher *h, sedge_bytes data) {
    start(h);
    if (!h->failed && data.n > 0)
        h->failed = !EVP_DigestUpdate(h->ctx, data.p, data.n);
}

sedge_status sedge_hasher_finish(sedge_hasher *h, sedge_digest *ret, sedge_error *err) {
    start(h);
    sedge_digest digest;
    bool done = !h->failed && EVP_DigestFinal_ex(h->ctx, digest.bytes, NULL);
    h->started = h->failed = false;
    if (!done)
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "cannot compute a SHA-256 digest");
    *ret = digest;
    return SEDGE_OK;
}
