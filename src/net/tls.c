/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "crypto/openssl.h"
#include "net/tls_private.h"
#include "os/errno.h"
#include "os/file.h"

enum { CA_FILE_MAX = 1 << 20 };

struct sedge_tls {
    SSL_CTX *ctx;
    SSL_SESSION *session; /* the newest that the peer gave us, or NULL */
    const sedge_clock *clock;
};

static int keep_session(SSL *ssl, SSL_SESSION *session) {
    sedge_tls *tls = (sedge_tls *)SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    SSL_SESSION_free(tls->session);
    tls->session = session;
    return 1; /* the reference is ours now */
}

static sedge_status add_ca(SSL_CTX *ctx, sedge_bytes pem, const char *place, sedge_error *err) {
    BIO *bio = pem.n <= CA_FILE_MAX ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    if (!bio)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: no room for the CA certificates", place);
    int n = 0;
    for (X509 *cert; (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)); n++) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert);
        X509_free(cert);
    }
    BIO_free(bio);
    ERR_clear_error(); /* "no more certificates" is how the loop ends */
    if (n)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EINVALID, "%s holds no certificate in PEM form", place);
}

static sedge_status add_cas(const sedge_tls_options *o, SSL_CTX *ctx, sedge_error *err) {
    if (o->ca_file) {
        SEDGE_AUTO_MEM uint8_t *pem = NULL;
        size_t n;
        sedge_status st = sedge_file_read(NULL, o->ca_file, CA_FILE_MAX, &pem, &n, err);
        if (st)
            return sedge_wrap(err, st, "CA certificate");
        return add_ca(ctx, sedge_bytes_of(pem, n), o->ca_file, err);
    }
    if (o->ca_pem.n)
        return add_ca(ctx, o->ca_pem, "the CA text", err);
    if (!SSL_CTX_set_default_verify_paths(ctx))
        return sedge_fail_openssl(err, SEDGE_EIO, "cannot load the system's CA certificates");
    return SEDGE_OK;
}

static sedge_status add_identity(const sedge_tls_options *o, SSL_CTX *ctx, sedge_error *err) {
    if (!o->cert)
        return SEDGE_OK;
    if (!o->key || !SSL_CTX_use_certificate(ctx, sedge_cert_openssl(o->cert)) ||
        !SSL_CTX_use_PrivateKey(ctx, sedge_key_openssl(o->key)) || !SSL_CTX_check_private_key(ctx))
        return sedge_fail_openssl(err, SEDGE_EINVALID, "our certificate and key do not belong together");
    return SEDGE_OK;
}

sedge_status sedge_tls_new(const sedge_tls_options *options, sedge_tls **ret, sedge_error *err) {
    sedge_auto(sedge_tls) tls = (sedge_tls *)calloc(1, sizeof *tls);
    if (!tls)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for TLS");
    tls->clock = options->clock ? options->clock : sedge_clock_os();
    tls->ctx = SSL_CTX_new(TLS_client_method());
    if (!tls->ctx || !SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION) || !SSL_CTX_set_app_data(tls->ctx, tls))
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "cannot set TLS up");
    SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(tls->ctx,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(tls->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(tls->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(tls->ctx, keep_session);
    sedge_status st = add_cas(options, tls->ctx, err);
    if (!st)
        st = add_identity(options, tls->ctx, err);
    if (!st)
        *ret = SEDGE_STEAL(tls);
    return st;
}

void sedge_tls_free(sedge_tls *tls) {
    if (!tls)
        return;
    SSL_SESSION_free(tls->session);
    SSL_CTX_free(tls->ctx);
    free(tls);
}

static bool is_address(const char *host) {
    uint8_t raw[16];
    return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

sedge_status tls_start(sedge_tls *tls, const char *host, int fd, SSL **ret, sedge_error *err) {
    SSL *ssl = SSL_new(tls->ctx);
    if (!ssl)
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "cannot start TLS");
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_time(param, (time_t)(sedge_now_ms(tls->clock) / 1000));
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    bool named = is_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(param, host)
                                  : SSL_set1_host(ssl, host) && SSL_set_tlsext_host_name(ssl, host);
    if (!named || !SSL_set_fd(ssl, fd) || (tls->session && !SSL_set_session(ssl, tls->session))) {
        SSL_free(ssl);
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "cannot start TLS with %s", host);
    }
    SSL_set_connect_state(ssl);
    *ret = ssl;
    return SEDGE_OK;
}

/* The reasons that people meet, in their words; the others in OpenSSL's. */
static const char *verify_text(long result) {
    switch (result) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return "it is not signed by the CA that we were given; give the CA file of this peer";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "it is made out to another name or address; use an address that stands in it";
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "it has expired, or this machine's clock is wrong";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "it is not valid yet, or this machine's clock is wrong";
    case X509_V_ERR_INVALID_PURPOSE:
        return "it is not a server's certificate";
    default:
        return X509_verify_cert_error_string(result);
    }
}

/* Alerts by which a peer turns our certificate down. */
static bool is_refusal(int reason) {
    static const int alerts[] = {
        SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
        SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
        SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
        SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
        SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
        SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
        SSL_R_TLSV1_ALERT_UNKNOWN_CA,
        SSL_R_TLSV1_ALERT_ACCESS_DENIED,
        SSL_R_TLSV1_ALERT_DECRYPT_ERROR,
    };
    for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++)
        if (alerts[i] == reason)
            return true;
    return false;
}

sedge_status tls_fail(const SSL *ssl, int ssl_error, int saved_errno, const char *place, const char *peer,
                      sedge_error *err) {
    unsigned long code = ERR_peek_error();
    int reason = ERR_GET_REASON(code);
    long verify = SSL_get_verify_result(ssl);
    if (ssl_error == SSL_ERROR_SSL && reason == SSL_R_CERTIFICATE_VERIFY_FAILED && verify != X509_V_OK) {
        ERR_clear_error();
        return sedge_fail(err, SEDGE_EREFUSED, "%s: the peer's certificate is refused: %s", place, verify_text(verify));
    }
    if (ssl_error == SSL_ERROR_SSL && is_refusal(reason)) {
        const char *why = ERR_reason_error_string(code);
        ERR_clear_error();
        return sedge_fail(err, SEDGE_EREFUSED, "%s: %s refuses our certificate: %s", place, peer ? peer : "the peer",
                          why ? why : "no reason given");
    }
    if (ssl_error == SSL_ERROR_SYSCALL && saved_errno) {
        ERR_clear_error();
        return sedge_fail_errno(err, saved_errno, "%s", place);
    }
    if (ssl_error == SSL_ERROR_SSL && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)) {
        ERR_clear_error();
        return sedge_fail(err, SEDGE_ENETWORK, "%s: the peer does not speak TLS; is it http:// instead?", place);
    }
    if (ssl_error == SSL_ERROR_SSL)
        return sedge_fail_openssl(err, SEDGE_ENETWORK, "%s: TLS failed", place);
    ERR_clear_error();
    return sedge_fail(err, SEDGE_ENETWORK, "%s: the peer broke the connection off", place);
}
