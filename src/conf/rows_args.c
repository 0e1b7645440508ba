/* SPDX-License-Identifier: Apache-2.0 */
/* Command line, environment and file together. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "conf/nearest.h"
#include "conf/rows_private.h"
#include "os/file.h"

typedef struct parse {
    const sedge_conf_rows *rows;
    const sedge_conf_args *args;
    sedge_conf_origins *leaves;
    void *object;
    sedge_error *err;
} parse;

/* Does a flag's or variable's spelling (blanks between words as separator) match the leaf "tls.cert_file"? */
static bool spells(const char *name, const char *text, size_t n, char separator, bool upper) {
    size_t i = 0;
    for (; name[i] && i < n; i++) {
        char c = name[i] == '.' || name[i] == '_' ? separator : name[i];
        if (upper)
            c = (char)toupper((unsigned char)c);
        if (c != text[i])
            return false;
    }
    return !name[i] && i == n;
}

static void put_flag(sedge_buf *out, const conf_leaf *leaf) {
    sedge_buf_text(out, "--");
    for (const char *c = leaf->name; *c; c++)
        sedge_buf_u8(out, (uint8_t)(*c == '.' || *c == '_' ? '-' : *c));
}

static sedge_status set_leaf(parse *p, conf_leaf *leaf, conf_rank rank, const char *origin, const char *text) {
    if (rank == CONF_FLAG && leaf->rank == CONF_FLAG && !conf_row_is_list(leaf->row))
        return sedge_fail(p->err, SEDGE_EUSAGE, "%s is given twice", origin);
    sedge_status st = conf_leaf_begin(leaf, p->object, rank, origin, p->err);
    if (!st && (st = conf_field_set(leaf->row, (char *)p->object + leaf->offset, text, p->err)))
        st = sedge_wrap(p->err, st == SEDGE_EINVALID ? SEDGE_EUSAGE : st, "%s", origin);
    return st;
}

static conf_leaf *find_flag(parse *p, const char *text, size_t n) {
    for (size_t i = 0; i < p->leaves->n; i++) {
        conf_leaf *leaf = &p->leaves->items[i];
        if (conf_row_is_flag(leaf->row) && spells(leaf->name, text, n, '-', false))
            return leaf;
    }
    return NULL;
}

static conf_leaf *find_letter(parse *p, char letter) {
    for (size_t i = 0; i < p->leaves->n; i++)
        if (conf_row_is_flag(p->leaves->items[i].row) && p->leaves->items[i].row->letter == letter)
            return &p->leaves->items[i];
    return NULL;
}

static sedge_status unknown_flag(parse *p, const char *word, size_t n) {
    SEDGE_AUTO_MEM char *copy = strndup(word, n);
    SEDGE_AUTO_BUF best = sedge_buf_init(256);
    sedge_nearest near = { .word = copy ? copy : "" };
    for (size_t i = 0; i < p->leaves->n; i++) {
        const conf_leaf *leaf = &p->leaves->items[i];
        if (!conf_row_is_flag(leaf->row) || (leaf->row->flags & SEDGE_CONF_HIDDEN))
            continue;
        SEDGE_AUTO_BUF flag = sedge_buf_init(256);
        put_flag(&flag, leaf);
        const char *before = near.best;
        sedge_nearest_offer(&near, sedge_buf_cstr(&flag));
        if (near.best == before)
            continue;
        sedge_buf_clear(&best);
        sedge_buf_text(&best, sedge_buf_cstr(&flag));
        near.best = "";
    }
    for (const char *const *also = p->args->also; also && *also; also++) {
        const char *before = near.best;
        sedge_nearest_offer(&near, *also);
        if (near.best == before)
            continue;
        sedge_buf_clear(&best);
        sedge_buf_text(&best, *also);
    }
    for (const char *const *also = p->args->also; also && *also; also++) {
        const char *before = near.best;
        sedge_nearest_offer(&near, *also);
        if (near.best == before)
            continue;
        sedge_buf_clear(&best);
        sedge_buf_text(&best, *also);
    }
    if (best.n)
        return sedge_fail(p->err, SEDGE_EUSAGE, "unknown option '%.60s'; did you mean %s?", near.word,
                          sedge_buf_cstr(&best));
    return sedge_fail(p->err, SEDGE_EUSAGE, "unknown option '%.60s'; --help lists them", near.word);
}

/* Takes the option at argv[*i] and its value. */
static sedge_status take_flag(parse *p, int *i) {
    const char *word = p->args->argv[*i];
    bool is_long = word[1] == '-';
    const char *equals = is_long ? strchr(word, '=') : NULL;
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    conf_leaf *leaf = is_long ? find_flag(p, word + 2, n - 2) : n == 2 ? find_letter(p, word[1]) : NULL;
    const char *value = equals ? equals + 1 : NULL;
    if (!leaf && is_long && !equals && strncmp(word, "--no-", 5) == 0) {
        leaf = find_flag(p, word + 5, n - 5);
        if (leaf && leaf->row->type != SEDGE_CONF_BOOL)
            leaf = NULL;
        value = "false";
    }
    if (!leaf)
        return unknown_flag(p, word, n);
    SEDGE_AUTO_BUF origin = sedge_buf_init(256);
    put_flag(&origin, leaf);
    if (!value && leaf->row->type == SEDGE_CONF_BOOL)
        value = "true";
    if (!value) {
        if (*i + 1 == p->args->argc)
            return sedge_fail(p->err, SEDGE_EUSAGE, "%s needs a value", sedge_buf_cstr(&origin));
        value = p->args->argv[++*i];
    }
    return set_leaf(p, leaf, CONF_FLAG, sedge_buf_cstr(&origin), value);
}

static sedge_status take_positional(parse *p, const char *word) {
    for (size_t i = 0; i < p->leaves->n; i++) {
        conf_leaf *leaf = &p->leaves->items[i];
        if (!(leaf->row->flags & SEDGE_CONF_POSITIONAL) || (leaf->rank == CONF_FLAG && !conf_row_is_list(leaf->row)))
            continue;
        SEDGE_AUTO_BUF name = sedge_buf_init(256);
        return set_leaf(p, leaf, CONF_FLAG, conf_row_metavar(leaf->row, &name), word);
    }
    return sedge_fail(p->err, SEDGE_EUSAGE, "'%.60s' is one argument too many; --help shows the usage", word);
}

static sedge_status apply_argv(parse *p) {
    bool flags_end = false;
    sedge_status st = SEDGE_OK;
    for (int i = 0; !st && i < p->args->argc; i++) {
        const char *word = p->args->argv[i];
        if (!flags_end && strcmp(word, "--") == 0)
            flags_end = true;
        else if (!flags_end && word[0] == '-' && word[1])
            st = take_flag(p, &i);
        else
            st = take_positional(p, word);
    }
    return st;
}

static sedge_status apply_env(parse *p) {
    if (!p->args->env || !p->args->env_prefix)
        return SEDGE_OK;
    size_t prefix = strlen(p->args->env_prefix);
    for (const char *const *e = p->args->env; *e; e++) {
        const char *equals = strchr(*e, '=');
        if (!equals || strncmp(*e, p->args->env_prefix, prefix) != 0)
            continue;
        for (size_t i = 0; i < p->leaves->n; i++) {
            conf_leaf *leaf = &p->leaves->items[i];
            if (leaf->rank == CONF_FLAG || !conf_row_is_flag(leaf->row) ||
                !spells(leaf->name, *e + prefix, (size_t)(equals - *e) - prefix, '_', true))
                continue;
            SEDGE_AUTO_MEM char *name = strndup(*e, (size_t)(equals - *e));
            sedge_status st = name ? set_leaf(p, leaf, CONF_ENV, name, equals + 1)
                                   : sedge_fail(p->err, SEDGE_ENOMEM, "no memory for the configuration");
            if (st)
                return st;
        }
    }
    return SEDGE_OK;
}

static const conf_leaf *file_leaf(const parse *p) {
    for (size_t i = 0; i < p->leaves->n; i++)
        if (p->leaves->items[i].row->flags & SEDGE_CONF_CONFIG_FILE)
            return &p->leaves->items[i];
    return NULL;
}

/* The path that the command line, the environment or the preset names; a missing preset file is fine. */
static sedge_status apply_file(parse *p, const char *path, bool is_preset) {
    if (!path || (is_preset && !sedge_file_exists(p->args->fs, path)))
        return SEDGE_OK;
    sedge_auto(sedge_yaml) doc = NULL;
    sedge_status st = sedge_yaml_load_file(p->args->fs, path, &doc, p->err);
    return st ? st : conf_yaml_apply(p->rows, doc, sedge_yaml_root(doc), p->object, p->leaves, p->err);
}

static sedge_status check_required(parse *p) {
    for (size_t i = 0; i < p->leaves->n; i++) {
        const conf_leaf *leaf = &p->leaves->items[i];
        if (!(leaf->row->flags & SEDGE_CONF_REQUIRED) || leaf->rank != CONF_PRESET)
            continue;
        SEDGE_AUTO_BUF text = sedge_buf_init(256);
        SEDGE_AUTO_BUF metavar = sedge_buf_init(256);
        if (conf_row_is_flag(leaf->row)) {
            put_flag(&text, leaf);
            sedge_buf_u8(&text, ' ');
        }
        const char *value = conf_row_metavar(leaf->row, &metavar);
        sedge_buf_text(&text, value ? value : "");
        return sedge_fail(p->err, SEDGE_EUSAGE, "missing %s: %s", sedge_buf_cstr(&text),
                          leaf->row->help ? leaf->row->help : "it is required");
    }
    return SEDGE_OK;
}

static void reset_ranks(sedge_conf_origins *leaves) {
    for (size_t i = 0; i < leaves->n; i++) {
        free(leaves->items[i].origin);
        leaves->items[i].origin = NULL;
        leaves->items[i].rank = CONF_PRESET;
    }
}

/* The command line is read twice: first on a scratch object, to find the configuration file and to report wrong flags
 * before anything is opened; then over file and environment. */
static sedge_status find_file(parse *p, char **ret_path, bool *ret_is_preset) {
    *ret_path = NULL;
    sedge_status st = apply_argv(p);
    if (!st)
        st = apply_env(p);
    const conf_leaf *leaf = file_leaf(p);
    if (!st && leaf) {
        const char *path = *(char *const *)(const void *)((const char *)p->object + leaf->offset);
        *ret_is_preset = leaf->rank == CONF_PRESET;
        if (path && !(*ret_path = strdup(path)))
            st = sedge_fail(p->err, SEDGE_ENOMEM, "no memory for the configuration");
    }
    reset_ranks(p->leaves);
    return st;
}

static sedge_status apply_all(parse *p) {
    SEDGE_AUTO_MEM char *path = NULL;
    bool is_preset = true;
    sedge_status st = find_file(p, &path, &is_preset);
    sedge_conf_free(p->rows, p->object);
    if (!st)
        st = sedge_conf_defaults(p->rows, p->object, p->err);
    if (!st)
        st = apply_file(p, path, is_preset);
    if (!st)
        st = apply_env(p);
    if (!st)
        st = apply_argv(p);
    if (!st)
        st = check_required(p);
    if (!st && (st = conf_check_rules(p->rows, p->object, p->err)) == SEDGE_EINVALID)
        st = SEDGE_EUSAGE;
    return st;
}

sedge_status sedge_conf_parse(const sedge_conf_rows *rows, const sedge_conf_args *args, void *object,
                              sedge_conf_origins **ret_origins, sedge_error *err) {
    sedge_status st = sedge_conf_defaults(rows, object, err);
    if (st)
        return st;
    sedge_auto(sedge_conf_origins) leaves = NULL;
    st = conf_leaves_new(rows, &leaves, err);
    if (!st) {
        parse p = { .rows = rows, .args = args, .leaves = leaves, .object = object, .err = err };
        st = apply_all(&p);
    }
    if (st) {
        sedge_conf_free(rows, object);
        return st;
    }
    if (ret_origins)
        *ret_origins = SEDGE_STEAL(leaves);
    return SEDGE_OK;
}
