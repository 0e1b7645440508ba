/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/fleet/message.h"

#include <stdlib.h>
#include <string.h>

#include "proto/cose.h"

typedef struct certificate_of {
    const char *device;
    char *pem;
} certificate_of;

static sedge_status read_certificate(store_tx *tx, void *ctx, sedge_error *err) {
    certificate_of *c = ctx;
    sedge_status st = store_get_text(tx, &c->pem, err, "SELECT certificate FROM devices WHERE id = $1",
                                     STORE_ARGS(STORE_TEXT(c->device)));
    return st == SEDGE_ENOTFOUND ? sedge_fail(err, SEDGE_EREFUSED, "device '%s' is not enrolled here", c->device) : st;
}

sedge_status fleet_open_message(hub_request *rq, const char *type, sedge_bytes *ret_payload, sedge_error *err) {
    sedge_cose cose;
    certificate_of c = { .device = rq->who.device };
    sedge_auto(sedge_cert) cert = NULL;
    sedge_auto(sedge_key) key = NULL;
    sedge_status st = sedge_cose_parse(sedge_buf_bytes(&rq->body), &cose, err);
    if (!st && strcmp(cose.device, rq->who.device) != 0)
        st = sedge_fail(err, SEDGE_EREFUSED, "the message is signed by device '%s' and sent by '%s'", cose.device,
                        rq->who.device);
    if (!st)
        st = store_read(rq->hub->store, read_certificate, &c, err);
    if (!st)
        st = sedge_cert_from_pem(sedge_bytes_text(c.pem), &cert, err);
    free(c.pem);
    if (!st)
        st = sedge_cert_key(cert, &key, err);
    if (!st)
        st = sedge_cose_verify(&cose, type, key, err);
    if (!st)
        *ret_payload = cose.payload;
    return st;
}
