/* SPDX-License-Identifier: Apache-2.0 */
/** Enrolment: a device without a certificate asks for one. Format: docs/spec/device-protocol.md. */
#ifndef SEDGE_PROTO_ENROL_H
#define SEDGE_PROTO_ENROL_H

#include "base/buf.h"
#include "crypto/cert.h"
#include "proto/labels.h"
#include "sedge/error.h"

enum {
    SEDGE_ENROL_VERSION = 1,
    SEDGE_ENROL_BYTES_MAX = 256 * 1024,
    SEDGE_ENROL_TOKEN_MAX = 256,
    SEDGE_ENROL_TEXT_MAX = 65, /**< facts */
};

/** What the device says about itself; for people and selectors, not for decisions of trust. */
typedef struct sedge_device_facts {
    char arch[SEDGE_ENROL_TEXT_MAX]; /**< "x86_64", "aarch64", ... */
    uint32_t cpus;
    uint64_t memory_bytes;
    char agent[SEDGE_ENROL_TEXT_MAX]; /**< version */
} sedge_device_facts;

/** Strings of a decoded message are owned by it; _done frees. For encoding, borrow what you like. */
typedef struct sedge_enrol_request {
    char token[SEDGE_ENROL_TOKEN_MAX];
    char *csr;         /**< PEM */
    char *sealing_key; /**< PEM, public */
    sedge_labels labels;
    sedge_device_facts facts;
} sedge_enrol_request;

typedef struct sedge_enrol_answer {
    char device[SEDGE_DEVICE_ID_MAX];
    char *certificate; /**< PEM */
    char *ca;          /**< PEM */
    char *tuf_root;    /**< text of 1.root.json */
    double poll_s;
} sedge_enrol_answer;

SEDGE_NODISCARD sedge_status sedge_enrol_request_encode(const sedge_enrol_request *r, sedge_buf *out, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_enrol_request_decode(sedge_bytes text, sedge_enrol_request *ret, sedge_error *err);
void sedge_enrol_request_done(sedge_enrol_request *r); /**< frees a decoded one and wipes the token */

SEDGE_NODISCARD sedge_status sedge_enrol_answer_encode(const sedge_enrol_answer *a, sedge_buf *out, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_enrol_answer_decode(sedge_bytes text, sedge_enrol_answer *ret, sedge_error *err);
void sedge_enrol_answer_done(sedge_enrol_answer *a); /**< frees a decoded one */

#endif
