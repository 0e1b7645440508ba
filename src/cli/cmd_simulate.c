/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "data/pump.h"
#include "os/file.h"

/* 2026-01-01T00:00:00Z: a recording says nothing about when it was simulated, so that it is the same again */
#define START_MS INT64_C(1767225600000)

enum { ROWS_MAX = 2000000, BYTES_MAX = 512 << 20 };

#define FAULT_NAME(NAME, name) #name,
static const char *const fault_names[] = { SEDGE_PUMP_FAULT_LIST(FAULT_NAME) NULL };
#undef FAULT_NAME

typedef struct options {
    char *out;
    int64_t rows, seed;
    double rate_hz;
    int fault;
    char *fault_at;
    sedge_conf_strings drifts;
} options;

static const sedge_conf_row rows[] = {
    { "out", SEDGE_CONF_STRING, SEDGE_AT(options, out), .metavar = "FILE", .flags = SEDGE_CONF_REQUIRED,
      .help = "the recording, CSV in SKAB's columns; - is standard output" },
    { "rows", SEDGE_CONF_INT, SEDGE_AT(options, rows), "6000", .min = 1, .max = ROWS_MAX, .help = "how many" },
    { "seed", SEDGE_CONF_INT, SEDGE_AT(options, seed), "1", .min = 0, .max = 9e15,
      .help = "which unit, and its noise; the same seed gives the same bytes" },
    { "rate", SEDGE_CONF_DOUBLE, SEDGE_AT(options, rate_hz), "1", .min = 0.001, .max = 1000, .metavar = "HZ",
      .help = "rows per second" },
    { "fault", SEDGE_CONF_ENUM, SEDGE_AT(options, fault), "none", .choices = fault_names,
      .help = "what breaks; all: one after the other, with pauses" },
    { "fault_at", SEDGE_CONF_STRING, SEDGE_AT(options, fault_at), "0.5", .metavar = "ROW|SHARE",
      .help = "where the fault begins: a row, or with a '.' a share of the rows" },
    { "drift", SEDGE_CONF_STRINGS, SEDGE_AT(options, drifts), .metavar = "CHANNEL=OFFSET@ROW",
      .help = "a sensor that reads too much from a row on: Pressure=+0.3@1000" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

static sedge_status parse_fault_at(const options *o, uint64_t *ret_row, sedge_error *err) {
    double share;
    int64_t row;
    if (strchr(o->fault_at, '.') && !sedge_conf_double_parse(o->fault_at, &share, NULL) && share >= 0 && share <= 1) {
        *ret_row = (uint64_t)llround(share * (double)o->rows);
        return SEDGE_OK;
    }
    if (!sedge_conf_int_parse(o->fault_at, &row, NULL) && row >= 0) {
        *ret_row = (uint64_t)row;
        return SEDGE_OK;
    }
    return sedge_fail(err, SEDGE_EUSAGE, "--fault-at: '%.60s' is neither a row nor a share from 0.0 to 1.0",
                      o->fault_at);
}

static sedge_status pump_options(const options *o, sedge_pump_options *ret, sedge_error *err) {
    *ret = (sedge_pump_options){ .rows = (uint64_t)o->rows,
                                 .seed = (uint64_t)o->seed,
                                 .rate_hz = o->rate_hz,
                                 .fault = (sedge_pump_fault)o->fault,
                                 .start_ms = START_MS };
    if (o->drifts.n > SEDGE_PUMP_DRIFTS_MAX)
        return sedge_fail(err, SEDGE_EUSAGE, "--drift: at most %d", SEDGE_PUMP_DRIFTS_MAX);
    sedge_status st = parse_fault_at(o, &ret->fault_row, err);
    for (size_t i = 0; i < o->drifts.n && !st; i++)
        st = sedge_pump_drift_parse(o->drifts.items[i], &ret->drifts[ret->n_drifts++], err);
    return st;
}

static sedge_status write_recording(const sedge_command_io *io, const options *o, const sedge_buf *text,
                                    sedge_error *err) {
    if (strcmp(o->out, "-"))
        return sedge_file_write_atomic(NULL, o->out, sedge_buf_bytes(text), 0644, err);
    if (io->json)
        return sedge_fail(err, SEDGE_EUSAGE, "--json and --out - both want standard output");
    if (fwrite(text->data, 1, text->n, io->out) != text->n || fflush(io->out))
        return sedge_fail(err, SEDGE_EIO, "standard output cannot be written");
    return SEDGE_OK;
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    sedge_pump_options pump;
    SEDGE_AUTO_BUF text = sedge_buf_init(BYTES_MAX);
    sedge_status st;
    if ((st = pump_options(o, &pump, err)) || (st = sedge_pump_record(&pump, &text, err)) ||
        (st = write_recording(io, o, &text, err)))
        return st;
    if (io->json)
        return sedge_command_print_json(io,
                                        json_pack("{ss sI sI sf ss sI sI}", "file", o->out, "rows", (json_int_t)o->rows,
                                                  "seed", (json_int_t)o->seed, "rate_hz", o->rate_hz, "fault",
                                                  fault_names[o->fault], "fault_row", (json_int_t)pump.fault_row,
                                                  "bytes", (json_int_t)text.n),
                                        err);
    fprintf(io->note, "%s: %lld rows at %g Hz, fault: %s\n", o->out, (long long)o->rows, o->rate_hz,
            fault_names[o->fault]);
    return SEDGE_OK;
}

static const sedge_command commands[] = {
    { "pump", "record a simulated water pump", &conf, run,
      "The physics is described in docs/simulate.md. The column anomaly is 1 while a fault is present." },
};
const sedge_command_group sedge_cmd_simulate = { "simulate", "recordings of simulated machines", commands,
                                                 SEDGE_COUNT(commands) };
