/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "hub/fleet/message.h"
#include "hub/handlers.h"
#include "proto/samples.h"

typedef struct arrival {
    hub_request *rq;
    sedge_samples samples;
    sedge_bytes payload;
} arrival;

/** Kept for the job that asked; the second time, or for a job that no longer waits, it changes nothing. */
static sedge_status keep(store_tx *tx, void *ctx, sedge_error *err) {
    const arrival *a = ctx;
    store_touch(tx, STORE_TOPIC_DESIRED);
    return store_exec(tx, NULL, err,
                      "UPDATE samples SET rows_n = $1, body = $2, received_ms = $3 WHERE job = $4 AND device = $5 AND"
                      " received_ms IS NULL AND job IN (SELECT id FROM jobs WHERE state = 'collecting' AND model = $6)",
                      STORE_ARGS(STORE_INT((int64_t)a->samples.n_rows), STORE_BLOB(a->payload),
                                 STORE_INT(hub_now_ms(a->rq->hub)), STORE_TEXT(a->samples.request),
                                 STORE_TEXT(a->samples.device), STORE_TEXT(a->samples.model)));
}

sedge_status device_post_samples(hub_request *rq, sedge_error *err) {
    arrival a = { .rq = rq };
    sedge_status st = fleet_open_message(rq, SEDGE_SAMPLES_TYPE, &a.payload, err);
    if (!st)
        st = sedge_samples_decode(a.payload, &a.samples, err);
    if (st)
        return st;
    if (strcmp(a.samples.device, rq->who.device) != 0)
        st = sedge_fail(err, SEDGE_EREFUSED, "the samples are of device '%s', sent by '%s'", a.samples.device,
                        rq->who.device);
    if (!st)
        st = store_write(rq->hub->store, keep, &a, err);
    sedge_samples_done(&a.samples);
    return st ? st : hub_answer_empty(rq, 204);
}
