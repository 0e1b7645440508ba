/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/bundle.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../include/sedge_test.h"
#include "conf/json.h"
#include "os/file.h"

static const sedge_bundle_input files[] = {
    { "model.tflite", SEDGE_ROLE_MODEL, { (const uint8_t *)"model bytes", 11 } },
    { "features.bin", SEDGE_ROLE_FEATURES, { (const uint8_t *)"f", 1 } },
    { "golden.bin", SEDGE_ROLE_GOLDEN, { (const uint8_t *)"g", 1 } },
    { "empty.txt", SEDGE_ROLE_OTHER, { (const uint8_t *)"", 0 } },
    { "more.txt", SEDGE_ROLE_OTHER, { (const uint8_t *)"more", 4 } },
};

static sedge_bundle_spec spec_with(const json_t *decision) {
    return (sedge_bundle_spec){ .model = "pump",
                                .release = 7,
                                .files = files,
                                .n_files = SEDGE_COUNT(files),
                                .decision = decision,
                                .cpu_us = 500 };
}

static void make(sedge_buf *out) {
    SEDGE_AUTO_JSON json_t *decision =
        json_pack("{s:s, s:f, s:f}", "kind", "reconstruction", "alpha", 0.2, "threshold", 0.8);
    sedge_bundle_spec spec = spec_with(decision);
    sedge_error err;
    if (sedge_bundle_write(&spec, out, &err))
        fail_msg("%s", err.text);
}

static void written_and_read(void **state) {
    (void)state;
    SEDGE_AUTO_BUF a = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    make(&a);
    make(&b);
    assert_true(sedge_bytes_equal(sedge_buf_bytes(&a), sedge_buf_bytes(&b)));
    assert_int_equal(a.n % SEDGE_BUNDLE_ALIGN, 0);
    sedge_auto(sedge_bundle) bundle = NULL;
    sedge_error err;
    if (sedge_bundle_open_bytes(sedge_buf_bytes(&a), &bundle, &err))
        fail_msg("%s", err.text);
    const sedge_manifest *m = sedge_bundle_manifest(bundle);
    assert_string_equal(m->model, "pump");
    assert_int_equal(m->release, 7);
    assert_int_equal(m->cpu_us, 500);
    assert_int_equal(m->n_files, 5);
    assert_true(json_real_value(json_object_get(m->decision, "threshold")) == 0.8);
    const sedge_bundle_file *model = sedge_manifest_file(m, SEDGE_ROLE_MODEL);
    assert_int_equal(model->offset % SEDGE_BUNDLE_ALIGN, 0);
    assert_null(sedge_manifest_file(m, SEDGE_ROLE_SCHEMA));
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    assert_int_equal(sedge_bundle_read(bundle, model, &data, &n, &err), SEDGE_OK);
    assert_int_equal(n, 11);
    assert_memory_equal(data, "model bytes", 11);
    sedge_digest whole;
    assert_int_equal(sedge_digest_of(sedge_buf_bytes(&a), &whole, NULL), SEDGE_OK);
    assert_true(sedge_digest_equal(&whole, sedge_bundle_digest(bundle)));
}

static void refuse(sedge_bytes bytes, const char *what, size_t at) {
    SEDGE_AUTO_MEM uint8_t *exact = malloc(bytes.n + 1);
    memcpy(exact, bytes.p, bytes.n);
    sedge_bundle *none = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_bundle_open_bytes(sedge_bytes_of(exact, bytes.n), &none, &err) == SEDGE_OK)
        fail_msg("a bundle %s at %zu passed", what, at);
    assert_null(none);
    assert_true(err.text[0] != '\0');
}

/* Every byte of header, padding and contents counts. A manifest with other words in it is another good bundle: that one
 * is told apart by the digest of the whole, which the update metadata signs. */
static void cut_changed_extended(void **state) {
    (void)state;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    make(&b);
    for (size_t n = 0; n < b.n; n++)
        refuse(sedge_bytes_of(b.data, n), "cut", n);
    size_t manifest_end = SEDGE_BUNDLE_HEADER_BYTES + sedge_load_u32(b.data + 12);
    for (size_t i = 0; i < b.n; i = i + 1 == SEDGE_BUNDLE_HEADER_BYTES ? manifest_end : i + 1) {
        b.data[i] ^= 0x01;
        refuse(sedge_buf_bytes(&b), "changed", i);
        b.data[i] ^= 0x01;
    }
    sedge_buf_u8(&b, 0);
    refuse(sedge_buf_bytes(&b), "extended", b.n);
    for (int i = 0; i < 63; i++)
        sedge_buf_u8(&b, 0);
    refuse(sedge_buf_bytes(&b), "extended by a whole block", b.n);
}

static void refused_specs(void **state) {
    (void)state;
    static const struct {
        const char *name;
        sedge_bundle_input extra; /* replaces the last file */
        const char *model;
        uint64_t release;
        size_t n_files;
        const char *words;
    } rows[] = {
        { "slash", { "a/b", SEDGE_ROLE_OTHER }, "pump", 7, 5, "'a/b'" },
        { "dot-dot", { "..", SEDGE_ROLE_OTHER }, "pump", 7, 5, "'..'" },
        { "manifest", { "manifest.json", SEDGE_ROLE_OTHER }, "pump", 7, 5, "manifest.json" },
        { "doubled name", { "golden.bin", SEDGE_ROLE_OTHER }, "pump", 7, 5, "golden.bin" },
        { "doubled role", { "g2.bin", SEDGE_ROLE_GOLDEN }, "pump", 7, 5, "role 'golden'" },
        { "no golden", { "x", SEDGE_ROLE_OTHER }, "pump", 7, 2, "role 'golden'" },
        { "no release", { "x", SEDGE_ROLE_OTHER }, "pump", 0, 5, "release 0" },
        { "model name", { "x", SEDGE_ROLE_OTHER }, "../pump", 7, 5, "'../pump'" },
        { "too many", { "x", SEDGE_ROLE_OTHER }, "pump", 7, 33, "33 files" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_bundle_input list[33];
        for (size_t k = 0; k < SEDGE_COUNT(list); k++)
            list[k] = k < SEDGE_COUNT(files) - 1 ? files[k] : rows[i].extra;
        sedge_bundle_spec spec = spec_with(NULL);
        spec.files = list;
        spec.n_files = rows[i].n_files;
        spec.model = rows[i].model;
        spec.release = rows[i].release;
        SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
        sedge_error err = SEDGE_ERROR_INIT;
        if (sedge_bundle_write(&spec, &out, &err) == SEDGE_OK || !strstr(err.text, rows[i].words))
            fail_msg("%s: '%s'", rows[i].name, err.text);
        assert_int_equal(out.n, 0);
    }
}

#define HEX64 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define FILE3                                                                                                          \
    "{\"name\":\"m\",\"role\":\"model\",\"sha256\":\"" HEX64                                                           \
    "\",\"size\":0},{\"name\":\"f\",\"role\":\"features\",\"sha256\":\"" HEX64                                         \
    "\",\"size\":0},{\"name\":\"g\",\"role\":\"golden\",\"sha256\":\"" HEX64 "\",\"size\":0}"
#define TAIL "],\"limits\":{\"cpu_us\":0,\"memory_bytes\":0},\"lineage\":{},\"model\":\"p\",\"release\":1,"
#define END  "\"type\":\"sedge-bundle\",\"version\":1}"

static void manifests(void **state) {
    (void)state;
    static const struct {
        const char *name, *text;
        sedge_status status;
        const char *words;
    } rows[] = {
        { "good", "{\"decision\":{},\"files\":[" FILE3 TAIL END, SEDGE_OK, "" },
        { "space", "{\"decision\":{}, \"files\":[" FILE3 TAIL END, SEDGE_EINVALID, "stable form" },
        { "unknown key", "{\"a\":1,\"decision\":{},\"files\":[" FILE3 TAIL END, SEDGE_EINVALID, "a" },
        { "unknown file key", "{\"decision\":{},\"files\":[{\"mode\":1}" TAIL END, SEDGE_EINVALID, "mode" },
        { "unknown role", "{\"decision\":{},\"files\":[{\"name\":\"m\",\"role\":\"x\"}" TAIL END, SEDGE_EINVALID,
          "role" },
        { "newer version", "{\"decision\":{},\"files\":[" FILE3 TAIL "\"type\":\"sedge-bundle\",\"version\":2}",
          SEDGE_EUNSUPPORTED, "version 2" },
        { "other type", "{\"decision\":{},\"files\":[" FILE3 TAIL "\"type\":\"x\",\"version\":1}", SEDGE_EUNSUPPORTED,
          "type 'x'" },
        { "no files", "{\"decision\":{},\"files\":[" TAIL END, SEDGE_EINVALID, "role 'model'" },
        { "decision is no object", "{\"decision\":1,\"files\":[" FILE3 TAIL END, SEDGE_EINVALID, "decision" },
        { "huge file",
          "{\"decision\":{},\"files\":[{\"name\":\"m\",\"role\":\"model\",\"sha256\":\"" HEX64
          "\",\"size\":1073741825}" TAIL END,
          SEDGE_EINVALID, "size" },
        { "too much in all",
          "{\"decision\":{},\"files\":[" FILE3 ",{\"name\":\"x\",\"role\":\"other\",\"sha256\":\"" HEX64
          "\",\"size\":1073741824}" TAIL END,
          SEDGE_ELIMIT, "in all" },
        { "no JSON", "{]", SEDGE_EINVALID, "manifest" },
        { "half JSON", "{", SEDGE_ETRUNCATED, "manifest" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_manifest m;
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_status st = sedge_manifest_parse(sedge_bytes_text(rows[i].text), &m, &err);
        if (st != rows[i].status || !strstr(err.text, rows[i].words))
            fail_msg("%s: %s '%s'", rows[i].name, sedge_status_name(st), err.text);
        if (!st)
            sedge_manifest_done(&m);
    }
}

static void unpacked(void **state) {
    (void)state;
    char dir[] = "/tmp/sedge-bundle-XXXXXX", path[64], slot[64], file[96];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/x.bundle", dir);
    snprintf(slot, sizeof slot, "%s/slot", dir);
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    make(&b);
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_buf_bytes(&b), 0600, &err), SEDGE_OK);
    sedge_auto(sedge_bundle) from_file = NULL;
    sedge_auto(sedge_bundle) from_folder = NULL;
    if (sedge_bundle_open_file(NULL, path, &from_file, &err))
        fail_msg("%s", err.text);
    for (int round = 0; round < 2; round++)
        if (sedge_bundle_unpack(from_file, NULL, slot, &err))
            fail_msg("%s", err.text);
    if (sedge_bundle_open_folder(NULL, slot, &from_folder, &err))
        fail_msg("%s", err.text);
    const sedge_manifest *m = sedge_bundle_manifest(from_folder);
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    assert_int_equal(sedge_bundle_read(from_folder, &m->files[4], &data, &n, &err), SEDGE_OK);
    assert_string_equal((char *)data, "more");
    snprintf(file, sizeof file, "%s/more.txt", slot);
    assert_int_equal(sedge_file_write_atomic(NULL, file, sedge_bytes_text("mere"), 0600, &err), SEDGE_OK);
    sedge_bundle *none = NULL;
    assert_int_equal(sedge_bundle_open_folder(NULL, slot, &none, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "more.txt"));
    assert_int_equal(sedge_bundle_open_file(NULL, dir, &none, &err), SEDGE_EINVALID);
    assert_int_equal(sedge_dir_remove_tree(NULL, dir, &err), SEDGE_OK);
    assert_int_equal(sedge_bundle_open_file(NULL, path, &none, &err), SEDGE_ENOTFOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read), cmocka_unit_test(cut_changed_extended),
        cmocka_unit_test(refused_specs),    cmocka_unit_test(manifests),
        cmocka_unit_test(unpacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
