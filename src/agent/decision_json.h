/* SPDX-License-Identifier: Apache-2.0 */
/** The decision of a manifest (the `decision` object of model.json) as numbers. */
#ifndef SEDGE_AGENT_DECISION_JSON_H
#define SEDGE_AGENT_DECISION_JSON_H

#include <jansson.h>

#include "features/decision.h"

/**
 * {"kind": "reconstruction", "alpha": 0.2, "threshold": 0.8} or {"kind": "class", "normal": 0}; other members are
 * ignored. Whether the numbers fit is for sedge_decision_check. SEDGE_EINVALID names the member.
 */
SEDGE_NODISCARD sedge_status sedge_decision_from_json(const json_t *object, sedge_decision *ret, sedge_error *err);

#endif
