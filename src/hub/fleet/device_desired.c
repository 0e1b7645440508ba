/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "hub/fleet/fleet.h"
#include "hub/handlers.h"

static sedge_status desired_text(hub_request *rq, sedge_buf *out, sedge_error *err) {
    const hub_options *o = rq->hub->options;
    fleet_state *s = NULL;
    sedge_desired desired;
    sedge_status st = fleet_get_state(rq->hub->fleet, &s, err);
    if (st)
        return st;
    const fleet_device *d = fleet_state_device(s, rq->who.device);
    if (!d)
        st = sedge_fail(err, SEDGE_EREFUSED, "device '%s' is not enrolled here", rq->who.device);
    else
        st = fleet_desired(s, d, (double)o->poll_ms / 1000, (double)o->report_ms / 1000, &desired, err);
    fleet_state_unref(s);
    return st ? st : sedge_desired_encode(&desired, out, err);
}

sedge_status device_get_desired(hub_request *rq, sedge_error *err) {
    SEDGE_AUTO_BUF text = sedge_buf_init(SEDGE_DESIRED_BYTES_MAX);
    sedge_digest digest;
    char hex[SEDGE_DIGEST_HEX_MAX], tag[24];
    sedge_status st = desired_text(rq, &text, err);
    if (!st)
        st = sedge_digest_of(sedge_buf_bytes(&text), &digest, err);
    if (st)
        return st;
    sedge_digest_hex(&digest, hex);
    snprintf(tag, sizeof tag, "\"%.16s\"", hex);
    st = strcmp(rq->if_none_match, tag) == 0
             ? hub_answer_empty(rq, 304)
             : hub_answer_bytes(rq, 200, "application/json", sedge_buf_bytes(&text), err);
    hub_answer_header(rq, "ETag", tag);
    return st;
}
