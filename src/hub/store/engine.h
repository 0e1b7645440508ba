/* SPDX-License-Identifier: Apache-2.0 */
/** What an engine of store/store.h provides. Each function is the one of that name there. */
#ifndef SEDGE_HUB_STORE_ENGINE_H
#define SEDGE_HUB_STORE_ENGINE_H

#include "hub/store/store.h"

typedef struct store_engine {
    const char *name;
    void (*close)(store *s);
    sedge_status (*read)(store *s, store_fn *fn, void *ctx, sedge_error *err);
    sedge_status (*write)(store *s, store_fn *fn, void *ctx, sedge_error *err);
    sedge_status (*check)(store *s, sedge_error *err);
    sedge_status (*query)(store_tx *tx, store_rows **ret, sedge_error *err, const char *sql, const store_arg *args,
                          size_t n);
    bool (*next)(store_rows *rows);
    sedge_status (*end)(store_rows *rows, sedge_status status, sedge_error *err);
    const char *(*text)(store_rows *rows, int column); /**< NULL for NULL */
    int64_t (*integer)(store_rows *rows, int column);
    double (*real)(store_rows *rows, int column);
    sedge_bytes (*blob)(store_rows *rows, int column);
    bool (*is_null)(store_rows *rows, int column);
    int64_t (*changed)(store_tx *tx); /**< rows changed by the last statement */
} store_engine;

/** First members of the engine's own structs. */
struct store {
    const store_engine *engine;
};
struct store_tx {
    const store_engine *engine;
    unsigned topics;
};
struct store_rows {
    const store_engine *engine;
};

SEDGE_NODISCARD sedge_status store_sqlite_open(const char *dir, store_commit_fn *on_commit, void *commit_ctx,
                                               store **ret, sedge_error *err);

/** The schema's steps in order; number i brings version i to version i + 1. */
typedef struct store_migration {
    const char *name;
    const char *sql;
} store_migration;
extern const store_migration store_migrations[];
extern const int store_migrations_n;

#endif
