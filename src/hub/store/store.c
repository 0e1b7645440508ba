/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "hub/store/engine.h"

sedge_status store_open(const char *dir, store_commit_fn *on_commit, void *commit_ctx, store **ret, sedge_error *err) {
    return store_sqlite_open(dir, on_commit, commit_ctx, ret, err);
}

void store_close(store *s) {
    if (s)
        s->engine->close(s);
}

sedge_status store_read(store *s, store_fn *fn, void *ctx, sedge_error *err) {
    return s->engine->read(s, fn, ctx, err);
}

sedge_status store_write(store *s, store_fn *fn, void *ctx, sedge_error *err) {
    return s->engine->write(s, fn, ctx, err);
}

sedge_status store_check(store *s, sedge_error *err) {
    return s->engine->check(s, err);
}

void store_touch(store_tx *tx, unsigned topics) {
    tx->topics |= topics;
}

sedge_status store_query(store_tx *tx, store_rows **ret, sedge_error *err, const char *sql, const store_arg *args,
                         size_t n) {
    return tx->engine->query(tx, ret, err, sql, args, n);
}

bool store_next(store_rows *rows) {
    return rows->engine->next(rows);
}

sedge_status store_end(store_rows *rows, sedge_status status, sedge_error *err) {
    return rows ? rows->engine->end(rows, status, err) : status;
}

const char *store_text_or_null(store_rows *rows, int column) {
    return rows->engine->text(rows, column);
}

const char *store_text(store_rows *rows, int column) {
    const char *text = rows->engine->text(rows, column);
    return text ? text : "";
}

int64_t store_int(store_rows *rows, int column) {
    return rows->engine->integer(rows, column);
}

double store_real(store_rows *rows, int column) {
    return rows->engine->real(rows, column);
}

sedge_bytes store_blob(store_rows *rows, int column) {
    return rows->engine->blob(rows, column);
}

bool store_is_null(store_rows *rows, int column) {
    return rows->engine->is_null(rows, column);
}

sedge_status store_exec(store_tx *tx, int64_t *ret_changed, sedge_error *err, const char *sql, const store_arg *args,
                        size_t n) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err, sql, args, n);
    if (!st && store_next(rows))
        st = sedge_fail(err, SEDGE_EINTERNAL, "a statement that should change rows gave one: %.60s", sql);
    st = store_end(rows, st, err);
    if (!st && ret_changed)
        *ret_changed = tx->engine->changed(tx);
    return st;
}

sedge_status store_get_int(store_tx *tx, int64_t *ret, sedge_error *err, const char *sql, const store_arg *args,
                           size_t n) {
    store_rows *rows = NULL;
    int64_t value = 0;
    sedge_status st = store_query(tx, &rows, err, sql, args, n);
    bool found = !st && store_next(rows);
    if (found)
        value = store_int(rows, 0);
    st = store_end(rows, st, err);
    if (st)
        return st;
    if (!found)
        return SEDGE_ENOTFOUND;
    *ret = value;
    return SEDGE_OK;
}

sedge_status store_get_text(store_tx *tx, char **ret, sedge_error *err, const char *sql, const store_arg *args,
                            size_t n) {
    store_rows *rows = NULL;
    char *copy = NULL;
    sedge_status st = store_query(tx, &rows, err, sql, args, n);
    bool found = !st && store_next(rows);
    if (found && store_text_or_null(rows, 0)) {
        copy = strdup(store_text(rows, 0));
        if (!copy)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for a value of the database");
    }
    st = store_end(rows, st, err);
    if (!st && !found)
        return SEDGE_ENOTFOUND;
    if (st) {
        free(copy);
        return st;
    }
    *ret = copy;
    return SEDGE_OK;
}
