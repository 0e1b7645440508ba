/* SPDX-License-Identifier: Apache-2.0 */
/**
 * COSE_Sign1 (RFC 9052) with ES256: the envelope around what a device sends, signed with its identity key, since a
 * broker may sit between device and hub.
 *
 * Protected header: {1: -7 (ES256), 3: content type, 4: key id = device id}. Tagged 18. External data is empty. Other
 * header fields are ignored unless "crit" (2) names them: then the message is refused.
 */
#ifndef SEDGE_PROTO_COSE_H
#define SEDGE_PROTO_COSE_H

#include "base/buf.h"
#include "crypto/cert.h"
#include "crypto/key.h"

enum { SEDGE_COSE_TYPE_MAX = 64 };

/** A view into a message whose signature is not verified yet. */
typedef struct sedge_cose {
    char type[SEDGE_COSE_TYPE_MAX];
    char device[SEDGE_DEVICE_ID_MAX];
    sedge_bytes protected_header;
    sedge_bytes payload;
    sedge_bytes signature;
} sedge_cose;

/** Appends the signed envelope of payload to out. */
SEDGE_NODISCARD sedge_status sedge_cose_sign(const sedge_key *key, const char *type, const char *device,
                                             sedge_bytes payload, sedge_buf *out, sedge_error *err);
/** Takes an envelope apart, so that the device's key can be looked up. ret borrows message. */
SEDGE_NODISCARD sedge_status sedge_cose_parse(sedge_bytes message, sedge_cose *ret, sedge_error *err);
/** SEDGE_EREFUSED when type is another one or the signature is not the key's. */
SEDGE_NODISCARD sedge_status sedge_cose_verify(const sedge_cose *cose, const char *type, const sedge_key *key,
                                               sedge_error *err);

#endif
