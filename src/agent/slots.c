/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/slots.h"

#include <string.h>

#include "base/format.h"
#include "base/own.h"
#include "os/errno.h"

static const char *const slot_dirs[] = { "slots/a", "slots/b" };

static sedge_status path_of(const sedge_slots *slots, const char *name, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    return sedge_path_format(ret, err, "%s/%s", slots->dir, name);
}

sedge_status sedge_slots_path(const sedge_slots *slots, sedge_slot slot, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    if (slot == SEDGE_SLOT_NONE)
        return sedge_fail(err, SEDGE_ENOTFOUND, "no model is installed");
    return sedge_path_format(ret, err, "%s/%s/bundle", slots->dir, slot_dirs[slot]);
}

sedge_slot sedge_slots_free(const sedge_slots *slots) {
    return slots->intent.current == SEDGE_SLOT_A ? SEDGE_SLOT_B : SEDGE_SLOT_A;
}

static sedge_status store(sedge_slots *slots, const sedge_intent *next, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = path_of(slots, "intent", path, err);
    if (!st)
        st = sedge_intent_store(slots->fs, path, next, err);
    if (!st)
        slots->intent = *next;
    return st;
}

/** Does the slot hold what the intent says? A disk that cannot be read is an error, not an answer. */
static sedge_status check_slot(const sedge_slots *slots, sedge_slot slot, bool *ret_whole, sedge_error *err) {
    char path[SEDGE_PATH_MAX], hex[SEDGE_DIGEST_HEX_MAX];
    sedge_digest digest;
    *ret_whole = false;
    if (slot == SEDGE_SLOT_NONE || !slots->intent.slots[slot].digest[0])
        return SEDGE_OK;
    sedge_status st = sedge_slots_path(slots, slot, path, err);
    if (!st)
        st = sedge_digest_file(slots->fs, path, &digest, NULL, err);
    if (st)
        return st == SEDGE_ENOTFOUND ? SEDGE_OK : st;
    sedge_digest_hex(&digest, hex);
    *ret_whole = strcmp(hex, slots->intent.slots[slot].digest) == 0;
    return SEDGE_OK;
}

bool sedge_slots_holds(const sedge_slots *slots, const char *digest) {
    sedge_slot slot = sedge_slots_free(slots);
    bool whole;
    return strcmp(slots->intent.slots[slot].digest, digest) == 0 && !check_slot(slots, slot, &whole, NULL) && whole;
}

/** Points `current` at slot, or removes it for none; durable. Repeating it changes nothing. */
static sedge_status point_at(const sedge_slots *slots, sedge_slot slot, sedge_error *err) {
    char link[SEDGE_PATH_MAX];
    sedge_status st = path_of(slots, "current", link, err);
    if (st)
        return st;
    if (slot != SEDGE_SLOT_NONE)
        return sedge_file_symlink_atomic(slots->fs, slot_dirs[slot], link, err);
    st = sedge_file_remove(slots->fs, link, err);
    return st ? st : sedge_file_sync_parent(slots->fs, link, err);
}

static bool points_at(const sedge_slots *slots, sedge_slot slot) {
    char link[SEDGE_PATH_MAX], target[SEDGE_PATH_MAX];
    if (path_of(slots, "current", link, NULL))
        return false;
    int n = slots->fs->readlink(slots->fs, link, target, sizeof target);
    return slot == SEDGE_SLOT_NONE ? n < 0 : n > 0 && strcmp(target, slot_dirs[slot]) == 0;
}

/** Removes what the slot holds and forgets it in *intent, which is not stored. */
static sedge_status empty_slot(const sedge_slots *slots, sedge_slot slot, sedge_intent *intent, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_slots_path(slots, slot, path, err);
    if (!st)
        st = sedge_file_remove(slots->fs, path, err);
    if (!st)
        intent->slots[slot] = (sedge_installed){ 0 };
    return st;
}

/* ---- steps ---- */

sedge_status sedge_slots_fill(sedge_slots *slots, const char *from, const sedge_installed *what, sedge_error *err) {
    if (slots->intent.step == SEDGE_STEP_PROBATION)
        return sedge_fail(err, SEDGE_ECONFLICT, "a probation is under way; the other slot is its way back");
    sedge_slot slot = sedge_slots_free(slots);
    sedge_intent next = slots->intent;
    next.step = SEDGE_STEP_FILLING;
    next.target = slot;
    next.slots[slot] = (sedge_installed){ 0 };
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_slots_path(slots, slot, path, err);
    if (!st)
        st = store(slots, &next, err);
    if (st)
        return st;
    int moved = slots->fs->rename(slots->fs, from, path);
    if (moved < 0)
        return sedge_fail_errno(err, moved, "cannot move '%s' to '%s'", from, path);
    st = sedge_file_sync_parent(slots->fs, path, err);
    if (st)
        return st;
    next.step = SEDGE_STEP_STAGED;
    next.slots[slot] = *what;
    return store(slots, &next, err);
}

sedge_status sedge_slots_stage_again(sedge_slots *slots, const sedge_installed *what, sedge_error *err) {
    if (slots->intent.step == SEDGE_STEP_PROBATION)
        return sedge_fail(err, SEDGE_ECONFLICT, "a probation is under way; the other slot is its way back");
    if (!sedge_slots_holds(slots, what->digest))
        return sedge_fail(err, SEDGE_ENOTFOUND, "the other slot does not hold release %llu",
                          (unsigned long long)what->release);
    sedge_intent next = slots->intent;
    next.step = SEDGE_STEP_STAGED;
    next.target = sedge_slots_free(slots);
    next.slots[next.target] = *what;
    return store(slots, &next, err);
}

/** The second half of a switch, also what recovery does: link, then probation. */
static sedge_status finish_switch(sedge_slots *slots, sedge_error *err) {
    sedge_intent next = slots->intent;
    sedge_status st = point_at(slots, next.target, err);
    if (st)
        return st;
    next.step = SEDGE_STEP_PROBATION;
    next.current = next.target;
    next.target = SEDGE_SLOT_NONE;
    next.starts = 0;
    return store(slots, &next, err);
}

sedge_status sedge_slots_switch(sedge_slots *slots, sedge_error *err) {
    if (slots->intent.step != SEDGE_STEP_STAGED && slots->intent.step != SEDGE_STEP_SWITCHING)
        return sedge_fail(err, SEDGE_ECONFLICT, "nothing is staged to switch to");
    sedge_intent next = slots->intent;
    next.step = SEDGE_STEP_SWITCHING;
    sedge_status st = store(slots, &next, err);
    return st ? st : finish_switch(slots, err);
}

sedge_status sedge_slots_commit(sedge_slots *slots, sedge_error *err) {
    if (slots->intent.step != SEDGE_STEP_PROBATION)
        return sedge_fail(err, SEDGE_ECONFLICT, "no probation is under way");
    sedge_intent next = slots->intent;
    next.step = SEDGE_STEP_COMMITTED;
    next.floor = next.slots[next.current].release;
    next.starts = 0;
    return store(slots, &next, err);
}

/** The second half of a return, also what recovery does. */
static sedge_status finish_return(sedge_slots *slots, sedge_error *err) {
    sedge_intent next = slots->intent;
    sedge_status st = point_at(slots, next.target, err);
    if (st)
        return st;
    next.step = next.target == SEDGE_SLOT_NONE ? SEDGE_STEP_EMPTY : SEDGE_STEP_ROLLED_BACK;
    next.current = next.target;
    next.target = SEDGE_SLOT_NONE;
    next.starts = 0;
    if (next.current != SEDGE_SLOT_NONE)
        next.floor = next.slots[next.current].release;
    return store(slots, &next, err);
}

sedge_status sedge_slots_return(sedge_slots *slots, bool bad, sedge_error *err) {
    sedge_intent next = slots->intent;
    if (next.current == SEDGE_SLOT_NONE)
        return sedge_fail(err, SEDGE_ENOTFOUND, "no model is installed that could be rolled back");
    sedge_slot other = sedge_slot_other(next.current);
    bool whole;
    if (check_slot(slots, other, &whole, NULL))
        whole = true; /* cannot be told now: it is the better choice, and the next start looks again */
    next.step = SEDGE_STEP_RETURNING;
    next.target = whole ? other : SEDGE_SLOT_NONE;
    if (bad)
        sedge_intent_add_bad(&next, next.slots[next.current].digest, next.slots[next.current].rollout);
    sedge_status st = store(slots, &next, err);
    return st ? st : finish_return(slots, err);
}

sedge_status sedge_slots_condemn(sedge_slots *slots, const char *digest, const char *rollout, sedge_error *err) {
    if (sedge_intent_is_bad(&slots->intent, digest, rollout))
        return SEDGE_OK;
    sedge_intent next = slots->intent;
    sedge_intent_add_bad(&next, digest, rollout);
    return store(slots, &next, err);
}

/* ---- recovery ---- */

static sedge_step settled_step(const sedge_intent *intent) {
    return intent->current == SEDGE_SLOT_NONE ? SEDGE_STEP_EMPTY : SEDGE_STEP_COMMITTED;
}

/** Undoes a fill or a switch whose target cannot be used. */
static sedge_status drop_target(sedge_slots *slots, sedge_recovery *report, sedge_error *err) {
    sedge_intent next = slots->intent;
    sedge_status st = SEDGE_OK;
    if (next.target != SEDGE_SLOT_NONE)
        st = empty_slot(slots, next.target, &next, err);
    if (!st)
        st = point_at(slots, next.current, err);
    if (st)
        return st;
    next.step = settled_step(&next);
    next.target = SEDGE_SLOT_NONE;
    report->repaired = true;
    sedge_format(report->text, sizeof report->text, "an unfinished update was undone");
    return store(slots, &next, err);
}

static sedge_status recover_filling(sedge_slots *slots, sedge_recovery *report, sedge_error *err) {
    return drop_target(slots, report, err);
}

static sedge_status recover_staged(sedge_slots *slots, sedge_recovery *report, sedge_error *err) {
    bool whole;
    sedge_status st = check_slot(slots, slots->intent.target, &whole, err);
    return st || whole ? st : drop_target(slots, report, err);
}

static sedge_status recover_switching(sedge_slots *slots, sedge_recovery *report, sedge_error *err) {
    bool whole;
    sedge_status st = check_slot(slots, slots->intent.target, &whole, err);
    if (st || !whole)
        return st ? st : drop_target(slots, report, err);
    report->repaired = true;
    sedge_format(report->text, sizeof report->text, "an interrupted switch was completed");
    return finish_switch(slots, err);
}

/** Counting may fail (a full disk): then the start is not counted, and the model runs on. */
static sedge_status recover_probation(sedge_slots *slots, sedge_recovery *report, sedge_error *err) {
    sedge_intent next = slots->intent;
    if (next.starts < SEDGE_PROBATION_STARTS_MAX) {
        next.starts++;
        if (store(slots, &next, NULL)) {
            report->repaired = true;
            sedge_format(report->text, sizeof report->text, "this start could not be counted: the disk refuses writes");
        }
        return SEDGE_OK;
    }
    report->repaired = report->rolled_back = true;
    sedge_format(report->text, sizeof report->text, "release %llu was rolled back: %u starts without passing probation",
                 (unsigned long long)next.slots[next.current].release, (unsigned)next.starts);
    return sedge_slots_return(slots, true, err);
}

static sedge_status recover_returning(sedge_slots *slots, sedge_recovery *report, sedge_error *err) {
    report->repaired = report->rolled_back = true;
    sedge_format(report->text, sizeof report->text, "an interrupted roll-back was completed");
    return finish_return(slots, err);
}

static sedge_status recover_stable(sedge_slots *slots, sedge_recovery *report, sedge_error *err) {
    (void)slots, (void)report, (void)err;
    return SEDGE_OK;
}

static sedge_status (*const recover_step[])(sedge_slots *slots, sedge_recovery *report, sedge_error *err) = {
    [SEDGE_STEP_EMPTY] = recover_stable,        [SEDGE_STEP_FILLING] = recover_filling,
    [SEDGE_STEP_STAGED] = recover_staged,       [SEDGE_STEP_SWITCHING] = recover_switching,
    [SEDGE_STEP_PROBATION] = recover_probation, [SEDGE_STEP_COMMITTED] = recover_stable,
    [SEDGE_STEP_RETURNING] = recover_returning, [SEDGE_STEP_ROLLED_BACK] = recover_stable,
};
_Static_assert(SEDGE_COUNT(recover_step) == SEDGE_STEP_COUNT, "a recovery for every step");

/** The last line of defence: what is current must be whole, and the link must say the same as the intent. */
static sedge_status settle_current(sedge_slots *slots, sedge_recovery *report, sedge_error *err) {
    sedge_slot current = slots->intent.current;
    bool whole;
    sedge_status st = check_slot(slots, current, &whole, err);
    if (st)
        return st;
    if (current != SEDGE_SLOT_NONE && !whole) {
        report->repaired = report->rolled_back = true;
        sedge_format(report->text, sizeof report->text,
                     "the bundle of release %llu is damaged on disk and was given up",
                     (unsigned long long)slots->intent.slots[current].release);
        st = sedge_slots_return(slots, false, err);
        if (st)
            return st;
        sedge_intent next = slots->intent;
        st = empty_slot(slots, current, &next, err);
        return st ? st : store(slots, &next, err);
    }
    if (points_at(slots, current))
        return SEDGE_OK;
    report->repaired = true;
    sedge_format(report->text, sizeof report->text, "the link to the current slot was put right");
    return point_at(slots, current, err);
}

static sedge_status load_intent(sedge_slots *slots, sedge_recovery *report, sedge_error *err) {
    char path[SEDGE_PATH_MAX], aside[SEDGE_PATH_MAX];
    sedge_status st = path_of(slots, "intent", path, err);
    if (!st)
        st = path_of(slots, "intent.bad", aside, err);
    if (!st)
        st = sedge_intent_load(slots->fs, path, &slots->intent, err);
    if (st != SEDGE_EINVALID && st != SEDGE_ELIMIT)
        return st;
    int moved = slots->fs->rename(slots->fs, path, aside);
    if (moved < 0)
        return sedge_fail_errno(err, moved, "cannot set the damaged '%s' aside", path);
    report->repaired = true;
    sedge_format(report->text, sizeof report->text, "the damaged intent was set aside; the model is installed anew");
    slots->intent = sedge_intent_init();
    return SEDGE_OK;
}

static sedge_status make_dirs(const sedge_slots *slots, sedge_error *err) {
    static const char *const names[] = { "slots/a", "slots/b", "incoming" };
    for (size_t i = 0; i < SEDGE_COUNT(names); i++) {
        char path[SEDGE_PATH_MAX];
        sedge_status st = path_of(slots, names[i], path, err);
        if (!st)
            st = sedge_dir_make(slots->fs, path, 0700, err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

sedge_status sedge_slots_open(const sedge_fs *fs, const char *dir, sedge_slots *ret, sedge_recovery *ret_recovery,
                              sedge_error *err) {
    sedge_slots slots = { .fs = fs ? fs : sedge_fs_os(), .intent = sedge_intent_init() };
    sedge_recovery report = { .found = SEDGE_STEP_EMPTY };
    if (sedge_format(slots.dir, sizeof slots.dir, "%s", dir) >= sizeof slots.dir)
        return sedge_fail(err, SEDGE_EINVALID, "the path '%s' is too long", dir);
    sedge_status st = make_dirs(&slots, err);
    if (!st)
        st = load_intent(&slots, &report, err);
    if (st)
        return st;
    report.found = slots.intent.step;
    st = recover_step[report.found](&slots, &report, err);
    if (!st)
        st = settle_current(&slots, &report, err);
    if (st)
        return st;
    *ret = slots;
    *ret_recovery = report;
    return SEDGE_OK;
}
