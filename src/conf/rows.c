/* SPDX-License-Identifier: Apache-2.0 */
/* Fields and leaves: defaults, freeing, who set what. */
#include "conf/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "conf/rows_private.h"

typedef SEDGE_CONF_LIST_OF(void) any_list;

static void *field_of(const sedge_conf_row *row, void *object) {
    return (char *)object + row->offset;
}

static const void *field_of_const(const sedge_conf_row *row, const void *object) {
    return (const char *)object + row->offset;
}

static void clear_list(const sedge_conf_row *row, any_list *list) {
    for (size_t i = 0; i < list->n; i++)
        sedge_conf_free(row->rows, (char *)list->items + i * row->rows->size_bytes);
    free(list->items);
    *list = (any_list){ NULL, 0 };
}

static void clear_strings(sedge_conf_strings *list) {
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i]);
    free(list->items);
    *list = (sedge_conf_strings){ NULL, 0 };
}

static void clear_pairs(sedge_conf_pairs *list) {
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].key);
        free(list->items[i].value);
    }
    free(list->items);
    *list = (sedge_conf_pairs){ NULL, 0 };
}

void conf_field_clear(const sedge_conf_row *row, void *field) {
    switch (row->type) {
    case SEDGE_CONF_BOOL:
    case SEDGE_CONF_INT:
    case SEDGE_CONF_DOUBLE:
    case SEDGE_CONF_ENUM:
    case SEDGE_CONF_DURATION:
    case SEDGE_CONF_BYTES:
        return; /* the next value overwrites it */
    case SEDGE_CONF_STRING:
        free(*(char **)field);
        *(char **)field = NULL;
        return;
    case SEDGE_CONF_STRINGS:
        clear_strings((sedge_conf_strings *)field);
        return;
    case SEDGE_CONF_INTS:
        free(((sedge_conf_ints *)field)->items);
        *(sedge_conf_ints *)field = (sedge_conf_ints){ NULL, 0 };
        return;
    case SEDGE_CONF_DOUBLES:
        free(((sedge_conf_doubles *)field)->items);
        *(sedge_conf_doubles *)field = (sedge_conf_doubles){ NULL, 0 };
        return;
    case SEDGE_CONF_PAIRS:
        clear_pairs((sedge_conf_pairs *)field);
        return;
    case SEDGE_CONF_STRUCT:
        sedge_conf_free(row->rows, field);
        return;
    case SEDGE_CONF_LIST:
        clear_list(row, (any_list *)field);
        return;
    }
}

bool conf_field_is_empty(const sedge_conf_row *row, const void *field) {
    switch (row->type) {
    case SEDGE_CONF_STRING:
        return !*(char *const *)field || !**(char *const *)field;
    case SEDGE_CONF_STRINGS:
        return !((const sedge_conf_strings *)field)->n;
    case SEDGE_CONF_INTS:
        return !((const sedge_conf_ints *)field)->n;
    case SEDGE_CONF_DOUBLES:
        return !((const sedge_conf_doubles *)field)->n;
    case SEDGE_CONF_PAIRS:
        return !((const sedge_conf_pairs *)field)->n;
    case SEDGE_CONF_LIST:
        return !((const any_list *)field)->n;
    default:
        return false;
    }
}

bool conf_row_is_list(const sedge_conf_row *row) {
    return row->type == SEDGE_CONF_STRINGS || row->type == SEDGE_CONF_INTS || row->type == SEDGE_CONF_DOUBLES ||
           row->type == SEDGE_CONF_PAIRS || row->type == SEDGE_CONF_LIST;
}

bool conf_row_in_file(const sedge_conf_row *row) {
    return !(row->flags & (SEDGE_CONF_NO_FILE | SEDGE_CONF_CONFIG_FILE));
}

bool conf_row_is_flag(const sedge_conf_row *row) {
    return !(row->flags & (SEDGE_CONF_NO_FLAG | SEDGE_CONF_POSITIONAL)) && row->type != SEDGE_CONF_LIST &&
           row->type != SEDGE_CONF_STRUCT;
}

void sedge_conf_free(const sedge_conf_rows *rows, void *object) {
    for (size_t i = 0; i < rows->n; i++)
        conf_field_clear(&rows->rows[i], field_of(&rows->rows[i], object));
    memset(object, 0, rows->size_bytes);
}

static void set_unset(const sedge_conf_row *row, void *field) {
    if (row->type == SEDGE_CONF_DOUBLE)
        *(double *)field = NAN;
    else if (row->type == SEDGE_CONF_ENUM)
        *(int *)field = -1;
    else if (row->type == SEDGE_CONF_INT || row->type == SEDGE_CONF_DURATION || row->type == SEDGE_CONF_BYTES)
        *(int64_t *)field = SEDGE_CONF_UNSET;
}

static sedge_status apply_presets(const sedge_conf_rows *rows, void *object, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; !st && i < rows->n; i++) {
        const sedge_conf_row *row = &rows->rows[i];
        void *field = field_of(row, object);
        if (row->type == SEDGE_CONF_STRUCT)
            st = apply_presets(row->rows, field, err);
        else if (row->preset)
            st = conf_field_set(row, field, row->preset, err);
        else if (row->flags & SEDGE_CONF_OPTIONAL)
            set_unset(row, field);
        if (st)
            return sedge_wrap(err, st == SEDGE_EINVALID ? SEDGE_EINTERNAL : st, "default of '%s'", row->key);
    }
    return st;
}

sedge_status sedge_conf_defaults(const sedge_conf_rows *rows, void *object, sedge_error *err) {
    memset(object, 0, rows->size_bytes);
    sedge_status st = apply_presets(rows, object, err);
    if (st)
        sedge_conf_free(rows, object);
    return st;
}

sedge_status conf_check_rules(const sedge_conf_rows *rows, const void *object, sedge_error *err) {
    for (size_t i = 0; i < rows->n; i++) {
        const sedge_conf_row *row = &rows->rows[i];
        if (row->type != SEDGE_CONF_STRUCT)
            continue;
        sedge_status st = conf_check_rules(row->rows, field_of_const(row, object), err);
        if (st)
            return sedge_wrap(err, st, "%s", row->key);
    }
    return rows->check ? rows->check(object, err) : SEDGE_OK;
}

static size_t count_leaves(const sedge_conf_rows *rows) {
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++)
        n += rows->rows[i].type == SEDGE_CONF_STRUCT ? count_leaves(rows->rows[i].rows) : 1;
    return n;
}

static bool add_leaves(const sedge_conf_rows *rows, size_t offset, const char *prefix, sedge_conf_origins *out) {
    for (size_t i = 0; i < rows->n; i++) {
        const sedge_conf_row *row = &rows->rows[i];
        SEDGE_AUTO_BUF name = sedge_buf_init(1024);
        sedge_buf_printf(&name, "%s%s%s", prefix, *prefix ? "." : "", row->key);
        if (name.failed)
            return false;
        if (row->type == SEDGE_CONF_STRUCT) {
            if (!add_leaves(row->rows, offset + row->offset, sedge_buf_cstr(&name), out))
                return false;
            continue;
        }
        conf_leaf *leaf = &out->items[out->n++];
        *leaf = (conf_leaf){ .row = row, .offset = offset + row->offset, .name = strdup(sedge_buf_cstr(&name)) };
        if (!leaf->name)
            return false;
    }
    return true;
}

sedge_status conf_leaves_new(const sedge_conf_rows *rows, sedge_conf_origins **ret, sedge_error *err) {
    sedge_auto(sedge_conf_origins) o = (sedge_conf_origins *)calloc(1, sizeof *o);
    if (o)
        o->items = (conf_leaf *)calloc(count_leaves(rows) + 1, sizeof *o->items);
    if (!o || !o->items || !add_leaves(rows, 0, "", o))
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the configuration");
    *ret = SEDGE_STEAL(o);
    return SEDGE_OK;
}

void sedge_conf_origins_free(sedge_conf_origins *origins) {
    if (!origins)
        return;
    for (size_t i = 0; i < origins->n; i++) {
        free(origins->items[i].name);
        free(origins->items[i].origin);
    }
    free(origins->items);
    free(origins);
}

sedge_status conf_leaf_begin(conf_leaf *leaf, void *object, conf_rank rank, const char *origin, sedge_error *err) {
    if (leaf->rank != rank)
        conf_field_clear(leaf->row, (char *)object + leaf->offset);
    else if (leaf->origin)
        return SEDGE_OK; /* one more element of a list */
    char *copy = strdup(origin);
    if (!copy)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the configuration");
    free(leaf->origin);
    leaf->origin = copy;
    leaf->rank = rank;
    return SEDGE_OK;
}
