/* SPDX-License-Identifier: Apache-2.0 */
/**
 * HTTP and TLS: libmicrohttpd's threads read requests and send answers and never wait for a disk; handlers run on
 * worker threads while their connection is suspended.
 *
 * With TLS a client may show a certificate. One that our CA signed for a device makes its sender that device (unless
 * the fleet says that it is revoked); other certificates are as good as none. With --plain everyone is admin, and a
 * `Sedge-Device: ID` header names the device.
 */
#ifndef SEDGE_HUB_SERVER_H
#define SEDGE_HUB_SERVER_H

#include "hub/request.h"

extern const hub_route hub_routes[];
extern const size_t hub_routes_n;

/** Binds, listens and serves; sets h->port. */
SEDGE_NODISCARD sedge_status hub_server_start(hub *h, hub_server **ret, sedge_error *err);
/** No new connections; requests under way get their answers; then everything stops. */
void hub_server_stop(hub_server *s);
/** Runs the handlers of waiting requests again (events have come). Any thread. */
void hub_server_wake(hub_server *s);

#endif
