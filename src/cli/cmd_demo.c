/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/demo.h"

typedef struct options {
    char *data, *dir;
    int64_t devices;
    bool keep;
} options;

static const sedge_conf_row rows[] = {
    { "data", SEDGE_CONF_STRING, SEDGE_AT(options, data), .metavar = "DIR",
      .help = "recordings in SKAB's CSV format instead of the simulated pump" },
    { "dir", SEDGE_CONF_STRING, SEDGE_AT(options, dir), .metavar = "DIR",
      .help = "where everything is kept (else a temporary folder, removed when all went well)" },
    { "devices", SEDGE_CONF_INT, SEDGE_AT(options, devices), "20", .min = 3, .max = DEMO_FLEET_MAX,
      .help = "agents of the fleet" },
    { "keep", SEDGE_CONF_BOOL, SEDGE_AT(options, keep), .help = "leave the hub up at the end" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

/* a pump that records a row a second, played faster, so that minutes of the demo are hours of the pump */
static const demo_story STORY = {
    .name = "pump", .replay_hz = 100, .shifted_column = "Pressure", .shift_deviations = 4
};

static sedge_status make_dir(const options *o, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    if (o->dir) {
        sedge_status st = sedge_dir_make(NULL, o->dir, 0700, err);
        if (!st && !realpath(o->dir, ret))
            st = sedge_fail(err, SEDGE_EIO, "%s cannot be resolved", o->dir);
        sedge_names names = { 0 };
        if (!st)
            st = sedge_dir_list(NULL, ret, &names, err);
        if (!st && names.n)
            st = sedge_fail(err, SEDGE_ECONFLICT, "%s is not empty; give another folder or remove it", o->dir);
        sedge_names_done(&names);
        return st;
    }
    const char *tmp = getenv("TMPDIR");
    sedge_status st = sedge_path_format(ret, err, "%s/sedge-demo-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!st && !mkdtemp(ret))
        st = sedge_fail(err, SEDGE_EIO, "no folder like %s can be made", ret);
    return st;
}

/** After the end: what is left and how to get rid of it. */
static sedge_status tidy(const options *o, demo *d, sedge_status st, sedge_error *err) {
    if (!st && o->keep) {
        demo_show_line(&d->show, "the hub is up at %s (token in %s, CA %s)", d->hub_url,
                       demo_path(d, "hub/admin.token"), demo_path(d, "hub/ca.pem"));
        demo_show_line(&d->show, "stop it with: kill %d", (int)d->hub_process->pid);
        return SEDGE_OK;
    }
    if (st || o->dir) {
        demo_show_line(&d->show, "everything is in %s", d->dir);
        return SEDGE_OK;
    }
    return sedge_dir_remove_tree(NULL, d->dir, err);
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    char dir[SEDGE_PATH_MAX], data[SEDGE_PATH_MAX];
    sedge_error tidy_err = SEDGE_ERROR_INIT;
    SEDGE_AUTO_MEM demo *d = calloc(1, sizeof *d);
    if (!d)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the demo");
    if (o->data && !realpath(o->data, data))
        return sedge_fail(err, SEDGE_ENOTFOUND, "%s: no such folder", o->data);
    sedge_status st = make_dir(o, dir, err);
    if (st)
        return st;
    d->dir = dir;
    d->data = o->data ? data : NULL;
    d->devices = o->devices;
    d->keep = o->keep;
    d->story = &STORY;
    demo_show_init(&d->show, io->json ? STDERR_FILENO : STDOUT_FILENO);
    demo_show_banner(&d->show, "sedge demo: %s, %d devices, %ld cores", o->data ? o->data : "a simulated water pump",
                     (int)o->devices, sysconf(_SC_NPROCESSORS_ONLN));
    st = demo_run(d, err);
    if (!st)
        demo_print_figures(d);
    if (!st && io->json)
        st = sedge_command_print_json(io, demo_figures_json(d), err);
    if (tidy(o, d, st, &tidy_err) && !st)
        return sedge_fail(err, tidy_err.status, "%s", tidy_err.text);
    return st;
}

static const sedge_command commands[] = {
    { "demo", "the whole loop on this machine, with a fleet of real agents", &conf, run,
      "It starts a hub and agents of its own on free ports of the loopback address, and stops them again.\n"
      "It ends with a table of what was measured, and with exit code 1 when a claim of a step does not hold." },
};
const sedge_command_group sedge_cmd_demo = { "demo", "the whole loop on this machine", commands,
                                             SEDGE_COUNT(commands) };
