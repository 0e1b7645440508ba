/* SPDX-License-Identifier: Apache-2.0 */
/** From the hub's answers to statuses and sentences. */
#ifndef SEDGE_AGENT_HUB_ANSWER_H
#define SEDGE_AGENT_HUB_ANSWER_H

#include "net/http_client.h"

/**
 * SEDGE_OK for 200 to 299; else a status of the answer's family and the sentence of its problem details:
 * "the hub answers 403: this token has been used". 429 and 503 are SEDGE_EBUSY, other 500s SEDGE_ENETWORK: they pass.
 */
SEDGE_NODISCARD sedge_status sedge_hub_answer_status(const sedge_http_answer *answer, sedge_error *err);
/** Will it pass by itself (network, time-out, busy)? */
bool sedge_is_passing(sedge_status status);

#endif
