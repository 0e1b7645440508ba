/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/handlers.h"

static sedge_status digest_of_path(const hub_request *rq, sedge_digest *ret, sedge_error *err) {
    if (!sedge_digest_from_text(rq->params.value[0], ret))
        return sedge_fail(err, SEDGE_EINVALID, "'%.80s' is no digest; write sha256: and 64 hexadecimal digits",
                          rq->params.value[0]);
    return SEDGE_OK;
}

sedge_status hub_put_blob(hub_request *rq, sedge_error *err) {
    sedge_digest want, digest;
    int64_t size = 0;
    sedge_status st = digest_of_path(rq, &want, err);
    if (!st)
        st = blob_upload_finish(rq->upload, &want, &digest, &size, err);
    if (st)
        return st;
    return hub_answer_json(rq, 201, json_pack("{s:s, s:I}", "digest", rq->params.value[0], "size", (json_int_t)size),
                           err);
}

sedge_status hub_get_blob(hub_request *rq, sedge_error *err) {
    sedge_digest digest;
    sedge_status st = digest_of_path(rq, &digest, err);
    return st ? st : hub_answer_blob(rq, "application/octet-stream", &digest, err);
}
