/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "crypto/key_impl.h"
#include "crypto/openssl.h"

enum { COORDINATE_BYTES = 32, DER_MAX = 80 };

static const EVP_MD *md_of(sedge_key_kind kind) {
    return kind == SEDGE_KEY_ED25519 ? NULL : EVP_sha256();
}

static bool raw_from_der(const uint8_t *der, size_t n, uint8_t raw[SEDGE_SIGNATURE_BYTES]) {
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
    bool done = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, COORDINATE_BYTES) == COORDINATE_BYTES &&
                BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + COORDINATE_BYTES, COORDINATE_BYTES) == COORDINATE_BYTES;
    ECDSA_SIG_free(sig);
    return done;
}

static bool der_from_raw(const uint8_t raw[SEDGE_SIGNATURE_BYTES], uint8_t der[DER_MAX], size_t *ret_n) {
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, COORDINATE_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(raw + COORDINATE_BYTES, COORDINATE_BYTES, NULL);
    bool owned = sig && r && s && ECDSA_SIG_set0(sig, r, s);
    if (!owned) {
        BN_free(r);
        BN_free(s);
    }
    int n = owned ? i2d_ECDSA_SIG(sig, NULL) : 0;
    bool done = n > 0 && n <= DER_MAX && i2d_ECDSA_SIG(sig, &der) == n;
    ECDSA_SIG_free(sig);
    *ret_n = done ? (size_t)n : 0;
    return done;
}

sedge_status sedge_key_sign(const sedge_key *key, sedge_bytes message, sedge_signature *ret, sedge_error *err) {
    if (!key->has_private)
        return sedge_fail(err, SEDGE_EUSAGE, "only the public half of this key is known, it cannot sign");
    uint8_t raw[DER_MAX];
    size_t n = sizeof raw;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool done = ctx && EVP_DigestSignInit(ctx, NULL, md_of(key->kind), NULL, key->pkey) == 1 &&
                EVP_DigestSign(ctx, raw, &n, message.n > 0 ? message.p : (const uint8_t *)"", message.n) == 1;
    EVP_MD_CTX_free(ctx);
    sedge_signature signature = { .alg = sedge_key_sig_alg(key->kind) };
    if (done && key->kind == SEDGE_KEY_ED25519)
        memcpy(signature.bytes, raw, sizeof signature.bytes);
    else if (done)
        done = raw_from_der(raw, n, signature.bytes);
    if (!done)
        return sedge_fail_openssl(err, SEDGE_EINTERNAL, "cannot sign with a %s key", sedge_key_kind_name(key->kind));
    *ret = signature;
    return SEDGE_OK;
}

static sedge_status verify(const sedge_key *key, sedge_bytes message, sedge_bytes signature, sedge_error *err) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to verify a signature");
    bool good = EVP_DigestVerifyInit(ctx, NULL, md_of(key->kind), NULL, key->pkey) == 1 &&
                EVP_DigestVerify(ctx, signature.p, signature.n, message.n > 0 ? message.p : (const uint8_t *)"",
                                 message.n) == 1;
    EVP_MD_CTX_free(ctx);
    if (!good)
        return sedge_fail_openssl(err, SEDGE_EREFUSED, "the signature is not of this key over these bytes");
    return SEDGE_OK;
}

sedge_status sedge_key_verify(const sedge_key *key, sedge_sig_alg alg, sedge_bytes message, sedge_bytes signature,
                              sedge_error *err) {
    if (alg != sedge_key_sig_alg(key->kind))
        return sedge_fail(err, SEDGE_EREFUSED, "a %s signature, but the key is %s", sedge_sig_alg_name(alg),
                          sedge_key_kind_name(key->kind));
    if (signature.n != SEDGE_SIGNATURE_BYTES)
        return sedge_fail(err, SEDGE_EREFUSED, "a signature of %zu bytes, it must have %d", signature.n,
                          SEDGE_SIGNATURE_BYTES);
    if (key->kind == SEDGE_KEY_ED25519)
        return verify(key, message, signature, err);
    uint8_t der[DER_MAX];
    size_t n;
    if (!der_from_raw(signature.p, der, &n))
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "no memory to verify a signature");
    return verify(key, message, sedge_bytes_of(der, n), err);
}

sedge_status sedge_key_verify_der(const sedge_key *key, sedge_bytes message, sedge_bytes signature, sedge_error *err) {
    if (key->kind != SEDGE_KEY_P256)
        return sedge_fail(err, SEDGE_EREFUSED, "an ECDSA signature, but the key is %s", sedge_key_kind_name(key->kind));
    if (signature.n == 0)
        return sedge_fail(err, SEDGE_EREFUSED, "the signature is empty");
    return verify(key, message, signature, err);
}
