/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The update machine of one model: a table of (state, event) rows, no side effects.
 *
 * The supervisor feeds events and performs the action of the row that applied; its outcome comes back as the next
 * event. What must survive a crash is not here but in agent/slots.h. An event without a row changes nothing: results
 * of work that was cancelled arrive late and are meant to be ignored.
 *
 *     idle ──want──► fetching ──fetched──► checking ──checked──► starting ──ready──► probation ──healthy──► idle
 *                      │ here ───────────────────────────────────▲                      └──sick──► idle (returned)
 *                      └ later ──► waiting ──timer──► fetching
 */
#ifndef SEDGE_AGENT_UPDATE_H
#define SEDGE_AGENT_UPDATE_H

#include <stdbool.h>

#include "sedge/attr.h"

/** X(NAME, name) */
#define SEDGE_UPDATE_STATE_LIST(X)                                                                                     \
    X(IDLE, idle)           /* nothing under way */                                                                    \
    X(FETCHING, fetching)   /* metadata and bundle are being fetched and their digests verified */                     \
    X(WAITING, waiting)     /* fetching failed in a way that passes; a timer runs */                                   \
    X(CHECKING, checking)   /* a throw-away process verifies the bundle and its golden vectors */                      \
    X(STARTING, starting)   /* staged; the new worker is starting, the old one serves */                               \
    X(PROBATION, probation) /* switched; the health limits are watched */

/** X(NAME, name) */
#define SEDGE_UPDATE_EVENT_LIST(X)                                                                                     \
    X(WANT, want)                   /* the desired release is not the one that runs, and not known to be bad */        \
    X(UNWANT, unwant)               /* what was wanted is wanted no more */                                            \
    X(FETCHED, fetched)             /* the bundle lies complete and verified in the folder for incoming files */       \
    X(HERE, here)                   /* the free slot holds the wanted bundle already */                                \
    X(LATER, later)                 /* network, disk full: try again later */                                          \
    X(REFUSED, refused)             /* metadata, policy or digest say no */                                            \
    X(TIMER, timer)                 /* the wait is over */                                                             \
    X(CHECKED, checked)             /* golden vectors reproduced */                                                    \
    X(CHECK_FAILED, check_failed)   /* ... not, or the process died */                                                 \
    X(READY, ready)                 /* the new worker is ready */                                                      \
    X(NOT_READY, not_ready)         /* it died or was too slow, or the bundle could not be moved into the slot */      \
    X(HEALTHY, healthy)             /* probation is passed */                                                          \
    X(SICK, sick)                   /* a health limit is broken or the worker died */                                  \
    X(OPERATOR_BACK, operator_back) /* a person asked for the previous slot */

/** X(NAME, name): what the supervisor does next. */
#define SEDGE_UPDATE_ACTION_LIST(X)                                                                                    \
    X(NOTHING, nothing)                                                                                                \
    X(FETCH, fetch)             /* begin to fetch what is wanted now; work under way is cancelled first */             \
    X(CANCEL, cancel)           /* cancel work under way: fetch, check, new worker */                                  \
    X(WAIT, wait)               /* start the timer, longer each time */                                                \
    X(CHECK, check)             /* start the throw-away process */                                                     \
    X(STAGE, stage)             /* move the bundle to the free slot and start its worker */                            \
    X(STAGE_AGAIN, stage_again) /* the same for a bundle that lies there */                                            \
    X(SWITCH, switch)           /* slots switch, hand over, watch */                                                   \
    X(COMMIT, commit)                                                                                                  \
    X(RETURN, return )        /* back to the other slot, not the bundle's fault */                                     \
    X(RETURN_BAD, return_bad) /* back to the other slot, never again this bundle */                                    \
    X(FAIL, fail)             /* report; do not try again until the desired state changes */

#define SEDGE_UPDATE_ENUM_STATE(NAME, name)  SEDGE_UPDATE_##NAME,
#define SEDGE_UPDATE_ENUM_EVENT(NAME, name)  SEDGE_EVENT_##NAME,
#define SEDGE_UPDATE_ENUM_ACTION(NAME, name) SEDGE_ACTION_##NAME,
typedef enum sedge_update_state {
    SEDGE_UPDATE_STATE_LIST(SEDGE_UPDATE_ENUM_STATE) SEDGE_UPDATE_STATES
} sedge_update_state;
typedef enum sedge_update_event {
    SEDGE_UPDATE_EVENT_LIST(SEDGE_UPDATE_ENUM_EVENT) SEDGE_UPDATE_EVENTS
} sedge_update_event;
typedef enum sedge_update_action {
    SEDGE_UPDATE_ACTION_LIST(SEDGE_UPDATE_ENUM_ACTION) SEDGE_UPDATE_ACTIONS
} sedge_update_action;
#undef SEDGE_UPDATE_ENUM_STATE
#undef SEDGE_UPDATE_ENUM_EVENT
#undef SEDGE_UPDATE_ENUM_ACTION

/** Names for logs; "unknown" outside the list. Static storage. */
const char *sedge_update_state_name(sedge_update_state state);
const char *sedge_update_event_name(sedge_update_event event);
const char *sedge_update_action_name(sedge_update_action action);

/**
 * One step.
 * @return false when no row applies: state stays, nothing is to be done
 */
SEDGE_NODISCARD bool sedge_update_step(sedge_update_state *state, sedge_update_event event,
                                       sedge_update_action *ret_action);

#endif
