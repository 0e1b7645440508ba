/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "bundle/bundle_impl.h"
#include "bundle/layout.h"
#include "os/file.h"

enum { PIECE_BYTES = 64 * 1024 };

/* Reads [offset, offset + n) in pieces into the hashers that are given; without a file hasher every byte must be 0. */
static sedge_status walk(const sedge_source *s, uint64_t offset, uint64_t n, sedge_hasher *whole, sedge_hasher *file,
                         uint8_t *piece, sedge_error *err) {
    while (n > 0) {
        size_t step = n < PIECE_BYTES ? (size_t)n : PIECE_BYTES;
        sedge_status st = sedge_source_read(s, offset, piece, step, err);
        if (st)
            return st;
        sedge_hasher_add(whole, sedge_bytes_of(piece, step));
        if (file)
            sedge_hasher_add(file, sedge_bytes_of(piece, step));
        size_t zeros = 0;
        while (!file && zeros < step && piece[zeros] == 0)
            zeros++;
        if (!file && zeros < step)
            return sedge_fail(err, SEDGE_EINVALID, "a byte behind byte %llu lies between files and is not 0",
                              (unsigned long long)offset);
        offset += step;
        n -= step;
    }
    return SEDGE_OK;
}

sedge_status sedge_bundle_differs(const sedge_bundle_file *f, sedge_error *err) {
    return sedge_fail(err, SEDGE_EINVALID, "file '%s' has not the digest that the manifest says", f->name);
}

static sedge_status check_file(const sedge_source *s, const sedge_bundle_file *f, sedge_hasher *whole,
                               sedge_hasher *hasher, uint8_t *piece, sedge_error *err) {
    sedge_digest digest;
    sedge_status st = walk(s, f->offset, f->size, whole, hasher, piece, err);
    if (st)
        return sedge_wrap(err, st, "file '%s'", f->name);
    if ((st = sedge_hasher_finish(hasher, &digest, err)))
        return st;
    return sedge_digest_equal(&digest, &f->sha256) ? SEDGE_OK : sedge_bundle_differs(f, err);
}

static sedge_status check_body(sedge_bundle *b, uint64_t at, sedge_hasher *whole, sedge_hasher *hasher, uint8_t *piece,
                               sedge_error *err) {
    const sedge_manifest *m = &b->manifest;
    const sedge_bundle_file *last = &m->files[m->n_files - 1];
    uint64_t end = (last->offset + last->size + SEDGE_BUNDLE_ALIGN - 1) / SEDGE_BUNDLE_ALIGN * SEDGE_BUNDLE_ALIGN;
    if (end != b->source.size)
        return sedge_fail(err, b->source.size < end ? SEDGE_ETRUNCATED : SEDGE_EINVALID,
                          "it has %llu bytes, its manifest describes %llu", (unsigned long long)b->source.size,
                          (unsigned long long)end);
    sedge_status st;
    for (size_t i = 0; i < m->n_files; i++) {
        const sedge_bundle_file *f = &m->files[i];
        if ((st = walk(&b->source, at, f->offset - at, whole, NULL, piece, err)) ||
            (st = check_file(&b->source, f, whole, hasher, piece, err)))
            return st;
        at = f->offset + f->size;
    }
    if ((st = walk(&b->source, at, end - at, whole, NULL, piece, err)))
        return st;
    return sedge_hasher_finish(whole, &b->digest, err);
}

static sedge_status read_head(sedge_bundle *b, sedge_hasher *whole, sedge_error *err) {
    uint8_t head[SEDGE_BUNDLE_HEADER_BYTES];
    if (b->source.size > (uint64_t)SEDGE_BUNDLE_BYTES_MAX + SEDGE_BUNDLE_ALIGN)
        return sedge_fail(err, SEDGE_ELIMIT, "it has %llu bytes, the limit is %lld", (unsigned long long)b->source.size,
                          (long long)SEDGE_BUNDLE_BYTES_MAX);
    sedge_status st = sedge_source_read(&b->source, 0, head, sizeof head, err);
    if (st)
        return st;
    if (memcmp(head, SEDGE_BUNDLE_MAGIC, SEDGE_BUNDLE_MAGIC_BYTES) != 0)
        return sedge_fail(err, SEDGE_EINVALID, "it does not start like a bundle");
    uint32_t version = sedge_load_u32(head + SEDGE_BUNDLE_MAGIC_BYTES);
    uint32_t n = sedge_load_u32(head + SEDGE_BUNDLE_MAGIC_BYTES + 4);
    if (version != SEDGE_BUNDLE_VERSION)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "bundle version %u, this reader knows %d", version,
                          SEDGE_BUNDLE_VERSION);
    if (n > SEDGE_BUNDLE_MANIFEST_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "a manifest of %u bytes, the limit is %d", n, SEDGE_BUNDLE_MANIFEST_MAX);
    uint8_t *text = sedge_buf_add(&b->manifest_text, n);
    if (!text)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest of %u bytes", n);
    if ((st = sedge_source_read(&b->source, sizeof head, text, n, err)))
        return st;
    sedge_hasher_add(whole, sedge_bytes_of(head, sizeof head));
    sedge_hasher_add(whole, sedge_bytes_of(text, n));
    return sedge_manifest_parse(sedge_buf_bytes(&b->manifest_text), &b->manifest, err);
}

static sedge_status verify(sedge_bundle *b, sedge_error *err) {
    sedge_auto(sedge_hasher) whole = sedge_hasher_new();
    sedge_auto(sedge_hasher) hasher = sedge_hasher_new();
    SEDGE_AUTO_MEM uint8_t *piece = malloc(PIECE_BYTES);
    if (!whole || !hasher || !piece)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to read a bundle");
    sedge_status st = read_head(b, whole, err);
    if (!st)
        st = check_body(b, SEDGE_BUNDLE_HEADER_BYTES + b->manifest_text.n, whole, hasher, piece, err);
    return st ? sedge_wrap(err, st, "%s", b->source.name) : SEDGE_OK;
}

static sedge_bundle *new_bundle(void) {
    sedge_bundle *b = calloc(1, sizeof *b);
    if (b) {
        b->source.fd = -1;
        b->manifest_text = sedge_buf_init(SEDGE_BUNDLE_MANIFEST_MAX);
    }
    return b;
}

sedge_status sedge_bundle_open_bytes(sedge_bytes bytes, sedge_bundle **ret, sedge_error *err) {
    sedge_auto(sedge_bundle) b = new_bundle();
    if (!b)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a bundle");
    sedge_status st = sedge_source_of_bytes(bytes, &b->source, err);
    if (st || (st = verify(b, err)))
        return st;
    *ret = SEDGE_STEAL(b);
    return SEDGE_OK;
}

sedge_status sedge_bundle_open_file(const sedge_fs *fs, const char *path, sedge_bundle **ret, sedge_error *err) {
    sedge_auto(sedge_bundle) b = new_bundle();
    if (!b)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a bundle");
    sedge_status st = sedge_source_of_file(fs, path, &b->source, err);
    if (st || (st = verify(b, err)))
        return st;
    *ret = SEDGE_STEAL(b);
    return SEDGE_OK;
}

static sedge_status check_unpacked(const sedge_bundle *b, const sedge_bundle_file *f, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_digest digest;
    int64_t size;
    sedge_status st;
    if ((st = sedge_path_format(path, err, "%s/%s", b->folder, f->name)) ||
        (st = sedge_digest_file(b->fs, path, &digest, &size, err)))
        return st;
    if ((uint64_t)size != f->size || !sedge_digest_equal(&digest, &f->sha256))
        return sedge_bundle_differs(f, err);
    return SEDGE_OK;
}

static sedge_status load_folder(sedge_bundle *b, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *text = NULL;
    size_t n;
    sedge_status st;
    if ((st = sedge_path_format(path, err, "%s/%s", b->folder, SEDGE_BUNDLE_MANIFEST_NAME)) ||
        (st = sedge_file_read(b->fs, path, SEDGE_BUNDLE_MANIFEST_MAX, &text, &n, err)))
        return st;
    sedge_buf_put(&b->manifest_text, text, n);
    if (b->manifest_text.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest of %zu bytes", n);
    if ((st = sedge_manifest_parse(sedge_buf_bytes(&b->manifest_text), &b->manifest, err)))
        return sedge_wrap(err, st, "%s", b->folder);
    for (size_t i = 0; i < b->manifest.n_files; i++)
        if ((st = check_unpacked(b, &b->manifest.files[i], err)))
            return sedge_wrap(err, st, "%s", b->folder);
    return SEDGE_OK;
}

sedge_status sedge_bundle_open_folder(const sedge_fs *fs, const char *folder, sedge_bundle **ret, sedge_error *err) {
    sedge_auto(sedge_bundle) b = new_bundle();
    char *copy = strdup(folder);
    if (!b || !copy) {
        free(copy);
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a bundle");
    }
    b->folder = copy;
    b->fs = fs ? fs : sedge_fs_os();
    sedge_status st = load_folder(b, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(b);
    return SEDGE_OK;
}

void sedge_bundle_free(sedge_bundle *b) {
    if (!b)
        return;
    sedge_source_done(&b->source);
    sedge_manifest_done(&b->manifest);
    sedge_buf_done(&b->manifest_text);
    free(b->folder);
    free(b);
}

const sedge_manifest *sedge_bundle_manifest(const sedge_bundle *b) {
    return &b->manifest;
}

const sedge_digest *sedge_bundle_digest(const sedge_bundle *b) {
    return b->folder ? NULL : &b->digest;
}

uint64_t sedge_bundle_size(const sedge_bundle *b) {
    return b->source.size;
}

static sedge_status read_unpacked(const sedge_bundle *b, const sedge_bundle_file *file, uint8_t **ret,
                                  sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st;
    if ((st = sedge_path_format(path, err, "%s/%s", b->folder, file->name)) ||
        (st = sedge_file_read(b->fs, path, (size_t)SEDGE_BUNDLE_BYTES_MAX, &data, &n, err)))
        return st;
    if (n != file->size)
        return sedge_bundle_differs(file, err);
    *ret = SEDGE_STEAL(data);
    return SEDGE_OK;
}

static sedge_status read_packed(const sedge_bundle *b, const sedge_bundle_file *file, uint8_t **ret, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = malloc((size_t)file->size + 1);
    if (!data)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for file '%s'", file->name);
    sedge_status st = sedge_source_read(&b->source, file->offset, data, (size_t)file->size, err);
    if (st)
        return st;
    data[file->size] = 0;
    *ret = SEDGE_STEAL(data);
    return SEDGE_OK;
}

sedge_status sedge_bundle_read(const sedge_bundle *b, const sedge_bundle_file *file, uint8_t **ret, size_t *ret_n,
                               sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    sedge_digest digest;
    sedge_status st = b->folder ? read_unpacked(b, file, &data, err) : read_packed(b, file, &data, err);
    if (st || (st = sedge_digest_of(sedge_bytes_of(data, (size_t)file->size), &digest, err)))
        return st;
    if (!sedge_digest_equal(&digest, &file->sha256))
        return sedge_bundle_differs(file, err);
    *ret = SEDGE_STEAL(data);
    *ret_n = (size_t)file->size;
    return SEDGE_OK;
}
