/* SPDX-License-Identifier: Apache-2.0 */
/** The bridge for rooms that hand our keys and certificates to OpenSSL's own TLS (net). Nobody else includes this. */
#ifndef SEDGE_CRYPTO_OPENSSL_H
#define SEDGE_CRYPTO_OPENSSL_H

#include <openssl/types.h>

#include "crypto/cert.h"

/** Borrowed: lives as long as the key. */
EVP_PKEY *sedge_key_openssl(const sedge_key *key);
/** Borrowed: lives as long as the certificate. */
X509 *sedge_cert_openssl(const sedge_cert *cert);

/** sedge_fail with ": <OpenSSL's reason>" behind the sentence where there is one; empties OpenSSL's error queue. */
sedge_status sedge_fail_openssl(sedge_error *err, sedge_status status, const char *fmt, ...) SEDGE_PRINTF(3, 4);

#endif
