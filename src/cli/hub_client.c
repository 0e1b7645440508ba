/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hub_client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/digest.h"
#include "net/http_client.h"
#include "net/url.h"
#include "os/file.h"

enum { TOKEN_MAX = 4096, PAGES_MAX = 10000, UPLOAD_IDLE_MS = 120000, LONG_POLL_MS = 120000 };

struct sedge_hub_client {
    sedge_tls *tls;
    sedge_http_client *http;
};

/** The flag's value, or the environment's; NULL when neither says anything. */
static const char *given(const char *flag, const char *variable) {
    const char *text = flag ? flag : getenv(variable);
    return text && *text ? text : NULL;
}

bool sedge_hub_is_named(const sedge_hub_options *options) {
    return given(options->hub, "SEDGE_HUB_URL") != NULL;
}

static sedge_status read_token(const char *file, char ret[TOKEN_MAX], sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n = 0;
    sedge_status st = sedge_file_read(NULL, file, TOKEN_MAX - 1, &data, &n, err);
    if (st)
        return sedge_wrap(err, st, "token");
    n = strcspn((const char *)data, "\r\n");
    if (n == 0)
        return sedge_fail(err, SEDGE_EINVALID, "%s: no token in the first line", file);
    memcpy(ret, data, n);
    ret[n] = '\0';
    return SEDGE_OK;
}

/** The token of the flags, else of the environment; each time the word before the file. NULL when there is none. */
static sedge_status find_token(const sedge_hub_options *o, char text[TOKEN_MAX], const char **ret, sedge_error *err) {
    const char *words[] = { o->token, o->token_file ? NULL : getenv("SEDGE_HUB_TOKEN") };
    const char *file = given(o->token_file, "SEDGE_HUB_TOKEN_FILE");
    *ret = NULL;
    for (size_t i = 0; i < SEDGE_COUNT(words); i++)
        if (words[i] && *words[i]) {
            *ret = words[i];
            return SEDGE_OK;
        }
    if (!file)
        return SEDGE_OK;
    *ret = text;
    return read_token(file, text, err);
}

sedge_status sedge_hub_client_new(const sedge_hub_options *options, sedge_hub_client **ret, sedge_error *err) {
    const char *url = given(options->hub, "SEDGE_HUB_URL"), *ca = given(options->ca, "SEDGE_HUB_CA"), *token = NULL;
    char text[TOKEN_MAX];
    sedge_url parts;
    if (!url)
        return sedge_fail(err, SEDGE_EUSAGE, "no hub is named; give --hub URL or set SEDGE_HUB_URL");
    sedge_status st = sedge_url_parse(url, &parts, err);
    if (!st)
        st = find_token(options, text, &token, err);
    if (st)
        return st;
    sedge_auto(sedge_hub_client) hub = calloc(1, sizeof *hub);
    if (!hub)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the hub's client");
    if (parts.scheme == SEDGE_URL_HTTPS) {
        sedge_tls_options tls = { .ca_file = ca };
        st = sedge_tls_new(&tls, &hub->tls, err);
    }
    if (!st) {
        sedge_http_client_options http = SEDGE_HTTP_CLIENT_OPTIONS_INIT;
        http.url = url;
        http.tls = hub->tls;
        http.peer = "the hub";
        http.bearer = token;
        st = sedge_http_client_new(&http, &hub->http, err);
    }
    if (st)
        return st;
    *ret = SEDGE_STEAL(hub);
    return SEDGE_OK;
}

void sedge_hub_client_free(sedge_hub_client *hub) {
    if (!hub)
        return;
    sedge_http_client_free(hub->http);
    sedge_tls_free(hub->tls);
    free(hub);
}

const char *sedge_hub_client_url(const sedge_hub_client *hub) {
    return sedge_http_client_url(hub->http);
}

static const struct {
    const char *code;
    sedge_status status;
} MLFLOW_CODES[] = {
    { "RESOURCE_ALREADY_EXISTS", SEDGE_ECONFLICT },
    { "RESOURCE_DOES_NOT_EXIST", SEDGE_ENOTFOUND },
    { "NOT_FOUND", SEDGE_ENOTFOUND },
    { "RESOURCE_CONFLICT", SEDGE_ECONFLICT },
    { "PERMISSION_DENIED", SEDGE_EREFUSED },
    { "UNAUTHENTICATED", SEDGE_EAUTH },
    { "INVALID_PARAMETER_VALUE", SEDGE_EINVALID },
};

static sedge_status status_of_problem(const json_t *doc) {
    static const char prefix[] = "urn:sedge:error:";
    const char *type = json_string_value(json_object_get(doc, "type"));
    const char *code = json_string_value(json_object_get(doc, "error_code"));
    if (type && strncmp(type, prefix, strlen(prefix)) == 0)
        for (int s = SEDGE_OK + 1; s < SEDGE_STATUS_COUNT; s++)
            if (strcmp(type + strlen(prefix), sedge_status_name((sedge_status)s)) == 0)
                return (sedge_status)s;
    for (size_t i = 0; code && i < SEDGE_COUNT(MLFLOW_CODES); i++)
        if (strcmp(code, MLFLOW_CODES[i].code) == 0)
            return MLFLOW_CODES[i].status;
    return SEDGE_OK;
}

/** For an answer without a problem that we know: the first status of the list with that HTTP status, usage and gates
 * aside. */
static sedge_status status_of_http(int http) {
    for (int s = SEDGE_EINVALID; s < SEDGE_STATUS_COUNT; s++)
        if (sedge_status_http((sedge_status)s) == http)
            return (sedge_status)s;
    return http >= 500 ? SEDGE_ENETWORK : SEDGE_EINVALID;
}

/** What the hub said when it said no. */
static sedge_status fail_as_told(const sedge_hub_client *hub, const sedge_http_answer *answer, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_error ignored = SEDGE_ERROR_INIT;
    if (sedge_json_load(sedge_buf_bytes(&answer->body), &SEDGE_JSON_LIMITS, "answer", &doc, &ignored))
        doc = NULL; /* a proxy's page, or nothing: the HTTP status has to do */
    const char *detail = json_string_value(json_object_get(doc, "detail"));
    if (!detail)
        detail = json_string_value(json_object_get(doc, "message"));
    sedge_status st = status_of_problem(doc);
    if (!st)
        st = status_of_http(answer->status);
    if (detail)
        return sedge_fail(err, st, "%s: %s", sedge_hub_client_url(hub), detail);
    return sedge_fail(err, st, "%s: HTTP status %d", sedge_hub_client_url(hub), answer->status);
}

static sedge_status take_json(const sedge_http_answer *answer, const char *path, json_t **ret, sedge_error *err) {
    if (!ret)
        return SEDGE_OK;
    *ret = NULL;
    if (answer->body.n == 0)
        return SEDGE_OK;
    return sedge_json_load(sedge_buf_bytes(&answer->body), &SEDGE_JSON_LIMITS, path, ret, err);
}

static sedge_status send_request(sedge_hub_client *hub, const sedge_http_request *request, json_t **ret,
                                 sedge_error *err) {
    SEDGE_AUTO_HTTP_ANSWER answer = SEDGE_HTTP_ANSWER_INIT;
    sedge_status st = sedge_http_client_send(hub->http, request, &answer, err);
    if (st)
        return st;
    if (answer.status < 200 || answer.status > 299)
        return fail_as_told(hub, &answer, err);
    return take_json(&answer, request->path, ret, err);
}

sedge_status sedge_hub_call(sedge_hub_client *hub, const char *method, const char *path, const json_t *body,
                            json_t **ret, sedge_error *err) {
    SEDGE_AUTO_MEM char *text = NULL;
    size_t n = 0;
    sedge_http_request request = { .method = method, .path = path, .idle_timeout_ms = LONG_POLL_MS };
    if (body) {
        sedge_status st = sedge_json_dump(body, 0, &text, &n, err);
        if (st)
            return st;
        request.body = sedge_bytes_of(text, n);
        request.content_type = "application/json";
    }
    return send_request(hub, &request, ret, err);
}

sedge_status sedge_hub_list(sedge_hub_client *hub, const char *path, json_t **ret_items, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *all = json_array();
    char next[SEDGE_HUB_PATH_MAX], at[SEDGE_HUB_PATH_MAX];
    if (!all || strlen(path) >= sizeof at)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a list of the hub");
    memcpy(at, path, strlen(path) + 1);
    for (int page = 0; page < PAGES_MAX; page++) {
        SEDGE_AUTO_JSON json_t *answer = NULL;
        sedge_status st = sedge_hub_call(hub, "GET", at, NULL, &answer, err);
        if (st)
            return st;
        const json_t *items = json_object_get(answer, "items");
        const char *cursor = json_string_value(json_object_get(answer, "next"));
        if (!json_is_array(items))
            return sedge_fail(err, SEDGE_EINVALID, "%s: the answer holds no items", path);
        if (json_array_extend(all, (json_t *)(uintptr_t)items))
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for a list of the hub");
        if (!cursor || !*cursor) {
            *ret_items = SEDGE_STEAL(all);
            return SEDGE_OK;
        }
        st = sedge_hub_path(next, err, "cursor=%s", cursor);
        if (st)
            return st;
        if ((size_t)snprintf(at, sizeof at, "%s%c%s", path, strchr(path, '?') ? '&' : '?', next) >= sizeof at)
            return sedge_fail(err, SEDGE_ELIMIT, "%s: the cursor is too long", path);
    }
    return sedge_fail(err, SEDGE_ELIMIT, "%s: more than %d pages", path, PAGES_MAX);
}

sedge_status sedge_hub_upload(sedge_hub_client *hub, const char *path, const char *file, json_t **ret,
                              sedge_error *err) {
    sedge_http_request request = { .method = "PUT",
                                   .path = path,
                                   .body_file = file,
                                   .content_type = "application/octet-stream",
                                   .idle_timeout_ms = UPLOAD_IDLE_MS };
    return send_request(hub, &request, ret, err);
}

sedge_status sedge_hub_download(sedge_hub_client *hub, const char *path, const char *file, sedge_error *err) {
    char partial[SEDGE_PATH_MAX];
    bool complete = false;
    const sedge_fs *fs = sedge_fs_os();
    SEDGE_AUTO_HTTP_ANSWER answer = SEDGE_HTTP_ANSWER_INIT;
    sedge_status st = sedge_path_format(partial, err, "%s.part", file);
    if (!st)
        st = sedge_file_remove(NULL, partial, err);
    if (!st)
        st = sedge_http_client_download(hub->http, NULL, path, partial, -1, INT64_MAX, &answer, &complete, err);
    if (!st && !complete)
        st = fail_as_told(hub, &answer, err);
    int error = st ? 0 : fs->rename(fs, partial, file);
    if (error)
        st = sedge_fail(err, SEDGE_EIO, "%s cannot be put in place", file);
    if (st && sedge_file_remove(NULL, partial, NULL))
        return st; /* the sentence is about the download; what is left is a .part file */
    return st;
}

static sedge_status blob_path(const char *text, char ret[SEDGE_HUB_PATH_MAX], sedge_digest *ret_digest,
                              sedge_error *err) {
    if (!sedge_digest_from_text(text, ret_digest))
        return sedge_fail(err, SEDGE_EINVALID, "'%s' is no digest; write sha256: and 64 digits", text);
    (void)snprintf(ret, SEDGE_HUB_PATH_MAX, "/api/v1/blobs/%s", text);
    return SEDGE_OK;
}

sedge_status sedge_hub_blob_put(sedge_hub_client *hub, const char *digest, const char *file, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    sedge_digest parsed;
    sedge_status st = blob_path(digest, path, &parsed, err);
    if (st)
        return st;
    st = sedge_hub_call(hub, "HEAD", path, NULL, NULL, err);
    if (st == SEDGE_ENOTFOUND)
        st = sedge_hub_upload(hub, path, file, NULL, err);
    return st;
}

sedge_status sedge_hub_blob_get(sedge_hub_client *hub, const char *digest, const char *file, sedge_error *err) {
    char path[SEDGE_HUB_PATH_MAX];
    sedge_digest want, have;
    sedge_status st = blob_path(digest, path, &want, err);
    if (!st)
        st = sedge_hub_download(hub, path, file, err);
    if (!st)
        st = sedge_digest_file(NULL, file, &have, NULL, err);
    if (st || sedge_digest_equal(&want, &have))
        return st;
    st = sedge_file_remove(NULL, file, err);
    return st ? st : sedge_fail(err, SEDGE_EINVALID, "%s: the hub sent other bytes than this digest names", digest);
}

/** Appends text with every byte but RFC 3986's unreserved ones encoded. */
static void put_encoded(sedge_buf *out, const char *text) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    static const char digits[] = "0123456789ABCDEF";
    for (; *text; text++)
        if (strchr(plain, *text))
            sedge_buf_u8(out, (uint8_t)*text);
        else
            sedge_buf_printf(out, "%%%c%c", digits[(unsigned char)*text >> 4], digits[*text & 15]);
}

sedge_status sedge_hub_path(char ret[SEDGE_HUB_PATH_MAX], sedge_error *err, const char *fmt, ...) {
    SEDGE_AUTO_BUF out = sedge_buf_init(SEDGE_HUB_PATH_MAX - 1);
    va_list args;
    va_start(args, fmt);
    for (const char *c = fmt; *c; c++) {
        if (*c != '%')
            sedge_buf_u8(&out, (uint8_t)*c);
        else if (*++c == 's')
            put_encoded(&out, va_arg(args, const char *));
        else if (*c == 'd')
            sedge_buf_printf(&out, "%d", va_arg(args, int));
        else
            sedge_buf_u8(&out, '%');
    }
    va_end(args);
    if (out.failed)
        return sedge_fail(err, SEDGE_ELIMIT, "a path of more than %d bytes", SEDGE_HUB_PATH_MAX - 1);
    memcpy(ret, sedge_buf_cstr(&out), out.n + 1);
    return SEDGE_OK;
}
