/* SPDX-License-Identifier: Apache-2.0 */
/** Copying a tensor whole: what an operator does that only names, shapes or keeps the bytes of its input. */
#ifndef SEDGE_OPS_COPY_H
#define SEDGE_OPS_COPY_H

#include "ops/op.h"

/** Fills ret with a run function that copies input 0 to output 0, unless they are the same bytes. SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_copy_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err);
/** As above; the planner lets the output be the input's bytes where it can. */
SEDGE_NODISCARD sedge_status sedge_view_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err);

#endif
