/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reading a CSV file as a stream: one row after the other, in bounded memory. Lines, separators and cells are those of
 * conf/csv_line.h; on top of it a UTF-8 byte order mark is skipped, empty lines are skipped, and the header is checked:
 * its cells are the columns' names, clean UTF-8, not empty, no two alike. Every row has as many cells as the header.
 * NUL bytes and UTF-16 are refused.
 */
#ifndef SEDGE_DATA_CSV_H
#define SEDGE_DATA_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/own.h"
#include "conf/csv_line.h"
#include "os/fs.h"
#include "sedge/error.h"

#define SEDGE_CSV_ROWS_MAX (UINT64_C(1) << 31)

typedef struct sedge_csv sedge_csv;

/** Where bytes come from: returns how many were read into p (0 at the end) or a negated errno. */
typedef int64_t sedge_csv_read_fn(void *ctx, void *p, size_t n);

/**
 * Opens a file and reads its header. path "-" is standard input.
 * @param separator  ';' ',' '\t', or 0: found from the header
 * @return SEDGE_OK; SEDGE_ENOTFOUND, SEDGE_EIO ...; SEDGE_EINVALID, SEDGE_ELIMIT with path and line
 */
SEDGE_NODISCARD sedge_status sedge_csv_open(const sedge_fs *fs, const char *path, char separator, sedge_csv **ret,
                                            sedge_error *err);
/** The same for any source; name stands for it in sentences and is copied. */
SEDGE_NODISCARD sedge_status sedge_csv_open_source(sedge_csv_read_fn *read, void *ctx, const char *name, char separator,
                                                   sedge_csv **ret, sedge_error *err);
void sedge_csv_free(sedge_csv *csv);
SEDGE_DEFINE_AUTO(sedge_csv, sedge_csv_free)

const char *sedge_csv_name(const sedge_csv *csv);
char sedge_csv_used_separator(const sedge_csv *csv);
uint32_t sedge_csv_columns(const sedge_csv *csv);
const char *sedge_csv_column(const sedge_csv *csv, uint32_t column);
/** Index of the column of that name, or UINT32_MAX. */
uint32_t sedge_csv_find(const sedge_csv *csv, const char *name);

/** Reads the next row; *ret_row is false at the end of the file. Errors are final. */
SEDGE_NODISCARD sedge_status sedge_csv_next(sedge_csv *csv, bool *ret_row, sedge_error *err);
/** A cell of the row, until the next call. */
const char *sedge_csv_cell(const sedge_csv *csv, uint32_t column);
uint64_t sedge_csv_row(const sedge_csv *csv);  /**< of the row, from 1; the header is no row */
uint64_t sedge_csv_line(const sedge_csv *csv); /**< of the row, from 1 */
/** Fails with "<name>: row R (line L), column '<column>': <formatted>". */
sedge_status sedge_csv_fail(const sedge_csv *csv, uint32_t column, sedge_error *err, const char *fmt, ...)
    SEDGE_PRINTF(4, 5);

#endif
