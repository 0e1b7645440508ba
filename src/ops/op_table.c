/* SPDX-License-Identifier: Apache-2.0 */
/* All operators. A program with a sedge_op_find of its own (sedge/operators.h) does not link this file. */
#include "ops/op.h"

static const sedge_op_def *const table[SEDGE_OP_COUNT] = {
#define X(KIND, name, least, most, outputs) [SEDGE_OP_##KIND] = &sedge_op_def_##KIND,
#include "model/op_list.inc"
#undef X
};

const sedge_op_def *sedge_op_find(sedge_op_kind kind) {
    return table[kind];
}
