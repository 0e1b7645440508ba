/* SPDX-License-Identifier: Apache-2.0 */
/** Opening what a device signed: the envelope's key id is who is asking, and the signature is that device's. */
#ifndef SEDGE_HUB_FLEET_MESSAGE_H
#define SEDGE_HUB_FLEET_MESSAGE_H

#include "hub/request.h"

/** The verified payload of the request's body, which it borrows. SEDGE_EREFUSED, SEDGE_EINVALID. */
SEDGE_NODISCARD sedge_status fleet_open_message(hub_request *rq, const char *type, sedge_bytes *ret_payload,
                                                sedge_error *err);

#endif
