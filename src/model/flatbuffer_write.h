/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Writing FlatBuffers front to back: a table is written with empty reference fields, which are linked when the object
 * they point to has been placed behind it.
 *
 * Positions are offsets from the start of the FlatBuffer. All functions may be called after the buffer has failed; the
 * caller checks w->out->failed once.
 *
 * Source: the FlatBuffers internals document (tables, vtables, vectors, alignment).
 */
#ifndef SEDGE_MODEL_FLATBUFFER_WRITE_H
#define SEDGE_MODEL_FLATBUFFER_WRITE_H

#include "base/buf.h"

typedef struct sedge_fbw {
    sedge_buf *out;
    size_t start; /**< out->n where the FlatBuffer begins */
} sedge_fbw;

/** One field of a table. A reference has size 4 and receives its position in *ret_slot. */
typedef struct sedge_fbw_field {
    uint16_t id;
    uint8_t size; /**< 1, 4 or 8 */
    uint64_t value;
    size_t *ret_slot; /**< NULL for a scalar */
} sedge_fbw_field;

enum { SEDGE_FBW_FIELDS_MAX = 16 };

/** Begins a FlatBuffer: root offset (its slot in *ret_root) and a file identifier of four characters. */
sedge_fbw sedge_fbw_begin(sedge_buf *out, const char *identifier, size_t *ret_root);
/** Lets the reference at slot point to target. */
void sedge_fbw_link(sedge_fbw *w, size_t slot, size_t target);
/** Writes a vtable and a table with n fields (ids ascending, at most SEDGE_FBW_FIELDS_MAX); returns its position. */
size_t sedge_fbw_table(sedge_fbw *w, const sedge_fbw_field *fields, size_t n);
/** Begins a vector of n elements, the first aligned to align, which the caller appends; returns its position. */
size_t sedge_fbw_vector_head(sedge_fbw *w, size_t n, size_t align);
/** Writes a vector of n elements of size bytes each, the first aligned to align; returns its position. */
size_t sedge_fbw_vector(sedge_fbw *w, const void *elements, size_t n, size_t size, size_t align);
/** Writes a vector of n empty references; slot i is at the result + 4 + 4 i. */
size_t sedge_fbw_references(sedge_fbw *w, size_t n);
size_t sedge_fbw_string(sedge_fbw *w, const char *text);

#endif
