/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The intent of a model folder: what is in its two slots, which one runs, and which step of an update is under way.
 *
 * One small text file, replaced atomically and durable before the step that it announces is begun; agent/slots.h says
 * which steps there are and how a start of the agent completes or undoes each of them. The file is
 *
 *     sedge-intent 1
 *     step probation
 *     current b
 *     target -
 *     floor 7
 *     starts 1
 *     a 7 <sha256 of the bundle> <roll-out id or -> <probation in ms>
 *     b 8 ...
 *     bad <sha256> <roll-out id or ->     none to SEDGE_INTENT_BAD_MAX of these, oldest first
 *     sum <sha256 of all lines above>
 *
 * A slot line is absent where the slot is empty.
 */
#ifndef SEDGE_AGENT_INTENT_H
#define SEDGE_AGENT_INTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/digest.h"
#include "os/fs.h"
#include "sedge/error.h"

/** X(NAME, name): steps in the order in which an update takes them. */
#define SEDGE_STEP_LIST(X)                                                                                             \
    X(EMPTY, empty)             /* no model runs */                                                                    \
    X(FILLING, filling)         /* the target slot is being replaced, current runs */                                  \
    X(STAGED, staged)           /* the target slot is filled and checked, current runs */                              \
    X(SWITCHING, switching)     /* the symbolic link moves to target */                                                \
    X(PROBATION, probation)     /* current is new and not trusted yet, the other slot is the way back */               \
    X(COMMITTED, committed)     /* current is trusted */                                                               \
    X(RETURNING, returning)     /* the link moves to target (or to nothing), away from current */                      \
    X(ROLLED_BACK, rolled_back) /* current is the way back that was taken */

#define SEDGE_STEP_ENUM(NAME, name) SEDGE_STEP_##NAME,
typedef enum sedge_step { SEDGE_STEP_LIST(SEDGE_STEP_ENUM) SEDGE_STEP_COUNT } sedge_step;
#undef SEDGE_STEP_ENUM

/** Name as in the file; "unknown" for a value outside the list. Static storage. */
const char *sedge_step_name(sedge_step step);

typedef enum sedge_slot { SEDGE_SLOT_A, SEDGE_SLOT_B, SEDGE_SLOT_NONE } sedge_slot;

/** "a", "b" or "-". Static storage. */
const char *sedge_slot_name(sedge_slot slot);
/** b for a, a for b, none for none. */
sedge_slot sedge_slot_other(sedge_slot slot);

enum {
    SEDGE_ROLLOUT_MAX = 65, /**< 64 characters of a roll-out id and NUL */
    SEDGE_INTENT_BAD_MAX = 8,
    SEDGE_INTENT_FILE_MAX = 8192
};

/** A bundle in a slot, or about to be put there. */
typedef struct sedge_installed {
    uint64_t release;
    char digest[SEDGE_DIGEST_HEX_MAX]; /**< of the bundle file; "" marks an empty slot */
    char rollout[SEDGE_ROLLOUT_MAX];   /**< which roll-out brought it, "" for none */
    int64_t probation_ms;
} sedge_installed;

/** A bundle that failed here. Another roll-out of it may try again. */
typedef struct sedge_bad_bundle {
    char digest[SEDGE_DIGEST_HEX_MAX];
    char rollout[SEDGE_ROLLOUT_MAX];
} sedge_bad_bundle;

typedef struct sedge_intent {
    sedge_step step;
    sedge_slot current;
    sedge_slot target;
    uint64_t floor;  /**< highest release that was committed, or what a signed roll-back lowered it to */
    uint32_t starts; /**< how often the agent started in this probation */
    sedge_installed slots[2];
    uint32_t n_bad;
    sedge_bad_bundle bad[SEDGE_INTENT_BAD_MAX];
} sedge_intent;

/** Step empty, nothing in the slots. */
sedge_intent sedge_intent_init(void);
/** Reads path; a missing file gives sedge_intent_init(). SEDGE_EINVALID names the line of a damaged one. */
SEDGE_NODISCARD sedge_status sedge_intent_load(const sedge_fs *fs, const char *path, sedge_intent *ret,
                                               sedge_error *err);
/** Durable when it returns SEDGE_OK; otherwise the file holds what it held or the new text. */
SEDGE_NODISCARD sedge_status sedge_intent_store(const sedge_fs *fs, const char *path, const sedge_intent *intent,
                                                sedge_error *err);
/** The text of an intent, for tests and fuzzing: what load reads from a file. */
SEDGE_NODISCARD sedge_status sedge_intent_parse(const char *text, size_t n, sedge_intent *ret, sedge_error *err);

/** Remembers that this bundle failed here; the oldest is forgotten when there are too many. */
void sedge_intent_add_bad(sedge_intent *intent, const char *digest, const char *rollout);
bool sedge_intent_is_bad(const sedge_intent *intent, const char *digest, const char *rollout);
/** The slot that runs; NULL when none does. */
const sedge_installed *sedge_intent_current(const sedge_intent *intent);

#endif
