/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a YAML mapping by rows. */
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/own.h"
#include "conf/nearest.h"
#include "conf/rows_private.h"

/* Where we are: "phases[1]"; the parts live on the stack of the readers. */
typedef struct place {
    const struct place *up;
    const char *key; /* NULL: an element */
    size_t index;
} place;

typedef struct reader {
    const sedge_yaml *doc;
    sedge_conf_origins *origins; /* NULL below a list, where nothing else can set a value */
    sedge_error *err;
} reader;

static void put_place(sedge_buf *out, const place *at) {
    if (!at)
        return;
    put_place(out, at->up);
    if (at->key)
        sedge_buf_printf(out, "%s%s", out->n ? "." : "", at->key);
    else
        sedge_buf_printf(out, "[%zu]", at->index);
}

/* Puts file, line and place before the sentence that err holds. */
static sedge_status wrap(const reader *r, const sedge_yaml_node *node, const place *at, sedge_status st) {
    SEDGE_AUTO_BUF path = sedge_buf_init(SEDGE_ERROR_TEXT_MAX);
    put_place(&path, at);
    unsigned line = node->key ? node->key_line : node->line;
    if (path.n)
        return sedge_wrap(r->err, st, "%s:%u: %s", sedge_yaml_source(r->doc), line, sedge_buf_cstr(&path));
    return sedge_wrap(r->err, st, "%s:%u", sedge_yaml_source(r->doc), line);
}

static sedge_status fail(const reader *r, const sedge_yaml_node *node, const place *at, const char *fmt, ...)
    SEDGE_PRINTF(4, 5);
static sedge_status fail(const reader *r, const sedge_yaml_node *node, const place *at, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    sedge_vfail(r->err, SEDGE_EINVALID, fmt, args);
    va_end(args);
    return wrap(r, node, at, SEDGE_EINVALID);
}

static const char *kind_name(sedge_yaml_kind kind) {
    static const char *const names[] = { "a single value", "a list", "a mapping" };
    return names[kind];
}

static sedge_status want_kind(const reader *r, const sedge_yaml_node *node, const place *at, sedge_yaml_kind kind) {
    if (node->kind == kind)
        return SEDGE_OK;
    return fail(r, node, at, "is %s, %s is wanted", kind_name(node->kind), kind_name(kind));
}

static bool is_text_type(sedge_conf_type type) {
    return type == SEDGE_CONF_STRING || type == SEDGE_CONF_STRINGS || type == SEDGE_CONF_ENUM ||
           type == SEDGE_CONF_DURATION || type == SEDGE_CONF_BYTES;
}

static sedge_status set_scalar(const reader *r, const sedge_conf_row *row, const sedge_yaml_node *node, void *field,
                               const place *at) {
    sedge_status st = want_kind(r, node, at, SEDGE_YAML_SCALAR);
    if (st)
        return st;
    if (node->quoted && !is_text_type(row->type))
        return fail(r, node, at, "'%.60s' is a text, take the quotes away", node->text);
    st = conf_field_set(row, field, node->text, r->err);
    return st ? wrap(r, node, at, st) : SEDGE_OK;
}

static sedge_status set_elements(const reader *r, const sedge_conf_row *row, const sedge_yaml_node *node, void *field,
                                 const place *at) {
    if (node->kind == SEDGE_YAML_SCALAR && row->type == SEDGE_CONF_STRINGS)
        return set_scalar(r, row, node, field, at);
    sedge_status st = want_kind(r, node, at, SEDGE_YAML_SEQUENCE);
    size_t i = 0;
    for (const sedge_yaml_node *e = node->first; !st && e; e = e->next) {
        place here = { .up = at, .index = i++ };
        st = set_scalar(r, row, e, field, &here);
    }
    return st;
}

static sedge_status set_pairs(const reader *r, const sedge_yaml_node *node, void *field, const place *at) {
    sedge_status st = want_kind(r, node, at, SEDGE_YAML_MAPPING);
    for (const sedge_yaml_node *e = node->first; !st && e; e = e->next) {
        place here = { .up = at, .key = e->key };
        st = want_kind(r, e, &here, SEDGE_YAML_SCALAR);
        if (!st && (st = conf_field_add_pair(field, e->key, e->text, r->err)))
            st = wrap(r, e, &here, st);
    }
    return st;
}

static sedge_status read_struct(const reader *r, const sedge_conf_rows *rows, const sedge_yaml_node *node, void *object,
                                size_t offset, const place *at);

static sedge_status set_structs(const reader *r, const sedge_conf_row *row, const sedge_yaml_node *node, void *field,
                                const place *at) {
    sedge_status st = want_kind(r, node, at, SEDGE_YAML_SEQUENCE);
    if (st || !node->count)
        return st;
    SEDGE_CONF_LIST_OF(void) *list = field;
    list->items = calloc(node->count, row->rows->size_bytes);
    if (!list->items)
        return sedge_fail(r->err, SEDGE_ENOMEM, "%s: no memory for '%s'", sedge_yaml_source(r->doc), row->key);
    reader inner = { .doc = r->doc, .err = r->err };
    for (const sedge_yaml_node *e = node->first; !st && e; e = e->next) {
        place here = { .up = at, .index = list->n };
        void *item = (char *)list->items + list->n * row->rows->size_bytes;
        st = sedge_conf_defaults(row->rows, item, r->err);
        if (st)
            return st;
        list->n++;
        st = read_struct(&inner, row->rows, e, item, 0, &here);
    }
    return st;
}

static sedge_status set_field(const reader *r, const sedge_conf_row *row, const sedge_yaml_node *node, void *field,
                              const place *at) {
    sedge_status st;
    if (row->type == SEDGE_CONF_LIST)
        st = set_structs(r, row, node, field, at);
    else if (row->type == SEDGE_CONF_PAIRS)
        st = set_pairs(r, node, field, at);
    else if (conf_row_is_list(row))
        st = set_elements(r, row, node, field, at);
    else
        st = set_scalar(r, row, node, field, at);
    if (!st && (row->flags & SEDGE_CONF_NOT_EMPTY) && conf_field_is_empty(row, field))
        st = fail(r, node, at, "may not be empty");
    return st;
}

static sedge_status note_origin(const reader *r, const sedge_conf_row *row, const sedge_yaml_node *node,
                                void *outermost, size_t offset) {
    for (size_t i = 0; i < r->origins->n; i++) {
        conf_leaf *leaf = &r->origins->items[i];
        if (leaf->row != row || leaf->offset != offset)
            continue;
        SEDGE_AUTO_BUF origin = sedge_buf_init(8192);
        sedge_buf_printf(&origin, "%s:%u", sedge_yaml_source(r->doc), node->key_line);
        return conf_leaf_begin(leaf, outermost, CONF_FILE, sedge_buf_cstr(&origin), r->err);
    }
    return SEDGE_OK;
}

static const sedge_conf_row *find_row(const sedge_conf_rows *rows, const char *key) {
    for (size_t i = 0; i < rows->n; i++)
        if (conf_row_in_file(&rows->rows[i]) && strcmp(rows->rows[i].key, key) == 0)
            return &rows->rows[i];
    return NULL;
}

static sedge_status unknown_key(const reader *r, const sedge_conf_rows *rows, const sedge_yaml_node *node,
                                const place *at) {
    sedge_nearest near = { .word = node->key };
    SEDGE_AUTO_BUF known = sedge_buf_init(300);
    for (size_t i = 0; i < rows->n; i++)
        if (conf_row_in_file(&rows->rows[i])) {
            sedge_nearest_offer(&near, rows->rows[i].key);
            sedge_buf_printf(&known, "%s%s", known.n ? ", " : "", rows->rows[i].key);
        }
    if (near.best)
        return fail(r, node, at, "unknown key '%.60s'; did you mean %s?", node->key, near.best);
    return fail(r, node, at, "unknown key '%.60s'; known are %s", node->key, sedge_buf_cstr(&known));
}

static sedge_status read_member(const reader *r, const sedge_conf_rows *rows, const sedge_yaml_node *node, void *object,
                                size_t offset, const place *at) {
    const sedge_conf_row *row = find_row(rows, node->key);
    if (!row)
        return unknown_key(r, rows, node, at);
    if (sedge_yaml_is_null(node))
        return SEDGE_OK;
    place here = { .up = at, .key = row->key };
    void *field = (char *)object + row->offset;
    if (row->type == SEDGE_CONF_STRUCT)
        return read_struct(r, row->rows, node, field, offset + row->offset, &here);
    if (r->origins) {
        sedge_status st = note_origin(r, row, node, (char *)object - offset, offset + row->offset);
        if (st)
            return st;
    } else {
        conf_field_clear(row, field);
    }
    return set_field(r, row, node, field, &here);
}

/* The first required row of a struct of which nothing is given, or NULL. */
static const sedge_conf_row *first_required(const sedge_conf_rows *rows) {
    for (size_t i = 0; i < rows->n; i++) {
        const sedge_conf_row *row = &rows->rows[i];
        if (row->type == SEDGE_CONF_STRUCT)
            row = first_required(row->rows);
        if (row && (row->flags & SEDGE_CONF_REQUIRED) && conf_row_in_file(row))
            return row;
    }
    return NULL;
}

static sedge_status check_required(const reader *r, const sedge_conf_rows *rows, const sedge_yaml_node *node,
                                   const place *at) {
    for (size_t i = 0; i < rows->n; i++) {
        const sedge_conf_row *row = &rows->rows[i];
        const sedge_yaml_node *given = sedge_yaml_get(node, row->key);
        if (!conf_row_in_file(row) || (given && !sedge_yaml_is_null(given)))
            continue;
        const sedge_conf_row *missing = row->type == SEDGE_CONF_STRUCT     ? first_required(row->rows)
                                        : row->flags & SEDGE_CONF_REQUIRED ? row
                                                                           : NULL;
        if (missing)
            return fail(r, node, at, "the key '%s%s%s' is missing: %s", row->key, missing == row ? "" : ".",
                        missing == row ? "" : missing->key, missing->help ? missing->help : "it is required");
    }
    return SEDGE_OK;
}

/* object is the struct of rows, at offset in the outermost one. */
static sedge_status read_struct(const reader *r, const sedge_conf_rows *rows, const sedge_yaml_node *node, void *object,
                                size_t offset, const place *at) {
    sedge_status st = want_kind(r, node, at, SEDGE_YAML_MAPPING);
    for (const sedge_yaml_node *e = node->first; !st && e; e = e->next)
        st = read_member(r, rows, e, object, offset, at);
    if (st || r->origins)
        return st;
    st = check_required(r, rows, node, at);
    if (!st && rows->check && (st = rows->check(object, r->err)))
        st = wrap(r, node, at, st);
    return st;
}

sedge_status conf_yaml_apply(const sedge_conf_rows *rows, const sedge_yaml *doc, const sedge_yaml_node *node,
                             void *object, sedge_conf_origins *origins, sedge_error *err) {
    reader r = { .doc = doc, .origins = origins, .err = err };
    return read_struct(&r, rows, node, object, 0, NULL);
}

sedge_status sedge_conf_from_yaml(const sedge_conf_rows *rows, const sedge_yaml *doc, const sedge_yaml_node *node,
                                  void *object, sedge_error *err) {
    sedge_status st = sedge_conf_defaults(rows, object, err);
    if (st)
        return st;
    st = conf_yaml_apply(rows, doc, node, object, NULL, err);
    if (st)
        sedge_conf_free(rows, object);
    return st;
}

sedge_status sedge_conf_load_file(const sedge_conf_rows *rows, const sedge_fs *fs, const char *path, void *object,
                                  sedge_error *err) {
    memset(object, 0, rows->size_bytes);
    sedge_auto(sedge_yaml) doc = NULL;
    sedge_status st = sedge_yaml_load_file(fs, path, &doc, err);
    return st ? st : sedge_conf_from_yaml(rows, doc, sedge_yaml_root(doc), object, err);
}
