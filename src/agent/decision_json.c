/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/decision_json.h"

#include "conf/json.h"

#define KIND_NAME(NAME, name) #name,
static const char *const kind_names[] = { SEDGE_DECISION_LIST(KIND_NAME) NULL };

sedge_status sedge_decision_from_json(const json_t *object, sedge_decision *ret, sedge_error *err) {
    sedge_json at = sedge_json_root("decision", object);
    sedge_decision d = SEDGE_DECISION_INIT;
    int kind = 0;
    int64_t normal = 0;
    sedge_status st = sedge_json_enum(&at, "kind", kind_names, &kind, err);
    if (!st)
        st = sedge_json_double_or(&at, "alpha", 0, 1, 1, &d.alpha, err);
    if (!st)
        st = sedge_json_double_or(&at, "threshold", 0, 1e300, 0, &d.threshold, err);
    if (!st)
        st = sedge_json_int_or(&at, "normal", 0, INT32_MAX, 0, &normal, err);
    if (st)
        return st;
    d.kind = (sedge_decision_kind)kind;
    d.normal = (uint32_t)normal;
    *ret = d;
    return SEDGE_OK;
}
