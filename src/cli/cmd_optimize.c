/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/metrics_text.h"
#include "optimize/optimize.h"

typedef struct options {
    char *folder, *out, *config;
} options;

static const sedge_conf_row rows[] = {
    { "folder", SEDGE_CONF_STRING, SEDGE_AT(options, folder), .metavar = "DIR",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "model folder" },
    { "out", SEDGE_CONF_STRING, SEDGE_AT(options, out), .metavar = "DIR", .flags = SEDGE_CONF_REQUIRED,
      .help = "the model folder to write" },
    { "config", SEDGE_CONF_STRING, SEDGE_AT(options, config), .metavar = "FILE",
      .help = "optimize.yaml (else int8 without gates)" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

static sedge_status print_report(const sedge_command_io *io, const options *o, const sedge_optimize_report *r,
                                 bool passed, sedge_error *err) {
    const sedge_card_optimize *m = &r->measured;
    (void)fprintf(io->out, "%s: %s%s\n", r->name, r->variant ? "int8, " : "unchanged: there is nothing to quantise",
                  r->variant ? r->variant : "");
    (void)fprintf(io->out, "size     %llu -> %llu bytes (%.1f %%)\n", (unsigned long long)m->bytes_before,
                  (unsigned long long)m->bytes_after, 100 * (double)m->bytes_after / (double)m->bytes_before);
    (void)fprintf(io->out, "latency  %.2f -> %.2f us\n", m->latency_us_before, m->latency_us_after);
    const sedge_metrics *columns[] = { &m->metrics_before, &m->metrics_after };
    const char *const heads[] = { "before", "after" };
    sedge_status st = metrics_print(io, columns, heads, 2, err);
    if (!st && passed)
        (void)fprintf(io->out, "written to %s\n", o->out);
    return st;
}

static sedge_status print_json(const sedge_command_io *io, const options *o, const sedge_optimize_report *r,
                               bool passed, sedge_error *err) {
    const sedge_card_optimize *m = &r->measured;
    return sedge_command_print_json(
        io,
        json_pack("{s:s, s:s?, s:I, s:I, s:I, s:o, s:o, s:f, s:f, s:f, s:b, s:s?}", "name", r->name, "variant",
                  r->variant, "weights", (json_int_t)r->weights, "bytes_before", (json_int_t)m->bytes_before,
                  "bytes_after", (json_int_t)m->bytes_after, "metrics_before",
                  sedge_metrics_to_json(&m->metrics_before), "metrics_after", sedge_metrics_to_json(&m->metrics_after),
                  "latency_us_before", m->latency_us_before, "latency_us_after", m->latency_us_after, "accuracy_drop",
                  m->metrics_before.accuracy - m->metrics_after.accuracy, "passed", (int)passed, "folder",
                  passed ? o->out : NULL),
        err);
}

/** The float model is what the next attempt starts from. */
static bool is_same_folder(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static sedge_status optimize(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    if (is_same_folder(o->folder, o->out))
        return sedge_fail(err, SEDGE_EUSAGE, "--out: '%s' is the folder that is read; write to another one", o->out);
    sedge_optimize_options t = { .clock = sedge_clock_os(), .folder = o->folder, .config = o->config, .out = o->out };
    sedge_optimize_report report;
    sedge_status st = sedge_optimize(&t, &report, err);
    if (st && st != SEDGE_EGATE)
        return st;
    sedge_error printing = SEDGE_ERROR_INIT;
    sedge_status printed =
        io->json ? print_json(io, o, &report, !st, &printing) : print_report(io, o, &report, !st, &printing);
    if (st || !printed)
        return st;
    *err = printing;
    return printed;
}

static const sedge_command commands[] = {
    { "optimize", "shrink a model: full-integer quantisation, report, gates", &conf, optimize,
      "Size, figures on the hold-out and latency are measured before and after. A gate of optimize.yaml that does not\n"
      "hold ends with exit code 1 and nothing is written. Tree ensembles pass through unchanged, and through the "
      "gates.\n" },
};
const sedge_command_group sedge_cmd_optimize = { "optimize", "shrink models", commands, SEDGE_COUNT(commands) };
