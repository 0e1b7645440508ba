/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tokens of people and jobs. The database keeps their SHA-256; a copy in memory, renewed when the table changes, makes
 * the check cheap enough for the threads that read requests.
 */
#ifndef SEDGE_HUB_AUTH_H
#define SEDGE_HUB_AUTH_H

#include "hub/request.h"

SEDGE_NODISCARD sedge_status hub_auth_new(hub *h, hub_auth **ret, sedge_error *err);
void hub_auth_free(hub_auth *a);
/** The table has changed. Any thread. */
void hub_auth_touch(hub_auth *a);

/**
 * Who carries this Authorization header ("Bearer TOKEN"; "Basic" with the token as password also works, for clients
 * that know nothing else).
 * @return SEDGE_EAUTH when it is missing, malformed, unknown, expired or revoked
 */
SEDGE_NODISCARD sedge_status hub_auth_check(hub_auth *a, const char *authorization, hub_identity *ret,
                                            sedge_error *err);

typedef struct hub_new_token {
    const char *kind;   /**< "api" or "enrol" */
    const char *role;   /**< of api tokens */
    const char *job;    /**< of job tokens, else "" */
    const char *labels; /**< JSON, of enrol tokens */
    int64_t uses;
    int64_t expires_ms; /**< 0: never */
    const char *secret; /**< NULL: a new one is made */
} hub_new_token;
/** Writes a token; its text, shown this once, into ret_secret. */
SEDGE_NODISCARD sedge_status hub_token_add(store_tx *tx, int64_t now_ms, const hub_new_token *t,
                                           char ret_id[SEDGE_UUID_MAX], char ret_secret[SEDGE_TOKEN_MAX],
                                           sedge_error *err);
/** Digest under which a token is stored. */
SEDGE_NODISCARD sedge_status hub_token_digest(const char *secret, char ret[SEDGE_DIGEST_TEXT_MAX], sedge_error *err);

/** Makes the first admin token and writes it to DIR/admin.token when there is no admin token yet. */
SEDGE_NODISCARD sedge_status hub_auth_first_token(hub *h, sedge_error *err);

#endif
