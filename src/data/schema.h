/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A schema: what the columns of recordings are. A YAML file for people, made by `sedge data infer` and edited:
 *
 *     version: 1
 *     separator: ";"                 # ";" "," tab, or auto
 *     columns:                       # found by name; their order in the file does not matter
 *       - {name: datetime, role: time}
 *       - {name: Pressure, role: channel, type: number, unit: bar, min: -2, max: 3, missing: 0.01}   # missing: allowed
 * share
 *       - {name: anomaly, role: label}
 *       - {name: note, role: ignore}
 *     time: {max_gap: 10s, order: increasing}      # increasing | not_decreasing | any
 *
 * A file must have every channel column; label columns may be missing from a file. A column that the schema does not
 * name is a violation when validating and is ignored when loading.
 */
#ifndef SEDGE_DATA_SCHEMA_H
#define SEDGE_DATA_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/own.h"
#include "os/fs.h"
#include "sedge/error.h"

enum { SEDGE_SCHEMA_COLUMNS_MAX = 1024 };

typedef enum sedge_column_role {
    SEDGE_ROLE_CHANNEL, /**< a number per row, input of features */
    SEDGE_ROLE_TIME,    /**< at most one */
    SEDGE_ROLE_LABEL,   /**< a whole number per row */
    SEDGE_ROLE_IGNORE,
} sedge_column_role;

typedef enum sedge_column_type { SEDGE_TYPE_NUMBER, SEDGE_TYPE_INTEGER } sedge_column_type;

typedef enum sedge_time_order { SEDGE_ORDER_INCREASING, SEDGE_ORDER_NOT_DECREASING, SEDGE_ORDER_ANY } sedge_time_order;

typedef struct sedge_column {
    char *name;
    int role;        /**< sedge_column_role */
    int type;        /**< sedge_column_type */
    char *unit;      /**< NULL: none */
    double min, max; /**< NaN: no limit */
    double missing;  /**< allowed share of rows without a value; NaN: any */
} sedge_column;

typedef struct sedge_schema {
    int64_t version;
    char *separator; /**< one character as text, or "auto" */
    struct {
        sedge_column *items;
        size_t n;
    } columns;
    struct {
        int64_t max_gap_ms; /**< 0: no limit */
        int order;          /**< sedge_time_order */
    } time;
} sedge_schema;

/** Reads and checks a schema file; the caller's to sedge_schema_free(). */
SEDGE_NODISCARD sedge_status sedge_schema_load(const sedge_fs *fs, const char *path, sedge_schema **ret,
                                               sedge_error *err);
/** The same from bytes; source names them in sentences. */
SEDGE_NODISCARD sedge_status sedge_schema_parse(sedge_bytes text, const char *source, sedge_schema **ret,
                                                sedge_error *err);
void sedge_schema_free(sedge_schema *schema);
SEDGE_DEFINE_AUTO(sedge_schema, sedge_schema_free)
/** What the numbers above are called in files; the lists end with NULL. */
extern const char *const sedge_column_role_names[], *const sedge_column_type_names[], *const sedge_time_order_names[];
/** As data/csv.h wants it; 0 for auto. */
char sedge_schema_separator(const sedge_schema *schema);
/** The column of that name, or NULL. */
const sedge_column *sedge_schema_find(const sedge_schema *schema, const char *name);

#endif
