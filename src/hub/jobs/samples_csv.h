/* SPDX-License-Identifier: Apache-2.0 */
/** Rows that a device sent, as a recording that `sedge` reads. */
#ifndef SEDGE_HUB_SAMPLES_CSV_H
#define SEDGE_HUB_SAMPLES_CSV_H

#include "base/buf.h"
#include "proto/samples.h"

/** How the model's recordings look: from its schema.yaml. */
typedef struct csv_shape {
    char separator; /**< ';' when the schema leaves it open */
    char time[129]; /**< name of the time column, "" when there is none */
} csv_shape;

/** From the text of a schema.yaml. */
SEDGE_NODISCARD sedge_status csv_shape_read(sedge_bytes schema, csv_shape *ret, sedge_error *err);
/** Header and rows; missing values are empty cells, numbers read back as the same float32. */
SEDGE_NODISCARD sedge_status samples_csv(const sedge_samples *s, const csv_shape *shape, sedge_buf *out,
                                         sedge_error *err);

#endif
