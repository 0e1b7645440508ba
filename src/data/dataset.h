/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Data set versions: immutable, named by the digest of their manifest, which is canonical JSON:
 *
 *     {"type": "sedge-dataset", "version": 1, "name": "pump",
 *      "parent": "sha256:..." or "", "schema": "sha256:..." or "",
 *      "source": "what a person or job says about where it comes from",
 *      "files": [{"path": "valve1/0.csv", "size": 1, "rows": 1, "sha256": "hex", "chunks": ["sha256:..."]}],
 *      "lineage": {"generation": 0}}
 *
 * A file is cut into chunks of 1 MiB. Recordings grow at their end, so a longer one shares all but its last chunk with
 * the shorter; cutting by content would share more only after insertions in the middle, which recordings do not see.
 * generation counts the parents. The manifest holds no time, no folder of this machine and no version of this program:
 * adding the same files again gives the same version.
 */
#ifndef SEDGE_DATA_DATASET_H
#define SEDGE_DATA_DATASET_H

#include <jansson.h>

#include "data/schema.h"
#include "data/store.h"

enum {
    SEDGE_DATASET_CHUNK = 1 << 20,
    SEDGE_DATASET_FILES_MAX = 10000,
    SEDGE_DATASET_SOURCE_MAX = 1024,
    SEDGE_DATASET_MANIFEST_MAX = SEDGE_STORE_OBJECT_MAX,
};

typedef struct sedge_dataset_file {
    char *path; /**< below the data set: no "..", no '/' in front */
    int64_t size_bytes;
    int64_t rows;
    sedge_digest digest;
    sedge_digest *chunks;
    size_t n_chunks;
} sedge_dataset_file;

typedef struct sedge_dataset {
    char *name;
    char *source;
    bool has_parent, has_schema;
    sedge_digest parent, schema;
    int64_t generation;
    sedge_dataset_file *files; /**< sorted by path */
    size_t n_files;
} sedge_dataset;

void sedge_dataset_free(sedge_dataset *dataset);
SEDGE_DEFINE_AUTO(sedge_dataset, sedge_dataset_free)

typedef struct sedge_dataset_add_options {
    const char *name;
    const char *const *paths; /**< CSV files; their common folder is left out of the manifest */
    size_t n_paths;
    const char *schema;         /**< path: every file must obey it, else SEDGE_EGATE; NULL: the parent's, unchecked */
    const sedge_digest *parent; /**< NULL: none. Its files are kept; those of the same path are replaced */
    const char *source;         /**< NULL: "" */
    int64_t now_ms;
} sedge_dataset_add_options;

/**
 * Adds a version and makes it the newest of its name.
 * @return SEDGE_EGATE names the first violation and how many there are; SEDGE_EINVALID, SEDGE_ENOTFOUND (files);
 *         SEDGE_ENOSPACE, SEDGE_EIO: the store is as it was, but for objects that nobody names
 */
SEDGE_NODISCARD sedge_status sedge_dataset_add(const sedge_store *store, const sedge_dataset_add_options *options,
                                               sedge_digest *ret, sedge_error *err);

/** Reads and checks the manifest of a version. */
SEDGE_NODISCARD sedge_status sedge_dataset_load(const sedge_store *store, const sedge_digest *version,
                                                sedge_dataset **ret, sedge_error *err);
/** From the bytes of a manifest; SEDGE_EINVALID names the place. */
SEDGE_NODISCARD sedge_status sedge_dataset_parse(sedge_bytes manifest, sedge_dataset **ret, sedge_error *err);
/** The manifest as a document, for printing. NULL: no memory. */
json_t *sedge_dataset_json(const sedge_dataset *dataset);

/**
 * Writes the files of a version into STORE/files/<hex>/ (once; later calls find them) and lists their paths, in the
 * order of the manifest. The caller's to sedge_names_done().
 * @param ret_schema  NULL, or the path of the schema's copy there; "" when the version has none
 */
SEDGE_NODISCARD sedge_status sedge_dataset_checkout(const sedge_store *store, const sedge_digest *version,
                                                    sedge_names *ret_paths, char ret_schema[SEDGE_PATH_MAX],
                                                    sedge_error *err);

/** Every object of a version but the manifest itself, without repetition: what must be sent before it. The caller's to
 * free(). */
SEDGE_NODISCARD sedge_status sedge_dataset_objects(const sedge_dataset *dataset, sedge_digest **ret, size_t *ret_n,
                                                   sedge_error *err);

#endif
