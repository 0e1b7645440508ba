/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes, movement of elements, gathers and scatters, constants. */
#include "base/own.h"
#include "model/onnx_nodes.h"

static void read_constant(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    static const struct {
        const char *name;
        sedge_dtype dtype;
        bool list;
    } forms[] = {
        { "value_float", SEDGE_FLOAT32, false }, { "value_floats", SEDGE_FLOAT32, true },
        { "value_int", SEDGE_INT64, false },     { "value_ints", SEDGE_INT64, true },
        { "value_string", SEDGE_STRING, false }, { "value_strings", SEDGE_STRING, true },
    };
    int32_t constant = sedge_onnx_tensor_attribute(r, n, "value");
    for (size_t i = 0; constant < 0 && i < SEDGE_COUNT(forms); i++)
        constant = sedge_onnx_number_attribute(r, n, forms[i].name, forms[i].dtype, forms[i].list);
    if (constant < 0)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "a constant that is neither a tensor nor numbers nor texts");
    sedge_onnx_become_constant(r, op, constant);
}

static void read_shape(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    op->u.shape.part = true;
    op->u.shape.start = sedge_onnx_int32(n, "start", 0);
    op->u.shape.end = sedge_onnx_int32(n, "end", INT32_MAX);
    sedge_onnx_set_output_type(r, op, 0, SEDGE_INT64);
}

/* both branches, each within its guard, then an IF for each output */
static void read_if(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    int32_t from_then[SEDGE_OP_ENDS_MAX] = { 0 }, from_else[SEDGE_OP_ENDS_MAX] = { 0 };
    const int32_t *outputs = op->outputs;
    uint32_t n_outputs = op->n_outputs;
    if (op->n_inputs != 1 || op->inputs[0] < 0) {
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u inputs, 1 is needed", op->n_inputs);
        return;
    }
    int32_t condition = op->inputs[0];
    sedge_onnx_read_branch(r, n, "then_branch", condition, true, n_outputs, from_then);
    sedge_onnx_read_branch(r, n, "else_branch", condition, false, n_outputs, from_else);
    for (uint32_t i = 0; !n->r->status && i < n_outputs; i++) {
        sedge_op one = { .kind = SEDGE_OP_IF, .name = op->name };
        sedge_onnx_set_input(r, &one, 0, condition);
        sedge_onnx_set_input(r, &one, 1, from_then[i]);
        sedge_onnx_set_input(r, &one, 2, from_else[i]);
        sedge_onnx_add_output(r, &one, outputs[i]);
        sedge_onnx_emit(r, &one);
    }
    op->n_outputs = 0;
}

/* arg: the axis when there is no attribute */
static void read_axis(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    op->u.axis = sedge_onnx_int32(n, "axis", row->arg);
}

static void read_reshape(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_onnx_ints_to_input(r, n, "shape", op, 1);
    op->u.reshape.zero_copies = sedge_onnx_int(n, "allowzero", 0) == 0;
}

static void read_axes(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_onnx_ints_to_input(r, n, "axes", op, 1);
}

static void read_transpose(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_onnx_ints_to_input(r, n, "perm", op, 1);
}

static void read_split(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_onnx_ints_to_input(r, n, "split", op, 1);
    op->u.axis = sedge_onnx_int32(n, "axis", 0);
}

static void read_slice(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_onnx_ints_to_input(r, n, "starts", op, 1);
    sedge_onnx_ints_to_input(r, n, "ends", op, 2);
    sedge_onnx_ints_to_input(r, n, "axes", op, 3);
}

static void read_pad(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    static const char *const words[] = { "constant", "reflect", "edge", "wrap" };
    static const sedge_pad_mode modes[] = { SEDGE_PAD_CONSTANT, SEDGE_PAD_REFLECT, SEDGE_PAD_EDGE, SEDGE_PAD_WRAP };
    op->u.pad.mode = modes[sedge_onnx_word(n, "mode", words, SEDGE_COUNT(words))];
    sedge_onnx_ints_to_input(r, n, "pads", op, 1);
    sedge_onnx_float_to_input(r, n, "value", op, 2);
}

static void read_gather(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    op->u.gather.axis = sedge_onnx_int32(n, "axis", 0);
    op->u.gather.batch_dims = sedge_onnx_int32(n, "batch_dims", 0);
}

static void read_scatter(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    static const char *const words[] = { "none", "add", "mul", "max", "min" };
    op->u.scatter.axis = sedge_onnx_int32(n, "axis", 0);
    op->u.scatter.way = (sedge_scatter_way)sedge_onnx_word(n, "reduction", words, SEDGE_COUNT(words));
}

static void read_constant_of_shape(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n,
                                   sedge_op *op) {
    (void)row;
    static const float zero = 0;
    int32_t value = sedge_onnx_tensor_attribute(r, n, "value");
    if (value < 0)
        value = sedge_onnx_add_constant(r, SEDGE_FLOAT32, 0, NULL, &zero);
    sedge_onnx_set_input(r, op, 1, value);
}

static void read_eye_like(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    int64_t dtype = sedge_onnx_int(n, "dtype", 0);
    if (dtype != 0)
        sedge_onnx_set_output_type(r, op, 0, sedge_onnx_dtype(n->r, (uint64_t)dtype));
    op->u.diagonal.k = sedge_onnx_int32(n, "k", 0);
}

static void read_trilu(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    op->u.diagonal.upper = sedge_onnx_int(n, "upper", 1) != 0;
}

static void read_blocks(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    static const char *const words[] = { "DCR", "CRD" };
    op->u.blocks.size = sedge_onnx_int32(n, "blocksize", 0);
    op->u.blocks.depth_first = sedge_onnx_word(n, "mode", words, SEDGE_COUNT(words)) != 0;
    op->u.blocks.channels_first = true;
}

static void read_reverse_sequence(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n,
                                  sedge_op *op) {
    (void)r;
    (void)row;
    op->u.sequence.batch_axis = sedge_onnx_int32(n, "batch_axis", 1);
    op->u.sequence.time_axis = sedge_onnx_int32(n, "time_axis", 0);
}

static void read_arg(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    op->u.arg.axis = sedge_onnx_int32(n, "axis", 0);
    op->u.arg.keep_dims = sedge_onnx_int(n, "keepdims", 1) != 0;
    op->u.arg.last = sedge_onnx_int(n, "select_last_index", 0) != 0;
}

static void read_top_k(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_onnx_ints_to_input(r, n, "k", op, 1);
    op->u.top_k.axis = sedge_onnx_int32(n, "axis", -1);
    op->u.top_k.smallest = sedge_onnx_int(n, "largest", 1) == 0;
}

/* the last output takes the sizes that depend on values */
static void read_sized(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    (void)n;
    sedge_onnx_add_output(r, op, sedge_onnx_add_tensor(r));
}

static void read_compress(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    sedge_bytes axis;
    op->u.compress.has_axis = sedge_onnx_find(n, "axis", &axis);
    op->u.compress.axis = sedge_onnx_int32(n, "axis", 0);
    read_sized(r, row, n, op);
}

static void read_unique(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    enum { OUTPUTS = 6 };
    (void)row;
    sedge_bytes axis;
    op->u.unique.has_axis = sedge_onnx_find(n, "axis", &axis);
    op->u.unique.axis = sedge_onnx_int32(n, "axis", 0);
    op->u.unique.in_order = sedge_onnx_int(n, "sorted", 1) == 0;
    while (!n->r->status && op->n_outputs < OUTPUTS)
        sedge_onnx_add_output(r, op, sedge_onnx_add_tensor(r));
}

static const sedge_onnx_row rows[] = {
    { "ArgMax", 1, 0, SEDGE_OP_ARG_MAX, 0, read_arg },
    { "ArgMin", 1, 0, SEDGE_OP_ARG_MIN, 0, read_arg },
    { "CastLike", 15, 0, SEDGE_OP_CAST, 0, NULL },
    { "Compress", 9, 0, SEDGE_OP_COMPRESS, 0, read_compress },
    { "Concat", 1, 3, SEDGE_OP_CONCATENATION, 1, read_axis },
    { "Concat", 4, 0, SEDGE_OP_CONCATENATION, 0, read_axis },
    { "Constant", 1, 0, SEDGE_OP_IDENTITY, 0, read_constant },
    { "ConstantOfShape", 9, 0, SEDGE_OP_FILL, 0, read_constant_of_shape },
    { "DepthToSpace", 1, 0, SEDGE_OP_DEPTH_TO_SPACE, 0, read_blocks },
    { "Expand", 8, 0, SEDGE_OP_BROADCAST_TO, 0, NULL },
    { "EyeLike", 9, 0, SEDGE_OP_EYE_LIKE, 0, read_eye_like },
    { "Flatten", 1, 0, SEDGE_OP_FLATTEN, 1, read_axis },
    { "Gather", 1, 0, SEDGE_OP_GATHER, 0, read_gather },
    { "GatherElements", 11, 0, SEDGE_OP_GATHER_ELEMENTS, 0, read_axis },
    { "GatherND", 11, 0, SEDGE_OP_GATHER_ND, 0, read_gather },
    { "Identity", 1, 0, SEDGE_OP_IDENTITY, 0, NULL },
    { "If", 1, 0, SEDGE_OP_IF, 0, read_if },
    { "NonZero", 9, 0, SEDGE_OP_NON_ZERO, 0, read_sized },
    { "OneHot", 9, 0, SEDGE_OP_ONE_HOT, -1, read_axis },
    { "Pad", 2, 0, SEDGE_OP_PAD, 0, read_pad },
    { "Range", 11, 0, SEDGE_OP_RANGE, 0, NULL },
    { "Reshape", 1, 0, SEDGE_OP_RESHAPE, 0, read_reshape },
    { "ReverseSequence", 10, 0, SEDGE_OP_REVERSE_SEQUENCE, 0, read_reverse_sequence },
    { "Scatter", 9, 10, SEDGE_OP_SCATTER_ELEMENTS, 0, read_scatter },
    { "ScatterElements", 11, 0, SEDGE_OP_SCATTER_ELEMENTS, 0, read_scatter },
    { "ScatterND", 11, 0, SEDGE_OP_SCATTER_ND, 0, read_scatter },
    { "Shape", 1, 0, SEDGE_OP_SHAPE, 0, read_shape },
    { "Size", 1, 0, SEDGE_OP_SIZE, 0, NULL },
    { "Slice", 1, 0, SEDGE_OP_SLICE_AXES, 0, read_slice },
    { "SpaceToDepth", 1, 0, SEDGE_OP_SPACE_TO_DEPTH, 0, read_blocks },
    { "Split", 2, 0, SEDGE_OP_SPLIT_V, 0, read_split },
    { "Squeeze", 1, 0, SEDGE_OP_SQUEEZE, 0, read_axes },
    { "Tile", 6, 0, SEDGE_OP_TILE, 0, NULL },
    { "TopK", 1, 0, SEDGE_OP_TOP_K, 0, read_top_k },
    { "Transpose", 1, 0, SEDGE_OP_TRANSPOSE, 0, read_transpose },
    { "Trilu", 14, 0, SEDGE_OP_TRILU, 0, read_trilu },
    { "Unique", 11, 0, SEDGE_OP_UNIQUE, 0, read_unique },
    { "Unsqueeze", 1, 0, SEDGE_OP_EXPAND_DIMS, 0, read_axes },
    { "Where", 9, 0, SEDGE_OP_SELECT, 0, NULL },
};

const sedge_onnx_family sedge_onnx_tensor = { false, rows, SEDGE_COUNT(rows) };
