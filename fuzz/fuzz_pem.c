/* SPDX-License-Identifier: Apache-2.0 */
/** Certificates, requests and keys from foreign text; what reads can be written, and a request's key is P-256. */
#include <stdlib.h>
#include <string.h>

#include "crypto/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_cert(const sedge_cert *cert) {
    SEDGE_AUTO_BUF pem = sedge_buf_init(4 * SEDGE_KEY_PEM_MAX);
    char id[SEDGE_DEVICE_ID_MAX], serial[SEDGE_CERT_SERIAL_MAX];
    int64_t from, until;
    sedge_auto(sedge_key) key = NULL;
    if (sedge_cert_device_id(cert, id, NULL) == SEDGE_OK && !sedge_is_device_id(id))
        abort();
    if (sedge_cert_serial(cert, serial, NULL) == SEDGE_OK && serial[0] == '\0')
        abort();
    if (sedge_cert_validity(cert, &from, &until, NULL) == SEDGE_OK && sedge_cert_key(cert, &key, NULL) == SEDGE_OK &&
        sedge_cert_pem(cert, &pem, NULL))
        abort();
}

/* OpenSSL looks for a decoder even where the label says that there is nothing to decode, which takes most of the time.
 */
static bool names(sedge_bytes text, const char *label) {
    return text.n > 0 && memmem(text.p, text.n, label, strlen(label)) != NULL;
}

static void check_keys(sedge_bytes text) {
    sedge_auto(sedge_key) public = NULL;
    sedge_auto(sedge_key) private = NULL;
    if (names(text, "PUBLIC") && sedge_key_from_public_pem(text, &public, NULL) == SEDGE_OK &&
        sedge_key_has_private(public))
        abort();
    if (names(text, "PRIVATE") && sedge_key_from_private_pem(text, &private, NULL) == SEDGE_OK &&
        !sedge_key_has_private(private))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_bytes bytes = sedge_bytes_of(data, size);
    sedge_auto(sedge_cert) cert = NULL;
    sedge_auto(sedge_cert) der = NULL;
    sedge_auto(sedge_csr) csr = NULL;
    sedge_digest digest;
    if (sedge_cert_from_pem(bytes, &cert, NULL) == SEDGE_OK)
        check_cert(cert);
    if (sedge_cert_from_der(bytes, &der, NULL) == SEDGE_OK)
        check_cert(der);
    if (sedge_csr_from_pem(bytes, &csr, NULL) == SEDGE_OK && sedge_csr_key_digest(csr, &digest, NULL))
        abort();
    check_keys(bytes);
    return 0;
}
