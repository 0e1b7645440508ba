/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/bundle.h"
#include "cli/command.h"
#include "cli/make_bundle.h"

enum { CPU_US_MAX = SEDGE_BUNDLE_CPU_US_MAX };

typedef struct options {
    char *folder, *name, *out, *golden, *golden_out;
    int64_t release, cpu_us, memory_bytes;
} options;

static const sedge_conf_row rows[] = {
    { "folder", SEDGE_CONF_STRING, SEDGE_AT(options, folder), .metavar = "MODELDIR",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "what sedge train or sedge optimize wrote" },
    { "out", SEDGE_CONF_STRING, SEDGE_AT(options, out), .metavar = "FILE", .flags = SEDGE_CONF_REQUIRED,
      .help = "the bundle" },
    { "release", SEDGE_CONF_INT, SEDGE_AT(options, release), .min = 1, .max = 4294967295.0,
      .flags = SEDGE_CONF_REQUIRED, .help = "release number: devices go upwards only" },
    { "name", SEDGE_CONF_STRING, SEDGE_AT(options, name), .metavar = "MODEL",
      .help = "name of the model (else the one in model.json)" },
    { "max_cpu_us", SEDGE_CONF_INT, SEDGE_AT(options, cpu_us), "0", .max = CPU_US_MAX,
      .help = "highest processor time per inference that a device tolerates, in microseconds; 0: no limit" },
    { "max_memory", SEDGE_CONF_BYTES, SEDGE_AT(options, memory_bytes), "0", .max = 1e15,
      .help = "highest memory of the worker on the device; 0: no limit" },
    { "golden", SEDGE_CONF_STRING, SEDGE_AT(options, golden), .metavar = "FILE",
      .help = "golden vectors made elsewhere (else computed here)" },
    { "golden_out", SEDGE_CONF_STRING, SEDGE_AT(options, golden_out), .metavar = "FILE",
      .help = "write the golden vectors there as well" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

static sedge_status report(const sedge_command_io *io, const options *o, sedge_error *err) {
    sedge_auto(sedge_bundle) bundle = NULL;
    char digest[SEDGE_DIGEST_TEXT_MAX];
    sedge_status st = sedge_bundle_open_file(NULL, o->out, &bundle, err);
    if (st)
        return st;
    const sedge_manifest *m = sedge_bundle_manifest(bundle);
    sedge_digest_text(sedge_bundle_digest(bundle), digest);
    if (io->json)
        return sedge_command_print_json(io,
                                        json_pack("{s:s,s:I,s:s,s:I,s:s}", "model", m->model, "release",
                                                  (json_int_t)m->release, "digest", digest, "bytes",
                                                  (json_int_t)sedge_bundle_size(bundle), "file", o->out),
                                        err);
    (void)fprintf(io->out, "%s: %s release %llu, %zu files, %llu bytes, %s\n", o->out, m->model,
                  (unsigned long long)m->release, m->n_files, (unsigned long long)sedge_bundle_size(bundle), digest);
    return SEDGE_OK;
}

static sedge_status make(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    sedge_make_bundle_options make = { .folder = o->folder,
                                       .name = o->name,
                                       .release = (uint64_t)o->release,
                                       .cpu_us = (uint32_t)o->cpu_us,
                                       .memory_bytes = (uint64_t)o->memory_bytes,
                                       .golden = o->golden,
                                       .golden_out = o->golden_out };
    sedge_status st = sedge_make_bundle(&make, o->out, err);
    return st ? st : report(io, o, err);
}

static const sedge_command commands[] = {
    { "bundle", "pack a model folder into the one file that a device installs", &conf, make,
      "The same folder and options give the same bytes. A bundle is signed when it is registered." },
};
const sedge_command_group sedge_cmd_bundle = { "bundle", "pack models for devices", commands, SEDGE_COUNT(commands) };
