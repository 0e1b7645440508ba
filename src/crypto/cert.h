/* SPDX-License-Identifier: Apache-2.0 */
/**
 * X.509 as sedge uses it: the hub's own CA, certificates for the hub's server and for devices, certificate requests.
 *
 * Device certificates carry the device id in the subject alternative name `urn:sedge:device:<id>` and clientAuth;
 * server certificates carry DNS names and addresses and serverAuth. Times are ms since the epoch and are handed in, so
 * that a device's trusted time decides, not its clock. All PEM that is read is limited to SEDGE_KEY_PEM_MAX.
 */
#ifndef SEDGE_CRYPTO_CERT_H
#define SEDGE_CRYPTO_CERT_H

#include "crypto/digest.h"
#include "crypto/key.h"

enum {
    SEDGE_DEVICE_ID_MAX = 65,   /**< 1 to 64 characters and NUL */
    SEDGE_CERT_SERIAL_MAX = 41, /**< at most 20 bytes in hexadecimal and NUL */
    SEDGE_CERT_NAMES_MAX = 32,  /**< names of a server certificate */
};

/** A certificate is valid this long before it was made: clocks of devices are late. */
#define SEDGE_CERT_BACKDATE_MS (24LL * 3600 * 1000)

typedef enum sedge_cert_purpose { SEDGE_CERT_SERVER, SEDGE_CERT_DEVICE } sedge_cert_purpose;

typedef struct sedge_cert sedge_cert;
typedef struct sedge_csr sedge_csr;

/** 1 to 64 of a-z, 0-9, '-', '_', '.', the first a letter or digit. */
bool sedge_is_device_id(const char *text);

void sedge_cert_free(sedge_cert *cert);
SEDGE_DEFINE_AUTO(sedge_cert, sedge_cert_free)
void sedge_csr_free(sedge_csr *csr);
SEDGE_DEFINE_AUTO(sedge_csr, sedge_csr_free)

/** One certificate; text before and after it is ignored, as in common PEM files. */
SEDGE_NODISCARD sedge_status sedge_cert_from_pem(sedge_bytes pem, sedge_cert **ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_cert_from_der(sedge_bytes der, sedge_cert **ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_cert_load(const sedge_fs *fs, const char *path, sedge_cert **ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_cert_pem(const sedge_cert *cert, sedge_buf *out, sedge_error *err);

/** A self-signed CA (path length 0) named name, valid from now_ms for days. */
SEDGE_NODISCARD sedge_status sedge_cert_make_ca(const sedge_key *key, const char *name, int64_t now_ms, unsigned days,
                                                sedge_cert **ret, sedge_error *err);
/** A server certificate for key's public half. Each name is a DNS name or an IPv4 or IPv6 address; at least one. */
SEDGE_NODISCARD sedge_status sedge_cert_issue_server(const sedge_cert *ca, const sedge_key *ca_key,
                                                     const sedge_key *key, const char *const *names, size_t n_names,
                                                     int64_t now_ms, unsigned days, sedge_cert **ret, sedge_error *err);
/** A device certificate for the key of a verified request; nothing else of the request is used. */
SEDGE_NODISCARD sedge_status sedge_cert_issue_device(const sedge_cert *ca, const sedge_key *ca_key,
                                                     const sedge_csr *csr, const char *device_id, int64_t now_ms,
                                                     unsigned days, sedge_cert **ret, sedge_error *err);

/**
 * Is cert signed by ca, valid at now_ms and made for this purpose?
 * @return SEDGE_EREFUSED with the reason
 */
SEDGE_NODISCARD sedge_status sedge_cert_verify(const sedge_cert *cert, const sedge_cert *ca, sedge_cert_purpose purpose,
                                               int64_t now_ms, sedge_error *err);

/** The id in urn:sedge:device:<id>. SEDGE_EREFUSED when there is none, more than one, or a malformed one. */
SEDGE_NODISCARD sedge_status sedge_cert_device_id(const sedge_cert *cert, char ret[SEDGE_DEVICE_ID_MAX],
                                                  sedge_error *err);
/** Lower-case hexadecimal. */
SEDGE_NODISCARD sedge_status sedge_cert_serial(const sedge_cert *cert, char ret[SEDGE_CERT_SERIAL_MAX],
                                               sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_cert_validity(const sedge_cert *cert, int64_t *ret_from_ms, int64_t *ret_until_ms,
                                                 sedge_error *err);
/** SHA-256 of the DER form. */
SEDGE_NODISCARD sedge_status sedge_cert_fingerprint(const sedge_cert *cert, sedge_digest *ret, sedge_error *err);
/** The certificate's public key. */
SEDGE_NODISCARD sedge_status sedge_cert_key(const sedge_cert *cert, sedge_key **ret, sedge_error *err);

/** A certificate request (PKCS#10) of a P-256 key as PEM. */
SEDGE_NODISCARD sedge_status sedge_csr_make(const sedge_key *key, const char *common_name, sedge_buf *out_pem,
                                            sedge_error *err);
/** Reads a request and checks that it is signed by the P-256 key in it. */
SEDGE_NODISCARD sedge_status sedge_csr_from_pem(sedge_bytes pem, sedge_csr **ret, sedge_error *err);
/** SHA-256 of the request's public key (SubjectPublicKeyInfo): the same for every request of one key. */
SEDGE_NODISCARD sedge_status sedge_csr_key_digest(const sedge_csr *csr, sedge_digest *ret, sedge_error *err);

#endif
