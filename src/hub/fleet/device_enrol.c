/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "hub/auth.h"
#include "hub/events.h"
#include "hub/handlers.h"
#include "hub/tuf.h"
#include "proto/enrol.h"

enum { DEVICE_DAYS = 3650 };

typedef struct enrolment {
    hub_request *rq;
    sedge_enrol_request in;
    sedge_csr *csr;
    char key_digest[SEDGE_DIGEST_TEXT_MAX];
    char token_digest[SEDGE_DIGEST_TEXT_MAX];
    char token[SEDGE_UUID_MAX]; /**< its id */
    char *token_labels;
    char device[SEDGE_DEVICE_ID_MAX];
    char *certificate; /**< PEM */
} enrolment;

static void enrolment_done(enrolment *e) {
    sedge_enrol_request_done(&e->in);
    sedge_csr_free(e->csr);
    free(e->token_labels);
    free(e->certificate);
}

/** The device that this token and key enrolled before. SEDGE_ENOTFOUND: none. */
static sedge_status find_again(store_tx *tx, enrolment *e, sedge_error *err) {
    store_rows *rows = NULL;
    bool found = false, revoked = false;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT id, certificate, revoked_ms IS NOT NULL FROM devices"
                                  " WHERE token = $1 AND key_digest = $2",
                                  STORE_ARGS(STORE_TEXT(e->token), STORE_TEXT(e->key_digest)));
    if (!st && store_next(rows)) {
        found = true;
        revoked = store_int(rows, 2) != 0;
        strncpy(e->device, store_text(rows, 0), sizeof e->device - 1);
        e->certificate = strdup(store_text(rows, 1));
    }
    st = store_end(rows, st, err);
    if (st || !found)
        return st ? st : SEDGE_ENOTFOUND;
    if (revoked)
        return sedge_fail(err, SEDGE_EREFUSED, "device '%s' is revoked", e->device);
    return e->certificate ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for a certificate");
}

/** Takes one use of the token. */
static sedge_status spend(store_tx *tx, const enrolment *e, int64_t now_ms, sedge_error *err) {
    store_rows *rows = NULL;
    bool revoked = false, expired = false;
    int64_t left = 0;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT uses_left, revoked_ms IS NOT NULL, coalesce(expires_ms, $2) < $2 FROM tokens"
                                  " WHERE id = $1",
                                  STORE_ARGS(STORE_TEXT(e->token), STORE_INT(now_ms)));
    if (!st && store_next(rows)) {
        left = store_int(rows, 0);
        revoked = store_int(rows, 1) != 0;
        expired = store_int(rows, 2) != 0;
    }
    st = store_end(rows, st, err);
    if (st)
        return st;
    if (revoked || expired || left <= 0)
        return sedge_fail(err, SEDGE_EREFUSED, "the enrolment token %s; ask for a new one",
                          revoked   ? "was revoked"
                          : expired ? "has expired"
                                    : "is used up");
    return store_exec(tx, NULL, err, "UPDATE tokens SET uses_left = uses_left - 1 WHERE id = $1",
                      STORE_ARGS(STORE_TEXT(e->token)));
}

static sedge_status find_token(store_tx *tx, enrolment *e, sedge_error *err) {
    store_rows *rows = NULL;
    bool found = false;
    sedge_status st = store_query(tx, &rows, err, "SELECT id, labels FROM tokens WHERE digest = $1 AND kind = 'enrol'",
                                  STORE_ARGS(STORE_TEXT(e->token_digest)));
    if (!st && store_next(rows)) {
        found = true;
        strncpy(e->token, store_text(rows, 0), sizeof e->token - 1);
        e->token_labels = strdup(store_text(rows, 1));
    }
    st = store_end(rows, st, err);
    if (!st && !found)
        st = sedge_fail(err, SEDGE_EAUTH, "the enrolment token is unknown");
    if (!st && !e->token_labels)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for labels");
    return st;
}

/** What the device says of itself, then what the token says. */
static sedge_status merge_labels(enrolment *e, char **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = hub_json_column(e->token_labels);
    sedge_json root = sedge_json_root("labels of the token", doc);
    sedge_labels fixed;
    sedge_status st = sedge_labels_from_json(&root, &fixed, err);
    for (size_t i = 0; !st && i < fixed.n; i++)
        st = sedge_labels_set(&e->in.labels, fixed.items[i].key, fixed.items[i].value, err);
    if (st)
        return st;
    SEDGE_AUTO_JSON json_t *all = sedge_labels_to_json(&e->in.labels);
    return hub_json_text(all, ret, err);
}

static sedge_status facts_text(const sedge_device_facts *f, char **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = json_pack("{s:s, s:I, s:I, s:s}", "arch", f->arch, "cpus", (json_int_t)f->cpus,
                                            "memory_bytes", (json_int_t)f->memory_bytes, "agent", f->agent);
    return hub_json_text(doc, ret, err);
}

static sedge_status issue(enrolment *e, int64_t now_ms, sedge_error *err) {
    hub *h = e->rq->hub;
    sedge_auto(sedge_cert) cert = NULL;
    SEDGE_AUTO_BUF pem = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    sedge_status st = sedge_uuid7(now_ms, e->device, err);
    if (!st)
        st = sedge_cert_issue_device(h->ca, h->ca_key, e->csr, e->device, now_ms, DEVICE_DAYS, &cert, err);
    if (!st)
        st = sedge_cert_pem(cert, &pem, err);
    if (!st && !(e->certificate = strdup(sedge_buf_cstr(&pem))))
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for a certificate");
    return st;
}

static sedge_status insert_device(store_tx *tx, enrolment *e, int64_t now_ms, sedge_error *err) {
    SEDGE_AUTO_MEM char *labels = NULL;
    SEDGE_AUTO_MEM char *facts = NULL;
    sedge_status st = merge_labels(e, &labels, err);
    if (!st)
        st = facts_text(&e->in.facts, &facts, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "INSERT INTO devices (id, project, token, key_digest, certificate, sealing_key, labels, facts,"
                        " agent, enrolled_ms, last_seen_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
                        STORE_ARGS(STORE_TEXT(e->device), STORE_TEXT(HUB_PROJECT), STORE_TEXT(e->token),
                                   STORE_TEXT(e->key_digest), STORE_TEXT(e->certificate), STORE_TEXT(e->in.sealing_key),
                                   STORE_TEXT(labels), STORE_TEXT(facts), STORE_TEXT(e->in.facts.agent),
                                   STORE_INT(now_ms)));
    if (!st)
        st = hub_event_add(
            tx, now_ms, &(hub_event){ .kind = "device.enrolled", .device = e->device, .text = e->in.facts.arch }, err);
    store_touch(tx, STORE_TOPIC_DESIRED);
    return st;
}

static sedge_status enrol(store_tx *tx, void *ctx, sedge_error *err) {
    enrolment *e = ctx;
    int64_t now_ms = hub_now_ms(e->rq->hub);
    sedge_status st = find_token(tx, e, err);
    if (st)
        return st;
    st = find_again(tx, e, err);
    if (st != SEDGE_ENOTFOUND)
        return st;
    st = spend(tx, e, now_ms, err);
    if (!st)
        st = issue(e, now_ms, err);
    return st ? st : insert_device(tx, e, now_ms, err);
}

/** Everything about the message that needs no database. */
static sedge_status read_message(enrolment *e, sedge_error *err) {
    sedge_digest digest;
    sedge_auto(sedge_key) sealing = NULL;
    sedge_status st = sedge_enrol_request_decode(sedge_buf_bytes(&e->rq->body), &e->in, err);
    if (!st)
        st = sedge_csr_from_pem(sedge_bytes_text(e->in.csr), &e->csr, err);
    if (!st)
        st = sedge_csr_key_digest(e->csr, &digest, err);
    if (!st)
        st = sedge_key_from_public_pem(sedge_bytes_text(e->in.sealing_key), &sealing, err);
    if (!st && sedge_key_kind_of(sealing) != SEDGE_KEY_P256)
        st = sedge_fail(err, SEDGE_EINVALID, "the sealing key must be a P-256 key");
    if (st)
        return st;
    sedge_digest_text(&digest, e->key_digest);
    return hub_token_digest(e->in.token, e->token_digest, err);
}

typedef union text_or_const {
    const char *in;
    char *out;
} text_or_const;

static sedge_status answer(enrolment *e, sedge_error *err) {
    hub *h = e->rq->hub;
    text_or_const root = { .in = hub_tuf_root(h->tuf) };
    SEDGE_AUTO_BUF text = sedge_buf_init(SEDGE_ENROL_BYTES_MAX);
    sedge_enrol_answer a = { .certificate = e->certificate,
                             .ca = h->ca_pem,
                             .tuf_root = root.out,
                             .poll_s = (double)h->options->poll_ms / 1000 };
    strcpy(a.device, e->device);
    sedge_status st = sedge_enrol_answer_encode(&a, &text, err);
    return st ? st : hub_answer_bytes(e->rq, 200, "application/json", sedge_buf_bytes(&text), err);
}

sedge_status device_post_enrol(hub_request *rq, sedge_error *err) {
    enrolment e = { .rq = rq };
    sedge_status st = read_message(&e, err);
    if (!st)
        st = store_write(rq->hub->store, enrol, &e, err);
    if (!st)
        st = answer(&e, err);
    enrolment_done(&e);
    return st;
}
