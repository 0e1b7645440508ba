/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/command.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/nearest.h"
#include "os/errno.h"

enum { TEXT_MAX = 1 << 20, NAME_COLUMN = 22 };

/* The words that every command knows, taken out before its own options are read. */
typedef struct common {
    bool help;
    bool json;
    bool print_config;
} common;

typedef struct call {
    const sedge_program *program;
    const sedge_command_group *group; /* NULL: none was named yet */
    const sedge_command *command;     /* NULL: none was named yet */
    common common;
    int argc;          /* what is left for the command */
    const char **argv; /* owned */
} call;

/* The command that bears the group's name, which is called by that one word; or NULL. */
static const sedge_command *namesake(const sedge_command_group *g) {
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->commands[i].name, g->name) == 0)
            return &g->commands[i];
    return NULL;
}

static bool is_single(const sedge_command_group *g) {
    return g->n == 1 && namesake(g);
}

static void put_name(sedge_buf *out, const call *c) {
    sedge_buf_text(out, c->program->name);
    if (c->group)
        sedge_buf_printf(out, " %s", c->group->name);
    if (c->command && c->command != namesake(c->group))
        sedge_buf_printf(out, " %s", c->command->name);
}

/* A path may hold bytes that are no UTF-8, which JSON cannot carry. */
static const char *without_foreign_bytes(char out[SEDGE_ERROR_TEXT_MAX], const char *text) {
    size_t n = 0;
    for (; text[n] && n < SEDGE_ERROR_TEXT_MAX - 1; n++)
        out[n] = (unsigned char)text[n] < 0x80 ? text[n] : '?';
    out[n] = '\0';
    return out;
}

/* Prints a failure and gives the exit code. */
static int report(const call *c, sedge_status st, const sedge_error *err) {
    const char *text = err->text[0] ? err->text : sedge_status_meaning(st);
    if (!c->common.json) {
        SEDGE_AUTO_BUF name = sedge_buf_init(256);
        put_name(&name, c);
        fprintf(stderr, "%s: %s\n", sedge_buf_cstr(&name), text);
        return sedge_status_exit(st);
    }
    char plain[SEDGE_ERROR_TEXT_MAX];
    SEDGE_AUTO_JSON json_t *message = json_string(text);
    if (!message)
        message = json_string(without_foreign_bytes(plain, text));
    SEDGE_AUTO_JSON json_t *doc =
        json_pack("{s{ss sO*}}", "error", "status", sedge_status_name(st), "message", message);
    if (!doc || json_dumpf(doc, stderr, JSON_COMPACT))
        fputs("{\"error\":{\"status\":\"no_memory\",\"message\":\"no memory\"}}", stderr);
    fputc('\n', stderr);
    return sedge_status_exit(st);
}

static sedge_status check_output(FILE *out, sedge_error *err) {
    if (fflush(out) == 0 && !ferror(out))
        return SEDGE_OK;
    return sedge_fail_errno(err, errno ? errno : EIO, "cannot write the result to standard output");
}

static void put_summary_line(sedge_buf *out, const char *name, const char *word, const char *summary) {
    size_t start = out->n;
    sedge_buf_printf(out, "  %s%s%s", name, word ? " " : "", word ? word : "");
    do
        sedge_buf_u8(out, ' ');
    while (out->n - start < NAME_COLUMN + 2 && !out->failed);
    sedge_buf_printf(out, "%s\n", summary);
}

static void put_group_lines(sedge_buf *out, const sedge_command_group *g) {
    for (size_t i = 0; i < g->n; i++)
        if (g->commands[i].summary)
            put_summary_line(out, g->name, &g->commands[i] == namesake(g) ? NULL : g->commands[i].name,
                             g->commands[i].summary);
}

/* One line a command; groups of several stand by themselves. */
static void put_program_help(sedge_buf *out, const sedge_program *p) {
    sedge_buf_printf(out, "usage: %s COMMAND [options]\n\n%s\n\n", p->name, p->about);
    for (size_t i = 0; i < p->n; i++) {
        bool apart = i && (p->groups[i]->n > 1 || p->groups[i - 1]->n > 1);
        sedge_buf_text(out, apart ? "\n" : "");
        put_group_lines(out, p->groups[i]);
    }
    sedge_buf_printf(out,
                     "\nEvery command has --help, --json (results and errors for machines) and --print-config.\n"
                     "Options can be set in the environment as %s<OPTION>.\n"
                     "Exit codes: 0 done, 1 a gate or check said no, 2 usage, 3 bad input, 4 not found, 5 refused,\n"
                     "6 network, 7 no space or I/O, 8 conflict, 70 our own fault.\n",
                     p->env_prefix);
}

static void put_command_help(sedge_buf *out, const call *c) {
    sedge_buf_text(out, "usage: ");
    put_name(out, c);
    sedge_conf_put_usage(c->command->rows, out);
    sedge_buf_printf(out, "\n\n%s\n\n", c->command->summary);
    sedge_conf_put_help(c->command->rows, out);
    sedge_buf_text(out, "  --json                      print results and errors as JSON\n"
                        "  --print-config              print the options, their values and where they came from\n"
                        "  -h, --help                  print this\n");
    if (c->command->more)
        sedge_buf_printf(out, "\n%s\n", c->command->more);
}

/* Of a group with a namesake: that command's help, then the others. */
static void put_group_help(sedge_buf *out, const call *c) {
    call own = { .program = c->program, .group = c->group, .command = namesake(c->group) };
    if (own.command)
        put_command_help(out, &own);
    else
        sedge_buf_printf(out, "usage: %s %s COMMAND [options]\n\n%s\n", c->program->name, c->group->name,
                         c->group->summary);
    sedge_buf_text(out, own.command ? "\nAll commands of this group:\n" : "\n");
    put_group_lines(out, c->group);
}

static json_t *commands_json(const sedge_program *p) {
    json_t *all = json_array();
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->groups[i]->n; k++) {
            const sedge_command *c = &p->groups[i]->commands[k];
            if (c->summary)
                json_array_append_new(all, json_pack("{ss ss ss}", "group", p->groups[i]->name, "command", c->name,
                                                     "summary", c->summary));
        }
    return json_pack("{so}", "commands", all);
}

static sedge_status print_help(const call *c, FILE *out, sedge_error *err) {
    if (c->common.json && !c->command) {
        sedge_command_io io = { .out = out, .json = true };
        return sedge_command_print_json(&io, commands_json(c->program), err);
    }
    SEDGE_AUTO_BUF text = sedge_buf_init(TEXT_MAX);
    if (c->command)
        put_command_help(&text, c);
    else if (c->group)
        put_group_help(&text, c);
    else
        put_program_help(&text, c->program);
    if (text.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the help text");
    fputs(sedge_buf_cstr(&text), out);
    return SEDGE_OK;
}

static sedge_status unknown_word(const char *what, const char *word, const char *best, sedge_error *err) {
    if (best)
        return sedge_fail(err, SEDGE_EUSAGE, "unknown %s '%.60s'; did you mean %s?", what, word, best);
    return sedge_fail(err, SEDGE_EUSAGE, "unknown %s '%.60s'; --help lists them", what, word);
}

static sedge_status find_group(const sedge_program *p, const char *word, const sedge_command_group **ret,
                               sedge_error *err) {
    sedge_nearest near = { .word = word };
    for (size_t i = 0; i < p->n; i++) {
        if (strcmp(p->groups[i]->name, word) == 0) {
            *ret = p->groups[i];
            return SEDGE_OK;
        }
        sedge_nearest_offer(&near, p->groups[i]->name);
    }
    return unknown_word("command", word, near.best, err);
}

static sedge_status find_command(const sedge_command_group *g, const char *word, const sedge_command **ret,
                                 sedge_error *err) {
    sedge_nearest near = { .word = word };
    for (size_t i = 0; i < g->n; i++) {
        if (strcmp(g->commands[i].name, word) == 0) {
            *ret = &g->commands[i];
            return SEDGE_OK;
        }
        if (g->commands[i].summary)
            sedge_nearest_offer(&near, g->commands[i].name);
    }
    return unknown_word("command", word, near.best, err);
}

static sedge_status needs_command(const sedge_command_group *g, sedge_error *err) {
    if (!g)
        return sedge_fail(err, SEDGE_EUSAGE, "a command is missing; --help lists them");
    SEDGE_AUTO_BUF names = sedge_buf_init(SEDGE_ERROR_TEXT_MAX);
    for (size_t i = 0; i < g->n; i++)
        sedge_buf_printf(&names, "%s%s", i ? ", " : "", g->commands[i].name);
    return sedge_fail(err, SEDGE_EUSAGE, "a command is missing: %s", sedge_buf_cstr(&names));
}

static const char *const common_flags[] = { "--help", "--json", "--print-config", NULL };

static bool take_common(common *c, const char *word) {
    const struct {
        const char *word;
        bool *flag;
    } words[] = {
        { "--help", &c->help }, { "-h", &c->help }, { "--json", &c->json }, { "--print-config", &c->print_config }
    };
    for (size_t i = 0; i < SEDGE_COUNT(words); i++)
        if (strcmp(words[i].word, word) == 0) {
            *words[i].flag = true;
            return true;
        }
    return false;
}

static bool is_command(const sedge_command_group *g, const char *word) {
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->commands[i].name, word) == 0 && &g->commands[i] != namesake(g))
            return true;
    return false;
}

/* The next word that is no option names the group, then the command; everything else stays for the command. In a group
 * with a namesake, a word that is no other command is the namesake's. */
static sedge_status take_word(call *c, const char *word, sedge_error *err) {
    if (!c->command && c->group && word[0] != '-' && !is_command(c->group, word))
        c->command = namesake(c->group);
    if (c->command || word[0] == '-') {
        c->argv[c->argc++] = word;
        return SEDGE_OK;
    }
    if (c->group)
        return find_command(c->group, word, &c->command, err);
    sedge_status st = find_group(c->program, word, &c->group, err);
    if (!st && is_single(c->group))
        c->command = c->group->commands;
    return st;
}

static sedge_status take_words(call *c, int argc, const char *const *argv, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    sedge_status first = SEDGE_OK; /* the first fault counts, yet --json behind it still decides how it is told */
    bool literal = false;
    for (int i = 1; i < argc; i++) {
        literal = literal || strcmp(argv[i], "--") == 0;
        if (!literal && take_common(&c->common, argv[i]))
            continue;
        if (first)
            continue;
        st = take_word(c, argv[i], err);
        first = st;
    }
    return first;
}

static sedge_status print_config(const call *c, const void *object, const sedge_conf_origins *origins,
                                 sedge_error *err) {
    SEDGE_AUTO_BUF text = sedge_buf_init(TEXT_MAX);
    sedge_conf_put_values(c->command->rows, object, origins, &text);
    if (text.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the configuration");
    fputs(sedge_buf_cstr(&text), stdout);
    return SEDGE_OK;
}

/* The last words: what was printed has arrived or that is the failure. The exit code. */
static int finish(const call *c, sedge_status st, sedge_error *err) {
    if (!st)
        st = check_output(stdout, err);
    return st ? report(c, st, err) : 0;
}

static sedge_status run_with(const call *c, void *object, sedge_error *err) {
    FILE *silent = c->common.json ? fopen("/dev/null", "w") : NULL;
    sedge_command_io io = { .out = stdout, .note = silent ? silent : stderr, .json = c->common.json };
    sedge_status st = c->command->run(&io, object, err);
    if (c->command->leaves_threads)
        _exit(finish(c, st, err));
    if (silent)
        fclose(silent);
    return st;
}

static sedge_status run_command(const call *c, const char *const *env, sedge_error *err) {
    const sedge_conf_rows *rows = c->command->rows;
    void *object = calloc(1, rows->size_bytes);
    if (!object)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the options");
    sedge_conf_args args = {
        .argc = c->argc, .argv = c->argv, .env = env, .env_prefix = c->program->env_prefix, .also = common_flags
    };
    sedge_auto(sedge_conf_origins) origins = NULL;
    sedge_status st = sedge_conf_parse(rows, &args, object, &origins, err);
    if (!st) {
        st = c->common.print_config ? print_config(c, object, origins, err) : run_with(c, object, err);
        sedge_conf_free(rows, object);
    }
    free(object);
    return st;
}

static sedge_status run_call(call *c, int argc, const char *const *argv, const char *const *env, sedge_error *err) {
    c->argv = (const char **)calloc((size_t)argc + 1, sizeof *c->argv);
    if (!c->argv)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the arguments");
    sedge_status st = take_words(c, argc, argv, err);
    if (!st && c->group && !c->command && !c->common.help)
        c->command = namesake(c->group);
    if (!st && c->common.help)
        st = print_help(c, stdout, err);
    else if (!st && c->command)
        st = run_command(c, env, err);
    else if (!st && !c->group && c->argc == 1 && strcmp(c->argv[0], "--version") == 0)
        fprintf(stdout, "%s %s\n", c->program->name, SEDGE_VERSION);
    else if (!st && c->argc)
        st = unknown_word("option", c->argv[0], NULL, err);
    else if (!st)
        st = needs_command(c->group, err);
    return st;
}

int sedge_program_main(const sedge_program *program, int argc, const char *const *argv, const char *const *env) {
    call c = { .program = program };
    sedge_error err = SEDGE_ERROR_INIT;
    /* a reader that went away and a file at its limit are errors of writing, with a sentence */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    sedge_status st = run_call(&c, argc, argv, env, &err);
    int code = finish(&c, st, &err);
    free(c.argv);
    return code;
}

sedge_status sedge_command_print_json(const sedge_command_io *io, json_t *doc, sedge_error *err) {
    if (!doc)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the result");
    SEDGE_AUTO_MEM char *text = NULL;
    sedge_status st = sedge_json_dump(doc, 2, &text, NULL, err);
    json_decref(doc);
    if (!st)
        fprintf(io->out, "%s\n", text);
    return st;
}
