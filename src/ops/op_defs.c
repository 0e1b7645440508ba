/* SPDX-License-Identifier: Apache-2.0 */
/* The row of each operator, in a section of its own, so that a program links those that it names. */
#include "ops/op.h"
#include "ops/ops.h"

#define X(KIND, name, least, most, outputs)                                                                            \
    const sedge_op_def sedge_op_def_##KIND = {                                                                         \
        SEDGE_OP_##KIND, least, most, outputs, sedge_op_##name##_shape, sedge_op_##name##_prepare                      \
    };
#include "model/op_list.inc"
#undef X
