/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How commands talk to a hub: address, token and CA from flags or environment; JSON calls, uploads and downloads.
 *
 * A command puts SEDGE_HUB_OPTION_ROWS into its table of options and passes what it got:
 *
 *     typedef struct { sedge_hub_options hub; char *name; } options;
 *     static const sedge_conf_row rows[] = { SEDGE_HUB_OPTION_ROWS(options, hub), ... };
 *     ...
 *     sedge_auto(sedge_hub_client) hub = NULL;
 *     st = sedge_hub_client_new(&o.hub, &hub, err);
 *     st = sedge_hub_call(hub, "GET", "/api/v1/devices", NULL, &answer, err);
 *
 * One connection is kept open and used for one call at a time; not for several threads at once.
 */
#ifndef SEDGE_CLI_HUB_CLIENT_H
#define SEDGE_CLI_HUB_CLIENT_H

#include "conf/json.h"
#include "conf/rows.h"

/** Where the hub is and who asks. Fields may be NULL; then the environment is asked. */
typedef struct sedge_hub_options {
    char *hub;        /**< SEDGE_HUB_URL: "https://host:port", or "http://127.0.0.1:port" for a hub with --plain */
    char *token;      /**< SEDGE_HUB_TOKEN */
    char *token_file; /**< SEDGE_HUB_TOKEN_FILE: the token is the first line of this file */
    char *ca;         /**< SEDGE_HUB_CA: PEM file */
} sedge_hub_options;

#define SEDGE_HUB_OPTION_ROWS(type, member)                                                                            \
    { "hub", SEDGE_CONF_STRING, SEDGE_AT(type, member.hub), .metavar = "URL",                                          \
      .help = "the hub's address (else SEDGE_HUB_URL)" },                                                              \
        { "token",                                                                                                     \
          SEDGE_CONF_STRING,                                                                                           \
          SEDGE_AT(type, member.token),                                                                                \
          .metavar = "TOKEN",                                                                                          \
          .flags = SEDGE_CONF_SECRET,                                                                                  \
          .help = "API token (else SEDGE_HUB_TOKEN)" },                                                                \
        { "token_file", SEDGE_CONF_STRING, SEDGE_AT(type, member.token_file), .metavar = "FILE",                       \
          .help = "file with the API token (else SEDGE_HUB_TOKEN_FILE)" },                                             \
    {                                                                                                                  \
        "ca", SEDGE_CONF_STRING, SEDGE_AT(type, member.ca), .metavar = "FILE",                                         \
                                                            .help = "the hub's CA certificate (else SEDGE_HUB_CA)"     \
    }

/** Is a hub named, by flag or environment? For commands that work with and without one. */
bool sedge_hub_is_named(const sedge_hub_options *options);

typedef struct sedge_hub_client sedge_hub_client;

/**
 * Connects at the first call, not here. options are copied.
 * @return SEDGE_EUSAGE "no hub is named; ...", SEDGE_EINVALID for an address that is none, SEDGE_ENOTFOUND for files
 */
SEDGE_NODISCARD sedge_status sedge_hub_client_new(const sedge_hub_options *options, sedge_hub_client **ret,
                                                  sedge_error *err);
void sedge_hub_client_free(sedge_hub_client *hub);
SEDGE_DEFINE_AUTO(sedge_hub_client, sedge_hub_client_free)

/** Without a '/' at the end. Lives as long as the client. */
const char *sedge_hub_client_url(const sedge_hub_client *hub);

/**
 * One JSON call.
 * @param path  from the root, with the query: "/api/v1/events?after=7"; parts made by sedge_hub_path()
 * @param body  NULL: none
 * @param ret   NULL, or the answer, the caller's to json_decref(); NULL for an answer without a body
 * @return the status that the hub named in its problem details, with its sentence and the hub's address in front;
 *         SEDGE_ENETWORK, SEDGE_ETIMEOUT when it cannot be reached; SEDGE_EREFUSED when it is not who the CA says
 */
SEDGE_NODISCARD sedge_status sedge_hub_call(sedge_hub_client *hub, const char *method, const char *path,
                                            const json_t *body, json_t **ret, sedge_error *err);

/** Walks a list "{items, next}" to its end; ret_items is one array, the caller's to json_decref(). */
SEDGE_NODISCARD sedge_status sedge_hub_list(sedge_hub_client *hub, const char *path, json_t **ret_items,
                                            sedge_error *err);

/** PUTs a file's bytes; ret as in sedge_hub_call. */
SEDGE_NODISCARD sedge_status sedge_hub_upload(sedge_hub_client *hub, const char *path, const char *file, json_t **ret,
                                              sedge_error *err);
/** GETs into a file, which appears whole or not at all. */
SEDGE_NODISCARD sedge_status sedge_hub_download(sedge_hub_client *hub, const char *path, const char *file,
                                                sedge_error *err);

/** Content-addressed bytes: sends a file as blob "sha256:<hex>" unless the hub has it already. */
SEDGE_NODISCARD sedge_status sedge_hub_blob_put(sedge_hub_client *hub, const char *digest, const char *file,
                                                sedge_error *err);
/** Fetches a blob into a file and checks its digest. */
SEDGE_NODISCARD sedge_status sedge_hub_blob_get(sedge_hub_client *hub, const char *digest, const char *file,
                                                sedge_error *err);

enum { SEDGE_HUB_PATH_MAX = 2048 };
/**
 * Formats a path; every %s is percent-encoded, so that a name cannot leave its place. Only %s, %d and %% are known.
 * @return SEDGE_ELIMIT beyond SEDGE_HUB_PATH_MAX - 1 bytes
 */
SEDGE_NODISCARD sedge_status sedge_hub_path(char ret[SEDGE_HUB_PATH_MAX], sedge_error *err, const char *fmt, ...)
    SEDGE_PRINTF(3, 4);

#endif
