/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/cert.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/cert_impl.h"
#include "crypto/key_impl.h"
#include "crypto/openssl.h"
#include "os/clock.h"
#include "os/file.h"

#define ID_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-_."

bool sedge_is_device_id(const char *text) {
    size_t n = strlen(text);
    return n > 0 && n < SEDGE_DEVICE_ID_MAX && strspn(text, ID_CHARS) == n && strchr("-_.", text[0]) == NULL;
}

void sedge_cert_free(sedge_cert *cert) {
    if (!cert)
        return;
    X509_free(cert->x509);
    free(cert);
}

sedge_status sedge_cert_wrap(X509 *x509, sedge_cert **ret, sedge_error *err) {
    sedge_cert *cert = calloc(1, sizeof *cert);
    if (!cert) {
        X509_free(x509);
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a certificate");
    }
    cert->x509 = x509;
    *ret = cert;
    return SEDGE_OK;
}

sedge_status sedge_cert_from_pem(sedge_bytes pem, sedge_cert **ret, sedge_error *err) {
    sedge_error limit = SEDGE_ERROR_INIT;
    BIO *bio = sedge_bio_of_pem(pem, &limit);
    if (!bio)
        return sedge_fail(err, limit.status, "%s", limit.text);
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (!x509)
        return sedge_fail_openssl(err, SEDGE_EINVALID, "not a certificate in PEM form");
    return sedge_cert_wrap(x509, ret, err);
}

sedge_status sedge_cert_from_der(sedge_bytes der, sedge_cert **ret, sedge_error *err) {
    if (der.n > SEDGE_KEY_PEM_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "a certificate of %zu bytes, the limit is %d", der.n, SEDGE_KEY_PEM_MAX);
    const unsigned char *p = der.p;
    X509 *x509 = d2i_X509(NULL, &p, (long)der.n);
    if (!x509 || p != der.p + der.n) {
        X509_free(x509);
        return sedge_fail_openssl(err, SEDGE_EINVALID, "not a certificate in DER form");
    }
    return sedge_cert_wrap(x509, ret, err);
}

sedge_status sedge_cert_load(const sedge_fs *fs, const char *path, sedge_cert **ret, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *pem = NULL;
    size_t n;
    sedge_status st = sedge_file_read(fs, path, SEDGE_KEY_PEM_MAX, &pem, &n, err);
    if (st)
        return st;
    st = sedge_cert_from_pem(sedge_bytes_of(pem, n), ret, err);
    return st ? sedge_wrap(err, st, "%s", path) : SEDGE_OK;
}

sedge_status sedge_cert_pem(const sedge_cert *cert, sedge_buf *out, sedge_error *err) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *p = NULL;
    long n = bio && PEM_write_bio_X509(bio, cert->x509) ? BIO_get_mem_data(bio, &p) : 0;
    if (n > 0)
        sedge_buf_put(out, p, (size_t)n);
    BIO_free(bio);
    if (n <= 0 || out->failed)
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "cannot write a certificate as PEM");
    return SEDGE_OK;
}

static sedge_status run_verify(X509_STORE_CTX *ctx, X509_STORE *store, const sedge_cert *cert, const sedge_cert *ca,
                               sedge_cert_purpose purpose, int64_t now_ms, sedge_error *err) {
    if (!ctx || !store || !X509_STORE_add_cert(store, ca->x509) || !X509_STORE_CTX_init(ctx, store, cert->x509, NULL))
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "no memory to verify a certificate");
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, (time_t)(now_ms / 1000));
    if (!X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT) ||
        !X509_VERIFY_PARAM_set_purpose(param, purpose == SEDGE_CERT_SERVER ? X509_PURPOSE_SSL_SERVER
                                                                           : X509_PURPOSE_SSL_CLIENT))
        return sedge_fail_openssl(err, SEDGE_EINTERNAL, "cannot set up the check of a certificate");
    if (X509_verify_cert(ctx) == 1)
        return SEDGE_OK;
    return sedge_fail_openssl(err, SEDGE_EREFUSED, "the certificate is refused: %s",
                              X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
}

sedge_status sedge_cert_verify(const sedge_cert *cert, const sedge_cert *ca, sedge_cert_purpose purpose, int64_t now_ms,
                               sedge_error *err) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    sedge_status st = run_verify(ctx, store, cert, ca, purpose, now_ms, err);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return st;
}

/* The id behind the URN of one name; false for other names, a malformed id gives an empty text. */
static bool id_of_name(const GENERAL_NAME *name, char ret[SEDGE_DEVICE_ID_MAX]) {
    size_t prefix = sizeof SEDGE_DEVICE_URN - 1;
    if (name->type != GEN_URI)
        return false;
    size_t n = (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier);
    const char *uri = (const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
    if (n < prefix || memcmp(uri, SEDGE_DEVICE_URN, prefix) != 0)
        return false;
    n -= prefix;
    ret[0] = '\0';
    if (n < SEDGE_DEVICE_ID_MAX) {
        memcpy(ret, uri + prefix, n);
        ret[n] = '\0';
        if (strlen(ret) != n || !sedge_is_device_id(ret))
            ret[0] = '\0';
    }
    return true;
}

sedge_status sedge_cert_device_id(const sedge_cert *cert, char ret[SEDGE_DEVICE_ID_MAX], sedge_error *err) {
    char id[SEDGE_DEVICE_ID_MAX] = "";
    GENERAL_NAMES *names = X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);
    int found = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        found += id_of_name(sk_GENERAL_NAME_value(names, i), id);
    GENERAL_NAMES_free(names);
    if (found != 1 || id[0] == '\0')
        return sedge_fail(err, SEDGE_EREFUSED,
                          "the certificate must have exactly one name %s<id> with a well-formed id, it has %d",
                          SEDGE_DEVICE_URN, found);
    memcpy(ret, id, sizeof id);
    return SEDGE_OK;
}

sedge_status sedge_cert_serial(const sedge_cert *cert, char ret[SEDGE_CERT_SERIAL_MAX], sedge_error *err) {
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert->x509);
    size_t n = (size_t)ASN1_STRING_length(serial);
    if (n == 0 || n > (SEDGE_CERT_SERIAL_MAX - 1) / 2)
        return sedge_fail(err, SEDGE_EINVALID, "the certificate's serial number has %zu bytes, 1 to %d are allowed", n,
                          (SEDGE_CERT_SERIAL_MAX - 1) / 2);
    sedge_hex_encode(ASN1_STRING_get0_data(serial), n, ret);
    return SEDGE_OK;
}

static bool ms_of_time(const ASN1_TIME *t, int64_t *ret) {
    struct tm tm;
    if (!ASN1_TIME_to_tm(t, &tm))
        return false;
    int64_t days = sedge_days_from_date(tm.tm_year + 1900LL, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday);
    *ret = (((days * 24 + tm.tm_hour) * 60 + tm.tm_min) * 60 + tm.tm_sec) * 1000;
    return true;
}

sedge_status sedge_cert_validity(const sedge_cert *cert, int64_t *ret_from_ms, int64_t *ret_until_ms,
                                 sedge_error *err) {
    int64_t from, until;
    if (!ms_of_time(X509_get0_notBefore(cert->x509), &from) || !ms_of_time(X509_get0_notAfter(cert->x509), &until))
        return sedge_fail_openssl(err, SEDGE_EINVALID, "the certificate's validity is malformed");
    *ret_from_ms = from;
    *ret_until_ms = until;
    return SEDGE_OK;
}

sedge_status sedge_cert_fingerprint(const sedge_cert *cert, sedge_digest *ret, sedge_error *err) {
    sedge_digest digest;
    if (!X509_digest(cert->x509, EVP_sha256(), digest.bytes, NULL))
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "cannot compute a certificate's fingerprint");
    *ret = digest;
    return SEDGE_OK;
}

sedge_status sedge_cert_key(const sedge_cert *cert, sedge_key **ret, sedge_error *err) {
    EVP_PKEY *pkey = X509_get_pubkey(cert->x509);
    if (!pkey)
        return sedge_fail_openssl(err, SEDGE_EINVALID, "the certificate's public key is malformed");
    return sedge_key_wrap(pkey, false, ret, err);
}

X509 *sedge_cert_openssl(const sedge_cert *cert) {
    return cert->x509;
}
