/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the hub makes of a request line, by the first byte: a path against the table of routes, a Range header, or the
 * text of a deployment.
 */
#include <stdlib.h>
#include <string.h>

#include "hub/rollout/spec.h"
#include "hub/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void find_route(const char *path) {
    static hub_params params;
    bool other = false;
    const hub_route *r = hub_route_find(hub_routes, hub_routes_n, "GET", path, &params, &other);
    for (size_t i = 0; r && i < params.n; i++)
        if (!params.value[i][0] || params.value[i] < params.text ||
            params.value[i] + strlen(params.value[i]) >= params.text + sizeof params.text)
            abort();
}

static void parse_range(const char *header) {
    int64_t offset = 0, length = 0, size = (int64_t)strlen(header) + 5;
    if (hub_range_parse(header, size, &offset, &length) == HUB_RANGE_PART &&
        (offset < 0 || length < 1 || length > size - offset))
        abort();
}

/** What is accepted reads back as itself. */
static void read_spec(const char *text) {
    rollout_spec spec, again;
    if (rollout_spec_parse(text, &spec, NULL))
        return;
    json_t *doc = rollout_spec_json(&spec);
    char *written = json_dumps(doc, JSON_COMPACT);
    if (!written || rollout_spec_parse(written, &again, NULL) || again.phases_n != spec.phases_n)
        abort();
    free(written);
    json_decref(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const readers[])(const char *) = { find_route, parse_range, read_spec };
    char *text = size ? malloc(size) : NULL;
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    readers[data[0] % 3](text);
    free(text);
    return 0;
}
