/* SPDX-License-Identifier: Apache-2.0 */
/** Frames of a worker, one behind the other: what is taken keeps the rules of agent/frame.h. */
#include <stdlib.h>
#include <string.h>

#include "agent/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ready(sedge_bytes body) {
    static sedge_ready ready;
    if (!sedge_ready_take(body, &ready))
        return;
    for (uint32_t i = 0; i < ready.channels; i++)
        if (strlen(ready.names[i]) >= SEDGE_FEATURES_NAME_MAX)
            abort();
}

static void check_answer(sedge_bytes body) {
    static sedge_done done;
    uint64_t id;
    int status;
    sedge_bytes json;
    if (sedge_answer_take(body, &id, &status, &done, &json) &&
        (json.n > body.n || done.inferences > done.rows || done.rows > SEDGE_FRAME_ROWS_MAX))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static sedge_done done;
    sedge_bytes in = sedge_bytes_of(data, size), body;
    sedge_frame_type type;
    while (!sedge_frame_take(&in, &type, &body, NULL)) {
        check_ready(body);
        check_answer(body);
        if (sedge_done_take(body, &done) && done.failures > done.inferences)
            abort();
    }
    return 0;
}
