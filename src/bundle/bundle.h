/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The bundle file: everything that a device needs to run one release of one model. Format: docs/spec/bundle.md.
 *
 * Opening verifies completely: header, manifest, sizes, digests, zero padding, nothing behind the end. What is read
 * after that is what was verified (for a file: as long as nobody writes to it; a device reads its unpacked copy). A
 * bundle is not authentic by itself: that is the job of the update metadata (bundle/tuf_client.h), which signs the
 * digest of the whole file.
 */
#ifndef SEDGE_BUNDLE_BUNDLE_H
#define SEDGE_BUNDLE_BUNDLE_H

#include "base/own.h"
#include "bundle/manifest.h"
#include "os/fs.h"

enum {
    SEDGE_BUNDLE_VERSION = 1,
    SEDGE_BUNDLE_HEADER_BYTES = 16,
    SEDGE_BUNDLE_ALIGN = 64,
};
#define SEDGE_BUNDLE_BYTES_MAX (1LL << 30)
/** Under this name the manifest's text lies in an unpacked bundle; no file of a bundle may have it. */
#define SEDGE_BUNDLE_MANIFEST_NAME "manifest.json"

typedef struct sedge_bundle_input {
    const char *name;
    sedge_bundle_role role;
    sedge_bytes data; /**< borrowed */
} sedge_bundle_input;

/** All borrowed. */
typedef struct sedge_bundle_spec {
    const char *model;
    uint64_t release;
    const sedge_bundle_input *files;
    size_t n_files;
    const json_t *decision; /**< object or NULL */
    uint32_t cpu_us;
    uint64_t memory_bytes;
    const json_t *lineage; /**< object or NULL */
} sedge_bundle_spec;

/** Appends the bundle to out. The same spec gives the same bytes. */
SEDGE_NODISCARD sedge_status sedge_bundle_write(const sedge_bundle_spec *spec, sedge_buf *out, sedge_error *err);

typedef struct sedge_bundle sedge_bundle;

/** Verifies a bundle in memory, which must outlive it. */
SEDGE_NODISCARD sedge_status sedge_bundle_open_bytes(sedge_bytes bytes, sedge_bundle **ret, sedge_error *err);
/** Verifies a bundle file, reading it once in small pieces. The file stays open until sedge_bundle_free. */
SEDGE_NODISCARD sedge_status sedge_bundle_open_file(const sedge_fs *fs, const char *path, sedge_bundle **ret,
                                                    sedge_error *err);
/** Verifies an unpacked bundle: the manifest and the size and digest of every file. */
SEDGE_NODISCARD sedge_status sedge_bundle_open_folder(const sedge_fs *fs, const char *folder, sedge_bundle **ret,
                                                      sedge_error *err);
void sedge_bundle_free(sedge_bundle *b);
SEDGE_DEFINE_AUTO(sedge_bundle, sedge_bundle_free)

const sedge_manifest *sedge_bundle_manifest(const sedge_bundle *b);
/** SHA-256 of the whole bundle file; of an unpacked folder NULL, since the folder does not know it. */
const sedge_digest *sedge_bundle_digest(const sedge_bundle *b);
/** Size of the bundle file; 0 for a folder. */
uint64_t sedge_bundle_size(const sedge_bundle *b);
/** The bytes of a file of b's manifest, checked against its digest again; the caller's to free(), NUL behind the end.
 */
SEDGE_NODISCARD sedge_status sedge_bundle_read(const sedge_bundle *b, const sedge_bundle_file *file, uint8_t **ret,
                                               size_t *ret_n, sedge_error *err);

/**
 * Writes every file and the manifest into folder, which is made, each fsynced, then the folder itself. What is in the
 * folder already is removed first. After SEDGE_OK the copy is durable; after a failure or a crash the folder may hold
 * anything: unpack again, or find out with sedge_bundle_open_folder.
 */
SEDGE_NODISCARD sedge_status sedge_bundle_unpack(const sedge_bundle *b, const sedge_fs *fs, const char *folder,
                                                 sedge_error *err);

#endif
