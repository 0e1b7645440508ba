/* SPDX-License-Identifier: Apache-2.0 */
/**
 * SQLite: WAL, synchronous=FULL, one writer thread that commits everything waiting in one group, readers with
 * connections of their own.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "hub/store/engine.h"
#include "os/file.h"

enum {
    READERS_MAX = 32,      /**< connections kept for the next reader */
    GROUP_MAX = 512,       /**< writes in one commit */
    STATEMENTS_MAX = 256,  /**< prepared statements kept per connection; a power of two */
    BUSY_TIMEOUT_MS = 5000 /**< only `check` beside a running hub ever waits */
};

/** A slot of the statement cache: found by the SQL text, in use by at most one query at a time. */
typedef struct cached {
    char *sql;
    sqlite3_stmt *stmt;
    bool busy;
} cached;

typedef struct connection {
    store_tx tx; /**< first: the engine's transaction is the connection */
    sqlite3 *db;
    cached cache[STATEMENTS_MAX];
} connection;

struct sqlite_rows {
    store_rows rows;
    connection *c;
    sqlite3_stmt *stmt;
    cached *slot; /**< NULL when the statement is not kept */
    int failure;  /**< SQLite's code that ended it, or SQLITE_OK */
};

typedef struct write_request {
    store_fn *fn;
    void *ctx;
    sedge_error *err;
    sedge_status status;
    bool done;
    pthread_cond_t cond;
    struct write_request *next;
} write_request;

typedef struct sqlite_store {
    store base;
    char path[SEDGE_PATH_MAX];
    store_commit_fn *on_commit;
    void *commit_ctx;

    pthread_mutex_t lock; /**< everything below */
    pthread_cond_t wake;  /**< the writer's */
    write_request *first, *last;
    bool stopping;
    connection *readers[READERS_MAX];
    size_t readers_n;

    pthread_t writer;
    bool writer_runs;
    connection *writer_connection;
} sqlite_store;

static const store_engine engine;

static sedge_status sqlite_fail(sedge_error *err, sqlite3 *db, int code, const char *doing) {
    static const struct {
        int code;
        sedge_status status;
    } map[] = {
        { SQLITE_FULL, SEDGE_ENOSPACE },        { SQLITE_NOMEM, SEDGE_ENOMEM },  { SQLITE_BUSY, SEDGE_EBUSY },
        { SQLITE_CONSTRAINT, SEDGE_ECONFLICT }, { SQLITE_TOOBIG, SEDGE_ELIMIT }, { SQLITE_ERROR, SEDGE_EINTERNAL },
        { SQLITE_MISUSE, SEDGE_EINTERNAL },
    };
    sedge_status status = SEDGE_EIO;
    for (size_t i = 0; i < SEDGE_COUNT(map); i++)
        if ((code & 0xff) == map[i].code)
            status = map[i].status;
    return sedge_fail(err, status, "database: %s: %s", doing, db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

static sedge_status run_sql(connection *c, const char *sql, sedge_error *err) {
    int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? SEDGE_OK : sqlite_fail(err, c->db, code, sql);
}

static void connection_free(connection *c) {
    if (!c)
        return;
    for (size_t i = 0; i < STATEMENTS_MAX; i++) {
        sqlite3_finalize(c->cache[i].stmt);
        free(c->cache[i].sql);
    }
    sqlite3_close(c->db);
    free(c);
}
SEDGE_DEFINE_AUTO(connection, connection_free)

static sedge_status connection_new(const char *path, connection **ret, sedge_error *err) {
    sedge_auto(connection) c = calloc(1, sizeof *c);
    if (!c)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a database connection");
    c->tx.engine = &engine;
    int code = sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return sqlite_fail(err, c->db, code, path);
    sqlite3_busy_timeout(c->db, BUSY_TIMEOUT_MS);
    code = sqlite3_exec(c->db,
                        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                        "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000; PRAGMA case_sensitive_like=ON",
                        NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return sqlite_fail(err, c->db, code, "cannot be opened");
    *ret = SEDGE_STEAL(c);
    return SEDGE_OK;
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

static cached *cache_slot(connection *c, const char *sql) {
    uint32_t hash = 2166136261U;
    for (const char *p = sql; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619U;
    return &c->cache[hash % STATEMENTS_MAX];
}

/** A prepared statement: the kept one when it is the same text and free, else a fresh one, kept when the slot is free.
 */
static sedge_status prepare(connection *c, const char *sql, sqlite3_stmt **ret, cached **ret_slot, sedge_error *err) {
    cached *slot = cache_slot(c, sql);
    if (slot->stmt && !slot->busy && strcmp(slot->sql, sql) == 0) {
        slot->busy = true;
        *ret = slot->stmt;
        *ret_slot = slot;
        return SEDGE_OK;
    }
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (code != SQLITE_OK)
        return sqlite_fail(err, c->db, code, sql);
    *ret = stmt;
    *ret_slot = NULL;
    char *copy = slot->busy ? NULL : strdup(sql);
    if (copy) {
        sqlite3_finalize(slot->stmt);
        free(slot->sql);
        *slot = (cached){ .sql = copy, .stmt = stmt, .busy = true };
        *ret_slot = slot;
    }
    return SEDGE_OK;
}

static int bind_one(sqlite3_stmt *stmt, int at, const store_arg *a) {
    switch (a->kind) {
    case STORE_ARG_TEXT:
        return a->text ? sqlite3_bind_text(stmt, at, a->text, -1, SQLITE_TRANSIENT) : sqlite3_bind_null(stmt, at);
    case STORE_ARG_INT:
        return sqlite3_bind_int64(stmt, at, a->i);
    case STORE_ARG_REAL:
        return sqlite3_bind_double(stmt, at, a->d);
    case STORE_ARG_BLOB:
        return sqlite3_bind_blob64(stmt, at, a->blob.n ? (const void *)a->blob.p : "", a->blob.n, SQLITE_TRANSIENT);
    case STORE_ARG_NULL:
        return sqlite3_bind_null(stmt, at);
    }
    return SQLITE_MISUSE;
}

static sedge_status bind_all(connection *c, sqlite3_stmt *stmt, const store_arg *args, size_t n, sedge_error *err) {
    if ((size_t)sqlite3_bind_parameter_count(stmt) != n)
        return sedge_fail(err, SEDGE_EINTERNAL, "database: %d parameters wanted, %zu given: %.80s",
                          sqlite3_bind_parameter_count(stmt), n, sqlite3_sql(stmt));
    for (size_t i = 0; i < n; i++) {
        char name[16];
        sqlite3_snprintf(sizeof name, name, "$%d", (int)i + 1);
        int at = sqlite3_bind_parameter_index(stmt, name);
        int code = at ? bind_one(stmt, at, &args[i]) : SQLITE_MISUSE;
        if (code != SQLITE_OK)
            return sqlite_fail(err, c->db, code, name);
    }
    return SEDGE_OK;
}

static void release_statement(sqlite3_stmt *stmt, cached *slot) {
    if (slot) {
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
        slot->busy = false;
    } else {
        sqlite3_finalize(stmt);
    }
}

static sedge_status sqlite_query(store_tx *tx, store_rows **ret, sedge_error *err, const char *sql,
                                 const store_arg *args, size_t n) {
    connection *c = (connection *)tx;
    struct sqlite_rows *r = calloc(1, sizeof *r);
    if (!r)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a query");
    *r = (struct sqlite_rows){ .rows.engine = &engine, .c = c };
    sedge_status st = prepare(c, sql, &r->stmt, &r->slot, err);
    if (!st) {
        st = bind_all(c, r->stmt, args, n, err);
        if (st)
            release_statement(r->stmt, r->slot);
    }
    if (st) {
        free(r);
        return st;
    }
    *ret = &r->rows;
    return SEDGE_OK;
}

static bool sqlite_next(store_rows *rows) {
    struct sqlite_rows *r = (struct sqlite_rows *)rows;
    if (r->failure)
        return false;
    int code = sqlite3_step(r->stmt);
    if (code == SQLITE_ROW)
        return true;
    r->failure = code == SQLITE_DONE ? SQLITE_OK : code;
    return false;
}

static sedge_status sqlite_end(store_rows *rows, sedge_status status, sedge_error *err) {
    struct sqlite_rows *r = (struct sqlite_rows *)rows;
    if (!status && r->failure)
        status = sqlite_fail(err, r->c->db, r->failure, sqlite3_sql(r->stmt));
    release_statement(r->stmt, r->slot);
    free(r);
    return status;
}

static const char *sqlite_text(store_rows *rows, int column) {
    return (const char *)sqlite3_column_text(((struct sqlite_rows *)rows)->stmt, column);
}

static int64_t sqlite_integer(store_rows *rows, int column) {
    return sqlite3_column_int64(((struct sqlite_rows *)rows)->stmt, column);
}

static double sqlite_real(store_rows *rows, int column) {
    return sqlite3_column_double(((struct sqlite_rows *)rows)->stmt, column);
}

static sedge_bytes sqlite_blob(store_rows *rows, int column) {
    sqlite3_stmt *stmt = ((struct sqlite_rows *)rows)->stmt;
    const void *p = sqlite3_column_blob(stmt, column);
    return sedge_bytes_of(p, p ? (size_t)sqlite3_column_bytes(stmt, column) : 0);
}

static bool sqlite_is_null(store_rows *rows, int column) {
    return sqlite3_column_type(((struct sqlite_rows *)rows)->stmt, column) == SQLITE_NULL;
}

static int64_t sqlite_changed(store_tx *tx) {
    return sqlite3_changes64(((connection *)tx)->db);
}

/* ---- readers ---------------------------------------------------------------------------------------------------- */

static sedge_status reader_take(sqlite_store *s, connection **ret, sedge_error *err) {
    pthread_mutex_lock(&s->lock);
    connection *c = s->readers_n ? s->readers[--s->readers_n] : NULL;
    pthread_mutex_unlock(&s->lock);
    if (!c)
        return connection_new(s->path, ret, err);
    *ret = c;
    return SEDGE_OK;
}

static void reader_give(sqlite_store *s, connection *c) {
    pthread_mutex_lock(&s->lock);
    bool keep = s->readers_n < READERS_MAX;
    if (keep)
        s->readers[s->readers_n++] = c;
    pthread_mutex_unlock(&s->lock);
    if (!keep)
        connection_free(c);
}

static sedge_status sqlite_read(store *base, store_fn *fn, void *ctx, sedge_error *err) {
    sqlite_store *s = (sqlite_store *)base;
    connection *c = NULL;
    sedge_status st = reader_take(s, &c, err);
    if (st)
        return st;
    st = run_sql(c, "BEGIN", err);
    if (!st) {
        st = fn(&c->tx, ctx, err);
        sedge_status ended = run_sql(c, "ROLLBACK", st ? NULL : err);
        st = st ? st : ended;
    }
    reader_give(s, c);
    return st;
}

/* ---- the writer ------------------------------------------------------------------------------------------------- */

static sedge_status run_in_savepoint(connection *c, write_request *r, unsigned *topics) {
    sedge_status st = run_sql(c, "SAVEPOINT one", r->err);
    if (st)
        return st;
    c->tx.topics = 0;
    st = r->fn(&c->tx, r->ctx, r->err);
    sedge_status undone = SEDGE_OK;
    if (st)
        undone = run_sql(c, "ROLLBACK TO one", NULL);
    else
        *topics |= c->tx.topics;
    sedge_status released = run_sql(c, "RELEASE one", st ? NULL : r->err);
    if (!st)
        return released;
    /* a failed roll-back to the savepoint means that SQLite has rolled everything back already */
    return undone ? SEDGE_EIO : st;
}

static void run_group(sqlite_store *s, write_request *group) {
    connection *c = s->writer_connection;
    unsigned topics = 0;
    sedge_error commit_error = SEDGE_ERROR_INIT;
    sedge_status st = run_sql(c, "BEGIN IMMEDIATE", &commit_error);
    for (write_request *r = group; r && !st; r = r->next)
        r->status = run_in_savepoint(c, r, &topics);
    if (!st)
        st = run_sql(c, "COMMIT", &commit_error);
    if (st && !sqlite3_get_autocommit(c->db) && run_sql(c, "ROLLBACK", NULL))
        st = SEDGE_EIO;
    if (!st && topics && s->on_commit)
        s->on_commit(s->commit_ctx, topics);
    pthread_mutex_lock(&s->lock);
    for (write_request *r = group, *next; r; r = next) {
        next = r->next;
        if (st && !r->status)
            r->status = sedge_fail(r->err, st, "%s", commit_error.text);
        r->done = true;
        pthread_cond_signal(&r->cond);
    }
    pthread_mutex_unlock(&s->lock);
}

/** Cuts at most GROUP_MAX requests from the queue. The lock is held. */
static write_request *take_group(sqlite_store *s) {
    write_request *group = s->first, *r = group;
    for (size_t n = 1; r && r->next && n < GROUP_MAX; n++)
        r = r->next;
    if (r) {
        s->first = r->next;
        if (!s->first)
            s->last = NULL;
        r->next = NULL;
    }
    return group;
}

static void *writer_main(void *arg) {
    sqlite_store *s = arg;
    for (;;) {
        pthread_mutex_lock(&s->lock);
        while (!s->first && !s->stopping)
            pthread_cond_wait(&s->wake, &s->lock);
        write_request *group = take_group(s);
        pthread_mutex_unlock(&s->lock);
        if (!group)
            return NULL;
        run_group(s, group);
    }
}

static sedge_status sqlite_write(store *base, store_fn *fn, void *ctx, sedge_error *err) {
    sqlite_store *s = (sqlite_store *)base;
    write_request r = { .fn = fn, .ctx = ctx, .err = err, .cond = PTHREAD_COND_INITIALIZER };
    pthread_mutex_lock(&s->lock);
    if (s->stopping) {
        pthread_mutex_unlock(&s->lock);
        return sedge_fail(err, SEDGE_EBUSY, "the hub is stopping");
    }
    *(s->last ? &s->last->next : &s->first) = &r;
    s->last = &r;
    pthread_cond_signal(&s->wake);
    while (!r.done)
        pthread_cond_wait(&r.cond, &s->lock);
    pthread_mutex_unlock(&s->lock);
    pthread_cond_destroy(&r.cond);
    return r.status;
}

/* ---- opening and checking --------------------------------------------------------------------------------------- */

static sedge_status schema_version(connection *c, int64_t *ret, sedge_error *err) {
    return store_get_int(&c->tx, ret, err, "PRAGMA user_version", STORE_NONE);
}

static sedge_status migrate_one(connection *c, int version, sedge_error *err) {
    char *set = sqlite3_mprintf("PRAGMA user_version = %d", version + 1);
    if (!set)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a migration");
    sedge_status st = run_sql(c, "BEGIN IMMEDIATE", err);
    if (!st)
        st = run_sql(c, store_migrations[version].sql, err);
    if (!st)
        st = run_sql(c, set, err);
    if (!st)
        st = run_sql(c, "COMMIT", err);
    sqlite3_free(set);
    return st ? sedge_wrap(err, st, "migration %s", store_migrations[version].name) : SEDGE_OK;
}

static sedge_status migrate(connection *c, sedge_error *err) {
    int64_t version = 0;
    sedge_status st = schema_version(c, &version, err);
    if (st)
        return st;
    if (version > store_migrations_n)
        return sedge_fail(err, SEDGE_EUNSUPPORTED,
                          "the database has schema %lld and this sedge-hub knows up to %d; use a newer sedge-hub",
                          (long long)version, store_migrations_n);
    while (!st && version < store_migrations_n)
        st = migrate_one(c, (int)version++, err);
    return st;
}

static sedge_status sqlite_check(store *base, sedge_error *err) {
    sqlite_store *s = (sqlite_store *)base;
    connection *c = NULL;
    sedge_status st = reader_take(s, &c, err);
    if (st)
        return st;
    char *text = NULL;
    st = store_get_text(&c->tx, &text, err, "PRAGMA integrity_check(1)", STORE_NONE);
    if (!st && strcmp(text, "ok") != 0)
        st = sedge_fail(err, SEDGE_EIO, "database: %s", text);
    free(text);
    store_rows *rows = NULL;
    if (!st)
        st = store_query(&c->tx, &rows, err, "PRAGMA foreign_key_check", STORE_NONE);
    if (!st && store_next(rows))
        st = sedge_fail(err, SEDGE_EIO, "database: a row of %s points at a missing row of %s", store_text(rows, 0),
                        store_text(rows, 2));
    st = store_end(rows, st, err);
    reader_give(s, c);
    return st;
}

static void sqlite_close(store *base) {
    sqlite_store *s = (sqlite_store *)base;
    if (s->writer_runs) {
        pthread_mutex_lock(&s->lock);
        s->stopping = true;
        pthread_cond_signal(&s->wake);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->writer, NULL);
    }
    for (size_t i = 0; i < s->readers_n; i++)
        connection_free(s->readers[i]);
    connection_free(s->writer_connection);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static const store_engine engine = {
    .name = "sqlite",
    .close = sqlite_close,
    .read = sqlite_read,
    .write = sqlite_write,
    .check = sqlite_check,
    .query = sqlite_query,
    .next = sqlite_next,
    .end = sqlite_end,
    .text = sqlite_text,
    .integer = sqlite_integer,
    .real = sqlite_real,
    .blob = sqlite_blob,
    .is_null = sqlite_is_null,
    .changed = sqlite_changed,
};

static void sqlite_store_free(sqlite_store *s) {
    sqlite_close(&s->base);
}
SEDGE_DEFINE_AUTO(sqlite_store, sqlite_store_free)

sedge_status store_sqlite_open(const char *dir, store_commit_fn *on_commit, void *commit_ctx, store **ret,
                               sedge_error *err) {
    sedge_auto(sqlite_store) s = calloc(1, sizeof *s);
    if (!s)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the database");
    s->base.engine = &engine;
    s->on_commit = on_commit;
    s->commit_ctx = commit_ctx;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, NULL);
    sedge_status st = sedge_path_format(s->path, err, "%s/hub.db", dir);
    if (!st)
        st = connection_new(s->path, &s->writer_connection, err);
    if (!st)
        st = migrate(s->writer_connection, err);
    if (st)
        return sedge_wrap(err, st, "%s", s->path);
    if (pthread_create(&s->writer, NULL, writer_main, s) != 0)
        return sedge_fail(err, SEDGE_ENOMEM, "cannot start the database's writer thread");
    s->writer_runs = true;
    *ret = &SEDGE_STEAL(s)->base;
    return SEDGE_OK;
}
