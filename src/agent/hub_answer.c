/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/hub_answer.h"

#include "base/own.h"
#include "conf/json.h"

static const struct {
    int http;
    sedge_status status;
} rows[] = {
    { 400, SEDGE_EINVALID },  { 401, SEDGE_EAUTH },     { 403, SEDGE_EREFUSED }, { 404, SEDGE_ENOTFOUND },
    { 409, SEDGE_ECONFLICT }, { 410, SEDGE_ENOTFOUND }, { 413, SEDGE_ELIMIT },   { 422, SEDGE_EINVALID },
    { 429, SEDGE_EBUSY },     { 503, SEDGE_EBUSY },     { 504, SEDGE_ETIMEOUT }, { 507, SEDGE_ENETWORK },
};

static sedge_status status_of(int http) {
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].http == http)
            return rows[i].status;
    return http >= 500 ? SEDGE_ENETWORK : SEDGE_EINVALID;
}

sedge_status sedge_hub_answer_status(const sedge_http_answer *answer, sedge_error *err) {
    if (answer->status >= 200 && answer->status <= 299)
        return SEDGE_OK;
    SEDGE_AUTO_JSON json_t *doc = NULL;
    const char *sentence = sedge_http_reason(answer->status);
    if (!sedge_json_load(sedge_buf_bytes(&answer->body), &SEDGE_JSON_LIMITS, "answer", &doc, NULL)) {
        sedge_json root = sedge_json_root("answer", doc);
        sedge_status st = sedge_json_string_or(&root, "title", sentence, &sentence, NULL);
        if (!st)
            st = sedge_json_string_or(&root, "detail", sentence, &sentence, NULL);
        (void)st; /* what has not been found leaves the sentence as it was */
    }
    return sedge_fail(err, status_of(answer->status), "the hub answers %d: %s", answer->status, sentence);
}

bool sedge_is_passing(sedge_status status) {
    return status == SEDGE_ENETWORK || status == SEDGE_ETIMEOUT || status == SEDGE_EBUSY;
}
