/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "crypto/key_impl.h"
#include "crypto/openssl.h"
#include "crypto/secret.h"
#include "os/file.h"

#define FILE_SCHEME "file:"

enum { ED25519_PUBLIC_BYTES = 32, P256_PUBLIC_BYTES = 65 };

typedef struct kind_row {
    const char *name;
    sedge_sig_alg alg;
    size_t public_bytes;
} kind_row;

static const kind_row kinds[] = {
    [SEDGE_KEY_ED25519] = { "ed25519", SEDGE_SIG_ED25519, ED25519_PUBLIC_BYTES },
    [SEDGE_KEY_P256] = { "p256", SEDGE_SIG_ES256, P256_PUBLIC_BYTES },
};
_Static_assert(SEDGE_COUNT(kinds) == SEDGE_KEY_KINDS, "one row per kind");

static const char *const alg_names[] = { [SEDGE_SIG_ED25519] = "ed25519", [SEDGE_SIG_ES256] = "es256" };
_Static_assert(SEDGE_COUNT(alg_names) == SEDGE_SIG_ALGS, "one name per algorithm");

static void bio_free(BIO **bio) {
    BIO_free(*bio);
}
#define AUTO_BIO SEDGE_CLEANUP(bio_free) BIO

const char *sedge_key_kind_name(sedge_key_kind kind) {
    return (unsigned)kind < SEDGE_KEY_KINDS ? kinds[kind].name : "unknown";
}

const char *sedge_sig_alg_name(sedge_sig_alg alg) {
    return (unsigned)alg < SEDGE_SIG_ALGS ? alg_names[alg] : "unknown";
}

sedge_sig_alg sedge_key_sig_alg(sedge_key_kind kind) {
    return kinds[kind].alg;
}

void sedge_key_free(sedge_key *key) {
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

static bool kind_of(const EVP_PKEY *pkey, sedge_key_kind *ret) {
    char group[32];
    size_t n;
    if (EVP_PKEY_is_a(pkey, "ED25519")) {
        *ret = SEDGE_KEY_ED25519;
        return true;
    }
    if (!EVP_PKEY_is_a(pkey, "EC") || !EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) ||
        strcmp(group, SN_X9_62_prime256v1) != 0)
        return false;
    *ret = SEDGE_KEY_P256;
    return true;
}

sedge_status sedge_key_wrap(EVP_PKEY *pkey, bool has_private, sedge_key **ret, sedge_error *err) {
    sedge_key_kind kind;
    if (!kind_of(pkey, &kind)) {
        EVP_PKEY_free(pkey);
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the key is neither Ed25519 nor P-256; make one of these");
    }
    sedge_key *key = calloc(1, sizeof *key);
    if (!key) {
        EVP_PKEY_free(pkey);
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a key");
    }
    *key = (sedge_key){ .pkey = pkey, .kind = kind, .has_private = has_private };
    *ret = key;
    return SEDGE_OK;
}

sedge_status sedge_key_generate(sedge_key_kind kind, sedge_key **ret, sedge_error *err) {
    EVP_PKEY *pkey = kind == SEDGE_KEY_ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                                               : EVP_PKEY_Q_keygen(NULL, NULL, "EC", SN_X9_62_prime256v1);
    if (!pkey)
        return sedge_fail_openssl(err, SEDGE_EINTERNAL, "cannot make a %s key", sedge_key_kind_name(kind));
    return sedge_key_wrap(pkey, true, ret, err);
}

static sedge_status path_of_uri(const char *uri, const char **ret, sedge_error *err) {
    size_t n = sizeof FILE_SCHEME - 1;
    if (strncmp(uri, FILE_SCHEME, n) != 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "key '%s': this version reads keys from file:PATH only", uri);
    *ret = uri + n;
    return SEDGE_OK;
}

sedge_status sedge_key_load(const sedge_fs *fs, const char *uri, sedge_key **ret, sedge_error *err) {
    const char *path = NULL;
    uint8_t *pem;
    size_t n;
    sedge_status st = path_of_uri(uri, &path, err);
    if (!st)
        st = sedge_file_read(fs, path, SEDGE_KEY_PEM_MAX, &pem, &n, err);
    if (st)
        return st;
    st = sedge_key_from_private_pem(sedge_bytes_of(pem, n), ret, err);
    sedge_wipe(pem, n);
    free(pem);
    return st ? sedge_wrap(err, st, "%s", path) : SEDGE_OK;
}

sedge_status sedge_key_save(const sedge_fs *fs, const sedge_key *key, const char *uri, sedge_error *err) {
    const char *path = NULL;
    sedge_status st = path_of_uri(uri, &path, err);
    if (st)
        return st;
    SEDGE_AUTO_SECRET_BUF pem = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    st = sedge_key_private_pem(key, &pem, err);
    if (!st)
        st = sedge_file_write_atomic(fs, path, sedge_buf_bytes(&pem), 0600, err);
    return st;
}

sedge_status sedge_key_load_or_make(const sedge_fs *fs, const char *uri, sedge_key_kind kind, sedge_key **ret,
                                    sedge_error *err) {
    sedge_auto(sedge_key) key = NULL;
    sedge_status st = sedge_key_load(fs, uri, &key, err);
    if (st == SEDGE_ENOTFOUND) {
        st = sedge_key_generate(kind, &key, err);
        if (!st)
            st = sedge_key_save(fs, key, uri, err);
    }
    if (st)
        return st;
    if (key->kind != kind)
        return sedge_fail(err, SEDGE_ECONFLICT, "%s holds a %s key, a %s key is needed", uri,
                          sedge_key_kind_name(key->kind), sedge_key_kind_name(kind));
    *ret = SEDGE_STEAL(key);
    return SEDGE_OK;
}

/* PEM of private keys passes through a BIO in ordinary memory: BIO_s_secmem falls back to malloc when no secure heap is
 * set up, and its buffer is wiped by BIO_free either way. */
static sedge_status bio_to_buf(BIO *bio, sedge_buf *out, sedge_error *err) {
    char *p;
    long n = BIO_get_mem_data(bio, &p);
    sedge_buf_put(out, p, n > 0 ? (size_t)n : 0);
    if (out->failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a PEM text of %ld bytes", n);
    return SEDGE_OK;
}

sedge_status sedge_key_private_pem(const sedge_key *key, sedge_buf *out, sedge_error *err) {
    if (!key->has_private)
        return sedge_fail(err, SEDGE_EUSAGE, "only the public half of this key is known");
    AUTO_BIO *bio = BIO_new(BIO_s_secmem());
    if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL))
        return sedge_fail_openssl(err, SEDGE_EINTERNAL, "cannot write a private key as PEM");
    return bio_to_buf(bio, out, err);
}

sedge_status sedge_key_public_pem(const sedge_key *key, sedge_buf *out, sedge_error *err) {
    AUTO_BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || !PEM_write_bio_PUBKEY(bio, key->pkey))
        return sedge_fail_openssl(err, SEDGE_EINTERNAL, "cannot write a public key as PEM");
    return bio_to_buf(bio, out, err);
}

BIO *sedge_bio_of_pem(sedge_bytes pem, sedge_error *err) {
    if (pem.n > SEDGE_KEY_PEM_MAX) {
        sedge_fail(err, SEDGE_ELIMIT, "a PEM text of %zu bytes, the limit is %d", pem.n, SEDGE_KEY_PEM_MAX);
        return NULL;
    }
    BIO *bio = BIO_new_mem_buf(pem.n > 0 ? pem.p : (const uint8_t *)"", (int)pem.n);
    if (!bio)
        sedge_fail_openssl(err, SEDGE_ENOMEM, "no memory for a PEM text");
    return bio;
}

/* A callback that has no passphrase: without it OpenSSL would ask on the terminal. */
static int no_passphrase(char *buf, int size, int rwflag, void *ctx) {
    (void)buf, (void)size, (void)rwflag, (void)ctx;
    return -1;
}

typedef EVP_PKEY *(*pem_read_fn)(BIO *bio, EVP_PKEY **x, pem_password_cb *cb, void *u);

static sedge_status key_from_pem(sedge_bytes pem, pem_read_fn read, bool is_private, sedge_key **ret,
                                 sedge_error *err) {
    sedge_error limit = SEDGE_ERROR_INIT;
    AUTO_BIO *bio = sedge_bio_of_pem(pem, &limit);
    if (!bio)
        return sedge_fail(err, limit.status, "%s", limit.text);
    EVP_PKEY *pkey = read(bio, NULL, no_passphrase, NULL);
    if (!pkey)
        return sedge_fail_openssl(err, SEDGE_EINVALID, "not a %s key in PEM form",
                                  is_private ? "private (and unencrypted)" : "public");
    return sedge_key_wrap(pkey, is_private, ret, err);
}

sedge_status sedge_key_from_private_pem(sedge_bytes pem, sedge_key **ret, sedge_error *err) {
    return key_from_pem(pem, PEM_read_bio_PrivateKey, true, ret, err);
}

sedge_status sedge_key_from_public_pem(sedge_bytes pem, sedge_key **ret, sedge_error *err) {
    return key_from_pem(pem, PEM_read_bio_PUBKEY, false, ret, err);
}

sedge_status sedge_key_public_raw(const sedge_key *key, uint8_t ret[SEDGE_KEY_PUBLIC_RAW_MAX], size_t *ret_n,
                                  sedge_error *err) {
    uint8_t raw[SEDGE_KEY_PUBLIC_RAW_MAX];
    size_t n = sizeof raw;
    int done = key->kind == SEDGE_KEY_ED25519
                   ? EVP_PKEY_get_raw_public_key(key->pkey, raw, &n)
                   : EVP_PKEY_get_octet_string_param(key->pkey, OSSL_PKEY_PARAM_PUB_KEY, raw, sizeof raw, &n);
    if (!done || n != kinds[key->kind].public_bytes)
        return sedge_fail_openssl(err, SEDGE_EINTERNAL, "cannot read a public key");
    memcpy(ret, raw, n);
    *ret_n = n;
    return SEDGE_OK;
}

static EVP_PKEY *p256_from_point(sedge_bytes raw) {
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)SN_X9_62_prime256v1, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)raw.p, raw.n),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pkey = NULL;
    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

sedge_status sedge_key_from_public_raw(sedge_key_kind kind, sedge_bytes raw, sedge_key **ret, sedge_error *err) {
    if (raw.n != kinds[kind].public_bytes)
        return sedge_fail(err, SEDGE_EINVALID, "a public %s key of %zu bytes, it must have %zu",
                          sedge_key_kind_name(kind), raw.n, kinds[kind].public_bytes);
    EVP_PKEY *pkey = kind == SEDGE_KEY_ED25519 ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw.p, raw.n)
                                               : p256_from_point(raw);
    if (!pkey)
        return sedge_fail_openssl(err, SEDGE_EINVALID, "not a public %s key", sedge_key_kind_name(kind));
    return sedge_key_wrap(pkey, false, ret, err);
}

sedge_key_kind sedge_key_kind_of(const sedge_key *key) {
    return key->kind;
}

bool sedge_key_has_private(const sedge_key *key) {
    return key->has_private;
}

bool sedge_key_equal(const sedge_key *a, const sedge_key *b) {
    return EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

EVP_PKEY *sedge_key_openssl(const sedge_key *key) {
    return key->pkey;
}
