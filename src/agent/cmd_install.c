/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/child.h"
#include "agent/commands.h"
#include "agent/stick.h"
#include "os/clock.h"
#include "os/errno.h"
#include "os/lock.h"
#include "os/process.h"

typedef struct options {
    char *state, *bundle, *metadata;
} options;

static const sedge_conf_row rows[] = {
    { "bundle", SEDGE_CONF_STRING, SEDGE_AT(options, bundle), .metavar = "BUNDLE",
      .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_POSITIONAL, .help = "the bundle file" },
    { "state", SEDGE_CONF_STRING, SEDGE_AT(options, state), .metavar = "DIR",
      .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "folder of the agent" },
    { "metadata", SEDGE_CONF_STRING, SEDGE_AT(options, metadata), .metavar = "DIR",
      .help = "newer update metadata, brought along with the bundle" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

/** The agent has another working folder. */
static sedge_status absolute(const char *path, char ret[PATH_MAX], sedge_error *err) {
    return realpath(path, ret) ? SEDGE_OK : sedge_fail_errno(err, errno, "'%s'", path);
}

static sedge_status ask_agent(const options *o, json_t **ret, sedge_error *err) {
    char bundle[PATH_MAX], metadata[PATH_MAX];
    SEDGE_AUTO_MEM char *body = NULL;
    size_t n;
    sedge_status st = absolute(o->bundle, bundle, err);
    if (!st && o->metadata)
        st = absolute(o->metadata, metadata, err);
    if (st)
        return st;
    SEDGE_AUTO_JSON json_t *doc = json_pack("{s:s, s:s*}", "bundle", bundle, "metadata", o->metadata ? metadata : NULL);
    st = doc ? sedge_json_dump(doc, 0, &body, &n, err) : sedge_fail(err, SEDGE_ENOMEM, "no memory for JSON");
    return st ? st : sedge_agent_call(o->state, "POST", "/v1/install", sedge_bytes_of(body, n), ret, err);
}

/* ---- while no agent runs ---- */

/** The golden vectors, in a process of their own. */
static sedge_status check_bundle(const char *path, sedge_error *err) {
    const char *argv[] = { "/proc/self/exe", "worker", "--check", NULL };
    SEDGE_AUTO_BUF out = sedge_buf_init(1024), text = sedge_buf_init(1024);
    sedge_process_end end;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sedge_fail_errno(err, errno, "cannot open '%s'", path);
    sedge_process_options p = SEDGE_PROCESS_OPTIONS_INIT;
    p.argv = argv;
    p.pass_fds[p.pass_fds_n++] = fd;
    p.die_with_parent = true;
    p.cpu_limit_s = SEDGE_CHECK_SECONDS_MAX;
    sedge_status st = sedge_process_run(&p, SEDGE_CHECK_SECONDS_MAX * 1000, &out, &text, &end, err);
    close(fd);
    if (st || end.exit_code == 0)
        return st;
    while (text.n > 0 && text.data[text.n - 1] == '\n')
        text.data[--text.n] = '\0';
    return sedge_fail(err, SEDGE_EGATE, "%s", sedge_buf_cstr(&text));
}

static sedge_status install_into(const options *o, const sedge_stick *stick, json_t **ret, sedge_error *err) {
    char name[SEDGE_ROLLOUT_MAX], dir[SEDGE_PATH_MAX], path[SEDGE_PATH_MAX];
    sedge_slots slots;
    sedge_recovery recovery;
    sedge_installed what;
    sedge_status st = sedge_stick_model(stick, name, err);
    if (!st)
        st = sedge_path_format(dir, err, "%s/models/%s", o->state, name);
    if (!st)
        st = sedge_slots_open(NULL, dir, &slots, &recovery, err);
    if (!st)
        st = sedge_stick_take(stick, &slots, &what, path, err);
    if (!st)
        st = check_bundle(path, err);
    if (!st)
        st = sedge_slots_fill(&slots, path, &what, err);
    if (!st)
        st = sedge_slots_switch(&slots, err);
    if (!st)
        *ret = json_pack("{s:I, s:s}", "release", (json_int_t)what.release, "digest", what.digest);
    return st;
}

static sedge_status install_offline(const options *o, json_t **ret, sedge_error *err) {
    char path[SEDGE_PATH_MAX], tuf[SEDGE_PATH_MAX];
    sedge_identity identity = { 0 };
    int lock;
    sedge_status st = sedge_lock_dir(o->state, &lock, err);
    if (st)
        return st;
    st = sedge_path_format(path, err, "%s/identity", o->state);
    if (!st)
        st = sedge_path_format(tuf, err, "%s/tuf", o->state);
    if (!st)
        st = sedge_identity_open(NULL, path, &identity, err);
    if (!st) {
        sedge_stick stick = { .fs = sedge_fs_os(),
                              .tuf_dir = tuf,
                              .root = sedge_buf_bytes(&identity.root),
                              .metadata = o->metadata,
                              .now_ms = sedge_now_ms(sedge_clock_os()),
                              .bundle = o->bundle };
        st = install_into(o, &stick, ret, err);
        sedge_identity_done(&identity);
    }
    sedge_lock_release(lock);
    return st;
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_error why = SEDGE_ERROR_INIT;
    char bundle[PATH_MAX];
    sedge_status st = absolute(o->bundle, bundle, err);
    if (st)
        return st;
    st = ask_agent(o, &doc, &why);
    bool running = st != SEDGE_ENOTFOUND || !strstr(why.text, "no agent runs");
    if (!running)
        st = install_offline(o, &doc, &why);
    if (st)
        return sedge_fail(err, st, "%s", why.text);
    if (io->json)
        return sedge_command_print_json(io, SEDGE_STEAL(doc), err);
    fprintf(io->out, "release %lld is %s\n", (long long)json_integer_value(json_object_get(doc, "release")),
            running ? "verified; the agent installs it now" : "installed; it starts its probation with the agent");
    return SEDGE_OK;
}

static const sedge_command command = {
    .name = "install",
    .summary = "install a bundle from a file, without network",
    .rows = &conf,
    .run = run,
    .more = "The bundle must be listed in signed update metadata: what the device got from the hub last, or what "
            "--metadata\n"
            "brings along (the files that the hub serves under /tuf/metadata/). Older releases are refused unless "
            "signed as a\n"
            "roll-back. The golden vectors are checked, and the model runs on probation, as after a download."
};
const sedge_command_group sedge_agent_cmd_install = { "install", NULL, &command, 1 };
