/* SPDX-License-Identifier: Apache-2.0 */
/** Readers of model files, one for each format: a program links those that it names (sedge/operators.h). */
#ifndef SEDGE_MODEL_READER_H
#define SEDGE_MODEL_READER_H

#include "base/bytes.h"
#include "model/graph.h"

typedef struct sedge_reader {
    bool (*is)(sedge_bytes file); /**< NULL: whatever no reader before it takes */
    /** Fills ret->graph from file, in ret->pool, which the caller has made and frees in any case. As sedge_graph_read.
     */
    sedge_status (*read)(sedge_bytes file, sedge_graph_file *ret, sedge_error *err);
    const char *doubt; /**< what is said in front of a failure when `is` is NULL */
} sedge_reader;

/** The reader of these bytes, NULL when the program reads none that they could be. */
const sedge_reader *sedge_reader_find(const unsigned char *data, size_t size);

#endif
