/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/commands.h"
#include "agent/hub_answer.h"
#include "os/file.h"

static sedge_status ask(const char *state, const sedge_http_request *request, sedge_http_answer *answer,
                        sedge_error *err) {
    char url[SEDGE_PATH_MAX];
    sedge_auto(sedge_http_client) client = NULL;
    sedge_http_client_options o = SEDGE_HTTP_CLIENT_OPTIONS_INIT;
    sedge_status st = sedge_path_format(url, err, "unix:%s/agent.sock", state);
    o.url = url;
    o.peer = "the agent";
    if (!st)
        st = sedge_http_client_new(&o, &client, err);
    return st ? st : sedge_http_client_send(client, request, answer, err);
}

/** The agent's own words, without those of the transport around them. */
static sedge_status refusal(const sedge_http_answer *answer, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = sedge_hub_answer_status(answer, err);
    if (sedge_json_load(sedge_buf_bytes(&answer->body), &SEDGE_JSON_LIMITS, "answer", &doc, NULL))
        return st;
    const char *sentence = json_string_value(json_object_get(doc, "error"));
    return sentence ? sedge_fail(err, st, "%s", sentence) : st;
}

sedge_status sedge_agent_call(const char *state, const char *method, const char *path, sedge_bytes body,
                              json_t **ret_doc, sedge_error *err) {
    SEDGE_AUTO_HTTP_ANSWER answer = SEDGE_HTTP_ANSWER_INIT;
    sedge_http_request request = {
        .method = method, .path = path, .body = body, .content_type = body.n ? "application/json" : NULL
    };
    sedge_status st = ask(state, &request, &answer, err);
    if (st)
        return st == SEDGE_ENETWORK || st == SEDGE_ENOTFOUND
                   ? sedge_fail(err, SEDGE_ENOTFOUND, "no agent runs on '%s'; start it with sedge-agent run", state)
                   : st;
    if (answer.status >= 300)
        return refusal(&answer, err);
    return sedge_json_load(sedge_buf_bytes(&answer.body), &SEDGE_JSON_LIMITS, "the agent's answer", ret_doc, err);
}
