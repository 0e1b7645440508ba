/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/tuf_doc.h"

#include <string.h>

#include "base/format.h"
#include "base/hex.h"
#include "crypto/canonical_json.h"
#include "os/clock.h"

enum { TIME_LENGTH = 20 };

static const size_t bytes_max[] = {
    [SEDGE_TUF_ROOT] = SEDGE_TUF_ROOT_BYTES_MAX,
    [SEDGE_TUF_TARGETS] = SEDGE_TUF_TARGETS_BYTES_MAX,
    [SEDGE_TUF_SNAPSHOT] = SEDGE_TUF_SNAPSHOT_BYTES_MAX,
    [SEDGE_TUF_TIMESTAMP] = SEDGE_TUF_TIMESTAMP_BYTES_MAX,
};
_Static_assert(SEDGE_COUNT(bytes_max) == SEDGE_TUF_ROLES, "one limit per role");

size_t sedge_tuf_bytes_max(sedge_tuf_role role) {
    return bytes_max[role];
}

void sedge_tuf_doc_free(sedge_tuf_doc *doc) {
    if (!doc)
        return;
    json_decref(doc->json);
    sedge_buf_done(&doc->bytes);
    sedge_buf_done(&doc->signed_form);
    free(doc);
}

/* "YYYY-MM-DDTHH:MM:SSZ" and nothing else that RFC 3339 would allow. */
static bool parse_time(const char *text, int64_t *ret_ms) {
    return strlen(text) == TIME_LENGTH && text[10] == 'T' && text[19] == 'Z' &&
           sedge_time_parse(text, TIME_LENGTH, ret_ms);
}

void sedge_tuf_time(int64_t ms, char ret[32]) {
    char full[SEDGE_TIME_TEXT_MAX];
    sedge_time_format(ms, full);
    sedge_format(ret, 32, "%.19sZ", full);
}

static sedge_status read_common(sedge_tuf_doc *doc, sedge_error *err) {
    const char *type, *spec, *expires;
    int64_t version;
    sedge_status st;
    if ((st = sedge_json_want_object(&doc->top, err)) ||
        (st = sedge_json_object(&doc->top, "signed", &doc->body, err)) ||
        (st = sedge_json_string(&doc->body, "_type", &type, err)) ||
        (st = sedge_json_string(&doc->body, "spec_version", &spec, err)) ||
        (st = sedge_json_int(&doc->body, "version", 1, INT64_MAX, &version, err)) ||
        (st = sedge_json_string(&doc->body, "expires", &expires, err)))
        return st;
    if (strcmp(type, sedge_tuf_role_name(doc->role)) != 0)
        return sedge_json_fail(&doc->body, SEDGE_EREFUSED, err, "type '%.32s', '%s' is expected", type,
                               sedge_tuf_role_name(doc->role));
    if (strncmp(spec, "1.", 2) != 0)
        return sedge_json_fail(&doc->body, SEDGE_EUNSUPPORTED, err, "specification version '%.32s', 1.x is known",
                               spec);
    if (!parse_time(expires, &doc->expires_ms))
        return sedge_json_fail(&doc->body, SEDGE_EINVALID, err, "expires '%.32s' is no time like 2026-11-23T00:00:00Z",
                               expires);
    doc->version = (uint64_t)version;
    return SEDGE_OK;
}

static sedge_status fill(sedge_tuf_doc *doc, sedge_bytes bytes, sedge_error *err) {
    size_t max = sedge_tuf_bytes_max(doc->role);
    const sedge_json_limits limits = { max, SEDGE_CANONICAL_DEPTH_MAX - 2, 400000 };
    doc->bytes = sedge_buf_init(max);
    doc->signed_form = sedge_buf_init(max);
    sedge_status st = sedge_json_load(bytes, &limits, sedge_tuf_role_name(doc->role), &doc->json, err);
    if (st)
        return st;
    sedge_buf_put(&doc->bytes, bytes.p, bytes.n);
    if (doc->bytes.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu bytes of metadata", bytes.n);
    doc->top = sedge_json_root(sedge_tuf_role_name(doc->role), doc->json);
    if ((st = read_common(doc, err)))
        return st;
    return sedge_canonical_json(doc->body.value, &doc->signed_form, err);
}

sedge_status sedge_tuf_doc_parse(sedge_tuf_role role, sedge_bytes bytes, sedge_tuf_doc **ret, sedge_error *err) {
    sedge_auto(sedge_tuf_doc) doc = calloc(1, sizeof *doc);
    if (!doc)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for metadata");
    doc->role = role;
    sedge_status st = fill(doc, bytes, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(doc);
    return SEDGE_OK;
}

sedge_status sedge_tuf_meta_of(const sedge_tuf_doc *doc, const char *name, sedge_tuf_meta *ret, sedge_error *err) {
    sedge_json meta, at, hashes;
    sedge_tuf_meta m = { 0 };
    int64_t version, length;
    const char *hex;
    sedge_status st;
    if ((st = sedge_json_object(&doc->body, "meta", &meta, err)) || (st = sedge_json_object(&meta, name, &at, err)) ||
        (st = sedge_json_int(&at, "version", 1, INT64_MAX, &version, err)) ||
        (st = sedge_json_int_or(&at, "length", 1, INT64_MAX, 0, &length, err)))
        return st;
    m.version = (uint64_t)version;
    m.length = (uint64_t)length;
    if (sedge_json_has(&at, "hashes")) {
        if ((st = sedge_json_object(&at, "hashes", &hashes, err)) ||
            (st = sedge_json_string(&hashes, "sha256", &hex, err)))
            return st;
        if (!sedge_digest_from_hex(hex, &m.sha256))
            return sedge_json_fail(&hashes, SEDGE_EINVALID, err, "sha256 must be 64 lower-case hexadecimal digits");
        m.has_sha256 = true;
    }
    *ret = m;
    return SEDGE_OK;
}

sedge_status sedge_tuf_target_of(const sedge_tuf_doc *doc, const char *path, sedge_tuf_target *ret, sedge_error *err) {
    sedge_json targets, at, hashes;
    int64_t length;
    const char *hex;
    sedge_tuf_target t = { 0 };
    sedge_status st = sedge_json_object(&doc->body, "targets", &targets, err);
    if (st)
        return st;
    if (!sedge_json_has(&targets, path))
        return sedge_fail(err, SEDGE_ENOTFOUND, "no target '%s' is listed", path);
    if ((st = sedge_json_object(&targets, path, &at, err)) ||
        (st = sedge_json_int(&at, "length", 0, INT64_MAX, &length, err)) ||
        (st = sedge_json_object(&at, "hashes", &hashes, err)) || (st = sedge_json_string(&hashes, "sha256", &hex, err)))
        return st;
    if (!sedge_digest_from_hex(hex, &t.sha256))
        return sedge_json_fail(&hashes, SEDGE_EINVALID, err, "sha256 must be 64 lower-case hexadecimal digits");
    if (sedge_json_has(&at, "custom")) {
        sedge_json custom;
        if ((st = sedge_json_object(&at, "custom", &custom, err)))
            return st;
        t.custom = custom.value;
    }
    t.length = (uint64_t)length;
    *ret = t;
    return SEDGE_OK;
}
