/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The hub's database: one interface, engines behind it.
 *
 * All work happens in a function that gets a transaction. store_read() gives it a snapshot, store_write() runs it with
 * the right to change things and returns only when the change is durable: what was acknowledged survives kill -9 and a
 * power cut. When the function returns anything but SEDGE_OK, nothing of it stays. Functions may run on another
 * thread than the caller's (who waits), several writes may share one commit, and they must not call store_read() or
 * store_write() themselves.
 *
 * SQL is what SQLite and PostgreSQL have in common; parameters are $1, $2, ...; every statement names its columns.
 *
 *     store_rows *rows = NULL;
 *     st = store_query(tx, &rows, err, "SELECT id FROM devices WHERE project = $1", STORE_ARGS(STORE_TEXT(project)));
 *     while (!st && store_next(rows))
 *         use(store_text(rows, 0));
 *     st = store_end(rows, st, err);
 */
#ifndef SEDGE_HUB_STORE_H
#define SEDGE_HUB_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "sedge/error.h"

typedef struct store store;
typedef struct store_tx store_tx;
typedef struct store_rows store_rows;

/** A value for a parameter. Text and bytes must live until the call returns. */
typedef struct store_arg {
    enum { STORE_ARG_NULL, STORE_ARG_TEXT, STORE_ARG_INT, STORE_ARG_REAL, STORE_ARG_BLOB } kind;
    const char *text; /**< NULL is SQL's NULL */
    int64_t i;
    double d;
    sedge_bytes blob;
} store_arg;

#define STORE_TEXT(v) ((store_arg){ .kind = STORE_ARG_TEXT, .text = (v) })
#define STORE_INT(v)  ((store_arg){ .kind = STORE_ARG_INT, .i = (v) })
#define STORE_REAL(v) ((store_arg){ .kind = STORE_ARG_REAL, .d = (v) })
#define STORE_BLOB(v) ((store_arg){ .kind = STORE_ARG_BLOB, .blob = (v) })
#define STORE_NULL    ((store_arg){ .kind = STORE_ARG_NULL })
/** The parameters of one call, in order; STORE_NONE when there are none. */
#define STORE_ARGS(...)                                                                                                \
    (const store_arg[]){ __VA_ARGS__ }, sizeof((const store_arg[]){ __VA_ARGS__ }) / sizeof(store_arg)
#define STORE_NONE NULL, 0

/** What a committed transaction changed, for those who keep copies or wait. Bits. */
typedef enum store_topic {
    STORE_TOPIC_DESIRED = 1 << 0, /**< something that desired state is computed from */
    STORE_TOPIC_EVENTS = 1 << 1,  /**< a row in events */
    STORE_TOPIC_TOKENS = 1 << 2,  /**< tokens of people and jobs */
    STORE_TOPIC_TARGETS = 1 << 3, /**< bundles that devices may fetch */
} store_topic;

typedef sedge_status store_fn(store_tx *tx, void *ctx, sedge_error *err);
/** Called after each durable commit that named topics, before the writers are told. Must be short. */
typedef void store_commit_fn(void *ctx, unsigned topics);

/**
 * Opens the database in dir, makes it when missing and brings it to the newest schema (numbered migrations, each in a
 * transaction). on_commit may be NULL.
 * @return SEDGE_EUNSUPPORTED when a newer sedge-hub wrote it
 */
SEDGE_NODISCARD sedge_status store_open(const char *dir, store_commit_fn *on_commit, void *commit_ctx, store **ret,
                                        sedge_error *err);
void store_close(store *s); /**< waits for writes under way; NULL is fine */

SEDGE_NODISCARD sedge_status store_read(store *s, store_fn *fn, void *ctx, sedge_error *err);
SEDGE_NODISCARD sedge_status store_write(store *s, store_fn *fn, void *ctx, sedge_error *err);
/** The engine's own check of its files. */
SEDGE_NODISCARD sedge_status store_check(store *s, sedge_error *err);

/** Says that this transaction changes these topics. */
void store_touch(store_tx *tx, unsigned topics);

SEDGE_NODISCARD sedge_status store_query(store_tx *tx, store_rows **ret, sedge_error *err, const char *sql,
                                         const store_arg *args, size_t n);
/** The next row; false at the end and after a failure, which store_end() reports. */
SEDGE_NODISCARD bool store_next(store_rows *rows);
/** Ends a query (rows may be NULL) and returns status, or the failure that store_next() met when status is SEDGE_OK. */
SEDGE_NODISCARD sedge_status store_end(store_rows *rows, sedge_status status, sedge_error *err);

/** Columns of the current row. Text and blobs are valid until the next call with these rows. */
const char *store_text(store_rows *rows, int column);         /**< "" for NULL */
const char *store_text_or_null(store_rows *rows, int column); /**< NULL for NULL */
int64_t store_int(store_rows *rows, int column);              /**< 0 for NULL */
double store_real(store_rows *rows, int column);              /**< 0 for NULL */
sedge_bytes store_blob(store_rows *rows, int column);         /**< empty for NULL */
bool store_is_null(store_rows *rows, int column);

/** A statement without rows; *ret_changed (may be NULL) is the number of rows that it changed. */
SEDGE_NODISCARD sedge_status store_exec(store_tx *tx, int64_t *ret_changed, sedge_error *err, const char *sql,
                                        const store_arg *args, size_t n);
/** The first column of the first row as a number. SEDGE_ENOTFOUND (no sentence) when there is no row. */
SEDGE_NODISCARD sedge_status store_get_int(store_tx *tx, int64_t *ret, sedge_error *err, const char *sql,
                                           const store_arg *args, size_t n);
/** As above, as text that the caller frees; NULL for SQL's NULL. */
SEDGE_NODISCARD sedge_status store_get_text(store_tx *tx, char **ret, sedge_error *err, const char *sql,
                                            const store_arg *args, size_t n);

#endif
