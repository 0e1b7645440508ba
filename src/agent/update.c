/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/update.h"

#include "base/own.h"

#define NAME_OF(NAME, name) #name,
static const char *const state_names[] = { SEDGE_UPDATE_STATE_LIST(NAME_OF) };
static const char *const event_names[] = { SEDGE_UPDATE_EVENT_LIST(NAME_OF) };
static const char *const action_names[] = { SEDGE_UPDATE_ACTION_LIST(NAME_OF) };
_Static_assert(SEDGE_COUNT(state_names) == SEDGE_UPDATE_STATES, "a name for every state");
_Static_assert(SEDGE_COUNT(event_names) == SEDGE_UPDATE_EVENTS, "a name for every event");
_Static_assert(SEDGE_COUNT(action_names) == SEDGE_UPDATE_ACTIONS, "a name for every action");

const char *sedge_update_state_name(sedge_update_state state) {
    return (unsigned)state < SEDGE_UPDATE_STATES ? state_names[state] : "unknown";
}

const char *sedge_update_event_name(sedge_update_event event) {
    return (unsigned)event < SEDGE_UPDATE_EVENTS ? event_names[event] : "unknown";
}

const char *sedge_update_action_name(sedge_update_action action) {
    return (unsigned)action < SEDGE_UPDATE_ACTIONS ? action_names[action] : "unknown";
}

#define ROW(STATE, EVENT, NEXT, ACTION)                                                                                \
    { SEDGE_UPDATE_##STATE, SEDGE_EVENT_##EVENT, SEDGE_UPDATE_##NEXT, SEDGE_ACTION_##ACTION }
static const struct row {
    sedge_update_state state;
    sedge_update_event event;
    sedge_update_state next;
    sedge_update_action action;
} rows[] = {
    ROW(IDLE, WANT, FETCHING, FETCH),
    ROW(IDLE, OPERATOR_BACK, IDLE, RETURN_BAD),

    ROW(FETCHING, FETCHED, CHECKING, CHECK),
    ROW(FETCHING, HERE, STARTING, STAGE_AGAIN),
    ROW(FETCHING, LATER, WAITING, WAIT),
    ROW(FETCHING, REFUSED, IDLE, FAIL),
    ROW(FETCHING, WANT, FETCHING, FETCH),
    ROW(FETCHING, UNWANT, IDLE, CANCEL),

    ROW(WAITING, TIMER, FETCHING, FETCH),
    ROW(WAITING, WANT, FETCHING, FETCH),
    ROW(WAITING, UNWANT, IDLE, CANCEL),

    ROW(CHECKING, CHECKED, STARTING, STAGE),
    ROW(CHECKING, CHECK_FAILED, IDLE, FAIL),
    ROW(CHECKING, WANT, FETCHING, FETCH),
    ROW(CHECKING, UNWANT, IDLE, CANCEL),

    ROW(STARTING, READY, PROBATION, SWITCH),
    ROW(STARTING, NOT_READY, IDLE, FAIL),
    ROW(STARTING, LATER, WAITING, WAIT),
    ROW(STARTING, WANT, FETCHING, FETCH),
    ROW(STARTING, UNWANT, IDLE, CANCEL),

    ROW(PROBATION, HEALTHY, IDLE, COMMIT),
    ROW(PROBATION, SICK, IDLE, RETURN_BAD),
    ROW(PROBATION, OPERATOR_BACK, IDLE, RETURN_BAD),
    ROW(PROBATION, WANT, IDLE, RETURN),
};
#undef ROW

bool sedge_update_step(sedge_update_state *state, sedge_update_event event, sedge_update_action *ret_action) {
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        if (rows[i].state != *state || rows[i].event != event)
            continue;
        *state = rows[i].next;
        *ret_action = rows[i].action;
        return true;
    }
    return false;
}
