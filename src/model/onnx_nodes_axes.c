/* SPDX-License-Identifier: Apache-2.0 */
/* Along axes: reductions, sums so far, softmax, norms, matrix products. */
#include "base/own.h"
#include "model/onnx_nodes.h"

/* arg 1: the axes are an attribute still */
static void read_reduce(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    op->u.reduce.keep_dims = sedge_onnx_int(n, "keepdims", 1) != 0;
    op->u.reduce.noop = sedge_onnx_int(n, "noop_with_empty_axes", 0) != 0;
    if (row->arg)
        sedge_onnx_ints_to_input(r, n, "axes", op, 1);
}

static void read_cumsum(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    op->u.cumsum.exclusive = sedge_onnx_int(n, "exclusive", 0) != 0;
    op->u.cumsum.reverse = sedge_onnx_int(n, "reverse", 0) != 0;
}

/* arg 1: as it was before version 13, when the axis and all behind it were one */
static void read_softmax(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    op->u.softmax.beta = 1;
    op->u.softmax.flatten = row->arg != 0;
    op->u.softmax.axis = sedge_onnx_int32(n, "axis", row->arg ? 1 : -1);
}

/* ---- matrix products ---- */

static void read_gemm(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    op->u.matmul.transpose_a = sedge_onnx_int(n, "transA", 0) != 0;
    op->u.matmul.transpose_b = sedge_onnx_int(n, "transB", 0) != 0;
    op->u.matmul.alpha = sedge_onnx_float(n, "alpha", 1);
    op->u.matmul.beta = sedge_onnx_float(n, "beta", 1);
}

/* ---- norms ---- */

/* arg 1: a batch normalisation that trains unless it says otherwise */
static void read_norm(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    bool trains = row->arg && sedge_onnx_int(n, "is_test", 0) == 0;
    op->u.norm.epsilon = sedge_onnx_float(n, "epsilon", 1e-5f);
    op->u.norm.axis = sedge_onnx_int32(n, "axis", -1);
    op->u.norm.groups = sedge_onnx_int32(n, "num_groups", 0);
    if (trains || sedge_onnx_int(n, "training_mode", 0) != 0 || sedge_onnx_int(n, "spatial", 1) == 0)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "a batch normalisation in training or by element");
}

static void read_lrn(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    int32_t size = sedge_onnx_int32(n, "size", 0);
    if (size < 1)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "a size of %d", size);
    op->u.lrn.axis = 1;
    op->u.lrn.before = (size - 1) / 2;
    op->u.lrn.after = size / 2;
    op->u.lrn.bias = sedge_onnx_float(n, "bias", 1);
    op->u.lrn.alpha = sedge_onnx_float(n, "alpha", 0.0001f) / (float)(size < 1 ? 1 : size);
    op->u.lrn.beta = sedge_onnx_float(n, "beta", 0.75f);
}

static void read_lp_norm(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    int64_t power = sedge_onnx_int(n, "p", 2);
    if (power != 1 && power != 2)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "a norm of order %lld", (long long)power);
    op->u.lrn.axis = sedge_onnx_int32(n, "axis", -1);
    op->u.lrn.absolute = power == 1;
}

#define REDUCE(type, KIND, since)                                                                                      \
    { type, 1, (since)-1, SEDGE_OP_##KIND, 1, read_reduce }, {                                                         \
        type, since, 0, SEDGE_OP_##KIND, 0, read_reduce                                                                \
    }
#define SOFTMAX(type, KIND)                                                                                            \
    { type, 1, 12, SEDGE_OP_##KIND, 1, read_softmax }, {                                                               \
        type, 13, 0, SEDGE_OP_##KIND, 0, read_softmax                                                                  \
    }
static void read_einsum(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_bytes text = sedge_onnx_text(n, "equation", "");
    if (text.n > SEDGE_NAME_MAX)
        sedge_onnx_refuse(r, SEDGE_ELIMIT, "an equation of %zu characters, the limit is %d", text.n, SEDGE_NAME_MAX);
    else if (text.n)
        op->u.einsum.text = (const char *)text.p;
    op->u.einsum.n = op->u.einsum.text ? (uint32_t)text.n : 0;
}

static const sedge_onnx_row rows[] = {
    { "Einsum", 12, 0, SEDGE_OP_EINSUM, 0, read_einsum },
    REDUCE("ReduceSum", SUM, 13),
    REDUCE("ReduceMean", MEAN, 18),
    REDUCE("ReduceProd", REDUCE_PROD, 18),
    REDUCE("ReduceMax", REDUCE_MAX, 18),
    REDUCE("ReduceMin", REDUCE_MIN, 18),
    REDUCE("ReduceL1", REDUCE_L1, 18),
    REDUCE("ReduceL2", REDUCE_L2, 18),
    REDUCE("ReduceLogSum", REDUCE_LOG_SUM, 18),
    REDUCE("ReduceLogSumExp", REDUCE_LOG_SUM_EXP, 18),
    REDUCE("ReduceSumSquare", REDUCE_SUM_SQUARE, 18),
    { "CumSum", 11, 0, SEDGE_OP_CUMSUM, 0, read_cumsum },
    SOFTMAX("Softmax", SOFTMAX),
    SOFTMAX("LogSoftmax", LOG_SOFTMAX),
    SOFTMAX("Hardmax", HARDMAX),
    { "MatMul", 1, 0, SEDGE_OP_MATMUL, 0, NULL },
    { "Gemm", 1, 0, SEDGE_OP_GEMM, 0, read_gemm },
    { "BatchNormalization", 6, 6, SEDGE_OP_BATCH_NORMALIZATION, 1, read_norm },
    { "BatchNormalization", 7, 0, SEDGE_OP_BATCH_NORMALIZATION, 0, read_norm },
    { "InstanceNormalization", 1, 0, SEDGE_OP_INSTANCE_NORMALIZATION, 0, read_norm },
    { "GroupNormalization", 18, 0, SEDGE_OP_GROUP_NORMALIZATION, 0, read_norm },
    { "LayerNormalization", 17, 0, SEDGE_OP_LAYER_NORMALIZATION, 0, read_norm },
    { "LRN", 1, 0, SEDGE_OP_LOCAL_RESPONSE_NORMALIZATION, 0, read_lrn },
    { "LpNormalization", 1, 0, SEDGE_OP_L2_NORMALIZATION, 0, read_lp_norm },
};

const sedge_onnx_family sedge_onnx_axes = { false, rows, SEDGE_COUNT(rows) };
