/* SPDX-License-Identifier: Apache-2.0 */
/** What the server needs of GnuTLS: our own credentials, session tickets, the certificate that a client showed. */
#ifndef SEDGE_HUB_TLS_H
#define SEDGE_HUB_TLS_H

#include <gnutls/gnutls.h>

#include "hub/hub.h"

typedef struct hub_tls hub_tls;

/**
 * A fresh server key and certificate (they live in memory only) for the names of the listen address, the public URL
 * and this machine.
 */
SEDGE_NODISCARD sedge_status hub_tls_new(hub *h, hub_tls **ret, sedge_error *err);
void hub_tls_free(hub_tls *t);
SEDGE_DEFINE_AUTO(hub_tls, hub_tls_free)

/** PEM texts, which live as long as t. */
const char *hub_tls_key_pem(const hub_tls *t);
const char *hub_tls_cert_pem(const hub_tls *t);

/** Before the handshake: tickets, our credentials, a certificate asked for but not demanded. False: drop it. */
bool hub_tls_prepare(hub_tls *t, gnutls_session_t session);
/**
 * After the handshake: the device that the client's certificate names. "" without a certificate.
 * @return SEDGE_EREFUSED when there is one and it is not a valid device certificate of our CA
 */
SEDGE_NODISCARD sedge_status hub_tls_device(hub_tls *t, gnutls_session_t session, char ret[SEDGE_DEVICE_ID_MAX],
                                            sedge_error *err);

#endif
