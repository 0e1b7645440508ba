/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/format.h"
#include "crypto/cert_impl.h"
#include "crypto/key_impl.h"
#include "crypto/openssl.h"
#include "crypto/rand.h"

enum { SERIAL_BYTES = 16, DAYS_MAX = 36500 };
#define DAY_MS (24LL * 3600 * 1000)

typedef struct extension {
    int nid;
    const char *value;
} extension;

static const extension ca_extensions[] = {
    { NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
    { NID_key_usage, "critical,keyCertSign,cRLSign" },
    { NID_subject_key_identifier, "hash" },
};
static const extension server_extensions[] = {
    { NID_basic_constraints, "critical,CA:FALSE" },
    { NID_key_usage, "critical,digitalSignature" },
    { NID_ext_key_usage, "serverAuth" },
    { NID_subject_key_identifier, "hash" },
    { NID_authority_key_identifier, "keyid:always" },
};
static const extension device_extensions[] = {
    { NID_basic_constraints, "critical,CA:FALSE" },
    { NID_key_usage, "critical,digitalSignature" },
    { NID_ext_key_usage, "clientAuth" },
    { NID_subject_key_identifier, "hash" },
    { NID_authority_key_identifier, "keyid:always" },
};

/* What is to be issued: the parts that differ between a CA, a server and a device. */
typedef struct draft {
    EVP_PKEY *subject_key;   /* borrowed */
    const char *common_name; /* may be empty */
    const extension *extensions;
    size_t n_extensions;
    GENERAL_NAMES *names; /* borrowed, may be NULL */
    bool names_critical;
    X509 *issuer;         /* borrowed; NULL: self-signed */
    EVP_PKEY *issuer_key; /* borrowed */
    const EVP_MD *md;
    int64_t now_ms;
    unsigned days;
} draft;

static bool set_serial(X509 *x) {
    uint8_t raw[SERIAL_BYTES];
    if (sedge_rand_bytes(raw, sizeof raw, NULL))
        return false;
    raw[0] = (uint8_t)((raw[0] & 0x7f) | 0x40); /* positive and always 16 bytes */
    BIGNUM *n = BN_bin2bn(raw, sizeof raw, NULL);
    bool done = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
    BN_free(n);
    return done;
}

static bool set_validity(X509 *x, int64_t now_ms, unsigned days) {
    time_t from = (time_t)((now_ms - SEDGE_CERT_BACKDATE_MS) / 1000);
    time_t until = (time_t)((now_ms + days * DAY_MS) / 1000);
    return ASN1_TIME_set(X509_getm_notBefore(x), from) && ASN1_TIME_set(X509_getm_notAfter(x), until);
}

static bool set_names(X509 *x, const draft *d) {
    X509_NAME *name = X509_get_subject_name(x);
    if (d->common_name[0] != '\0' &&
        !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)d->common_name, -1, -1, 0))
        return false;
    if (!X509_set_issuer_name(x, d->issuer ? X509_get_subject_name(d->issuer) : name))
        return false;
    return !d->names || X509_add1_ext_i2d(x, NID_subject_alt_name, d->names, d->names_critical, 0);
}

static bool add_extension(X509 *x, const draft *d, const extension *e) {
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, d->issuer ? d->issuer : x, x, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, e->nid, e->value);
    bool done = ext && X509_add_ext(x, ext, -1);
    X509_EXTENSION_free(ext);
    return done;
}

static bool fill(X509 *x, const draft *d) {
    if (!X509_set_version(x, X509_VERSION_3) || !set_serial(x) || !set_validity(x, d->now_ms, d->days) ||
        !X509_set_pubkey(x, d->subject_key) || !set_names(x, d))
        return false;
    for (size_t i = 0; i < d->n_extensions; i++)
        if (!add_extension(x, d, &d->extensions[i]))
            return false;
    return X509_sign(x, d->issuer_key, d->md) > 0;
}

static sedge_status issue(const draft *d, sedge_cert **ret, sedge_error *err) {
    if (d->days == 0 || d->days > DAYS_MAX)
        return sedge_fail(err, SEDGE_EUSAGE, "a certificate for %u days, 1 to %d are allowed", d->days, DAYS_MAX);
    if (d->issuer && !X509_check_private_key(d->issuer, d->issuer_key))
        return sedge_fail_openssl(err, SEDGE_EUSAGE, "the CA's key does not belong to the CA's certificate");
    X509 *x = X509_new();
    if (!x || !fill(x, d)) {
        X509_free(x);
        return sedge_fail_openssl(err, SEDGE_EINTERNAL, "cannot make a certificate for '%s'", d->common_name);
    }
    return sedge_cert_wrap(x, ret, err);
}

static const EVP_MD *md_for(const sedge_key *key) {
    return key->kind == SEDGE_KEY_ED25519 ? NULL : EVP_sha256();
}

sedge_status sedge_cert_make_ca(const sedge_key *key, const char *name, int64_t now_ms, unsigned days, sedge_cert **ret,
                                sedge_error *err) {
    draft d = { .subject_key = key->pkey,
                .common_name = name,
                .extensions = ca_extensions,
                .n_extensions = SEDGE_COUNT(ca_extensions),
                .issuer_key = key->pkey,
                .md = md_for(key),
                .now_ms = now_ms,
                .days = days };
    return issue(&d, ret, err);
}

/* Appends a name of this type; takes value over, also on failure. */
static bool push_name(GENERAL_NAMES *names, int type, ASN1_STRING *value) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    if (!name || !value) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return false;
    }
    GENERAL_NAME_set0_value(name, type, value);
    if (sk_GENERAL_NAME_push(names, name) > 0)
        return true;
    GENERAL_NAME_free(name);
    return false;
}

static bool push_text(GENERAL_NAMES *names, int type, const char *text) {
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    if (value && !ASN1_STRING_set(value, text, (int)strlen(text))) {
        ASN1_IA5STRING_free(value);
        return false;
    }
    return push_name(names, type, value);
}

static bool is_dns_name(const char *text) {
    size_t n = strlen(text);
    return n > 0 && n <= 253 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.*") == n && text[0] != '.';
}

static sedge_status push_server_name(GENERAL_NAMES *names, const char *text, sedge_error *err) {
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
    if (!address && !is_dns_name(text))
        return sedge_fail_openssl(err, SEDGE_EINVALID, "'%s' is neither a DNS name nor an IP address", text);
    if (address ? !push_name(names, GEN_IPADD, address) : !push_text(names, GEN_DNS, text))
        return sedge_fail_openssl(err, SEDGE_ENOMEM, "no memory for the name '%s'", text);
    return SEDGE_OK;
}

static sedge_status push_server_names(GENERAL_NAMES *san, const char *const *names, size_t n_names, sedge_error *err) {
    if (!san)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for names");
    if (n_names == 0 || n_names > SEDGE_CERT_NAMES_MAX)
        return sedge_fail(err, SEDGE_EUSAGE, "a server certificate with %zu names, 1 to %d are allowed", n_names,
                          SEDGE_CERT_NAMES_MAX);
    for (size_t i = 0; i < n_names; i++) {
        sedge_status st = push_server_name(san, names[i], err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

sedge_status sedge_cert_issue_server(const sedge_cert *ca, const sedge_key *ca_key, const sedge_key *key,
                                     const char *const *names, size_t n_names, int64_t now_ms, unsigned days,
                                     sedge_cert **ret, sedge_error *err) {
    GENERAL_NAMES *san = GENERAL_NAMES_new();
    sedge_status st = push_server_names(san, names, n_names, err);
    if (!st) {
        draft d = { .subject_key = key->pkey,
                    .common_name = strlen(names[0]) <= 64 ? names[0] : "",
                    .extensions = server_extensions,
                    .n_extensions = SEDGE_COUNT(server_extensions),
                    .names = san,
                    .names_critical = strlen(names[0]) > 64,
                    .issuer = ca->x509,
                    .issuer_key = ca_key->pkey,
                    .md = md_for(ca_key),
                    .now_ms = now_ms,
                    .days = days };
        st = issue(&d, ret, err);
    }
    GENERAL_NAMES_free(san);
    return st;
}

sedge_status sedge_cert_issue_device(const sedge_cert *ca, const sedge_key *ca_key, const sedge_csr *csr,
                                     const char *device_id, int64_t now_ms, unsigned days, sedge_cert **ret,
                                     sedge_error *err) {
    if (!sedge_is_device_id(device_id))
        return sedge_fail(err, SEDGE_EINVALID, "'%s' is no device id: 1 to 64 of a-z, 0-9, '-', '_', '.'", device_id);
    char uri[sizeof SEDGE_DEVICE_URN + SEDGE_DEVICE_ID_MAX];
    sedge_format(uri, sizeof uri, "%s%s", SEDGE_DEVICE_URN, device_id);
    GENERAL_NAMES *san = GENERAL_NAMES_new();
    sedge_status st = SEDGE_OK;
    if (!san || !push_text(san, GEN_URI, uri))
        st = sedge_fail_openssl(err, SEDGE_ENOMEM, "no memory for names");
    if (!st) {
        draft d = { .subject_key = X509_REQ_get0_pubkey(csr->req),
                    .common_name = device_id,
                    .extensions = device_extensions,
                    .n_extensions = SEDGE_COUNT(device_extensions),
                    .names = san,
                    .issuer = ca->x509,
                    .issuer_key = ca_key->pkey,
                    .md = md_for(ca_key),
                    .now_ms = now_ms,
                    .days = days };
        st = issue(&d, ret, err);
    }
    GENERAL_NAMES_free(san);
    return st;
}
