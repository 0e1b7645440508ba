/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/log.h"

static const sedge_conf_row rows[] = {
    { "data", SEDGE_CONF_STRING, SEDGE_AT(hub_options, data), .metavar = "DIR",
      .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "folder of the database, blobs and keys" },
    { "listen", SEDGE_CONF_STRING, SEDGE_AT(hub_options, listen), "127.0.0.1:5000", .metavar = "HOST:PORT",
      .flags = SEDGE_CONF_NOT_EMPTY, .help = "address to serve; port 0 takes a free one" },
    { "public_url", SEDGE_CONF_STRING, SEDGE_AT(hub_options, public_url), .metavar = "URL",
      .help = "address that clients use, when it is another one" },
    { "plain", SEDGE_CONF_BOOL, SEDGE_AT(hub_options, plain),
      .help = "HTTP without TLS and tokens, on a loopback address only" },
    { "sedge", SEDGE_CONF_STRING, SEDGE_AT(hub_options, sedge), .metavar = "PATH",
      .help = "the sedge program that jobs run (beside sedge-hub, else from PATH)" },
    { "config", SEDGE_CONF_STRING, SEDGE_AT(hub_options, config), .metavar = "FILE", .flags = SEDGE_CONF_CONFIG_FILE,
      .help = "YAML file with these settings" },
    { "log_level", SEDGE_CONF_ENUM, SEDGE_AT(hub_options, log_level), "info", .choices = sedge_log_level_names,
      .help = "least important lines to log" },
    { "poll_interval", SEDGE_CONF_DURATION, SEDGE_AT(hub_options, poll_ms), "2s", .min = 100, .max = 86400000,
      .help = "how often devices ask for their desired state" },
    { "report_interval", SEDGE_CONF_DURATION, SEDGE_AT(hub_options, report_ms), "5s", .min = 100, .max = 86400000,
      .help = "how often devices report" },
    { "probation", SEDGE_CONF_DURATION, SEDGE_AT(hub_options, probation_ms), "30s", .min = 0, .max = 86400000,
      .help = "how long devices watch a new release before they commit, unless the deployment says otherwise" },
    { "tick", SEDGE_CONF_DURATION, SEDGE_AT(hub_options, tick_ms), "500ms", .min = 50, .max = 60000,
      .help = "how often roll-outs, alerts and jobs are looked at" },
    { "stats_window", SEDGE_CONF_DURATION, SEDGE_AT(hub_options, window_ms), "1m", .min = 1000, .max = 86400000,
      .help = "length of a window of fleet statistics" },
    { "stats_keep", SEDGE_CONF_DURATION, SEDGE_AT(hub_options, stats_keep_ms), "30d", .min = 60000, .max = 315360000000,
      .help = "age at which fleet statistics are deleted" },
    { "events_keep", SEDGE_CONF_DURATION, SEDGE_AT(hub_options, events_keep_ms), "365d", .min = 60000,
      .max = 315360000000, .help = "age at which events are deleted" },
    { "workers", SEDGE_CONF_INT, SEDGE_AT(hub_options, workers), "16", .min = 1, .max = 256,
      .help = "threads that answer requests" },
};
const sedge_conf_rows hub_options_rows = SEDGE_CONF_ROWS(hub_options, rows);

sedge_status hub_listen_parse(const char *text, char *host, size_t host_size, int *ret_port, sedge_error *err) {
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    bool brackets = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    const char *first = brackets ? text + 1 : text;
    size_t length = brackets ? n - 2 : n;
    char *end = NULL;
    long port = colon && colon[1] ? strtol(colon + 1, &end, 10) : -1;
    if (!colon || length == 0 || length >= host_size || !end || *end || port < 0 || port > 65535 ||
        (!brackets && memchr(first, ':', length)))
        return sedge_fail(err, SEDGE_EUSAGE, "--listen: '%s' is no address; write HOST:PORT or [IPV6]:PORT", text);
    memcpy(host, first, length);
    host[length] = 0;
    *ret_port = (int)port;
    return SEDGE_OK;
}

bool hub_host_is_loopback(const char *host) {
    struct in_addr v4;
    struct in6_addr v6;
    if (strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
