/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "conf/nearest.h"

#define C(name) extern const sedge_command_group sedge_cmd_##name;
#include "cli/commands.inc"
#undef C

#define C(name) &sedge_cmd_##name,
static const sedge_command_group *const GROUPS[] = {
#include "cli/commands.inc"
    NULL,
};
#undef C

enum { HELP_MAX = 64 * 1024, WIDTH = 12 };

/** What stands on the command line for the frame itself. */
typedef struct frame_flags {
    bool json, help, version, print_config;
} frame_flags;

static const struct {
    const char *flag;
    size_t offset;
} FRAME_FLAGS[] = {
    { "--json", offsetof(frame_flags, json) },
    { "--help", offsetof(frame_flags, help) },
    { "-h", offsetof(frame_flags, help) },
    { "--version", offsetof(frame_flags, version) },
    { "--print-config", offsetof(frame_flags, print_config) },
};

/** Takes the frame's flags out of argv (up to "--"); returns how many words are left in out. */
static int take_flags(int argc, const char *const *argv, frame_flags *flags, const char **out) {
    int n = 0;
    bool open = true;
    for (int i = 0; i < argc; i++) {
        bool taken = false;
        open = open && strcmp(argv[i], "--") != 0;
        for (size_t f = 0; open && f < SEDGE_COUNT(FRAME_FLAGS); f++)
            if (strcmp(argv[i], FRAME_FLAGS[f].flag) == 0) {
                *((bool *)((char *)flags + FRAME_FLAGS[f].offset)) = true;
                taken = true;
            }
        if (!taken)
            out[n++] = argv[i];
    }
    return n;
}

static bool is_single(const sedge_command_group *group) {
    return group->n == 1 && strcmp(group->commands[0].name, group->name) == 0;
}

static sedge_status unknown(const char *kind, const sedge_nearest *near, sedge_error *err) {
    return near->best ? sedge_fail(err, SEDGE_EUSAGE, "unknown %s '%s'; did you mean %s?", kind, near->word, near->best)
                      : sedge_fail(err, SEDGE_EUSAGE, "unknown %s '%s'; --help lists them", kind, near->word);
}

static sedge_status find_group(const char *word, const sedge_command_group **ret, sedge_error *err) {
    sedge_nearest near = { .word = word };
    for (size_t i = 0; GROUPS[i]; i++) {
        if (strcmp(GROUPS[i]->name, word) == 0) {
            *ret = GROUPS[i];
            return SEDGE_OK;
        }
        sedge_nearest_offer(&near, GROUPS[i]->name);
    }
    return unknown("command", &near, err);
}

static sedge_status find_command(const sedge_command_group *group, const char *word, const sedge_command **ret,
                                 sedge_error *err) {
    sedge_nearest near = { .word = word };
    char kind[64];
    if (!word)
        return sedge_fail(err, SEDGE_EUSAGE, "sedge %s needs a second word; sedge %s --help lists them", group->name,
                          group->name);
    for (size_t i = 0; i < group->n; i++) {
        if (strcmp(group->commands[i].name, word) == 0) {
            *ret = &group->commands[i];
            return SEDGE_OK;
        }
        sedge_nearest_offer(&near, group->commands[i].name);
    }
    (void)snprintf(kind, sizeof kind, "command of sedge %s", group->name);
    return unknown(kind, &near, err);
}

static int print_help(const sedge_buf *text) {
    if (text->failed)
        return sedge_status_exit(SEDGE_ENOMEM);
    (void)fwrite(text->data, 1, text->n, stdout);
    return fflush(stdout) ? sedge_status_exit(SEDGE_EIO) : 0;
}

static int help_all(void) {
    SEDGE_AUTO_BUF out = sedge_buf_init(HELP_MAX);
    sedge_buf_text(
        &out, "usage: sedge COMMAND ...\n\nFrom sensor data to a watched and retrained fleet of small devices.\n\n");
    for (size_t i = 0; GROUPS[i]; i++)
        sedge_buf_printf(&out, "  %-*s %s\n", WIDTH, GROUPS[i]->name, GROUPS[i]->summary);
    sedge_buf_text(&out, "\nEvery command has --help, --json (results for machines) and --print-config.\n");
    return print_help(&out);
}

static int help_group(const sedge_command_group *group) {
    SEDGE_AUTO_BUF out = sedge_buf_init(HELP_MAX);
    sedge_buf_printf(&out, "usage: sedge %s COMMAND ...\n\n%s\n\n", group->name, group->summary);
    for (size_t i = 0; i < group->n; i++)
        sedge_buf_printf(&out, "  %-*s %s\n", WIDTH, group->commands[i].name, group->commands[i].summary);
    return print_help(&out);
}

static void put_name(const sedge_command_group *group, const sedge_command *command, sedge_buf *out) {
    sedge_buf_printf(out, is_single(group) ? "sedge %s" : "sedge %s %s", group->name, command->name);
}

static int help_command(const sedge_command_group *group, const sedge_command *command) {
    SEDGE_AUTO_BUF out = sedge_buf_init(HELP_MAX);
    sedge_buf_text(&out, "usage: ");
    put_name(group, command, &out);
    sedge_conf_put_usage(command->rows, &out);
    sedge_buf_printf(&out, "\n\n%s\n\n", command->summary);
    sedge_conf_put_help(command->rows, &out);
    if (command->more)
        sedge_buf_printf(&out, "\n%s\n", command->more);
    return print_help(&out);
}

static int complain(const sedge_error *err, sedge_status st) {
    (void)fprintf(stderr, "sedge: %s\n", err->text[0] ? err->text : sedge_status_meaning(st));
    return sedge_status_exit(st);
}

static sedge_status print_config(const sedge_command *command, const void *object, const sedge_conf_origins *origins,
                                 sedge_error *err) {
    SEDGE_AUTO_BUF out = sedge_buf_init(HELP_MAX);
    sedge_conf_put_values(command->rows, object, origins, &out);
    if (out.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the configuration");
    return fwrite(out.data, 1, out.n, stdout) == out.n ? SEDGE_OK : sedge_fail(err, SEDGE_EIO, "standard output");
}

static sedge_status run_command(const sedge_command *command, const frame_flags *flags, const sedge_conf_args *args,
                                sedge_error *err) {
    sedge_auto(sedge_conf_origins) origins = NULL;
    SEDGE_AUTO_MEM void *object = calloc(1, command->rows->size_bytes ? command->rows->size_bytes : 1);
    FILE *silence = NULL;
    if (!object)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the options");
    sedge_status st = sedge_conf_parse(command->rows, args, object, &origins, err);
    if (st)
        return st;
    if (flags->json)
        silence = fopen("/dev/null", "we");
    sedge_command_io io = { .out = stdout, .note = silence ? silence : stderr, .json = flags->json };
    st = flags->print_config ? print_config(command, object, origins, err) : command->run(&io, object, err);
    if (fflush(stdout) && !st)
        st = sedge_fail(err, SEDGE_EIO, "standard output cannot be written");
    sedge_conf_free(command->rows, object);
    if (silence)
        (void)fclose(silence);
    return st;
}

static int dispatch(int argc, const char *const *argv, const char *const *env, const frame_flags *flags) {
    sedge_error err = SEDGE_ERROR_INIT;
    const sedge_command_group *group = NULL;
    const sedge_command *command = NULL;
    if (argc == 0) {
        if (flags->help)
            return help_all();
        (void)fprintf(stderr, "sedge: no command is given; sedge --help lists them\n");
        return sedge_status_exit(SEDGE_EUSAGE);
    }
    sedge_status st = find_group(argv[0], &group, &err);
    if (st)
        return complain(&err, st);
    int words = is_single(group) ? 1 : 2;
    if (words == 2 && argc == 1 && flags->help)
        return help_group(group);
    st = find_command(group, argv[words - 1], &command, &err);
    if (st)
        return complain(&err, st);
    if (flags->help)
        return help_command(group, command);
    sedge_conf_args args = { .argc = argc - words, .argv = argv + words, .env = env, .env_prefix = "SEDGE_" };
    st = run_command(command, flags, &args, &err);
    return st ? complain(&err, st) : 0;
}

int sedge_command_main(int argc, const char *const *argv, const char *const *env) {
    frame_flags flags = { 0 };
    const char **words = calloc((size_t)argc + 1, sizeof *words);
    if (!words)
        return sedge_status_exit(SEDGE_ENOMEM);
    int n = argc > 0 ? take_flags(argc - 1, argv + 1, &flags, words) : 0;
    int code = 0;
    if (flags.version)
        (void)printf("sedge %s\n", SEDGE_VERSION);
    else
        code = dispatch(n, words, env, &flags);
    free((void *)words);
    return code;
}

sedge_status sedge_command_print_json(const sedge_command_io *io, json_t *doc, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *owned = doc;
    SEDGE_AUTO_MEM char *text = NULL;
    size_t n = 0;
    if (!owned)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the result");
    sedge_status st = sedge_json_dump(owned, 2, &text, &n, err);
    if (st)
        return st;
    if (fwrite(text, 1, n, io->out) != n || (n && text[n - 1] != '\n' && fputc('\n', io->out) == EOF))
        return sedge_fail(err, SEDGE_EIO, "standard output cannot be written");
    return SEDGE_OK;
}
