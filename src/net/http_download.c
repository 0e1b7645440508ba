/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads that go on where they stopped. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/format.h"
#include "net/http_client.h"
#include "os/errno.h"
#include "os/file.h"

typedef struct download {
    const sedge_fs *fs;
    const char *file;
    int fd;
    int64_t at; /* bytes that are good */
    int64_t size_bytes;
    int64_t limit_bytes;
} download;

/* "bytes 100-199/200": *ret_first is 100. */
static bool first_of_range(const char *text, int64_t *ret_first) {
    if (!text || strncasecmp(text, "bytes ", 6) != 0)
        return false;
    char *end;
    errno = 0;
    long long first = strtoll(text + 6, &end, 10);
    if (errno || end == text + 6 || *end != '-' || first < 0)
        return false;
    *ret_first = first;
    return true;
}

static sedge_status start_anew(download *d, sedge_error *err) {
    d->at = 0;
    int e = d->fs->truncate(d->fs, d->fd, 0);
    return e < 0 ? sedge_fail_errno(err, e, "cannot write '%s'", d->file) : SEDGE_OK;
}

static sedge_status check_length(const download *d, int64_t content_length, sedge_error *err) {
    if (content_length < 0)
        return SEDGE_OK;
    if (d->size_bytes >= 0 && content_length != d->size_bytes - d->at)
        return sedge_fail(err, SEDGE_EINVALID, "'%s': %lld bytes are offered where %lld are missing", d->file,
                          (long long)content_length, (long long)(d->size_bytes - d->at));
    if (content_length > d->limit_bytes - d->at)
        return sedge_fail(err, SEDGE_ELIMIT, "'%s' would hold more than %lld bytes, the limit", d->file,
                          (long long)d->limit_bytes);
    return SEDGE_OK;
}

static sedge_status on_head(void *ctx, const sedge_http_head *head, sedge_error *err) {
    download *d = (download *)ctx;
    int64_t first;
    sedge_status st = SEDGE_OK;
    if (head->status == 200)
        st = start_anew(d, err);
    else if (head->status != 206)
        return SEDGE_OK;
    else if (!first_of_range(sedge_http_head_get(head, "Content-Range"), &first) || first != d->at)
        return sedge_fail(err, SEDGE_EINVALID, "'%s': the peer sends another range than asked for", d->file);
    return st ? st : check_length(d, head->content_length, err);
}

static sedge_status on_part(void *ctx, sedge_bytes part, sedge_error *err) {
    download *d = (download *)ctx;
    int64_t most = d->size_bytes >= 0 && d->size_bytes < d->limit_bytes ? d->size_bytes : d->limit_bytes;
    if ((uint64_t)part.n > (uint64_t)(most - d->at))
        return sedge_fail(err, SEDGE_ELIMIT, "'%s' would hold more than %lld bytes, what it should or may hold",
                          d->file, (long long)most);
    while (part.n) {
        int64_t n = d->fs->pwrite(d->fs, d->fd, part.p, part.n, d->at);
        if (n <= 0)
            return sedge_fail_errno(err, n ? (int)n : EIO, "cannot write '%s'", d->file);
        d->at += n;
        part = (sedge_bytes){ part.p + n, part.n - (size_t)n };
    }
    return SEDGE_OK;
}

static sedge_status fetch(download *d, sedge_http_client *client, const char *path, sedge_http_answer *answer,
                          sedge_error *err) {
    char range[48];
    sedge_format(range, sizeof range, "bytes=%lld-", (long long)d->at);
    sedge_http_field field = { "Range", range };
    sedge_http_request request = {
        .method = "GET",
        .path = path,
        .fields = &field,
        .fields_n = d->at > 0,
        .on_head = on_head,
        .sink = on_part,
        .ctx = d,
    };
    return sedge_http_client_send(client, &request, answer, err);
}

static sedge_status open_part(download *d, sedge_error *err) {
    d->fd = d->fs->open(d->fs, d->file, O_WRONLY | O_CREAT, 0600);
    if (d->fd < 0)
        return sedge_fail_errno(err, d->fd, "cannot write '%s'", d->file);
    sedge_status st = sedge_file_size(d->fs, d->file, &d->at, err);
    if (!st && (d->at > d->limit_bytes || (d->size_bytes >= 0 && d->at > d->size_bytes)))
        st = start_anew(d, err);
    return st;
}

static sedge_status make_durable(const download *d, sedge_error *err) {
    int e = d->fs->fsync(d->fs, d->fd);
    if (e < 0)
        return sedge_fail_errno(err, e, "cannot make '%s' durable", d->file);
    return sedge_file_sync_parent(d->fs, d->file, err);
}

static sedge_status run(download *d, sedge_http_client *client, const char *path, sedge_http_answer *answer,
                        bool *ret_complete, sedge_error *err) {
    bool whole = d->size_bytes >= 0 && d->at == d->size_bytes;
    if (!whole) {
        sedge_status st = fetch(d, client, path, answer, err);
        if (!st && answer->status == 416 && d->at > 0) { /* what is there is no beginning of what is offered now */
            st = start_anew(d, err);
            if (!st)
                st = fetch(d, client, path, answer, err);
        }
        if (st)
            return st;
        whole = (answer->status == 200 || answer->status == 206) && (d->size_bytes < 0 || d->at == d->size_bytes);
    }
    *ret_complete = whole;
    return whole ? make_durable(d, err) : SEDGE_OK;
}

sedge_status sedge_http_client_download(sedge_http_client *client, const sedge_fs *fs, const char *path,
                                        const char *file, int64_t size_bytes, int64_t limit_bytes,
                                        sedge_http_answer *answer, bool *ret_complete, sedge_error *err) {
    download d = {
        .fs = fs ? fs : sedge_fs_os(), .file = file, .fd = -1, .size_bytes = size_bytes, .limit_bytes = limit_bytes
    };
    sedge_status st = open_part(&d, err);
    if (!st)
        st = run(&d, client, path, answer, ret_complete, err);
    if (d.fd >= 0)
        d.fs->close(d.fs, d.fd);
    return st;
}
