/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool.h"

#include <string.h>

#include "base/format.h"
#include "base/own.h"

enum { NUMBER_DIGITS = 16, NAME_LENGTH = 2 * NUMBER_DIGITS + 1 };

static sedge_status path_of(const sedge_spool *spool, const sedge_spool_item *item, char ret[SEDGE_PATH_MAX],
                            sedge_error *err) {
    return sedge_path_format(ret, err, "%s/%016llx-%016llx", spool->dir, (unsigned long long)item->number,
                             (unsigned long long)item->first);
}

static bool read_number(const char *digits, uint64_t *ret) {
    uint64_t value = 0;
    for (int i = 0; i < NUMBER_DIGITS; i++) {
        const char *digit = memchr("0123456789abcdef", digits[i], 16);
        if (!digit)
            return false;
        value = value << 4 | (uint64_t)(digit - "0123456789abcdef");
    }
    *ret = value;
    return true;
}

static bool item_of(const char *name, sedge_spool_item *ret) {
    sedge_spool_item item = { 0 };
    if (strlen(name) != NAME_LENGTH || name[NUMBER_DIGITS] != '-' || !read_number(name, &item.number) ||
        !read_number(name + NUMBER_DIGITS + 1, &item.first) || item.first > item.number)
        return false;
    *ret = item;
    return true;
}

static void forget(sedge_spool *spool, size_t at) {
    spool->bytes -= spool->items[at].bytes;
    memmove(&spool->items[at], &spool->items[at + 1], (spool->n - at - 1) * sizeof spool->items[0]);
    spool->n--;
}

static sedge_status remove_file(sedge_spool *spool, const sedge_spool_item *item, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = path_of(spool, item, path, err);
    return st ? st : sedge_file_remove(spool->fs, path, err);
}

static sedge_status write_item(sedge_spool *spool, const sedge_spool_item *item, sedge_bytes message,
                               sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = path_of(spool, item, path, err);
    return st ? st : sedge_file_write_atomic(spool->fs, path, message, 0600, err);
}

static sedge_status remove_at(sedge_spool *spool, size_t at, sedge_error *err) {
    sedge_status st = remove_file(spool, &spool->items[at], err);
    if (!st)
        forget(spool, at);
    return st;
}

static sedge_status read_at(sedge_spool *spool, size_t at, sedge_buf *out, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st = path_of(spool, &spool->items[at], path, err);
    if (!st)
        st = sedge_file_read(spool->fs, path, spool->limits.message_bytes, &data, &n, err);
    if (st)
        return st;
    sedge_buf_put(out, data, n);
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for a spooled message") : SEDGE_OK;
}

/** Writes the merge of items `at` and `at + 1`, whose name covers both, then removes them. */
static sedge_status merge_at(sedge_spool *spool, size_t at, sedge_error *err) {
    SEDGE_AUTO_BUF older = sedge_buf_init(spool->limits.message_bytes);
    SEDGE_AUTO_BUF newer = sedge_buf_init(spool->limits.message_bytes);
    SEDGE_AUTO_BUF both = sedge_buf_init(spool->limits.message_bytes);
    sedge_status st = read_at(spool, at, &older, err);
    if (!st)
        st = read_at(spool, at + 1, &newer, err);
    if (!st)
        st = spool->merge(spool->merge_ctx, sedge_buf_bytes(&older), sedge_buf_bytes(&newer), &both, err);
    if (!st && both.failed)
        st = sedge_fail(err, SEDGE_ELIMIT, "the merged message is too large");
    if (st)
        return st;
    sedge_spool_item parts[2] = { spool->items[at], spool->items[at + 1] };
    sedge_spool_item merged = { parts[1].number, parts[0].first, both.n };
    st = write_item(spool, &merged, sedge_buf_bytes(&both), err);
    if (st)
        return st;
    forget(spool, at);
    spool->bytes += merged.bytes - spool->items[at].bytes;
    spool->items[at] = merged;
    spool->merged++;
    for (int i = 0; !st && i < 2; i++)
        st = remove_file(spool, &parts[i], err);
    return st;
}

static bool over(const sedge_spool *spool) {
    return spool->n > spool->limits.count || (spool->n > 2 && spool->bytes > spool->limits.bytes);
}

/**
 * Merges the second and third message: the oldest statistics get coarser first. A pair that is as large as it may be is
 * left, the next one is tried; when none is left the oldest but the first is dropped.
 */
static sedge_status shrink(sedge_spool *spool, sedge_error *err) {
    size_t at = 1;
    while (over(spool)) {
        sedge_status st;
        if (spool->merge && at + 1 < spool->n) {
            st = merge_at(spool, at, NULL);
            at += st == SEDGE_ELIMIT;
            if (!st || st == SEDGE_ELIMIT)
                continue;
        }
        st = remove_at(spool, 1, err);
        if (st)
            return st;
        spool->dropped++;
        at = 1;
    }
    return SEDGE_OK;
}

sedge_status sedge_spool_push(sedge_spool *spool, sedge_bytes message, sedge_error *err) {
    if (message.n > spool->limits.message_bytes)
        return sedge_fail(err, SEDGE_ELIMIT, "a message of %zu bytes, the limit is %zu", message.n,
                          spool->limits.message_bytes);
    sedge_spool_item item = { spool->next, spool->next, message.n };
    sedge_status st = write_item(spool, &item, message, err);
    if (st)
        return st;
    spool->items[spool->n++] = item;
    spool->next++;
    spool->bytes += message.n;
    return shrink(spool, err);
}

sedge_status sedge_spool_first(sedge_spool *spool, uint64_t *ret_number, sedge_buf *out, sedge_error *err) {
    if (spool->n == 0)
        return sedge_fail(err, SEDGE_ENOTFOUND, "the spool is empty");
    sedge_status st = read_at(spool, 0, out, err);
    if (!st)
        *ret_number = spool->items[0].number;
    return st;
}

sedge_status sedge_spool_pop(sedge_spool *spool, uint64_t number, sedge_error *err) {
    return spool->n > 0 && spool->items[0].number == number ? remove_at(spool, 0, err) : SEDGE_OK;
}

/* ---- opening ---- */

/** Is item a part of a merge that another file holds? Names are sorted, so that one comes later or next to it. */
static bool is_covered(const sedge_names *names, size_t at, const sedge_spool_item *item) {
    for (size_t i = 0; i < names->n; i++) {
        sedge_spool_item other;
        if (i != at && item_of(names->items[i], &other) && other.first <= item->first && item->number <= other.number)
            return true;
    }
    return false;
}

static sedge_status take_file(sedge_spool *spool, const sedge_names *names, size_t at, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_spool_item item;
    int64_t bytes = 0;
    sedge_status st = sedge_path_format(path, err, "%s/%s", spool->dir, names->items[at]);
    if (st)
        return st;
    bool ours = item_of(names->items[at], &item);
    if (ours) {
        if (item.number >= spool->next)
            spool->next = item.number + 1;
        st = sedge_file_size(spool->fs, path, &bytes, err);
        if (st)
            return st;
    }
    if (!ours || is_covered(names, at, &item) || (uint64_t)bytes > spool->limits.message_bytes ||
        spool->n == spool->limits.count)
        return sedge_file_remove(spool->fs, path, err);
    item.bytes = (size_t)bytes;
    spool->items[spool->n++] = item;
    spool->bytes += item.bytes;
    return SEDGE_OK;
}

sedge_status sedge_spool_open(const sedge_fs *fs, const char *dir, const sedge_spool_limits *limits,
                              sedge_spool_merge_fn merge, void *ctx, sedge_spool *ret, sedge_error *err) {
    sedge_spool spool = { .fs = fs ? fs : sedge_fs_os(), .limits = *limits, .merge = merge, .merge_ctx = ctx };
    if (limits->count < 3)
        return sedge_fail(err, SEDGE_EUSAGE, "a spool of %zu messages; at least 3", limits->count);
    if (sedge_format(spool.dir, sizeof spool.dir, "%s", dir) >= sizeof spool.dir)
        return sedge_fail(err, SEDGE_EINVALID, "the path '%s' is too long", dir);
    sedge_status st = sedge_dir_make(spool.fs, spool.dir, 0700, err);
    sedge_names names = { 0 };
    if (!st)
        st = sedge_dir_list(spool.fs, spool.dir, &names, err);
    if (st)
        return st;
    spool.items = calloc(limits->count + 1, sizeof spool.items[0]);
    if (!spool.items)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the spool");
    for (size_t i = 0; !st && i < names.n; i++)
        st = take_file(&spool, &names, i, err);
    sedge_names_done(&names);
    if (st) {
        sedge_spool_done(&spool);
        return st;
    }
    *ret = spool;
    return SEDGE_OK;
}

void sedge_spool_done(sedge_spool *spool) {
    free(spool->items);
    spool->items = NULL;
    spool->n = 0;
}
