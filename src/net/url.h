/* SPDX-License-Identifier: Apache-2.0 */
/** Addresses of peers: http://host:port, https://host:port, unix:/path/to/socket. */
#ifndef SEDGE_NET_URL_H
#define SEDGE_NET_URL_H

#include <stdbool.h>

#include "sedge/error.h"

enum { SEDGE_URL_HOST_MAX = 256, SEDGE_URL_PATH_MAX = 1024 };

typedef enum sedge_url_scheme { SEDGE_URL_HTTP, SEDGE_URL_HTTPS, SEDGE_URL_UNIX } sedge_url_scheme;

typedef struct sedge_url {
    sedge_url_scheme scheme;
    char host[SEDGE_URL_HOST_MAX]; /**< without brackets; "localhost" for unix */
    int port;                      /**< 80 and 443 where none is written */
    char path[SEDGE_URL_PATH_MAX]; /**< of the socket, or the prefix of all requests without '/' at its end ("") */
} sedge_url;

/**
 * Names and passwords, queries and fragments are refused.
 * @return SEDGE_EINVALID "'<text>' is no address; write it like https://host:5000, http://127.0.0.1:5000 or unix:/path"
 */
SEDGE_NODISCARD sedge_status sedge_url_parse(const char *text, sedge_url *ret, sedge_error *err);
/** "127.0.0.1:5000", "[::1]:5000" or "localhost:5000" into host and port. SEDGE_EINVALID. */
SEDGE_NODISCARD sedge_status sedge_address_parse(const char *text, char ret_host[SEDGE_URL_HOST_MAX], int *ret_port,
                                                 sedge_error *err);
/** Is the host this machine itself: localhost, 127.x.x.x or ::1? */
bool sedge_host_is_loopback(const char *host);

#endif
