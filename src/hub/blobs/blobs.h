/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Content-addressed bytes in a folder: DIR/ab/<64 hex>. A blob is written beside its place, fsynced and renamed, so
 * what is there is whole, and storing the same bytes twice keeps one copy. The object store of issue 4 takes the same
 * calls.
 */
#ifndef SEDGE_HUB_BLOBS_H
#define SEDGE_HUB_BLOBS_H

#include "crypto/digest.h"
#include "os/file.h"

typedef struct blobs blobs;
typedef struct blob_upload blob_upload;

/** Opens the folder, makes it when missing and removes uploads that a crash left. fs NULL is the machine's files. */
SEDGE_NODISCARD sedge_status blobs_open(const sedge_fs *fs, const char *dir, blobs **ret, sedge_error *err);
void blobs_free(blobs *b);
SEDGE_DEFINE_AUTO(blobs, blobs_free)

/** An upload in pieces, of at most limit_bytes (SEDGE_ELIMIT beyond). */
SEDGE_NODISCARD sedge_status blob_upload_new(blobs *b, int64_t limit_bytes, blob_upload **ret, sedge_error *err);
SEDGE_NODISCARD sedge_status blob_upload_add(blob_upload *u, sedge_bytes data, sedge_error *err);
/**
 * Makes the blob durable and tells its digest and size. want may be NULL; else SEDGE_EINVALID when the digest differs.
 * The upload is over whatever the outcome; free it.
 */
SEDGE_NODISCARD sedge_status blob_upload_finish(blob_upload *u, const sedge_digest *want, sedge_digest *ret,
                                                int64_t *ret_size, sedge_error *err);
void blob_upload_free(blob_upload *u); /**< removes what was not finished */
SEDGE_DEFINE_AUTO(blob_upload, blob_upload_free)

/** Stores bytes in one call. */
SEDGE_NODISCARD sedge_status blobs_put(blobs *b, sedge_bytes data, sedge_digest *ret, sedge_error *err);
/** A descriptor to read from and the size. SEDGE_ENOTFOUND when it is not there. */
SEDGE_NODISCARD sedge_status blobs_open_read(blobs *b, const sedge_digest *digest, int *ret_fd, int64_t *ret_size,
                                             sedge_error *err);
SEDGE_NODISCARD sedge_status blobs_size(blobs *b, const sedge_digest *digest, int64_t *ret, sedge_error *err);
/** The whole blob; *ret_data is the caller's to free(). */
SEDGE_NODISCARD sedge_status blobs_read(blobs *b, const sedge_digest *digest, size_t limit_bytes, uint8_t **ret_data,
                                        size_t *ret_n, sedge_error *err);
/** Reads the blob through and compares its digest. */
SEDGE_NODISCARD sedge_status blobs_verify(blobs *b, const sedge_digest *digest, sedge_error *err);
/** Path of the file, for those who map it. */
SEDGE_NODISCARD sedge_status blobs_path(blobs *b, const sedge_digest *digest, char ret[SEDGE_PATH_MAX],
                                        sedge_error *err);

#endif
