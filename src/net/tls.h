/* SPDX-License-Identifier: Apache-2.0 */
/**
 * TLS for clients on OpenSSL 3: 1.2 or newer, the peer's certificate checked against a CA and against the name or
 * address that was asked for, our certificate where the peer wants one, sessions resumed.
 *
 * Programs ignore SIGPIPE (conf/command.h does), since OpenSSL writes to sockets that may be closed.
 * One sedge_tls serves one peer (it keeps that peer's newest session) and may be used by one thread at a time.
 */
#ifndef SEDGE_NET_TLS_H
#define SEDGE_NET_TLS_H

#include "crypto/cert.h"
#include "os/clock.h"

typedef struct sedge_tls sedge_tls;

typedef struct sedge_tls_options {
    const char *ca_file;      /**< PEM with one or more CAs; NULL: ca_pem */
    sedge_bytes ca_pem;       /**< the same as text; empty, and no file: the system's CAs */
    const sedge_cert *cert;   /**< ours, or NULL; copied by reference count */
    const sedge_key *key;     /**< of cert */
    const sedge_clock *clock; /**< decides about validity; NULL: the machine's. Must outlive the sedge_tls */
} sedge_tls_options;

/** SEDGE_ENOTFOUND for a missing file, SEDGE_EINVALID for one that holds no certificate or a key that does not fit. */
SEDGE_NODISCARD sedge_status sedge_tls_new(const sedge_tls_options *options, sedge_tls **ret, sedge_error *err);
void sedge_tls_free(sedge_tls *tls);
SEDGE_DEFINE_AUTO(sedge_tls, sedge_tls_free)

#endif
