/* SPDX-License-Identifier: Apache-2.0 */
/** The manifest of a bundle: what is in it, made how, allowed what. Format: docs/spec/bundle.md. */
#ifndef SEDGE_BUNDLE_MANIFEST_H
#define SEDGE_BUNDLE_MANIFEST_H

#include <jansson.h>

#include "base/buf.h"
#include "base/name.h"
#include "crypto/digest.h"
#include "sedge/error.h"

enum {
    SEDGE_BUNDLE_FILES_MAX = 32,
    SEDGE_BUNDLE_MANIFEST_MAX = 256 * 1024,
    SEDGE_BUNDLE_CPU_US_MAX = 1000 * 1000 * 1000,
};

typedef enum sedge_bundle_role {
    SEDGE_ROLE_MODEL,
    SEDGE_ROLE_FEATURES,
    SEDGE_ROLE_MONITOR,
    SEDGE_ROLE_SCHEMA,
    SEDGE_ROLE_GOLDEN,
    SEDGE_ROLE_OTHER,
    SEDGE_ROLES
} sedge_bundle_role;

typedef struct sedge_bundle_file {
    char name[SEDGE_NAME_MAX];
    sedge_bundle_role role;
    uint64_t size;
    sedge_digest sha256;
    uint64_t offset; /**< in the bundle; not in the manifest's text, follows from the sizes */
} sedge_bundle_file;

/** Owned by whoever called _parse or filled it in; free with sedge_manifest_done. */
typedef struct sedge_manifest {
    char model[SEDGE_NAME_MAX];
    uint64_t release;                                /**< at least 1 */
    sedge_bundle_file files[SEDGE_BUNDLE_FILES_MAX]; /**< in the order of the bundle */
    size_t n_files;
    json_t *decision;      /**< owned object, as model.json has it; never NULL after _parse */
    uint32_t cpu_us;       /**< highest median thread CPU time an inference may take; 0: no limit */
    uint64_t memory_bytes; /**< highest memory of the worker; 0: no limit */
    json_t *lineage;       /**< owned object; never NULL after _parse */
} sedge_manifest;

const char *sedge_bundle_role_name(sedge_bundle_role role); /**< "model", ...; "unknown". Static storage. */

/**
 * Reads the text, which is stable JSON (crypto/canonical_json.h). Unknown keys, names with other characters, doubled
 * names or roles, missing required roles, totals over the limit and a text that is not its own stable form are refused
 * with the place.
 */
SEDGE_NODISCARD sedge_status sedge_manifest_parse(sedge_bytes text, sedge_manifest *ret, sedge_error *err);
/** Checks the same rules, fills in the files' offsets and appends the text. decision or lineage may be NULL
 * for an empty object. */
SEDGE_NODISCARD sedge_status sedge_manifest_format(sedge_manifest *m, sedge_buf *out, sedge_error *err);
void sedge_manifest_done(sedge_manifest *m);

/** The file of this role, or NULL. With SEDGE_ROLE_OTHER the first such. */
const sedge_bundle_file *sedge_manifest_file(const sedge_manifest *m, sedge_bundle_role role);

#endif
