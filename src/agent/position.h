/* SPDX-License-Identifier: Apache-2.0 */
/** Where a source goes on after a restart of the agent: one line in the model's folder, replaced atomically. */
#ifndef SEDGE_AGENT_POSITION_H
#define SEDGE_AGENT_POSITION_H

#include "agent/feed.h"

/** "position <inode> <offset> <warm offset>". SEDGE_ENOTFOUND; SEDGE_EINVALID for another text. */
SEDGE_NODISCARD sedge_status sedge_position_load(const sedge_fs *fs, const char *path, sedge_feed_position *ret,
                                                 sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_position_store(const sedge_fs *fs, const char *path,
                                                  const sedge_feed_position *position, sedge_error *err);
/** The position after the acknowledged rows, so that a worker with these windows is warm again; false: no rows yet.
 * Rows of a file that was replaced meanwhile do not count. */
SEDGE_NODISCARD bool sedge_position_of(const sedge_rows *rows, uint32_t length, uint32_t step, uint64_t inode,
                                       sedge_feed_position *ret);

#endif
