/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The two slots of a model on disk, and the steps of an update on them.
 *
 *     DIR/intent            agent/intent.h
 *     DIR/current           symbolic link to slots/a or slots/b; absent while no model runs
 *     DIR/slots/a/bundle    the bundle file as it was downloaded and verified
 *     DIR/slots/b/bundle
 *     DIR/incoming          what is being downloaded (any number of files)
 *
 * A slot holds the bundle file itself, not its parts: the file moves there by rename without being written twice, one
 * digest covers every byte of a slot, and the files in it can be mapped as they lie (64-byte boundaries).
 *
 * Every step announces itself in the intent, durably, before it touches anything, and can be repeated. Opening the
 * slots completes or undoes what a crash left half done, so that `current` names a complete, verified bundle, the old
 * one or the new one:
 *
 *     filling    the target is emptied; current stays
 *     staged     the target is kept when its digest is right, else emptied; current stays
 *     switching  the switch is completed when the target's digest is right, else undone
 *     probation  counts one more start; after SEDGE_PROBATION_STARTS_MAX starts the roll-back is taken
 *     returning  the roll-back is completed
 *
 * and at the end, whatever the step, a current bundle with a wrong digest is given up for the other slot, or for none.
 * All writes go through one sedge_fs. A failed call may be repeated; what it left is what a crash would have left.
 */
#ifndef SEDGE_AGENT_SLOTS_H
#define SEDGE_AGENT_SLOTS_H

#include "agent/intent.h"
#include "os/file.h"

/** So many starts of the agent during one probation without an end of it roll the model back: it may be what ends us.
 */
enum { SEDGE_PROBATION_STARTS_MAX = 10 };

typedef struct sedge_slots {
    const sedge_fs *fs;
    char dir[SEDGE_PATH_MAX - 256];
    sedge_intent intent; /**< what is on disk; read only for callers */
} sedge_slots;

/** What opening found and did, for the log and the report. */
typedef struct sedge_recovery {
    sedge_step found; /**< the step in the file */
    bool repaired;    /**< something was completed, undone or given up */
    bool rolled_back; /**< current left its slot because of too many starts or a damaged bundle */
    char text[256];   /**< one sentence when repaired, else "" */
} sedge_recovery;

/**
 * Makes the folder when needed, reads the intent and recovers. A damaged intent file is set aside as `intent.bad` and
 * counts as empty: the model is then installed anew.
 */
SEDGE_NODISCARD sedge_status sedge_slots_open(const sedge_fs *fs, const char *dir, sedge_slots *ret,
                                              sedge_recovery *ret_recovery, sedge_error *err);

/** "<dir>/slots/<slot>/bundle". */
SEDGE_NODISCARD sedge_status sedge_slots_path(const sedge_slots *slots, sedge_slot slot, char ret[SEDGE_PATH_MAX],
                                              sedge_error *err);
/** The slot that does not run: where an update goes, or the way back. */
sedge_slot sedge_slots_free(const sedge_slots *slots);
/** Does the free slot hold this bundle, complete? Reads the whole file. */
bool sedge_slots_holds(const sedge_slots *slots, const char *digest);

/**
 * Moves the verified file `from` (on the same file system) into the free slot: steps filling, staged.
 * Not during a probation (SEDGE_ECONFLICT): the free slot is the way back.
 */
SEDGE_NODISCARD sedge_status sedge_slots_fill(sedge_slots *slots, const char *from, const sedge_installed *what,
                                              sedge_error *err);
/** The free slot holds the bundle already (a way back that was asked for): takes the new facts, step staged. */
SEDGE_NODISCARD sedge_status sedge_slots_stage_again(sedge_slots *slots, const sedge_installed *what, sedge_error *err);
/** Staged, and the worker for it is ready: steps switching, probation. */
SEDGE_NODISCARD sedge_status sedge_slots_switch(sedge_slots *slots, sedge_error *err);
/** Probation is passed: step committed, the floor becomes this release. */
SEDGE_NODISCARD sedge_status sedge_slots_commit(sedge_slots *slots, sedge_error *err);
/**
 * Leaves current for the other slot, or for none when that is empty: steps returning, rolled back.
 * @param bad  remember the bundle as bad
 */
SEDGE_NODISCARD sedge_status sedge_slots_return(sedge_slots *slots, bool bad, sedge_error *err);
/** A bundle that failed before it came to a slot is remembered as bad. */
SEDGE_NODISCARD sedge_status sedge_slots_condemn(sedge_slots *slots, const char *digest, const char *rollout,
                                                 sedge_error *err);

#endif
