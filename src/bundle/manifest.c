/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/manifest.h"

#include <string.h>

#include "base/checked.h"
#include "base/format.h"
#include "bundle/bundle.h"
#include "conf/json.h"
#include "crypto/canonical_json.h"

#define TYPE "sedge-bundle"

typedef struct role_row {
    const char *name;
    bool required;
    bool many;
} role_row;

static const role_row roles[] = {
    [SEDGE_ROLE_MODEL] = { "model", true, false },      [SEDGE_ROLE_FEATURES] = { "features", true, false },
    [SEDGE_ROLE_MONITOR] = { "monitor", false, false }, [SEDGE_ROLE_SCHEMA] = { "schema", false, false },
    [SEDGE_ROLE_GOLDEN] = { "golden", true, false },    [SEDGE_ROLE_OTHER] = { "other", false, true },
};
_Static_assert(SEDGE_COUNT(roles) == SEDGE_ROLES, "one row per role");

static const char *const role_names[] = { "model", "features", "monitor", "schema", "golden", "other", NULL };
_Static_assert(SEDGE_COUNT(role_names) == SEDGE_ROLES + 1, "one name per role");

static const json_int_t int_max = INT64_MAX;

const char *sedge_bundle_role_name(sedge_bundle_role role) {
    return (unsigned)role < SEDGE_ROLES ? roles[role].name : "unknown";
}

void sedge_manifest_done(sedge_manifest *m) {
    json_decref(m->decision);
    json_decref(m->lineage);
    *m = (sedge_manifest){ 0 };
}

const sedge_bundle_file *sedge_manifest_file(const sedge_manifest *m, sedge_bundle_role role) {
    for (size_t i = 0; i < m->n_files; i++)
        if (m->files[i].role == role)
            return &m->files[i];
    return NULL;
}

static sedge_status check_name(const char *what, const char *name, sedge_error *err) {
    if (sedge_is_name(name))
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EINVALID, "%s '%.64s': " SEDGE_NAME_RULE, what, name);
}

static sedge_status check_file(const sedge_manifest *m, size_t i, sedge_error *err) {
    const sedge_bundle_file *f = &m->files[i];
    sedge_status st = check_name("file", f->name, err);
    if (st)
        return st;
    if (strcmp(f->name, SEDGE_BUNDLE_MANIFEST_NAME) == 0)
        return sedge_fail(err, SEDGE_EINVALID, "no file may be named '%s'", f->name);
    for (size_t k = 0; k < i; k++) {
        if (strcmp(m->files[k].name, f->name) == 0)
            return sedge_fail(err, SEDGE_EINVALID, "two files are named '%s'", f->name);
        if (m->files[k].role == f->role && !roles[f->role].many)
            return sedge_fail(err, SEDGE_EINVALID, "two files have the role '%s', one is allowed", roles[f->role].name);
    }
    return SEDGE_OK;
}

static sedge_status check_rules(const sedge_manifest *m, sedge_error *err) {
    sedge_status st = check_name("model", m->model, err);
    if (st)
        return st;
    if (m->release == 0 || m->release > (uint64_t)int_max)
        return sedge_fail(err, SEDGE_EINVALID, "release %llu: it must be 1 or more", (unsigned long long)m->release);
    if (m->cpu_us > SEDGE_BUNDLE_CPU_US_MAX || m->memory_bytes > (uint64_t)int_max)
        return sedge_fail(err, SEDGE_EINVALID, "limits: cpu_us may be %d at most", SEDGE_BUNDLE_CPU_US_MAX);
    if (m->n_files > SEDGE_BUNDLE_FILES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu files, the limit is %d", m->n_files, SEDGE_BUNDLE_FILES_MAX);
    for (size_t i = 0; i < m->n_files; i++)
        if ((st = check_file(m, i, err)))
            return st;
    for (sedge_bundle_role r = 0; r < SEDGE_ROLES; r++)
        if (roles[r].required && !sedge_manifest_file(m, r))
            return sedge_fail(err, SEDGE_EINVALID, "no file has the role '%s', which a bundle must have",
                              roles[r].name);
    return SEDGE_OK;
}

/* Where each file stands in a bundle whose manifest has this many bytes. */
static sedge_status place_files(sedge_manifest *m, size_t manifest_bytes, sedge_error *err) {
    uint64_t at = SEDGE_BUNDLE_HEADER_BYTES + (uint64_t)manifest_bytes;
    for (size_t i = 0; i < m->n_files; i++) {
        at = (at + SEDGE_BUNDLE_ALIGN - 1) / SEDGE_BUNDLE_ALIGN * SEDGE_BUNDLE_ALIGN;
        m->files[i].offset = at;
        if (at > (uint64_t)SEDGE_BUNDLE_BYTES_MAX || m->files[i].size > (uint64_t)SEDGE_BUNDLE_BYTES_MAX - at)
            return sedge_fail(err, SEDGE_ELIMIT, "the files are longer than %lld bytes in all",
                              (long long)SEDGE_BUNDLE_BYTES_MAX);
        at += m->files[i].size;
    }
    return SEDGE_OK;
}

static sedge_status read_file(const sedge_json *at, sedge_bundle_file *f, sedge_error *err) {
    static const char *const keys[] = { "name", "role", "size", "sha256", NULL };
    const char *name, *hex;
    int role;
    int64_t size;
    sedge_status st;
    if ((st = sedge_json_only(at, keys, err)) || (st = sedge_json_string(at, "name", &name, err)) ||
        (st = sedge_json_enum(at, "role", role_names, &role, err)) ||
        (st = sedge_json_int(at, "size", 0, SEDGE_BUNDLE_BYTES_MAX, &size, err)) ||
        (st = sedge_json_string(at, "sha256", &hex, err)))
        return st;
    if (!sedge_is_name(name))
        return sedge_json_fail(at, SEDGE_EINVALID, err, "'%.64s' is no file name", name);
    if (!sedge_digest_from_hex(hex, &f->sha256))
        return sedge_json_fail(at, SEDGE_EINVALID, err, "sha256 must be 64 lower-case hexadecimal digits");
    sedge_format(f->name, sizeof f->name, "%s", name);
    f->role = (sedge_bundle_role)role;
    f->size = (uint64_t)size;
    return SEDGE_OK;
}

static sedge_status read_files(const sedge_json *root, sedge_manifest *m, sedge_error *err) {
    sedge_json files;
    sedge_status st = sedge_json_array(root, "files", &files, err);
    if (st)
        return st;
    if (sedge_json_count(&files) > SEDGE_BUNDLE_FILES_MAX)
        return sedge_json_fail(&files, SEDGE_ELIMIT, err, "%zu files, the limit is %d", sedge_json_count(&files),
                               SEDGE_BUNDLE_FILES_MAX);
    for (; m->n_files < sedge_json_count(&files); m->n_files++) {
        sedge_json at = sedge_json_item(&files, m->n_files);
        if ((st = sedge_json_want_object(&at, err)) || (st = read_file(&at, &m->files[m->n_files], err)))
            return st;
    }
    return SEDGE_OK;
}

static sedge_status read_limits(const sedge_json *root, sedge_manifest *m, sedge_error *err) {
    static const char *const keys[] = { "cpu_us", "memory_bytes", NULL };
    sedge_json limits;
    int64_t cpu_us, memory_bytes;
    sedge_status st;
    if ((st = sedge_json_object(root, "limits", &limits, err)) || (st = sedge_json_only(&limits, keys, err)) ||
        (st = sedge_json_int(&limits, "cpu_us", 0, SEDGE_BUNDLE_CPU_US_MAX, &cpu_us, err)) ||
        (st = sedge_json_int(&limits, "memory_bytes", 0, int_max, &memory_bytes, err)))
        return st;
    m->cpu_us = (uint32_t)cpu_us;
    m->memory_bytes = (uint64_t)memory_bytes;
    return SEDGE_OK;
}

static sedge_status read_head(const sedge_json *root, sedge_manifest *m, sedge_error *err) {
    static const char *const keys[] = { "type",     "version", "model",   "release", "files",
                                        "decision", "limits",  "lineage", NULL };
    const char *type, *model;
    int64_t version, release;
    sedge_status st;
    if ((st = sedge_json_want_object(root, err)) || (st = sedge_json_string(root, "type", &type, err)) ||
        (st = sedge_json_int(root, "version", 1, INT32_MAX, &version, err)))
        return st;
    if (strcmp(type, TYPE) != 0 || version != SEDGE_BUNDLE_VERSION)
        return sedge_json_fail(root, SEDGE_EUNSUPPORTED, err, "type '%.32s' version %lld, this reader knows %s %d",
                               type, (long long)version, TYPE, SEDGE_BUNDLE_VERSION);
    if ((st = sedge_json_only(root, keys, err)) || (st = sedge_json_string(root, "model", &model, err)) ||
        (st = sedge_json_int(root, "release", 1, int_max, &release, err)))
        return st;
    if (!sedge_is_name(model))
        return sedge_json_fail(root, SEDGE_EINVALID, err, "'%.64s' is no model name", model);
    sedge_format(m->model, sizeof m->model, "%s", model);
    m->release = (uint64_t)release;
    return SEDGE_OK;
}

static sedge_status read_manifest(const json_t *doc, sedge_manifest *m, sedge_error *err) {
    sedge_json root = sedge_json_root("manifest", doc), decision, lineage;
    sedge_status st;
    if ((st = read_head(&root, m, err)) || (st = read_files(&root, m, err)) || (st = read_limits(&root, m, err)) ||
        (st = sedge_json_object(&root, "decision", &decision, err)) ||
        (st = sedge_json_object(&root, "lineage", &lineage, err)))
        return st;
    m->decision = json_incref((json_t *)(uintptr_t)decision.value);
    m->lineage = json_incref((json_t *)(uintptr_t)lineage.value);
    return check_rules(m, err);
}

static sedge_status check_canonical(const json_t *doc, sedge_bytes text, sedge_error *err) {
    SEDGE_AUTO_BUF again = sedge_buf_init(SEDGE_BUNDLE_MANIFEST_MAX);
    sedge_status st = sedge_stable_json(doc, &again, err);
    if (st)
        return st;
    if (!sedge_bytes_equal(sedge_buf_bytes(&again), text))
        return sedge_fail(err, SEDGE_EINVALID, "the manifest is not in its stable form");
    return SEDGE_OK;
}

sedge_status sedge_manifest_parse(sedge_bytes text, sedge_manifest *ret, sedge_error *err) {
    static const sedge_json_limits limits = { SEDGE_BUNDLE_MANIFEST_MAX, SEDGE_CANONICAL_DEPTH_MAX, 100000 };
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = sedge_json_load(text, &limits, "manifest", &doc, err);
    if (st)
        return st;
    sedge_manifest m = { 0 };
    if ((st = read_manifest(doc, &m, err)) || (st = check_canonical(doc, text, err)) ||
        (st = place_files(&m, text.n, err))) {
        sedge_manifest_done(&m);
        return st;
    }
    *ret = m;
    return SEDGE_OK;
}

static json_t *files_to_json(const sedge_manifest *m) {
    json_t *files = json_array();
    for (size_t i = 0; files && i < m->n_files; i++) {
        const sedge_bundle_file *f = &m->files[i];
        char hex[SEDGE_DIGEST_HEX_MAX];
        sedge_digest_hex(&f->sha256, hex);
        json_t *item = json_pack("{s:s, s:s, s:I, s:s}", "name", f->name, "role", roles[f->role].name, "size",
                                 (json_int_t)f->size, "sha256", hex);
        if (json_array_append_new(files, item) != 0) {
            json_decref(files);
            return NULL;
        }
    }
    return files;
}

static json_t *object_or_empty(json_t *object) {
    return object ? json_incref(object) : json_object();
}

sedge_status sedge_manifest_format(sedge_manifest *m, sedge_buf *out, sedge_error *err) {
    sedge_status st = check_rules(m, err);
    if (st)
        return st;
    if ((m->decision && !json_is_object(m->decision)) || (m->lineage && !json_is_object(m->lineage)))
        return sedge_fail(err, SEDGE_EUSAGE, "decision and lineage of a manifest must be objects");
    SEDGE_AUTO_JSON json_t *doc =
        json_pack("{s:s, s:i, s:s, s:I, s:o, s:o, s:{s:i, s:I}, s:o}", "type", TYPE, "version", SEDGE_BUNDLE_VERSION,
                  "model", m->model, "release", (json_int_t)m->release, "files", files_to_json(m), "decision",
                  object_or_empty(m->decision), "limits", "cpu_us", (int)m->cpu_us, "memory_bytes",
                  (json_int_t)m->memory_bytes, "lineage", object_or_empty(m->lineage));
    if (!doc)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest");
    SEDGE_AUTO_BUF text = sedge_buf_init(SEDGE_BUNDLE_MANIFEST_MAX);
    if ((st = sedge_stable_json(doc, &text, err)))
        return sedge_wrap(err, st, "manifest");
    if ((st = place_files(m, text.n, err)))
        return st;
    sedge_buf_put(out, text.data, text.n);
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest") : SEDGE_OK;
}
