/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/emit.h"

static const sedge_emitter *const table[SEDGE_OP_COUNT] = {
    [SEDGE_OP_FULLY_CONNECTED] = &sedge_emitter_fully_connected,
    [SEDGE_OP_CONV] = &sedge_emitter_conv,
    [SEDGE_OP_DEPTHWISE_CONV] = &sedge_emitter_conv,
    [SEDGE_OP_AVERAGE_POOL] = &sedge_emitter_pool,
    [SEDGE_OP_MAX_POOL] = &sedge_emitter_pool,
    [SEDGE_OP_ADD] = &sedge_emitter_sum,
    [SEDGE_OP_SUB] = &sedge_emitter_sum,
    [SEDGE_OP_SOFTMAX] = &sedge_emitter_softmax,
    [SEDGE_OP_RELU] = &sedge_emitter_table,
    [SEDGE_OP_RELU6] = &sedge_emitter_table,
    [SEDGE_OP_TANH] = &sedge_emitter_table,
    [SEDGE_OP_LOGISTIC] = &sedge_emitter_table,
    [SEDGE_OP_QUANTIZE] = &sedge_emitter_table,
};

const sedge_emitter *sedge_emitter_find(sedge_op_kind kind) {
    return table[kind];
}
