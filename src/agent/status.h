/* SPDX-License-Identifier: Apache-2.0 */
/** What the agent says of itself, as JSON; documented in docs/spec/device-protocol.md. */
#ifndef SEDGE_AGENT_STATUS_H
#define SEDGE_AGENT_STATUS_H

#include <jansson.h>

#include "agent/agent_state.h"

/** `GET /v1/status`. The caller's to json_decref(); NULL: no memory. */
json_t *sedge_status_of_agent(const sedge_agent *a);
/** `GET /v2/models/{name}`. */
json_t *sedge_status_of_model_v2(sedge_supervised *m);
/** A model folder read from disk, for a status while no agent runs. */
json_t *sedge_status_of_intent(const char *name, const sedge_intent *intent);

#endif
