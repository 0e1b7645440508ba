/* SPDX-License-Identifier: Apache-2.0 */
/** What the files of this room share about certificates. */
#ifndef SEDGE_CRYPTO_CERT_IMPL_H
#define SEDGE_CRYPTO_CERT_IMPL_H

#include <openssl/x509.h>

#include "crypto/cert.h"

#define SEDGE_DEVICE_URN "urn:sedge:device:"

struct sedge_cert {
    X509 *x509; /**< owned */
};

struct sedge_csr {
    X509_REQ *req; /**< owned */
};

/** Takes x509 over, also on failure. */
SEDGE_NODISCARD sedge_status sedge_cert_wrap(X509 *x509, sedge_cert **ret, sedge_error *err);

#endif
