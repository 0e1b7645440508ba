/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/position.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/own.h"

enum { LINE_MAX_BYTES = 128 };

sedge_status sedge_position_load(const sedge_fs *fs, const char *path, sedge_feed_position *ret, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_feed_position p;
    sedge_status st = sedge_file_read(fs, path, LINE_MAX_BYTES, &data, &n, err);
    if (st)
        return st;
    if (sscanf((const char *)data, "position %" SCNu64 " %" SCNd64 " %" SCNd64, &p.inode, &p.offset, &p.warm_offset) !=
            3 ||
        p.warm_offset < 0 || p.warm_offset > p.offset)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' is no position", path);
    *ret = p;
    return SEDGE_OK;
}

sedge_status sedge_position_store(const sedge_fs *fs, const char *path, const sedge_feed_position *p,
                                  sedge_error *err) {
    SEDGE_AUTO_BUF line = sedge_buf_init(LINE_MAX_BYTES);
    sedge_buf_printf(&line, "position %llu %lld %lld\n", (unsigned long long)p->inode, (long long)p->offset,
                     (long long)p->warm_offset);
    return sedge_file_write_atomic(fs, path, sedge_buf_bytes(&line), 0600, err);
}

bool sedge_position_of(const sedge_rows *rows, uint32_t length, uint32_t step, uint64_t inode,
                       sedge_feed_position *ret) {
    uint64_t at = rows->acknowledged;
    if (at == rows->oldest)
        return false;
    int64_t offset = at < rows->end ? sedge_rows_info(rows, at)->offset : sedge_rows_info(rows, at - 1)->next_offset;
    uint64_t from = sedge_rows_warm_from(rows, at, length, step), warm = at;
    int64_t warm_offset = offset;
    while (warm > from && sedge_rows_info(rows, warm - 1)->offset < warm_offset)
        warm_offset = sedge_rows_info(rows, --warm)->offset;
    *ret = (sedge_feed_position){ inode, offset, warm == from ? warm_offset : offset };
    return true;
}
