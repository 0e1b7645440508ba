/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/update.h"

#include "../include/sedge_test.h"

/* Every (state, event) pair, so that a row that is added or lost is noticed: "." is ignored, else "next/action". */
#define IGNORED                                                                                                        \
    { SEDGE_UPDATE_STATES, SEDGE_UPDATE_ACTIONS }
#define GO(NEXT, ACTION)                                                                                               \
    { SEDGE_UPDATE_##NEXT, SEDGE_ACTION_##ACTION }
static const struct outcome {
    sedge_update_state next;
    sedge_update_action action;
} expected[SEDGE_UPDATE_STATES][SEDGE_UPDATE_EVENTS] = {
    [SEDGE_UPDATE_IDLE] = { GO(FETCHING, FETCH), IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED,
                            IGNORED, IGNORED, IGNORED, IGNORED, GO(IDLE, RETURN_BAD) },
    [SEDGE_UPDATE_FETCHING] = { GO(FETCHING, FETCH), GO(IDLE, CANCEL), GO(CHECKING, CHECK), GO(STARTING, STAGE_AGAIN),
                                GO(WAITING, WAIT), GO(IDLE, FAIL), IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED,
                                IGNORED, IGNORED },
    [SEDGE_UPDATE_WAITING] = { GO(FETCHING, FETCH), GO(IDLE, CANCEL), IGNORED, IGNORED, IGNORED, IGNORED,
                               GO(FETCHING, FETCH), IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED },
    [SEDGE_UPDATE_CHECKING] = { GO(FETCHING, FETCH), GO(IDLE, CANCEL), IGNORED, IGNORED, IGNORED, IGNORED, IGNORED,
                                GO(STARTING, STAGE), GO(IDLE, FAIL), IGNORED, IGNORED, IGNORED, IGNORED, IGNORED },
    [SEDGE_UPDATE_STARTING] = { GO(FETCHING, FETCH), GO(IDLE, CANCEL), IGNORED, IGNORED, GO(WAITING, WAIT), IGNORED,
                                IGNORED, IGNORED, IGNORED, GO(PROBATION, SWITCH), GO(IDLE, FAIL), IGNORED, IGNORED,
                                IGNORED },
    [SEDGE_UPDATE_PROBATION] = { GO(IDLE, RETURN), IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED,
                                 IGNORED, IGNORED, IGNORED, GO(IDLE, COMMIT), GO(IDLE, RETURN_BAD),
                                 GO(IDLE, RETURN_BAD) },
};

static void every_pair(void **state) {
    (void)state;
    for (int s = 0; s < SEDGE_UPDATE_STATES; s++)
        for (int e = 0; e < SEDGE_UPDATE_EVENTS; e++) {
            const struct outcome *want = &expected[s][e];
            bool ignored = want->next == SEDGE_UPDATE_STATES;
            sedge_update_state at = (sedge_update_state)s;
            sedge_update_action action = SEDGE_UPDATE_ACTIONS;
            if (sedge_update_step(&at, (sedge_update_event)e, &action) == ignored)
                fail_msg("%s, %s", sedge_update_state_name((sedge_update_state)s),
                         sedge_update_event_name((sedge_update_event)e));
            assert_int_equal(at, ignored ? (sedge_update_state)s : want->next);
            assert_int_equal(action, ignored ? SEDGE_UPDATE_ACTIONS : want->action);
        }
}

/* Whatever is under way, there is a way back to idle. */
static void no_state_is_a_trap(void **state) {
    (void)state;
    for (int s = 0; s < SEDGE_UPDATE_STATES; s++) {
        bool reached[SEDGE_UPDATE_STATES] = { 0 };
        reached[s] = true;
        for (int round = 0; round < SEDGE_UPDATE_STATES; round++)
            for (int at = 0; at < SEDGE_UPDATE_STATES; at++)
                for (int e = 0; reached[at] && e < SEDGE_UPDATE_EVENTS; e++) {
                    sedge_update_state next = (sedge_update_state)at;
                    sedge_update_action action;
                    if (sedge_update_step(&next, (sedge_update_event)e, &action))
                        reached[next] = true;
                }
        assert_true(reached[SEDGE_UPDATE_IDLE]);
    }
}

static void names(void **state) {
    (void)state;
    assert_string_equal(sedge_update_state_name(SEDGE_UPDATE_PROBATION), "probation");
    assert_string_equal(sedge_update_event_name(SEDGE_EVENT_CHECK_FAILED), "check_failed");
    assert_string_equal(sedge_update_action_name(SEDGE_ACTION_RETURN_BAD), "return_bad");
    assert_string_equal(sedge_update_action_name(SEDGE_UPDATE_ACTIONS), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_pair), cmocka_unit_test(no_state_is_a_trap),
                                        cmocka_unit_test(names) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
