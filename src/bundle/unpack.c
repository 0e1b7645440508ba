/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "bundle/bundle_impl.h"
#include "os/errno.h"
#include "os/file.h"

enum { FOLDER_MODE = 0700, FILE_MODE = 0600 };

typedef struct unpacking {
    const sedge_fs *fs;
    const char *folder;
} unpacking;

static sedge_status fill(const unpacking *u, int fd, const char *path, sedge_bytes data, sedge_error *err) {
    sedge_status st = sedge_file_write_fd(u->fs, fd, path, data, err);
    if (st)
        return st;
    int rc = u->fs->fsync(u->fs, fd);
    return rc < 0 ? sedge_fail_errno(err, rc, "cannot write '%s' durably", path) : SEDGE_OK;
}

static sedge_status put_file(const unpacking *u, const char *name, sedge_bytes data, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(path, err, "%s/%s", u->folder, name);
    if (st)
        return st;
    int fd = u->fs->open(u->fs, path, O_WRONLY | O_CREAT | O_EXCL, FILE_MODE);
    if (fd < 0)
        return sedge_fail_errno(err, fd, "cannot make '%s'", path);
    st = fill(u, fd, path, data, err);
    int rc = u->fs->close(u->fs, fd);
    if (!st && rc < 0)
        st = sedge_fail_errno(err, rc, "cannot write '%s'", path);
    return st;
}

static sedge_status put_member(const unpacking *u, const sedge_bundle *b, const sedge_bundle_file *f,
                               sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st = sedge_bundle_read(b, f, &data, &n, err);
    return st ? st : put_file(u, f->name, sedge_bytes_of(data, n), err);
}

sedge_status sedge_bundle_unpack(const sedge_bundle *b, const sedge_fs *fs, const char *folder, sedge_error *err) {
    unpacking u = { .fs = fs ? fs : sedge_fs_os(), .folder = folder };
    sedge_status st;
    if ((st = sedge_dir_remove_tree(u.fs, folder, err)) || (st = sedge_dir_make(u.fs, folder, FOLDER_MODE, err)))
        return st;
    for (size_t i = 0; i < b->manifest.n_files; i++)
        if ((st = put_member(&u, b, &b->manifest.files[i], err)))
            return st;
    if ((st = put_file(&u, SEDGE_BUNDLE_MANIFEST_NAME, sedge_buf_bytes(&b->manifest_text), err)))
        return st;
    int rc = u.fs->fsync_dir(u.fs, folder);
    if (rc < 0)
        return sedge_fail_errno(err, rc, "cannot write '%s' durably", folder);
    return sedge_file_sync_parent(u.fs, folder, err);
}
