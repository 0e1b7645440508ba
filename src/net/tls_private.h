/* SPDX-License-Identifier: Apache-2.0 */
/** What net/connection.c needs of net/tls.c. */
#ifndef SEDGE_NET_TLS_PRIVATE_H
#define SEDGE_NET_TLS_PRIVATE_H

#include <openssl/ssl.h>

#include "net/tls.h"

/** An SSL for a connection to host over the socket, with the newest session and the moment for validity set. */
SEDGE_NODISCARD sedge_status tls_start(sedge_tls *tls, const char *host, int fd, SSL **ret, sedge_error *err);
/** Turns what OpenSSL says after a failed step into a sentence, place in front ("https://host:port"). */
sedge_status tls_fail(const SSL *ssl, int ssl_error, int saved_errno, const char *place, const char *peer,
                      sedge_error *err);

#endif
