/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MAX = 256 << 20 };

const char *hub_query(const hub_request *rq, const char *name) {
    for (size_t i = 0; i < rq->query_n; i++)
        if (strcmp(rq->query[i].name, name) == 0)
            return rq->query[i].value;
    return NULL;
}

sedge_status hub_query_int(const hub_request *rq, const char *name, int64_t min, int64_t max, int64_t otherwise,
                           int64_t *ret, sedge_error *err) {
    const char *text = hub_query(rq, name);
    if (!text) {
        *ret = otherwise;
        return SEDGE_OK;
    }
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max)
        return sedge_fail(err, SEDGE_EINVALID, "query parameter '%s': '%.40s' is not a whole number from %lld to %lld",
                          name, text, (long long)min, (long long)max);
    *ret = value;
    return SEDGE_OK;
}

sedge_status hub_body_json(hub_request *rq, sedge_json *ret, sedge_error *err) {
    if (!rq->json) {
        sedge_bytes text = rq->body.n ? sedge_buf_bytes(&rq->body) : sedge_bytes_text("{}");
        sedge_status st = sedge_json_load(text, &SEDGE_JSON_LIMITS, "request", &rq->json, err);
        if (st)
            return st;
    }
    *ret = sedge_json_root("request", rq->json);
    return sedge_json_want_object(ret, err);
}

static void answer_reset(hub_answer *a) {
    sedge_buf_done(&a->bytes);
    if (a->fd >= 0)
        close(a->fd);
    a->bytes = sedge_buf_init(ANSWER_MAX);
    a->fd = -1;
    a->type = NULL;
}

sedge_status hub_answer_bytes(hub_request *rq, int status, const char *type, sedge_bytes bytes, sedge_error *err) {
    answer_reset(&rq->answer);
    rq->answer.status = status;
    rq->answer.type = type;
    sedge_buf_put(&rq->answer.bytes, bytes.p, bytes.n);
    if (rq->answer.bytes.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an answer of %zu bytes", bytes.n);
    return SEDGE_OK;
}

static int put_json(const char *text, size_t n, void *buf) {
    sedge_buf_put(buf, text, n);
    return ((sedge_buf *)buf)->failed ? -1 : 0;
}

sedge_status hub_answer_json(hub_request *rq, int status, json_t *doc, sedge_error *err) {
    answer_reset(&rq->answer);
    rq->answer.status = status;
    rq->answer.type = "application/json";
    bool ok = doc && json_dump_callback(doc, put_json, &rq->answer.bytes, JSON_COMPACT) == 0;
    json_decref(doc);
    return ok ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for the answer");
}

sedge_status hub_answer_items(hub_request *rq, json_t *items, const char *next, sedge_error *err) {
    return hub_answer_json(rq, 200, json_pack("{s:o, s:s*}", "items", items, "next", next), err);
}

sedge_status hub_answer_blob(hub_request *rq, const char *type, const sedge_digest *digest, sedge_error *err) {
    int fd = -1;
    int64_t size = 0;
    sedge_status st = blobs_open_read(rq->hub->blobs, digest, &fd, &size, err);
    if (st)
        return st;
    hub_answer *a = &rq->answer;
    answer_reset(a);
    *a = (hub_answer){ .status = 200, .type = type, .bytes = a->bytes, .fd = fd, .offset = 0, .length = size };
    hub_answer_header(rq, "Accept-Ranges", "bytes");
    char text[HUB_HEADER_TEXT_MAX];
    hub_range range = hub_range_parse(rq->range[0] ? rq->range : NULL, size, &a->offset, &a->length);
    if (range == HUB_RANGE_BAD) {
        snprintf(text, sizeof text, "bytes */%lld", (long long)size);
        hub_answer_error(rq, SEDGE_EINVALID, 416, "the range starts behind the end");
        hub_answer_header(rq, "Content-Range", text);
    } else if (range == HUB_RANGE_PART) {
        a->status = 206;
        snprintf(text, sizeof text, "bytes %lld-%lld/%lld", (long long)a->offset,
                 (long long)(a->offset + a->length - 1), (long long)size);
        hub_answer_header(rq, "Content-Range", text);
    }
    return SEDGE_OK;
}

sedge_status hub_answer_empty(hub_request *rq, int status) {
    answer_reset(&rq->answer);
    rq->answer.status = status;
    return SEDGE_OK;
}

void hub_answer_header(hub_request *rq, const char *name, const char *value) {
    hub_answer *a = &rq->answer;
    if (a->headers_n == HUB_HEADERS_MAX)
        return;
    a->headers[a->headers_n].name = name;
    snprintf(a->headers[a->headers_n].value, HUB_HEADER_TEXT_MAX, "%s", value);
    a->headers_n++;
}

static const char *mlflow_code(sedge_status status, int http) {
    static const struct {
        sedge_status status;
        const char *code;
    } map[] = {
        { SEDGE_EINVALID, "INVALID_PARAMETER_VALUE" },
        { SEDGE_ELIMIT, "INVALID_PARAMETER_VALUE" },
        { SEDGE_ETRUNCATED, "INVALID_PARAMETER_VALUE" },
        { SEDGE_EUSAGE, "INVALID_PARAMETER_VALUE" },
        { SEDGE_EUNSUPPORTED, "INVALID_PARAMETER_VALUE" },
        { SEDGE_EGATE, "INVALID_PARAMETER_VALUE" },
        { SEDGE_ENOTFOUND, "RESOURCE_DOES_NOT_EXIST" },
        { SEDGE_ECONFLICT, "RESOURCE_ALREADY_EXISTS" },
        { SEDGE_EAUTH, "UNAUTHENTICATED" },
        { SEDGE_EREFUSED, "PERMISSION_DENIED" },
        { SEDGE_EBUSY, "TEMPORARILY_UNAVAILABLE" },
    };
    if (http == 405 || (status == SEDGE_ENOTFOUND && http == 404))
        return "ENDPOINT_NOT_FOUND";
    for (size_t i = 0; i < SEDGE_COUNT(map); i++)
        if (map[i].status == status)
            return map[i].code;
    return "INTERNAL_ERROR";
}

/** MLflow's clients repeat 5xx for minutes and know a conflict as 400. */
static int mlflow_http(sedge_status status) {
    int http = sedge_status_http(status);
    return http == 409 || http == 413 || http == 422 ? 400 : http;
}

void hub_answer_error(hub_request *rq, sedge_status status, int http, const char *text) {
    bool mlflow = rq->path && strncmp(rq->path, "/api/2.0/", 9) == 0;
    SEDGE_AUTO_JSON json_t *doc = NULL;
    rq->answer.headers_n = 0;
    if (mlflow) {
        doc = json_pack("{s:s, s:s}", "error_code", mlflow_code(status, http), "message", text);
        http = http ? http : mlflow_http(status);
    } else {
        char type[64];
        http = http ? http : sedge_status_http(status);
        snprintf(type, sizeof type, "urn:sedge:error:%s", sedge_status_name(status));
        doc = json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", type, "title", sedge_status_meaning(status), "status",
                        http, "detail", text, "instance", rq->id);
    }
    sedge_error ignored = SEDGE_ERROR_INIT;
    if (hub_answer_json(rq, http, json_incref(doc), &ignored))
        (void)hub_answer_empty(rq, http);
    else if (!mlflow)
        rq->answer.type = "application/problem+json";
    if (http == 401)
        hub_answer_header(rq, "WWW-Authenticate", "Bearer realm=\"sedge\"");
    if (http == 503 || http == 429)
        hub_answer_header(rq, "Retry-After", "1");
}

void hub_request_free(hub_request *rq) {
    if (!rq)
        return;
    answer_reset(&rq->answer);
    sedge_buf_done(&rq->body);
    json_decref(rq->json);
    blob_upload_free(rq->upload);
    for (size_t i = 0; i < rq->query_n; i++) {
        free(rq->query[i].name);
        free(rq->query[i].value);
    }
    free(rq->path);
    free(rq);
}
