/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Store and forward: messages that wait for the hub, one file each, oldest first, bounded in count and bytes.
 *
 *     DIR/<number>-<first>     a message, both 16 hexadecimal digits. The number only grows; first is the number
 * itself, or for a merged message that of the oldest in it
 *
 * A full spool merges its oldest messages (all but the very first, which may have reached the hub without our knowing)
 * through the caller's function; what cannot be merged any further is dropped, oldest first, and counted. A message is
 * durable when push returns; a crash in a merge leaves both messages or the merged one, never its parts twice. Files
 * with other names are removed when the spool is opened, and so are those that a merged one covers.
 */
#ifndef SEDGE_AGENT_SPOOL_H
#define SEDGE_AGENT_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "os/file.h"

typedef struct sedge_spool_limits {
    size_t count;         /**< messages, at least 3 */
    size_t bytes;         /**< of all messages */
    size_t message_bytes; /**< of one */
} sedge_spool_limits;
#define SEDGE_SPOOL_LIMITS ((sedge_spool_limits){ .count = 64, .bytes = 1 << 20, .message_bytes = 64 << 10 })

/**
 * Makes one message of an older and a newer one.
 * @return SEDGE_ELIMIT when that would be too large, SEDGE_ECONFLICT when these two cannot be merged: the older is then
 * dropped
 */
typedef sedge_status (*sedge_spool_merge_fn)(void *ctx, sedge_bytes older, sedge_bytes newer, sedge_buf *out,
                                             sedge_error *err);

typedef struct sedge_spool_item {
    uint64_t number;
    uint64_t first; /**< the oldest message merged into it */
    size_t bytes;
} sedge_spool_item;

typedef struct sedge_spool {
    const sedge_fs *fs;
    char dir[SEDGE_PATH_MAX - 64];
    sedge_spool_limits limits;
    sedge_spool_merge_fn merge;
    void *merge_ctx;
    sedge_spool_item *items; /**< owned, oldest first; limits.count + 1 places */
    size_t n;
    size_t bytes;
    uint64_t next;
    uint64_t merged;  /**< merges since open */
    uint64_t dropped; /**< messages lost since open */
} sedge_spool;

/** Opens or makes the folder. merge may be NULL: then the oldest but the first is dropped. */
SEDGE_NODISCARD sedge_status sedge_spool_open(const sedge_fs *fs, const char *dir, const sedge_spool_limits *limits,
                                              sedge_spool_merge_fn merge, void *ctx, sedge_spool *ret,
                                              sedge_error *err);
void sedge_spool_done(sedge_spool *spool);

/** Appends one message and then merges until the limits hold. */
SEDGE_NODISCARD sedge_status sedge_spool_push(sedge_spool *spool, sedge_bytes message, sedge_error *err);
/** The oldest message into out and its number. SEDGE_ENOTFOUND when there is none. */
SEDGE_NODISCARD sedge_status sedge_spool_first(sedge_spool *spool, uint64_t *ret_number, sedge_buf *out,
                                               sedge_error *err);
/** Removes the oldest message if it still is this one. */
SEDGE_NODISCARD sedge_status sedge_spool_pop(sedge_spool *spool, uint64_t number, sedge_error *err);

#endif
