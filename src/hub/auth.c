/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/auth.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "crypto/secret.h"

typedef struct known_token {
    hub_identity who;
    char digest[SEDGE_DIGEST_TEXT_MAX];
    int64_t expires_ms; /**< 0: never */
} known_token;

struct hub_auth {
    hub *h;
    pthread_mutex_t lock; /**< tokens, n */
    known_token *tokens;
    size_t n;
    atomic_bool stale;
};

static const char *const role_names[] = { "none", "viewer", "job", "admin", NULL };

static hub_role role_parse(const char *text) {
    for (int i = 0; role_names[i]; i++)
        if (strcmp(role_names[i], text) == 0)
            return (hub_role)i;
    return HUB_ROLE_NONE;
}

typedef struct token_list {
    known_token *items;
    size_t n, capacity;
} token_list;

static sedge_status add_row(token_list *list, store_rows *rows, sedge_error *err) {
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        known_token *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for the tokens");
        list->items = items;
        list->capacity = capacity;
    }
    known_token *t = &list->items[list->n++];
    *t = (known_token){ .who.role = role_parse(store_text(rows, 1)), .expires_ms = store_int(rows, 4) };
    strncpy(t->who.token, store_text(rows, 0), sizeof t->who.token - 1);
    strncpy(t->who.job, store_text(rows, 2), sizeof t->who.job - 1);
    strncpy(t->digest, store_text(rows, 3), sizeof t->digest - 1);
    return SEDGE_OK;
}

static sedge_status read_tokens(store_tx *tx, void *ctx, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT id, role, job, digest, expires_ms FROM tokens"
                                  " WHERE kind = 'api' AND revoked_ms IS NULL",
                                  STORE_NONE);
    while (!st && store_next(rows))
        st = add_row(ctx, rows, err);
    return store_end(rows, st, err);
}

/* with the lock held, so that nobody is judged by a list that is known to be old; a touch meanwhile leaves it stale */
static sedge_status refresh(hub_auth *a, sedge_error *err) {
    if (!atomic_exchange(&a->stale, false))
        return SEDGE_OK;
    token_list list = { 0 };
    sedge_status st = store_read(a->h->store, read_tokens, &list, err);
    if (st) {
        free(list.items);
        atomic_store(&a->stale, true);
        return st;
    }
    free(a->tokens);
    a->tokens = list.items;
    a->n = list.n;
    return SEDGE_OK;
}

static bool find_token(const hub_auth *a, const char *digest, int64_t now_ms, hub_identity *ret) {
    bool found = false;
    for (size_t i = 0; i < a->n; i++) {
        const known_token *t = &a->tokens[i];
        bool equal = sedge_secret_equal(sedge_bytes_text(t->digest), sedge_bytes_text(digest));
        if (equal && (t->expires_ms == 0 || t->expires_ms > now_ms)) {
            *ret = t->who;
            found = true;
        }
    }
    return found;
}

sedge_status hub_auth_new(hub *h, hub_auth **ret, sedge_error *err) {
    hub_auth *a = calloc(1, sizeof *a);
    if (!a)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the tokens");
    a->h = h;
    a->stale = true;
    pthread_mutex_init(&a->lock, NULL);
    *ret = a;
    return SEDGE_OK;
}

void hub_auth_free(hub_auth *a) {
    if (!a)
        return;
    pthread_mutex_destroy(&a->lock);
    free(a->tokens);
    free(a);
}

void hub_auth_touch(hub_auth *a) {
    atomic_store(&a->stale, true);
}

sedge_status hub_token_digest(const char *secret, char ret[SEDGE_DIGEST_TEXT_MAX], sedge_error *err) {
    sedge_digest digest;
    sedge_status st = sedge_digest_of(sedge_bytes_text(secret), &digest, err);
    if (!st)
        sedge_digest_text(&digest, ret);
    return st;
}

static int base64_value(char c) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/** The password of "Basic base64(user:password)". False when it is malformed or too long. */
static bool basic_password(const char *text, char *out, size_t size) {
    char plain[512];
    size_t n = 0;
    uint32_t bits = 0;
    int have = 0;
    for (; *text && *text != '='; text++) {
        int value = base64_value(*text);
        if (value < 0 || n + 1 >= sizeof plain)
            return false;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            plain[n++] = (char)(bits >> have & 0xff);
        }
    }
    plain[n] = 0;
    const char *colon = memchr(plain, ':', n);
    if (!colon || strlen(colon + 1) >= size || strlen(plain) != n)
        return false;
    strcpy(out, colon + 1);
    return true;
}

sedge_status hub_auth_check(hub_auth *a, const char *authorization, hub_identity *ret, sedge_error *err) {
    char secret[256], digest[SEDGE_DIGEST_TEXT_MAX];
    if (!authorization)
        return sedge_fail(err, SEDGE_EAUTH, "a token is needed: send 'Authorization: Bearer TOKEN'");
    bool ok = false;
    if (strncasecmp(authorization, "Bearer ", 7) == 0 && strlen(authorization + 7) < sizeof secret)
        ok = strcpy(secret, authorization + 7) != NULL;
    else if (strncasecmp(authorization, "Basic ", 6) == 0)
        ok = basic_password(authorization + 6, secret, sizeof secret);
    if (!ok)
        return sedge_fail(err, SEDGE_EAUTH, "the Authorization header is malformed; send 'Bearer TOKEN'");
    sedge_status st = hub_token_digest(secret, digest, err);
    sedge_wipe(secret, sizeof secret);
    if (st)
        return st;
    int64_t now_ms = hub_now_ms(a->h);
    pthread_mutex_lock(&a->lock);
    st = refresh(a, err);
    bool found = !st && find_token(a, digest, now_ms, ret);
    pthread_mutex_unlock(&a->lock);
    if (st)
        return st;
    return found ? SEDGE_OK : sedge_fail(err, SEDGE_EAUTH, "the token is unknown, expired or revoked");
}

sedge_status hub_token_add(store_tx *tx, int64_t now_ms, const hub_new_token *t, char ret_id[SEDGE_UUID_MAX],
                           char ret_secret[SEDGE_TOKEN_MAX], sedge_error *err) {
    char digest[SEDGE_DIGEST_TEXT_MAX];
    sedge_status st = sedge_uuid7(now_ms, ret_id, err);
    if (!st && !t->secret)
        st = sedge_token_make(ret_secret, err);
    if (!st)
        st = hub_token_digest(t->secret ? t->secret : ret_secret, digest, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "INSERT INTO tokens (id, project, kind, role, job, digest, labels, uses_left, created_ms,"
                        " expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                        STORE_ARGS(STORE_TEXT(ret_id), STORE_TEXT(HUB_PROJECT), STORE_TEXT(t->kind),
                                   STORE_TEXT(t->role ? t->role : ""), STORE_TEXT(t->job ? t->job : ""),
                                   STORE_TEXT(digest), STORE_TEXT(t->labels ? t->labels : "{}"), STORE_INT(t->uses),
                                   STORE_INT(now_ms), t->expires_ms ? STORE_INT(t->expires_ms) : STORE_NULL));
    store_touch(tx, STORE_TOPIC_TOKENS);
    return st;
}

typedef struct first_token {
    hub *h;
    bool needed;
    const char *secret;
} first_token;

static sedge_status count_admins(store_tx *tx, void *ctx, sedge_error *err) {
    first_token *f = ctx;
    int64_t n = 0;
    sedge_status st = store_get_int(
        tx, &n, err, "SELECT count(*) FROM tokens WHERE role = 'admin' AND revoked_ms IS NULL", STORE_NONE);
    f->needed = n == 0;
    return st;
}

static sedge_status add_first(store_tx *tx, void *ctx, sedge_error *err) {
    first_token *f = ctx;
    char id[SEDGE_UUID_MAX], unused[SEDGE_TOKEN_MAX];
    hub_new_token t = { .kind = "api", .role = "admin", .secret = f->secret };
    return hub_token_add(tx, hub_now_ms(f->h), &t, id, unused, err);
}

sedge_status hub_auth_first_token(hub *h, sedge_error *err) {
    first_token f = { .h = h };
    char secret[SEDGE_TOKEN_MAX], line[SEDGE_TOKEN_MAX + 1], path[SEDGE_PATH_MAX];
    sedge_status st = store_read(h->store, count_admins, &f, err);
    if (st || !f.needed)
        return st;
    st = sedge_path_format(path, err, "%s/admin.token", h->options->data);
    if (!st)
        st = sedge_token_make(secret, err);
    if (st)
        return st;
    /* the file first: after a crash in between, the next start makes a new token and a new file */
    sedge_format(line, sizeof line, "%s\n", secret);
    st = sedge_file_write_atomic(NULL, path, sedge_bytes_text(line), 0600, err);
    f.secret = secret;
    if (!st)
        st = store_write(h->store, add_first, &f, err);
    sedge_wipe(secret, sizeof secret);
    sedge_wipe(line, sizeof line);
    return st;
}
