/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reading FlatBuffers that may be damaged or hostile.
 *
 * A reader remembers its first failure: from then on every function returns its default and an empty vector, so a
 * caller reads a whole object and checks r->status once. Every access is checked against the file, the alignment and
 * the table's own length before a byte is read; a table is checked completely when it is opened. Nothing recurses.
 *
 * Source: the FlatBuffers internals document.
 */
#ifndef SEDGE_MODEL_FLATBUFFER_READ_H
#define SEDGE_MODEL_FLATBUFFER_READ_H

#include <stdbool.h>

#include "base/bytes.h"
#include "sedge/error.h"

typedef struct sedge_fbr {
    sedge_bytes file;
    sedge_error *err; /**< may be NULL */
    sedge_status status;
} sedge_fbr;

/** A verified table; a zero value is an absent one, in which every field is absent. */
typedef struct sedge_fbr_table {
    size_t at;
    size_t vtable;
    uint16_t vtable_bytes;
    uint16_t bytes;
} sedge_fbr_table;

/** A verified vector; data points into the file. */
typedef struct sedge_fbr_vector {
    uint32_t n;
    size_t at; /**< of the first element */
    const uint8_t *data;
} sedge_fbr_vector;

/** Records the first failure: SEDGE_EINVALID and such, with a sentence. Returns r->status. */
sedge_status sedge_fbr_fail(sedge_fbr *r, sedge_status status, const char *fmt, ...) SEDGE_PRINTF(3, 4);

/** The root table of a file with this identifier; SEDGE_ETRUNCATED or SEDGE_EINVALID when it is none. */
sedge_fbr_table sedge_fbr_root(sedge_fbr *r, const char *identifier);

/** Scalars, or the default when the field is absent. */
uint8_t sedge_fbr_u8(sedge_fbr *r, const sedge_fbr_table *t, unsigned field, uint8_t fallback);
int32_t sedge_fbr_i32(sedge_fbr *r, const sedge_fbr_table *t, unsigned field, int32_t fallback);
uint32_t sedge_fbr_u32(sedge_fbr *r, const sedge_fbr_table *t, unsigned field, uint32_t fallback);
uint64_t sedge_fbr_u64(sedge_fbr *r, const sedge_fbr_table *t, unsigned field, uint64_t fallback);
float sedge_fbr_f32(sedge_fbr *r, const sedge_fbr_table *t, unsigned field, float fallback);
bool sedge_fbr_has(const sedge_fbr *r, const sedge_fbr_table *t, unsigned field);

/** The table that a field refers to; zero value when absent. */
sedge_fbr_table sedge_fbr_table_field(sedge_fbr *r, const sedge_fbr_table *t, unsigned field);
/** A vector of scalars of size bytes (their alignment too); more than max elements is SEDGE_ELIMIT naming what. */
sedge_fbr_vector sedge_fbr_vector_field(sedge_fbr *r, const sedge_fbr_table *t, unsigned field, size_t size,
                                        uint32_t max, const char *what);
/** Element i of a vector of tables that was read with size 4; i < v->n. */
sedge_fbr_table sedge_fbr_vector_table(sedge_fbr *r, const sedge_fbr_vector *v, uint32_t i);

#endif
