/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Protocol Buffers on the wire: a walk over the fields of one message that may be damaged or hostile, and a writer.
 *
 * Source: the encoding document of Protocol Buffers.
 */
#ifndef SEDGE_MODEL_PROTOBUF_H
#define SEDGE_MODEL_PROTOBUF_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "sedge/error.h"

typedef enum sedge_pb_wire {
    SEDGE_PB_VARINT = 0,
    SEDGE_PB_FIXED64 = 1,
    SEDGE_PB_BYTES = 2,
    SEDGE_PB_FIXED32 = 5,
} sedge_pb_wire;

typedef struct sedge_pb_field {
    uint32_t number;
    sedge_pb_wire wire;
    uint64_t value;    /**< of a varint or fixed field */
    sedge_bytes bytes; /**< of a length-delimited field: a string, a message, packed numbers */
} sedge_pb_field;

/** A message being walked; *in is what is left of it. */
typedef struct sedge_pbr {
    const uint8_t *start; /**< of the file, for positions in sentences */
    sedge_error *err;     /**< may be NULL */
    sedge_status status;  /**< of the first failure; then every walk ends */
} sedge_pbr;

/** Records the first failure; returns r->status. */
sedge_status sedge_pbr_fail(sedge_pbr *r, sedge_status status, const char *fmt, ...) SEDGE_PRINTF(3, 4);
/** Takes the next field of a message; false at its end or after a failure. */
SEDGE_NODISCARD bool sedge_pbr_next(sedge_pbr *r, sedge_bytes *in, sedge_pb_field *ret);
/** Takes one varint, as packed fields hold them; false at the end or after a failure. */
SEDGE_NODISCARD bool sedge_pbr_varint(sedge_pbr *r, sedge_bytes *in, uint64_t *ret);

void sedge_pbw_varint(sedge_buf *out, uint32_t field, uint64_t value);
void sedge_pbw_bytes(sedge_buf *out, uint32_t field, sedge_bytes bytes);
void sedge_pbw_text(sedge_buf *out, uint32_t field, const char *text);
void sedge_pbw_f32(sedge_buf *out, uint32_t field, float value);
/** A varint without a field, for packed numbers. */
void sedge_pbw_raw_varint(sedge_buf *out, uint64_t value);

#endif
