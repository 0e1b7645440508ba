/* SPDX-License-Identifier: Apache-2.0 */
/** What `sedge-hub serve` and `sedge-hub check` are started with: one table, also for SEDGE_HUB_* and --print-config.
 */
#ifndef SEDGE_HUB_OPTIONS_H
#define SEDGE_HUB_OPTIONS_H

#include "conf/rows.h"

typedef struct hub_options {
    char *data;
    char *listen;
    char *public_url; /**< NULL: the address that is listened on */
    bool plain;
    char *sedge; /**< the program that jobs run */
    char *config;
    int log_level;
    int64_t poll_ms;        /**< how often devices ask */
    int64_t report_ms;      /**< how often devices report */
    int64_t probation_ms;   /**< default of deployments */
    int64_t tick_ms;        /**< background work */
    int64_t window_ms;      /**< of statistics */
    int64_t stats_keep_ms;  /**< older statistics are deleted */
    int64_t events_keep_ms; /**< older events are deleted */
    int64_t workers;        /**< threads that answer requests */
} hub_options;

extern const sedge_conf_rows hub_options_rows;

/** HOST:PORT or [IPv6]:PORT into host (without brackets) and port. */
SEDGE_NODISCARD sedge_status hub_listen_parse(const char *text, char *host, size_t host_size, int *ret_port,
                                              sedge_error *err);
/** An address of this machine only: 127.x.x.x, ::1, localhost. */
bool hub_host_is_loopback(const char *host);

#endif
