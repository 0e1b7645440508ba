/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/position.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

#define WORD "position "

enum { LINE_MAX_BYTES = 128 };

/** Digits and the character behind them, which is taken too. */
static bool take_number(const char **text, char behind, uint64_t *ret) {
    char *end;
    errno = 0;
    *ret = strtoull(*text, &end, 10);
    if (errno || end == *text || **text == '-' || *end != behind || *ret > INT64_MAX)
        return false;
    *text = end + 1;
    return true;
}

sedge_status sedge_position_load(const sedge_fs *fs, const char *path, sedge_feed_position *ret, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    uint64_t inode, offset, warm;
    sedge_status st = sedge_file_read(fs, path, LINE_MAX_BYTES, &data, &n, err);
    if (st)
        return st;
    const char *text = (const char *)data;
    bool ok = n > strlen(WORD) && memcmp(text, WORD, strlen(WORD)) == 0;
    text += ok ? strlen(WORD) : 0;
    if (!ok || !take_number(&text, ' ', &inode) || !take_number(&text, ' ', &offset) ||
        !take_number(&text, '\n', &warm) || warm > offset)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' is no position", path);
    *ret = (sedge_feed_position){ inode, (int64_t)offset, (int64_t)warm };
    return SEDGE_OK;
}

sedge_status sedge_position_store(const sedge_fs *fs, const char *path, const sedge_feed_position *p,
                                  sedge_error *err) {
    SEDGE_AUTO_BUF line = sedge_buf_init(LINE_MAX_BYTES);
    sedge_buf_printf(&line, WORD "%llu %lld %lld\n", (unsigned long long)p->inode, (long long)p->offset,
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
