/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Messages as tables: a row per field says its number on the wire, its kind and where it lies in the struct. Coder and
 * decoder walk the same rows, so they cannot disagree.
 *
 * A struct is a CBOR map from field number to value. A field with 0, an empty text or no bytes is left out; reading
 * gives missing fields that value. Unknown numbers are skipped; a number twice is refused. Numbers are below 64.
 */
#ifndef SEDGE_PROTO_FIELDS_H
#define SEDGE_PROTO_FIELDS_H

#include "proto/cbor.h"
#include "sedge/error.h"

typedef enum sedge_field_kind {
    SEDGE_FIELD_U64,
    SEDGE_FIELD_I64,
    SEDGE_FIELD_F64,
    SEDGE_FIELD_TEXT,   /**< char[size] */
    SEDGE_FIELD_CHAR,   /**< char, as its code */
    SEDGE_FIELD_ENUM,   /**< int below size; size - 1 stands for values of later versions and is never sent */
    SEDGE_FIELD_STATUS, /**< sedge_status, as its name; unknown names read as SEDGE_EINTERNAL */
    SEDGE_FIELD_UUID,   /**< char[SEDGE_UUID_MAX], as 16 bytes; empty when absent */
    SEDGE_FIELD_DIGEST, /**< sedge_digest; `second` is where its bool "present" lies */
    SEDGE_FIELD_BYTES,  /**< sedge_bytes of at most size; borrows the message */
    SEDGE_FIELD_STRUCT, /**< a struct described by `of` */
    SEDGE_FIELD_LIST,   /**< pointer to at most `size` structs of `of`; their size_t count lies at `second` */
} sedge_field_kind;

typedef struct sedge_fields sedge_fields;

typedef struct sedge_field {
    uint8_t number;
    sedge_field_kind kind;
    const char *name; /**< for sentences */
    size_t offset;
    size_t size;
    size_t second;
    const sedge_fields *of;
} sedge_field;

struct sedge_fields {
    const sedge_field *rows;
    size_t n;
    size_t bytes; /**< sizeof the struct */
};

/** Appends the struct at s. SEDGE_ELIMIT for a list or bytes over their limit, SEDGE_EINVALID for a malformed UUID. */
SEDGE_NODISCARD sedge_status sedge_fields_encode(const sedge_fields *fields, const void *s, sedge_buf *out,
                                                 sedge_error *err);
/** Reads into s, which is all zeros. On failure lists that were made are left in s: free them with sedge_fields_done.
 */
SEDGE_NODISCARD sedge_status sedge_fields_decode(const sedge_fields *fields, sedge_cbor *in, void *s, sedge_error *err);
/** Frees the lists of a decoded struct (lists do not nest). */
void sedge_fields_done(const sedge_fields *fields, void *s);

#endif
