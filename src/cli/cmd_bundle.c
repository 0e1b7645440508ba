/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "bundle/bundle.h"
#include "cli/bundle_parts.h"
#include "cli/command.h"
#include "cli/make_bundle.h"
#include "crypto/canonical_json.h"
#include "os/file.h"

/* ---- sedge bundle ---- */

typedef struct make_options {
    char *folder, *out, *name, *golden, *golden_out;
    int64_t release, cpu_us, memory_bytes;
} make_options;

static const sedge_conf_row make_rows[] = {
    { "folder", SEDGE_CONF_STRING, SEDGE_AT(make_options, folder), .metavar = "MODELDIR",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "what sedge train or sedge optimize wrote" },
    { "release", SEDGE_CONF_INT, SEDGE_AT(make_options, release), .min = 1, .max = 1e15, .flags = SEDGE_CONF_REQUIRED,
      .help = "release number; devices only go up" },
    { "out", SEDGE_CONF_STRING, SEDGE_AT(make_options, out), .metavar = "FILE", .flags = SEDGE_CONF_REQUIRED,
      .letter = 'o', .help = "the bundle" },
    { "name", SEDGE_CONF_STRING, SEDGE_AT(make_options, name), .metavar = "MODEL",
      .help = "name of the model (else the one in model.json)" },
    { "max_cpu_us", SEDGE_CONF_INT, SEDGE_AT(make_options, cpu_us), "0", .max = SEDGE_BUNDLE_CPU_US_MAX,
      .help = "highest processor time per inference that a device tolerates, in microseconds; 0: no limit" },
    { "max_memory", SEDGE_CONF_BYTES, SEDGE_AT(make_options, memory_bytes), "0", .max = 1e15,
      .help = "highest memory of the worker on the device; 0: no limit" },
    { "golden", SEDGE_CONF_STRING, SEDGE_AT(make_options, golden), .metavar = "FILE",
      .help = "golden vectors made elsewhere (else computed here)" },
    { "golden_out", SEDGE_CONF_STRING, SEDGE_AT(make_options, golden_out), .metavar = "FILE",
      .help = "write the bundle's golden vectors to this file, too" },
};
static const sedge_conf_rows make_conf = SEDGE_CONF_ROWS(make_options, make_rows);

static sedge_status open_and_digest(const char *path, sedge_bundle **ret, char text[SEDGE_DIGEST_TEXT_MAX],
                                    sedge_error *err) {
    sedge_status st = sedge_bundle_open_file(NULL, path, ret, err);
    if (!st)
        sedge_digest_text(sedge_bundle_digest(*ret), text);
    return st;
}

static sedge_status make(const sedge_command_io *io, void *object, sedge_error *err) {
    const make_options *o = object;
    sedge_make_bundle_options wish = { .folder = o->folder,
                                       .name = o->name,
                                       .release = (uint64_t)o->release,
                                       .cpu_us = (uint32_t)o->cpu_us,
                                       .memory_bytes = (uint64_t)o->memory_bytes,
                                       .golden = o->golden,
                                       .golden_out = o->golden_out };
    sedge_auto(sedge_bundle) b = NULL;
    char digest[SEDGE_DIGEST_TEXT_MAX];
    sedge_status st;
    if ((st = sedge_make_bundle(&wish, o->out, err)) || (st = open_and_digest(o->out, &b, digest, err)))
        return st;
    const sedge_manifest *m = sedge_bundle_manifest(b);
    if (io->json)
        return sedge_command_print_json(io,
                                        json_pack("{s:s, s:I, s:s, s:I, s:s}", "model", m->model, "release",
                                                  (json_int_t)m->release, "file", o->out, "bytes",
                                                  (json_int_t)sedge_bundle_size(b), "digest", digest),
                                        err);
    fprintf(io->out, "%s release %llu: %s, %llu bytes, %s\n", m->model, (unsigned long long)m->release, o->out,
            (unsigned long long)sedge_bundle_size(b), digest);
    return SEDGE_OK;
}

/* ---- sedge bundle show ---- */

typedef struct file_options {
    char *file, *folder;
} file_options;

#define FILE_ROW                                                                                                       \
    {                                                                                                                  \
        "file", SEDGE_CONF_STRING, SEDGE_AT(file_options, file),                                                       \
            .metavar = "FILE", .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "a bundle"                \
    }

static const sedge_conf_row file_rows[] = { FILE_ROW };
static const sedge_conf_rows file_conf = SEDGE_CONF_ROWS(file_options, file_rows);

static json_t *files_json(const sedge_manifest *m) {
    json_t *files = json_array();
    for (size_t i = 0; files && i < m->n_files; i++) {
        char hex[SEDGE_DIGEST_HEX_MAX];
        sedge_digest_hex(&m->files[i].sha256, hex);
        json_t *item =
            json_pack("{s:s, s:s, s:I, s:s}", "name", m->files[i].name, "role",
                      sedge_bundle_role_name(m->files[i].role), "size", (json_int_t)m->files[i].size, "sha256", hex);
        if (json_array_append_new(files, item) != 0) {
            json_decref(files);
            return NULL;
        }
    }
    return files;
}

static sedge_status print_files(const sedge_command_io *io, const sedge_manifest *m, sedge_error *err) {
    static const char *const head[] = { "FILE", "ROLE", "BYTES", "SHA-256" };
    sedge_table t = sedge_table_init(SEDGE_COUNT(head));
    for (size_t i = 0; i < SEDGE_COUNT(head); i++)
        sedge_table_cell(&t, "%s", head[i]);
    for (size_t i = 0; i < m->n_files; i++) {
        char hex[SEDGE_DIGEST_HEX_MAX];
        sedge_digest_hex(&m->files[i].sha256, hex);
        sedge_table_cell(&t, "%s", m->files[i].name);
        sedge_table_cell(&t, "%s", sedge_bundle_role_name(m->files[i].role));
        sedge_table_cell(&t, "%llu", (unsigned long long)m->files[i].size);
        sedge_table_cell(&t, "%.16s", hex);
    }
    return sedge_table_print(io, &t, err);
}

static sedge_status print_object(const sedge_command_io *io, const char *name, const json_t *object, sedge_error *err) {
    SEDGE_AUTO_BUF text = sedge_buf_init(SEDGE_BUNDLE_MANIFEST_MAX);
    sedge_status st = sedge_stable_json(object, &text, err);
    if (!st)
        fprintf(io->out, "%-9s %s\n", name, sedge_buf_cstr(&text));
    return st;
}

static sedge_status show(const sedge_command_io *io, void *object, sedge_error *err) {
    const file_options *o = object;
    sedge_auto(sedge_bundle) b = NULL;
    char digest[SEDGE_DIGEST_TEXT_MAX];
    sedge_status st = open_and_digest(o->file, &b, digest, err);
    if (st)
        return st;
    const sedge_manifest *m = sedge_bundle_manifest(b);
    if (io->json)
        return sedge_command_print_json(
            io,
            json_pack("{s:s, s:I, s:I, s:s, s:{s:I, s:I}, s:o, s:O, s:O}", "model", m->model, "release",
                      (json_int_t)m->release, "bytes", (json_int_t)sedge_bundle_size(b), "digest", digest, "limits",
                      "cpu_us", (json_int_t)m->cpu_us, "memory_bytes", (json_int_t)m->memory_bytes, "files",
                      files_json(m), "decision", m->decision, "lineage", m->lineage),
            err);
    fprintf(io->out, "%s release %llu, %llu bytes\n%s\n\n", m->model, (unsigned long long)m->release,
            (unsigned long long)sedge_bundle_size(b), digest);
    if ((st = print_files(io, m, err)))
        return st;
    fprintf(io->out, "\nlimits    cpu_us %u, memory_bytes %llu (0: none)\n", m->cpu_us,
            (unsigned long long)m->memory_bytes);
    if ((st = print_object(io, "decision", m->decision, err)))
        return st;
    return print_object(io, "lineage", m->lineage, err);
}

/* ---- sedge bundle verify ---- */

/* The bytes of the parts that a device opens. */
typedef struct loaded {
    uint8_t *data[SEDGE_ROLES];
    size_t n[SEDGE_ROLES];
} loaded;

static void loaded_done(loaded *l) {
    for (size_t i = 0; i < SEDGE_ROLES; i++)
        free(l->data[i]);
}

static sedge_bytes part(const loaded *l, sedge_bundle_role role) {
    return sedge_bytes_of(l->data[role], l->n[role]);
}

static sedge_status load(const sedge_bundle *b, loaded *l, sedge_error *err) {
    static const sedge_bundle_role roles[] = { SEDGE_ROLE_MODEL, SEDGE_ROLE_FEATURES, SEDGE_ROLE_MONITOR,
                                               SEDGE_ROLE_GOLDEN };
    for (size_t i = 0; i < SEDGE_COUNT(roles); i++) {
        const sedge_bundle_file *f = sedge_manifest_file(sedge_bundle_manifest(b), roles[i]);
        sedge_status st = f ? sedge_bundle_read(b, f, &l->data[roles[i]], &l->n[roles[i]], err) : SEDGE_OK;
        if (st)
            return st;
    }
    return SEDGE_OK;
}

static sedge_status check_parts(const loaded *l, uint32_t *ret_golden, sedge_error *err) {
    sedge_auto(sedge_bundle_parts) p = NULL;
    sedge_bundle_parts_bytes bytes = { .model = part(l, SEDGE_ROLE_MODEL),
                                       .features = part(l, SEDGE_ROLE_FEATURES),
                                       .monitor = part(l, SEDGE_ROLE_MONITOR) };
    sedge_status st = sedge_bundle_parts_open(&bytes, &p, err);
    return st ? st : sedge_bundle_parts_check_golden(p, part(l, SEDGE_ROLE_GOLDEN), true, ret_golden, err);
}

static sedge_status verify(const sedge_command_io *io, void *object, sedge_error *err) {
    const file_options *o = object;
    sedge_auto(sedge_bundle) b = NULL;
    char digest[SEDGE_DIGEST_TEXT_MAX];
    uint32_t golden = 0;
    loaded l = { 0 };
    sedge_status st = open_and_digest(o->file, &b, digest, err);
    if (st)
        return st;
    if ((st = load(b, &l, err)) || (st = check_parts(&l, &golden, err)))
        st = sedge_wrap(err, st, "%s", o->file);
    loaded_done(&l);
    if (st)
        return st;
    const sedge_manifest *m = sedge_bundle_manifest(b);
    if (io->json)
        return sedge_command_print_json(io,
                                        json_pack("{s:s, s:I, s:s, s:I}", "model", m->model, "release",
                                                  (json_int_t)m->release, "digest", digest, "golden_vectors",
                                                  (json_int_t)golden),
                                        err);
    fprintf(io->out, "%s release %llu is whole: %zu files, %u golden vectors reproduced\n%s\n", m->model,
            (unsigned long long)m->release, m->n_files, golden, digest);
    return SEDGE_OK;
}

/* ---- sedge bundle unpack ---- */

static const sedge_conf_row unpack_rows[] = {
    FILE_ROW,
    { "folder", SEDGE_CONF_STRING, SEDGE_AT(file_options, folder), .metavar = "DIR",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "a folder that does not exist yet" },
};
static const sedge_conf_rows unpack_conf = SEDGE_CONF_ROWS(file_options, unpack_rows);

static sedge_status unpack(const sedge_command_io *io, void *object, sedge_error *err) {
    const file_options *o = object;
    sedge_auto(sedge_bundle) b = NULL;
    sedge_status st = sedge_bundle_open_file(NULL, o->file, &b, err);
    if (st)
        return st;
    if (sedge_file_exists(NULL, o->folder))
        return sedge_fail(err, SEDGE_ECONFLICT, "'%s' is there already; name a new folder", o->folder);
    if ((st = sedge_bundle_unpack(b, NULL, o->folder, err))) {
        sedge_error unused = SEDGE_ERROR_INIT;
        if (sedge_dir_remove_tree(NULL, o->folder, &unused))
            return sedge_wrap(err, st, "'%s' is left incomplete", o->folder);
        return st;
    }
    size_t n = sedge_bundle_manifest(b)->n_files;
    if (io->json)
        return sedge_command_print_json(io, json_pack("{s:s, s:I}", "folder", o->folder, "files", (json_int_t)n), err);
    fprintf(io->out, "%zu files and the manifest in %s\n", n, o->folder);
    return SEDGE_OK;
}

static const sedge_command commands[] = {
    { "bundle", "make a bundle of a model folder", &make_conf, make,
      "The same folder and options give the same bytes. Golden vectors are computed by the runtime that devices have,\n"
      "from golden_input.npy; a device refuses the bundle unless it computes the same bytes." },
    { "show", "print a bundle's manifest", &file_conf, show, NULL },
    { "verify", "check a bundle as a device does, and rerun its golden vectors", &file_conf, verify, NULL },
    { "unpack", "write a bundle's files into a new folder", &unpack_conf, unpack, NULL },
};
const sedge_command_group sedge_cmd_bundle = { "bundle", "what devices install", commands, SEDGE_COUNT(commands) };
