/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/data_remote.h"
#include "data/infer.h"
#include "data/validate.h"
#include "os/clock.h"

enum { VIOLATIONS_SHOWN = 20 };

static const char *const *paths_of(const sedge_conf_strings *files) {
    return (const char *const *)files->items;
}

/* infer */

typedef struct infer_options {
    sedge_conf_strings files;
    char *out;
} infer_options;

static const sedge_conf_row infer_rows[] = {
    { "files", SEDGE_CONF_STRINGS, SEDGE_AT(infer_options, files), .metavar = "FILE",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "recordings, CSV" },
    { "out", SEDGE_CONF_STRING, SEDGE_AT(infer_options, out), .metavar = "FILE",
      .help = "the schema; without it, it is printed" },
};
static const sedge_conf_rows infer_conf = SEDGE_CONF_ROWS(infer_options, infer_rows);

static json_t *number_or_null(double x) {
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *inferred_json(const sedge_inferred *in) {
    json_t *columns = json_array();
    for (size_t i = 0; i < in->n_columns; i++) {
        const sedge_inferred_column *c = &in->columns[i];
        json_t *column = json_pack(
            "{ss ss ss ss so so so so so sI}", "name", c->name, "role", sedge_column_role_names[c->role], "type",
            sedge_column_type_names[c->type], "unit", c->unit, "min", number_or_null(c->min), "max",
            number_or_null(c->max), "allowed_missing", number_or_null(c->missing), "seen_min",
            number_or_null(c->seen_min), "seen_max", number_or_null(c->seen_max), "missing", (json_int_t)c->n_missing);
        if (json_array_append_new(columns, column))
            return json_decref(columns), NULL;
    }
    return json_pack("{sI sI so s{ss sI sI sI}}", "files", (json_int_t)in->n_files, "rows", (json_int_t)in->rows,
                     "columns", columns, "time", "order", sedge_time_order_names[in->order], "step_ms",
                     (json_int_t)in->step_ms, "longest_gap_ms", (json_int_t)in->longest_gap_ms, "max_gap_ms",
                     (json_int_t)in->max_gap_ms);
}

static sedge_status run_infer(const sedge_command_io *io, void *object, sedge_error *err) {
    const infer_options *o = object;
    sedge_auto(sedge_inferred) in = NULL;
    SEDGE_AUTO_BUF yaml = sedge_buf_init((size_t)1 << 20);
    sedge_status st = sedge_infer(NULL, paths_of(&o->files), o->files.n, &in, err);
    if (st)
        return st;
    sedge_inferred_put_yaml(in, &yaml);
    if (yaml.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the schema");
    if (o->out && (st = sedge_file_write_atomic(NULL, o->out, sedge_buf_bytes(&yaml), 0644, err)))
        return st;
    if (io->json)
        return sedge_command_print_json(io, inferred_json(in), err);
    if (!o->out)
        fprintf(io->out, "%s", sedge_buf_cstr(&yaml));
    else
        fprintf(io->note, "%s: proposed from %zu files with %llu rows; look it over\n", o->out, in->n_files,
                (unsigned long long)in->rows);
    return SEDGE_OK;
}

/* validate */

typedef struct validate_options {
    sedge_conf_strings files;
    char *schema;
} validate_options;

static const sedge_conf_row validate_rows[] = {
    { "files", SEDGE_CONF_STRINGS, SEDGE_AT(validate_options, files), .metavar = "FILE",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "recordings, CSV" },
    { "schema", SEDGE_CONF_STRING, SEDGE_AT(validate_options, schema), .metavar = "FILE", .flags = SEDGE_CONF_REQUIRED,
      .help = "what they shall look like" },
};
static const sedge_conf_rows validate_conf = SEDGE_CONF_ROWS(validate_options, validate_rows);

typedef struct validation {
    const sedge_command_io *io;
    uint64_t n;
    sedge_error first; /**< the first violation as a sentence */
    json_t *list;      /**< NULL without --json */
    bool failed;
} validation;

static json_t *violation_json(const sedge_violation *v) {
    return json_pack("{ss sI sI ss ss ss ss}", "file", v->file, "row", (json_int_t)v->row, "line", (json_int_t)v->line,
                     "column", v->column, "value", v->value, "rule", sedge_rule_name(v->rule), "detail", v->detail);
}

static void list_violation(validation *all, const sedge_violation *v) {
    json_t *item = violation_json(v);
    sedge_violation plain = *v;
    plain.value = "(not UTF-8)"; /* which has no place in JSON */
    all->failed |= json_array_append_new(all->list, item ? item : violation_json(&plain)) != 0;
}

static void show_violation(void *ctx, const sedge_violation *v) {
    validation *all = ctx;
    sedge_error sentence = SEDGE_ERROR_INIT;
    (void)sedge_violation_fail(v, &sentence);
    if (all->n++ == 0)
        all->first = sentence;
    if (all->n > VIOLATIONS_SHOWN)
        return;
    if (all->list)
        list_violation(all, v);
    else
        fprintf(all->io->out, "%s\n", sentence.text);
}

static sedge_status print_validation(const validation *all, uint64_t rows, sedge_error *err) {
    const sedge_command_io *io = all->io;
    if (io->json && all->failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the answer");
    if (io->json)
        return sedge_command_print_json(
            io, json_pack("{sI sI sO}", "rows", (json_int_t)rows, "violations", (json_int_t)all->n, "first", all->list),
            err);
    if (all->n > VIOLATIONS_SHOWN)
        fprintf(io->out, "... and %llu more\n", (unsigned long long)(all->n - VIOLATIONS_SHOWN));
    if (!all->n)
        fprintf(io->note, "%llu rows, no violations\n", (unsigned long long)rows);
    return SEDGE_OK;
}

static sedge_status run_validate(const sedge_command_io *io, void *object, sedge_error *err) {
    const validate_options *o = object;
    sedge_auto(sedge_schema) schema = NULL;
    SEDGE_AUTO_JSON json_t *list = io->json ? json_array() : NULL;
    validation all = { .io = io, .list = list };
    uint64_t rows = 0;
    sedge_status st = sedge_schema_load(NULL, o->schema, &schema, err);
    for (size_t i = 0; i < o->files.n && !st; i++) {
        uint64_t file_rows = 0, file_violations;
        st = sedge_validate_file(NULL, o->files.items[i], schema, show_violation, &all, &file_rows, &file_violations,
                                 err);
        rows += file_rows;
    }
    if (st || (st = print_validation(&all, rows, err)))
        return st;
    return all.n
               ? sedge_fail(err, SEDGE_EGATE, "%s (violations in all: %llu)", all.first.text, (unsigned long long)all.n)
               : SEDGE_OK;
}

/* add, list, show, get, push, fetch */

typedef struct store_options {
    sedge_hub_options hub;
    sedge_conf_strings files;
    char *name, *store, *schema, *parent, *source, *out;
} store_options;

#define STORE_ROW                                                                                                      \
    {                                                                                                                  \
        "store", SEDGE_CONF_STRING, SEDGE_AT(store_options, store), ".sedge", .metavar = "DIR",                        \
                                                                              .help = "folder that keeps the versions" \
    }
#define VERSION_ROW                                                                                                    \
    {                                                                                                                  \
        "version", SEDGE_CONF_STRING, SEDGE_AT(store_options, name),                                                   \
            .metavar = "VERSION", .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED,                                \
            .help = "NAME (its newest), NAME@first-digits, or sha256:..."                                              \
    }

static const sedge_conf_row add_rows[] = {
    { "name", SEDGE_CONF_STRING, SEDGE_AT(store_options, name), .metavar = "NAME",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "of the data set" },
    { "files", SEDGE_CONF_STRINGS, SEDGE_AT(store_options, files), .metavar = "FILE",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "recordings, CSV" },
    { "schema", SEDGE_CONF_STRING, SEDGE_AT(store_options, schema), .metavar = "FILE",
      .help = "every file must obey it; without it the parent's goes along, unchecked" },
    { "parent", SEDGE_CONF_STRING, SEDGE_AT(store_options, parent), .metavar = "VERSION",
      .help = "take over its files, but for those of the same name" },
    { "source", SEDGE_CONF_STRING, SEDGE_AT(store_options, source), .metavar = "TEXT",
      .help = "where the files come from, for people" },
    STORE_ROW,
    SEDGE_HUB_OPTION_ROWS(store_options, hub),
};
static const sedge_conf_rows add_conf = SEDGE_CONF_ROWS(store_options, add_rows);

static const sedge_conf_row list_rows[] = { STORE_ROW };
static const sedge_conf_rows list_conf = SEDGE_CONF_ROWS(store_options, list_rows);

static const sedge_conf_row show_rows[] = { VERSION_ROW, STORE_ROW };
static const sedge_conf_rows show_conf = SEDGE_CONF_ROWS(store_options, show_rows);

static const sedge_conf_row remote_rows[] = { VERSION_ROW, STORE_ROW, SEDGE_HUB_OPTION_ROWS(store_options, hub) };
static const sedge_conf_rows remote_conf = SEDGE_CONF_ROWS(store_options, remote_rows);

static int64_t now_ms(void) {
    return sedge_now_ms(sedge_clock_os());
}

static sedge_status push(const store_options *o, const sedge_store *store, const sedge_digest *version,
                         sedge_error *err) {
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    return st ? st : sedge_data_push(hub, store, version, err);
}

/** One version in a line, or as JSON. */
static sedge_status print_version(const sedge_command_io *io, const sedge_store *store, const sedge_digest *version,
                                  bool pushed, sedge_error *err) {
    char text[SEDGE_DIGEST_TEXT_MAX];
    int64_t rows = 0, bytes = 0;
    sedge_auto(sedge_dataset) d = NULL;
    sedge_status st = sedge_dataset_load(store, version, &d, err);
    if (st)
        return st;
    for (size_t i = 0; i < d->n_files; i++) {
        rows += d->files[i].rows;
        bytes += d->files[i].size_bytes;
    }
    sedge_digest_text(version, text);
    if (io->json)
        return sedge_command_print_json(io,
                                        json_pack("{ss ss sI sI sI sI sb}", "name", d->name, "version", text, "files",
                                                  (json_int_t)d->n_files, "rows", (json_int_t)rows, "bytes",
                                                  (json_int_t)bytes, "generation", (json_int_t)d->generation, "pushed",
                                                  pushed),
                                        err);
    fprintf(io->out, "%s\n", text);
    fprintf(io->note, "%s: %zu files, %lld rows, %lld bytes%s\n", d->name, d->n_files, (long long)rows,
            (long long)bytes, pushed ? ", on the hub too" : "");
    return SEDGE_OK;
}

static sedge_status run_add(const sedge_command_io *io, void *object, sedge_error *err) {
    const store_options *o = object;
    sedge_store store;
    sedge_digest parent, version;
    bool pushed = sedge_hub_is_named(&o->hub);
    sedge_status st = sedge_store_check_name(o->name, err);
    if (st || (st = sedge_store_open(NULL, o->store, true, &store, err)) ||
        (o->parent && (st = sedge_store_resolve(&store, o->parent, &parent, err))))
        return st;
    sedge_dataset_add_options add = { .name = o->name,
                                      .paths = paths_of(&o->files),
                                      .n_paths = o->files.n,
                                      .schema = o->schema,
                                      .parent = o->parent ? &parent : NULL,
                                      .source = o->source,
                                      .now_ms = now_ms() };
    st = sedge_dataset_add(&store, &add, &version, err);
    if (!st && pushed)
        st = push(o, &store, &version, err);
    return st ? st : print_version(io, &store, &version, pushed, err);
}

/** Adds a row for each version of a set, newest first. */
static sedge_status list_set(const sedge_store *store, const char *name, json_t *out, sedge_error *err) {
    sedge_store_versions versions = { 0 };
    sedge_status st = sedge_store_list_versions(store, name, &versions, err);
    for (size_t i = versions.n; i && !st; i--) {
        char digest[SEDGE_DIGEST_TEXT_MAX], time[SEDGE_TIME_TEXT_MAX];
        sedge_digest_text(&versions.items[i - 1].digest, digest);
        sedge_time_format(versions.items[i - 1].added_ms, time);
        json_t *row = json_pack("{ss ss ss}", "name", name, "version", digest, "added", time);
        if (json_array_append_new(out, row))
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the list");
    }
    sedge_store_versions_done(&versions);
    return st;
}

static sedge_status print_list(const sedge_command_io *io, json_t *list, sedge_error *err) {
    if (io->json)
        return sedge_command_print_json(io, json_pack("{sO}", "items", list), err);
    sedge_table t = sedge_table_init(3);
    sedge_table_cell(&t, "name");
    sedge_table_cell(&t, "version");
    sedge_table_cell(&t, "added");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        sedge_table_cell(&t, "%s", json_string_value(json_object_get(row, "name")));
        sedge_table_cell(&t, "%s", json_string_value(json_object_get(row, "version")));
        sedge_table_cell(&t, "%s", json_string_value(json_object_get(row, "added")));
    }
    return sedge_table_print(io, &t, err);
}

static sedge_status run_list(const sedge_command_io *io, void *object, sedge_error *err) {
    const store_options *o = object;
    sedge_store store;
    sedge_names names = { 0 };
    SEDGE_AUTO_JSON json_t *list = json_array();
    sedge_status st = sedge_store_open(NULL, o->store, false, &store, err);
    if (!st)
        st = sedge_store_list_names(&store, &names, err);
    for (size_t i = 0; i < names.n && !st; i++)
        st = list_set(&store, names.items[i], list, err);
    sedge_names_done(&names);
    return st ? st : print_list(io, list, err);
}

static void put_link(FILE *out, const char *what, bool there, const sedge_digest *digest) {
    char text[SEDGE_DIGEST_TEXT_MAX] = "none";
    if (there)
        sedge_digest_text(digest, text);
    fprintf(out, "%-10s %s\n", what, text);
}

static sedge_status run_show(const sedge_command_io *io, void *object, sedge_error *err) {
    const store_options *o = object;
    sedge_store store;
    sedge_digest version;
    sedge_auto(sedge_dataset) d = NULL;
    sedge_status st = sedge_store_open(NULL, o->store, false, &store, err);
    if (!st)
        st = sedge_store_resolve(&store, o->name, &version, err);
    if (!st)
        st = sedge_dataset_load(&store, &version, &d, err);
    if (st)
        return st;
    if (io->json) {
        char text[SEDGE_DIGEST_TEXT_MAX];
        sedge_digest_text(&version, text);
        return sedge_command_print_json(io, json_pack("{ss so}", "version", text, "manifest", sedge_dataset_json(d)),
                                        err);
    }
    fprintf(io->out, "%-10s %s\n", "name", d->name);
    put_link(io->out, "version", true, &version);
    put_link(io->out, "parent", d->has_parent, &d->parent);
    put_link(io->out, "schema", d->has_schema, &d->schema);
    fprintf(io->out, "%-10s %lld\n", "generation", (long long)d->generation);
    if (*d->source)
        fprintf(io->out, "%-10s %s\n", "source", d->source);
    sedge_table t = sedge_table_init(4);
    sedge_table_cell(&t, "file");
    sedge_table_cell(&t, "rows");
    sedge_table_cell(&t, "bytes");
    sedge_table_cell(&t, "chunks");
    for (size_t i = 0; i < d->n_files; i++) {
        sedge_table_cell(&t, "%s", d->files[i].path);
        sedge_table_cell(&t, "%lld", (long long)d->files[i].rows);
        sedge_table_cell(&t, "%lld", (long long)d->files[i].size_bytes);
        sedge_table_cell(&t, "%zu", d->files[i].n_chunks);
    }
    return sedge_table_print(io, &t, err);
}

static sedge_status run_get(const sedge_command_io *io, void *object, sedge_error *err) {
    const store_options *o = object;
    sedge_store store;
    sedge_digest version;
    sedge_names paths = { 0 };
    sedge_status st = sedge_store_open(NULL, o->store, false, &store, err);
    if (!st)
        st = sedge_store_resolve(&store, o->name, &version, err);
    if (!st)
        st = sedge_dataset_checkout(&store, &version, &paths, NULL, err);
    if (st)
        return st;
    json_t *list = io->json ? json_array() : NULL;
    for (size_t i = 0; i < paths.n; i++) {
        if (list && json_array_append_new(list, json_string(paths.items[i])))
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the list");
        else if (!list)
            fprintf(io->out, "%s\n", paths.items[i]);
    }
    sedge_names_done(&paths);
    if (!list)
        return st;
    json_t *answer = json_pack("{so}", "files", list);
    if (!st)
        return sedge_command_print_json(io, answer, err);
    json_decref(answer);
    return st;
}

static sedge_status run_push(const sedge_command_io *io, void *object, sedge_error *err) {
    const store_options *o = object;
    sedge_store store;
    sedge_digest version;
    sedge_status st = sedge_store_open(NULL, o->store, false, &store, err);
    if (!st)
        st = sedge_store_resolve(&store, o->name, &version, err);
    if (!st)
        st = push(o, &store, &version, err);
    return st ? st : print_version(io, &store, &version, true, err);
}

static sedge_status run_fetch(const sedge_command_io *io, void *object, sedge_error *err) {
    const store_options *o = object;
    sedge_store store;
    sedge_digest version;
    sedge_auto(sedge_hub_client) hub = NULL;
    sedge_status st = sedge_hub_client_new(&o->hub, &hub, err);
    if (!st)
        st = sedge_store_open(NULL, o->store, true, &store, err);
    if (!st)
        st = sedge_data_fetch(hub, &store, o->name, now_ms(), &version, err);
    return st ? st : print_version(io, &store, &version, true, err);
}

static const sedge_command commands[] = {
    { "infer", "propose a schema for recordings", &infer_conf, run_infer,
      "The schema is YAML with comments that say what was seen. Look it over: ranges are what was seen and half as\n"
      "much on either side." },
    { "validate", "check recordings against a schema", &validate_conf, run_validate,
      "Prints the first 20 violations with file, row, column, value and rule. The exit code is 1 when there are any,\n"
      "3 when a file is no CSV at all." },
    { "add", "make a version of a data set from files", &add_conf, run_add,
      "A version is immutable and named by its content: adding the same files again gives the same version. With a\n"
      "hub (--hub or SEDGE_HUB_URL) it is sent there too. Exit code 1: a file does not obey the schema." },
    { "list", "list the versions in a store", &list_conf, run_list, NULL },
    { "show", "show a version: files, parent, schema", &show_conf, run_show, NULL },
    { "get", "write a version's files into the store's folder and print their paths", &show_conf, run_get, NULL },
    { "push", "send a version to a hub", &remote_conf, run_push, NULL },
    { "fetch", "bring a version from a hub", &remote_conf, run_fetch, NULL },
};
const sedge_command_group sedge_cmd_data = { "data", "schemas and data set versions", commands, SEDGE_COUNT(commands) };
