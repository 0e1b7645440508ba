/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/cert_impl.h"
#include "crypto/key_impl.h"
#include "crypto/openssl.h"

void sedge_csr_free(sedge_csr *csr) {
    if (!csr)
        return;
    X509_REQ_free(csr->req);
    free(csr);
}

static bool fill(X509_REQ *req, const sedge_key *key, const char *common_name) {
    X509_NAME *name = X509_NAME_new();
    bool done = name &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0) &&
                X509_REQ_set_version(req, X509_REQ_VERSION_1) && X509_REQ_set_subject_name(req, name) &&
                X509_REQ_set_pubkey(req, key->pkey) && X509_REQ_sign(req, key->pkey, EVP_sha256()) > 0;
    X509_NAME_free(name);
    return done;
}

sedge_status sedge_csr_make(const sedge_key *key, const char *common_name, sedge_buf *out_pem, sedge_error *err) {
    if (key->kind != SEDGE_KEY_P256 || !key->has_private)
        return sedge_fail(err, SEDGE_EUSAGE, "a certificate request needs a private P-256 key");
    X509_REQ *req = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *p = NULL;
    long n =
        req && bio && fill(req, key, common_name) && PEM_write_bio_X509_REQ(bio, req) ? BIO_get_mem_data(bio, &p) : 0;
    if (n > 0)
        sedge_buf_put(out_pem, p, (size_t)n);
    BIO_free(bio);
    X509_REQ_free(req);
    if (n <= 0 || out_pem->failed)
        return sedge_fail_openssl(err, SEDGE_EINVALID, "cannot make a certificate request for '%s'", common_name);
    return SEDGE_OK;
}

static sedge_status check_request(X509_REQ *req, sedge_error *err) {
    sedge_auto(sedge_key) key = NULL;
    EVP_PKEY *pkey = X509_REQ_get_pubkey(req);
    if (!pkey)
        return sedge_fail_openssl(err, SEDGE_EINVALID, "the request's public key is malformed");
    sedge_status st = sedge_key_wrap(pkey, false, &key, err);
    if (st)
        return st;
    if (key->kind != SEDGE_KEY_P256)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the request's key is %s, devices use p256",
                          sedge_key_kind_name(key->kind));
    if (X509_REQ_verify(req, key->pkey) != 1)
        return sedge_fail_openssl(err, SEDGE_EREFUSED, "the request is not signed by its own key");
    return SEDGE_OK;
}

sedge_status sedge_csr_from_pem(sedge_bytes pem, sedge_csr **ret, sedge_error *err) {
    sedge_error limit = SEDGE_ERROR_INIT;
    BIO *bio = sedge_bio_of_pem(pem, &limit);
    if (!bio)
        return sedge_fail(err, limit.status, "%s", limit.text);
    sedge_auto(sedge_csr) csr = calloc(1, sizeof *csr);
    if (csr)
        csr->req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (!csr)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a certificate request");
    if (!csr->req)
        return sedge_fail_openssl(err, SEDGE_EINVALID, "not a certificate request in PEM form");
    sedge_status st = check_request(csr->req, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(csr);
    return SEDGE_OK;
}

sedge_status sedge_csr_key_digest(const sedge_csr *csr, sedge_digest *ret, sedge_error *err) {
    unsigned char *der = NULL;
    int n = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(csr->req), &der);
    if (n <= 0)
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "cannot read the request's public key");
    sedge_status st = sedge_digest_of(sedge_bytes_of(der, (size_t)n), ret, err);
    OPENSSL_free(der);
    return st;
}
