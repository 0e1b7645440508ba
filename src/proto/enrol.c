/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/enrol.h"

#include <string.h>

#include "crypto/secret.h"
#include "proto/json_text.h"

sedge_status sedge_enrol_request_encode(const sedge_enrol_request *r, sedge_buf *out, sedge_error *err) {
    return sedge_proto_put(json_pack("{s:i, s:s, s:s, s:s, s:o, s:{s:s, s:I, s:I, s:s}}", "version",
                                     SEDGE_ENROL_VERSION, "token", r->token, "csr", r->csr, "sealing_key",
                                     r->sealing_key, "labels", sedge_labels_to_json(&r->labels), "facts", "arch",
                                     r->facts.arch, "cpus", (json_int_t)r->facts.cpus, "memory_bytes",
                                     (json_int_t)r->facts.memory_bytes, "agent", r->facts.agent),
                           "enrolment request", out, err);
}

static sedge_status read_facts(const sedge_json *root, sedge_device_facts *f, sedge_error *err) {
    sedge_json at;
    int64_t cpus, memory;
    sedge_status st;
    if ((st = sedge_json_object(root, "facts", &at, err)) ||
        (st = sedge_proto_copy(&at, "arch", f->arch, sizeof f->arch, err)) ||
        (st = sedge_proto_copy(&at, "agent", f->agent, sizeof f->agent, err)) ||
        (st = sedge_json_int_or(&at, "cpus", 0, 65536, 0, &cpus, err)) ||
        (st = sedge_json_int_or(&at, "memory_bytes", 0, INT64_MAX, 0, &memory, err)))
        return st;
    f->cpus = (uint32_t)cpus;
    f->memory_bytes = (uint64_t)memory;
    return SEDGE_OK;
}

static sedge_status read_request(const json_t *doc, sedge_enrol_request *r, sedge_error *err) {
    sedge_json root = sedge_json_root("enrolment request", doc);
    sedge_json labels = sedge_json_member(&root, "labels");
    sedge_status st;
    if ((st = sedge_proto_copy(&root, "token", r->token, sizeof r->token, err)) ||
        (st = sedge_proto_dup(&root, "csr", &r->csr, err)) ||
        (st = sedge_proto_dup(&root, "sealing_key", &r->sealing_key, err)) ||
        (st = sedge_labels_from_json(&labels, &r->labels, err)))
        return st;
    return read_facts(&root, &r->facts, err);
}

sedge_status sedge_enrol_request_decode(sedge_bytes text, sedge_enrol_request *ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = sedge_proto_get(text, SEDGE_ENROL_BYTES_MAX, "enrolment request", SEDGE_ENROL_VERSION, &doc, err);
    if (st)
        return st;
    sedge_enrol_request r = { .csr = NULL };
    if ((st = read_request(doc, &r, err)))
        sedge_enrol_request_done(&r);
    else
        *ret = r;
    sedge_wipe(r.token, sizeof r.token);
    return st;
}

void sedge_enrol_request_done(sedge_enrol_request *r) {
    free(r->csr);
    free(r->sealing_key);
    sedge_wipe(r, sizeof *r);
}

sedge_status sedge_enrol_answer_encode(const sedge_enrol_answer *a, sedge_buf *out, sedge_error *err) {
    return sedge_proto_put(json_pack("{s:i, s:s, s:s, s:s, s:s, s:f}", "version", SEDGE_ENROL_VERSION, "device",
                                     a->device, "certificate", a->certificate, "ca", a->ca, "tuf_root", a->tuf_root,
                                     "poll_s", a->poll_s),
                           "enrolment answer", out, err);
}

static sedge_status read_answer(const json_t *doc, sedge_enrol_answer *a, sedge_error *err) {
    sedge_json root = sedge_json_root("enrolment answer", doc);
    sedge_status st;
    if ((st = sedge_proto_copy(&root, "device", a->device, sizeof a->device, err)) ||
        (st = sedge_proto_dup(&root, "certificate", &a->certificate, err)) ||
        (st = sedge_proto_dup(&root, "ca", &a->ca, err)) ||
        (st = sedge_proto_dup(&root, "tuf_root", &a->tuf_root, err)) ||
        (st = sedge_json_double(&root, "poll_s", SEDGE_PROTO_SECONDS_MIN, SEDGE_PROTO_SECONDS_MAX, &a->poll_s, err)))
        return st;
    if (!sedge_is_device_id(a->device))
        return sedge_json_fail(&root, SEDGE_EINVALID, err, "'%s' is no device id", a->device);
    return SEDGE_OK;
}

sedge_status sedge_enrol_answer_decode(sedge_bytes text, sedge_enrol_answer *ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = sedge_proto_get(text, SEDGE_ENROL_BYTES_MAX, "enrolment answer", SEDGE_ENROL_VERSION, &doc, err);
    if (st)
        return st;
    sedge_enrol_answer a = { .certificate = NULL };
    if ((st = read_answer(doc, &a, err)))
        sedge_enrol_answer_done(&a);
    else
        *ret = a;
    return st;
}

void sedge_enrol_answer_done(sedge_enrol_answer *a) {
    free(a->certificate);
    free(a->ca);
    free(a->tuf_root);
    *a = (sedge_enrol_answer){ .certificate = NULL };
}
