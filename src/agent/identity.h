/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who this device is: keys, request, certificate, in STATE/identity.
 *
 *     identity.pem     P-256, signs and authenticates (0600)
 *     sealing.pem      P-256, key agreement (0600)
 *     request.csr      made once, so that an enrolment whose answer was lost is repeated with the same request
 *     certificate.pem, ca.pem, root.json     from the hub's answer
 *     device           the device id; written last: with it the device is enrolled
 */
#ifndef SEDGE_AGENT_IDENTITY_H
#define SEDGE_AGENT_IDENTITY_H

#include "crypto/cert.h"
#include "crypto/key.h"
#include "os/file.h"
#include "proto/enrol.h"

typedef struct sedge_identity {
    const sedge_fs *fs;
    char dir[SEDGE_PATH_MAX - 64];
    sedge_key *key;                   /**< owned */
    sedge_key *sealing;               /**< owned */
    sedge_cert *cert;                 /**< owned; NULL: not enrolled */
    sedge_buf csr;                    /**< PEM */
    sedge_buf ca;                     /**< PEM; empty: not enrolled */
    sedge_buf root;                   /**< trusted root of the update metadata; empty: not enrolled */
    char device[SEDGE_DEVICE_ID_MAX]; /**< "": not enrolled */
} sedge_identity;

/** Loads, or makes what is missing up to the request. Refuses private files that others can read (SEDGE_EREFUSED). */
SEDGE_NODISCARD sedge_status sedge_identity_open(const sedge_fs *fs, const char *dir, sedge_identity *ret,
                                                 sedge_error *err);
void sedge_identity_done(sedge_identity *identity);
bool sedge_identity_is_enrolled(const sedge_identity *identity);
/** Checks that the answer fits our key and its own CA, stores it durably and takes it over. */
SEDGE_NODISCARD sedge_status sedge_identity_enrol(sedge_identity *identity, const sedge_enrol_answer *answer,
                                                  int64_t now_ms, sedge_error *err);

#endif
