/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/format.h"
#include "bundle/bundle.h"
#include "bundle/layout.h"

static sedge_status describe(const sedge_bundle_input *in, sedge_bundle_file *ret, sedge_error *err) {
    if ((unsigned)in->role >= SEDGE_ROLES || !sedge_is_name(in->name))
        return sedge_fail(err, SEDGE_EINVALID, "'%.64s' is no name for a file in a bundle", in->name);
    sedge_bundle_file f = { .role = in->role, .size = in->data.n };
    sedge_format(f.name, sizeof f.name, "%s", in->name);
    sedge_status st = sedge_digest_of(in->data, &f.sha256, err);
    if (!st)
        *ret = f;
    return st;
}

static sedge_status manifest_of(const sedge_bundle_spec *spec, sedge_manifest *ret, sedge_error *err) {
    sedge_manifest m = {
        .release = spec->release, .n_files = spec->n_files, .cpu_us = spec->cpu_us, .memory_bytes = spec->memory_bytes
    };
    if (!sedge_is_name(spec->model))
        return sedge_fail(err, SEDGE_EINVALID, "'%.64s' is no model name: " SEDGE_NAME_RULE, spec->model);
    sedge_format(m.model, sizeof m.model, "%s", spec->model);
    if (spec->n_files > SEDGE_BUNDLE_FILES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu files, a bundle holds %d", spec->n_files, SEDGE_BUNDLE_FILES_MAX);
    for (size_t i = 0; i < spec->n_files; i++) {
        sedge_status st = describe(&spec->files[i], &m.files[i], err);
        if (st)
            return st;
    }
    m.decision = json_incref((json_t *)(uintptr_t)spec->decision);
    m.lineage = json_incref((json_t *)(uintptr_t)spec->lineage);
    *ret = m;
    return SEDGE_OK;
}

static void pad(sedge_buf *out, size_t start) {
    static const uint8_t zeros[SEDGE_BUNDLE_ALIGN];
    size_t over = (out->n - start) % SEDGE_BUNDLE_ALIGN;
    if (over > 0)
        sedge_buf_put(out, zeros, SEDGE_BUNDLE_ALIGN - over);
}

static sedge_status lay_out(const sedge_bundle_spec *spec, sedge_manifest *m, sedge_buf *out, sedge_error *err) {
    SEDGE_AUTO_BUF text = sedge_buf_init(SEDGE_BUNDLE_MANIFEST_MAX);
    sedge_status st = sedge_manifest_format(m, &text, err);
    if (st)
        return st;
    size_t start = out->n;
    sedge_buf_put(out, SEDGE_BUNDLE_MAGIC, SEDGE_BUNDLE_MAGIC_BYTES);
    sedge_buf_u32(out, SEDGE_BUNDLE_VERSION);
    sedge_buf_u32(out, (uint32_t)text.n);
    sedge_buf_put(out, text.data, text.n);
    for (size_t i = 0; i < spec->n_files; i++) {
        pad(out, start);
        sedge_buf_put(out, spec->files[i].data.p, spec->files[i].data.n);
    }
    pad(out, start);
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for the bundle") : SEDGE_OK;
}

sedge_status sedge_bundle_write(const sedge_bundle_spec *spec, sedge_buf *out, sedge_error *err) {
    sedge_manifest m;
    sedge_status st = manifest_of(spec, &m, err);
    if (st)
        return st;
    st = lay_out(spec, &m, out, err);
    sedge_manifest_done(&m);
    return st;
}
