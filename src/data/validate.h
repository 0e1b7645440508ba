/* SPDX-License-Identifier: Apache-2.0 */
/** Does a recording obey its schema? Every violation names file, row, column, value and rule. */
#ifndef SEDGE_DATA_VALIDATE_H
#define SEDGE_DATA_VALIDATE_H

#include "data/schema.h"

/** X(NAME, name, the rule) */
#define SEDGE_RULE_LIST(X)                                                                                             \
    X(COLUMN, column, "a channel's column is there, and no column that the schema does not name")                      \
    X(NUMBER, number, "a channel's value is a number or missing")                                                      \
    X(INTEGER, integer, "the value of an integer column or label is whole")                                            \
    X(RANGE, range, "the value lies between min and max")                                                              \
    X(MISSING, missing, "the file has rows, and no larger share of its values is missing than allowed")                \
    X(TIME, time, "every row has a time that can be read")                                                             \
    X(ORDER, order, "times run in the order of the schema")                                                            \
    X(GAP, gap, "no more time than max_gap lies between two rows")

#define SEDGE_RULE_ENUM(NAME, name, text) SEDGE_RULE_##NAME,
typedef enum sedge_rule { SEDGE_RULE_LIST(SEDGE_RULE_ENUM) SEDGE_RULE_COUNT } sedge_rule;
#undef SEDGE_RULE_ENUM

/** "range"; "unknown" outside the list. Static storage. */
const char *sedge_rule_name(sedge_rule rule);

/** A violation; the texts live during the report. */
typedef struct sedge_violation {
    const char *file;
    uint64_t row, line; /**< from 1; 0: the whole file */
    const char *column;
    const char *value; /**< as it stands in the file; "" when there is none */
    sedge_rule rule;
    const char *detail; /**< half a sentence: "allowed are -2 to 3" */
} sedge_violation;

/** The violation as one sentence of status SEDGE_EGATE. */
sedge_status sedge_violation_fail(const sedge_violation *violation, sedge_error *err);

typedef void sedge_violation_fn(void *ctx, const sedge_violation *violation);

/**
 * Checks one file and reports each violation.
 * @param ret_rows        rows of the file
 * @param ret_violations  how many there were
 * @return SEDGE_OK, also with violations; SEDGE_ENOTFOUND, SEDGE_EIO; SEDGE_EINVALID, SEDGE_ELIMIT when the file is no
 * CSV
 */
SEDGE_NODISCARD sedge_status sedge_validate_file(const sedge_fs *fs, const char *path, const sedge_schema *schema,
                                                 sedge_violation_fn *report, void *ctx, uint64_t *ret_rows,
                                                 uint64_t *ret_violations, sedge_error *err);

#endif
