/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise: arithmetic, comparisons, functions, casts. */
#include "base/own.h"
#include "model/onnx_nodes.h"

static void read_cast(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_onnx_set_output_type(r, op, 0, sedge_onnx_dtype(n->r, (uint64_t)sedge_onnx_int(n, "to", 0)));
}

/* before version 7 the second input was aligned at a stated axis; without one it is as today */
static void read_old_binary(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    (void)op;
    sedge_bytes axis;
    if (sedge_onnx_find(n, "axis", &axis))
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "broadcasting along a stated axis (operator set before 7)");
}

/* ---- functions with parameters ---- */

static void read_alpha(const sedge_onnx_node *n, sedge_op *op, float alpha) {
    op->u.fn.alpha = sedge_onnx_float(n, "alpha", alpha);
}

static void read_leaky_relu(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    read_alpha(n, op, 0.01f);
}

/* ELU, CELU, THRESHOLDED_RELU */
static void read_alpha_one(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    read_alpha(n, op, 1);
}

static void read_selu(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    bool old = row->arg != 0;
    read_alpha(n, op, old ? 1.6732f : 1.67326319217681884765625f);
    op->u.fn.beta = sedge_onnx_float(n, "gamma", old ? 1.0507f : 1.05070102214813232421875f);
}

static void read_hard_sigmoid(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    read_alpha(n, op, 0.2f);
    op->u.fn.beta = sedge_onnx_float(n, "beta", 0.5f);
}

static void read_gelu(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    static const char *const forms[] = { "none", "tanh" };
    (void)r;
    (void)row;
    op->u.fn.alpha = (float)sedge_onnx_word(n, "approximate", forms, SEDGE_COUNT(forms));
}

static void read_isinf(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    op->u.fn.alpha = sedge_onnx_int(n, "detect_negative", 1) ? 1 : 0;
    op->u.fn.beta = sedge_onnx_int(n, "detect_positive", 1) ? 1 : 0;
}

static void read_old_clip(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_onnx_float_to_input(r, n, "min", op, 1);
    sedge_onnx_float_to_input(r, n, "max", op, 2);
}

/* ---- choices ---- */

static void read_mod(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    op->kind = sedge_onnx_int(n, "fmod", 0) ? SEDGE_OP_FMOD : SEDGE_OP_FLOOR_MOD;
}

static void read_bit_shift(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    static const char *const words[] = { "LEFT", "RIGHT" };
    (void)r;
    (void)row;
    op->kind = sedge_onnx_word(n, "direction", words, SEDGE_COUNT(words)) ? SEDGE_OP_SHIFT_RIGHT : SEDGE_OP_SHIFT_LEFT;
}

/* ---- any number of inputs ---- */

/* links the inputs two by two; the last link is op itself, or in front of it when it has one more thing to do */
static int32_t emit_chain(sedge_onnx_reader *r, sedge_op *op, sedge_op_kind kind, bool all) {
    int32_t so_far = op->inputs[0];
    for (uint32_t i = 1; i < op->n_inputs; i++) {
        int32_t *ends = sedge_onnx_take(r, 3, sizeof *ends);
        if (!ends)
            return so_far;
        ends[0] = so_far;
        ends[1] = op->inputs[i];
        sedge_op link = { .kind = kind, .name = op->name, .n_inputs = 2, .inputs = ends, .n_outputs = 1 };
        if (i + 1 == op->n_inputs && !all) {
            op->kind = kind;
            op->inputs = ends;
            op->n_inputs = 2;
            return -1;
        }
        ends[2] = so_far = sedge_onnx_add_tensor(r);
        link.outputs = ends + 2;
        sedge_onnx_emit(r, &link);
    }
    return so_far;
}

static void read_chain(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)n;
    bool mean = row->arg != 0;
    float count = (float)op->n_inputs;
    if (op->n_inputs == 0 || op->inputs[0] < 0)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "it has no input");
    else if (op->n_inputs == 1)
        op->kind = SEDGE_OP_IDENTITY;
    else if (!mean)
        (void)emit_chain(r, op, row->kind, false);
    else {
        int32_t sum = emit_chain(r, op, row->kind, true);
        op->kind = SEDGE_OP_DIV;
        op->inputs = NULL;
        op->n_inputs = 0;
        sedge_onnx_set_input(r, op, 0, sum);
        sedge_onnx_set_input(r, op, 1, sedge_onnx_add_constant(r, SEDGE_FLOAT32, 0, NULL, &count));
    }
}

#define PLAIN(type, since, KIND)                                                                                       \
    { type, since, 0, SEDGE_OP_##KIND, 0, NULL }
#define BINARY(type, KIND) { type, 1, 6, SEDGE_OP_##KIND, 0, read_old_binary }, PLAIN(type, 7, KIND)
#define READ(type, since, KIND, fn)                                                                                    \
    { type, since, 0, SEDGE_OP_##KIND, 0, fn }
static const sedge_onnx_row rows[] = {
    READ("Cast", 6, CAST, read_cast),
    BINARY("Add", ADD),
    BINARY("Sub", SUB),
    BINARY("Mul", MUL),
    BINARY("Div", DIV),
    BINARY("Pow", POW),
    BINARY("Equal", EQUAL),
    BINARY("Greater", GREATER),
    BINARY("Less", LESS),
    BINARY("And", LOGICAL_AND),
    BINARY("Or", LOGICAL_OR),
    BINARY("Xor", LOGICAL_XOR),
    PLAIN("GreaterOrEqual", 12, GREATER_EQUAL),
    PLAIN("LessOrEqual", 12, LESS_EQUAL),
    PLAIN("BitwiseAnd", 18, BITWISE_AND),
    PLAIN("BitwiseOr", 18, BITWISE_OR),
    PLAIN("BitwiseXor", 18, BITWISE_XOR),
    READ("BitShift", 11, SHIFT_LEFT, read_bit_shift),
    READ("Mod", 10, FLOOR_MOD, read_mod),
    READ("Sum", 1, ADD, read_chain),
    READ("Max", 1, MAXIMUM, read_chain),
    READ("Min", 1, MINIMUM, read_chain),
    { "Mean", 1, 0, SEDGE_OP_ADD, 1, read_chain },
    PLAIN("PRelu", 7, PRELU),
    PLAIN("Relu", 1, RELU),
    PLAIN("Tanh", 1, TANH),
    PLAIN("Sigmoid", 1, LOGISTIC),
    PLAIN("Abs", 1, ABS),
    PLAIN("Neg", 1, NEG),
    PLAIN("Ceil", 1, CEIL),
    PLAIN("Floor", 1, FLOOR),
    PLAIN("Round", 11, ROUND),
    PLAIN("Sign", 9, SIGN),
    PLAIN("Sqrt", 1, SQRT),
    PLAIN("Reciprocal", 1, RECIPROCAL),
    PLAIN("Exp", 1, EXP),
    PLAIN("Log", 1, LOG),
    PLAIN("Sin", 7, SIN),
    PLAIN("Cos", 7, COS),
    PLAIN("Tan", 7, TAN),
    PLAIN("Asin", 7, ASIN),
    PLAIN("Acos", 7, ACOS),
    PLAIN("Atan", 7, ATAN),
    PLAIN("Sinh", 9, SINH),
    PLAIN("Cosh", 9, COSH),
    PLAIN("Asinh", 9, ASINH),
    PLAIN("Acosh", 9, ACOSH),
    PLAIN("Atanh", 9, ATANH),
    PLAIN("Erf", 9, ERF),
    PLAIN("Not", 1, LOGICAL_NOT),
    PLAIN("BitwiseNot", 18, BITWISE_NOT),
    PLAIN("IsNaN", 9, ISNAN),
    PLAIN("Softplus", 1, SOFTPLUS),
    PLAIN("Softsign", 1, SOFTSIGN),
    PLAIN("Mish", 18, MISH),
    PLAIN("HardSwish", 14, HARD_SWISH),
    READ("IsInf", 10, ISINF, read_isinf),
    READ("LeakyRelu", 1, LEAKY_RELU, read_leaky_relu),
    READ("ThresholdedRelu", 1, THRESHOLDED_RELU, read_alpha_one),
    READ("Elu", 1, ELU, read_alpha_one),
    READ("Celu", 12, CELU, read_alpha_one),
    { "Selu", 1, 5, SEDGE_OP_SELU, 1, read_selu },
    READ("Selu", 6, SELU, read_selu),
    READ("HardSigmoid", 1, HARD_SIGMOID, read_hard_sigmoid),
    READ("Gelu", 20, GELU, read_gelu),
    { "Clip", 1, 10, SEDGE_OP_CLIP, 0, read_old_clip },
    PLAIN("Clip", 11, CLIP),
};

const sedge_onnx_family sedge_onnx_math = { false, rows, SEDGE_COUNT(rows) };
