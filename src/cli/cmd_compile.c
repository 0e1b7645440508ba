/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/command.h"
#include "cli/model_file.h"
#include "compile/compile.h"
#include "compile/operators.h"
#include "os/file.h"

typedef struct options {
    sedge_model_choice model;
    char *out;
    char *name;
    bool only_operators;
} options;
static const sedge_conf_row rows[] = {
    SEDGE_MODEL_CHOICE_ROWS(options, model),
    { "out", SEDGE_CONF_STRING, SEDGE_AT(options, out), .metavar = "DIR", .letter = 'o', .flags = SEDGE_CONF_REQUIRED,
      .help = "the folder for the sources, which is made" },
    { "name", SEDGE_CONF_STRING, SEDGE_AT(options, name), .metavar = "NAME",
      .help = "prefix of files and functions; else from the model's file name" },
    { "only_operators", SEDGE_CONF_BOOL, SEDGE_AT(options, only_operators),
      .help = "write NAME_operators.c alone, with which a program links just this model's operators from libsedge.a" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static sedge_status write_file(const char *folder, const sedge_c_file *file, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", folder, file->name) >= (int)sizeof path)
        return sedge_fail(err, SEDGE_EUSAGE, "--out: the path is longer than %d bytes", SEDGE_PATH_MAX - 1);
    return sedge_file_write_atomic(NULL, path, file->text, 0644, err);
}

static sedge_status write_files(const char *folder, const sedge_c_sources *s, sedge_error *err) {
    sedge_status st = sedge_dir_make(NULL, folder, 0755, err);
    for (size_t i = 0; !st && i < s->n; i++)
        st = write_file(folder, &s->files[i], err);
    return st;
}

static sedge_status print_json(const sedge_command_io *io, const char *name, const sedge_c_sources *s,
                               sedge_error *err) {
    json_t *files = json_array();
    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(files, json_string(s->files[i].name));
    return sedge_command_print_json(io,
                                    json_pack("{s:s, s:o, s:I, s:I}", "name", name, "files", files, "arena_bytes",
                                              (json_int_t)s->arena_bytes, "constant_bytes",
                                              (json_int_t)s->constant_bytes),
                                    err);
}

/* NAME_operators.c */
static sedge_status write_operators(const options *o, const char *name, const sedge_model_file *f, sedge_c_sources *s,
                                    sedge_error *err) {
    sedge_graph_file file;
    sedge_status st = sedge_graph_read(f->data, f->n, &file, err);
    if (st)
        return st;
    s->model = sedge_buf_init(SIZE_MAX);
    sedge_write_link_file(&file.graph, file.format, f->model, base_name(o->model.path), &s->model);
    sedge_graph_file_done(&file);
    s->pool = sedge_pool_init(SIZE_MAX);
    s->files = sedge_pool_take(&s->pool, 1, sizeof *s->files);
    if (!s->files || s->model.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the sources");
    snprintf(s->files[0].name, sizeof s->files[0].name, "%s_operators.c", name);
    s->files[0].text = sedge_buf_bytes(&s->model);
    s->n = 1;
    return SEDGE_OK;
}

static sedge_status run(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    char from_file[SEDGE_C_NAME_MAX + 1];
    sedge_c_name_of(o->model.path, from_file);
    const char *name = o->name ? o->name : from_file;
    SEDGE_AUTO_MODEL_FILE f = { 0 };
    SEDGE_AUTO_C_SOURCES s = { 0 };
    sedge_status st = sedge_c_name_check(name, err);
    if (!st)
        st = sedge_model_file_open(&o->model, NULL, &f, err);
    if (st)
        return st;
    st = o->only_operators ? write_operators(o, name, &f, &s, err)
                           : sedge_compile(f.model, name, base_name(o->model.path), &s, err);
    if (st)
        return sedge_wrap(err, st, "%s", o->model.path);
    st = write_files(o->out, &s, err);
    if (st || io->json)
        return st ? st : print_json(io, name, &s, err);
    if (o->only_operators)
        fprintf(io->out, "%s/%s: compile it into a program that links libsedge.a with -Wl,--gc-sections\n", o->out,
                s.files[0].name);
    else
        fprintf(io->out,
                "%s: %zu files, constants %zu bytes, arena %zu bytes; include %s.h and compile all *.c there\n", o->out,
                s.n, s.constant_bytes, s.arena_bytes, name);
    return SEDGE_OK;
}

static const sedge_command commands[] = {
    { "compile", "write a model as C sources for a microcontroller", &conf, run,
      "NAME.h is the contract: sizes, scales, NAME_input_0(), NAME_invoke(), NAME_output_0(). The sources are C11, "
      "allocate\n"
      "nothing, and give the same bits as `sedge run`. docs/compile.md says more." },
};
const sedge_command_group sedge_cmd_compile = { "compile", "models as C sources for microcontrollers", commands,
                                                SEDGE_COUNT(commands) };
