/* SPDX-License-Identifier: Apache-2.0 */
/** The steps of sedge_compile. */
#ifndef SEDGE_COMPILE_WRITE_H
#define SEDGE_COMPILE_WRITE_H

#include "compile/emit.h"

/**
 * Plans the arena of the target: the tensors of the model and what the emitters need, not what the kernels of this
 * machine need. *plan becomes a copy of *from that borrows its graph; steps, root and offset lie in pool.
 * SEDGE_EUNSUPPORTED names operator and number.
 */
SEDGE_NODISCARD sedge_status sedge_plan_target(const sedge_model *from, sedge_model *plan, sedge_pool *pool,
                                               sedge_error *err);
/** Lets every emitter write. */
SEDGE_NODISCARD sedge_status sedge_write_operators(sedge_emit *e, sedge_error *err);
/** <name>.h and <name>.c. origin is put into comments, cleaned. */
void sedge_write_header(const sedge_emit *e, const char *origin, sedge_buf *out);
SEDGE_NODISCARD sedge_status sedge_write_model(sedge_emit *e, const char *origin, sedge_buf *out, sedge_error *err);
/** The function that resets. SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_write_reset(sedge_emit *e, sedge_buf *out, sedge_error *err);
/** The licence and where the file comes from. */
void sedge_write_origin(const char *what, const char *origin, sedge_buf *out);
void sedge_write_head(const sedge_emit *e, const char *origin, sedge_buf *out);
/** The element type in C; for what C has no name for, uint8_t or uint16_t. */
const char *sedge_c_element(sedge_dtype dtype);
/** The operator as emitters see it. */
sedge_emit_op sedge_emit_op_at(sedge_emit *e, uint32_t index);

#endif
