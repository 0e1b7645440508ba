/* SPDX-License-Identifier: Apache-2.0 */
/** What the files rows_*.c share. Not for other rooms. */
#ifndef SEDGE_CONF_ROWS_PRIVATE_H
#define SEDGE_CONF_ROWS_PRIVATE_H

#include "conf/rows.h"

/** Where a value stands; a later rank replaces an earlier one. */
typedef enum conf_rank { CONF_PRESET, CONF_FILE, CONF_ENV, CONF_FLAG } conf_rank;

/** A row that holds a value itself (all but STRUCT), seen from the outermost struct. */
typedef struct conf_leaf {
    const sedge_conf_row *row;
    size_t offset; /**< in the outermost struct */
    char *name;    /**< "tls.cert"; owned */
    conf_rank rank;
    char *origin; /**< "agent.yaml:3", "--tls-cert", "SEDGE_AGENT_TLS_CERT"; owned, NULL for a preset */
} conf_leaf;

struct sedge_conf_origins {
    conf_leaf *items;
    size_t n;
};

SEDGE_NODISCARD sedge_status conf_leaves_new(const sedge_conf_rows *rows, sedge_conf_origins **ret, sedge_error *err);
/** Notes the leaf's new origin and empties its field when the value comes from a higher rank than before. */
SEDGE_NODISCARD sedge_status conf_leaf_begin(conf_leaf *leaf, void *object, conf_rank rank, const char *origin,
                                             sedge_error *err);

/** Sets a scalar field, or adds to a list, from text. Sentences without place. */
SEDGE_NODISCARD sedge_status conf_field_set(const sedge_conf_row *row, void *field, const char *text, sedge_error *err);
SEDGE_NODISCARD sedge_status conf_field_add_pair(void *field, const char *key, const char *value, sedge_error *err);
void conf_field_clear(const sedge_conf_row *row, void *field);
bool conf_field_is_empty(const sedge_conf_row *row, const void *field);
/** The field's value as it would be written in YAML's flow style. */
void conf_field_put(const sedge_conf_row *row, const void *field, sedge_buf *out);

bool conf_row_is_list(const sedge_conf_row *row); /**< may hold several values */
bool conf_row_in_file(const sedge_conf_row *row);
bool conf_row_is_flag(const sedge_conf_row *row); /**< has a name on the command line */
/** "HOST:PORT", "DURATION", "a|b|c"; NULL for a flag without value. Static storage or in buf. */
const char *conf_row_metavar(const sedge_conf_row *row, sedge_buf *buf);

/** Reads a mapping into object; origins is NULL, or has the leaves of the outermost struct, and then required rows and
 * rules among fields are left to the caller. */
SEDGE_NODISCARD sedge_status conf_yaml_apply(const sedge_conf_rows *rows, const sedge_yaml *doc,
                                             const sedge_yaml_node *node, void *object, sedge_conf_origins *origins,
                                             sedge_error *err);
/** Runs the check functions of rows and of its nested structs. */
SEDGE_NODISCARD sedge_status conf_check_rules(const sedge_conf_rows *rows, const void *object, sedge_error *err);

#endif
