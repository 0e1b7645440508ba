/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tflite_options.h"

#include <stddef.h>
#include <string.h>

#include "base/own.h"
#include "model/tflite_custom.h"
#include "model/tflite_schema.h"

#define MEMBER(m) .member_size = sizeof(((sedge_op *)0)->m), .member = offsetof(sedge_op, m), .name = #m
#define OPTION_BOOL(id, m)                                                                                             \
    { .field = (id), .type = SEDGE_TFLITE_OPTION_BYTE, .most = UINT8_MAX, MEMBER(m) }
#define OPTION_ENUM(id, m, last)                                                                                       \
    { .field = (id), .type = SEDGE_TFLITE_OPTION_BYTE, .most = (last), MEMBER(m) }
#define OPTION_I32(id, m, otherwise)                                                                                   \
    { .field = (id), .type = SEDGE_TFLITE_OPTION_I32, .fallback.i = (otherwise), MEMBER(m) }
#define OPTION_F32(id, m, otherwise)                                                                                   \
    { .field = (id), .type = SEDGE_TFLITE_OPTION_F32, .fallback.f = (otherwise), MEMBER(m) }
#define OPTION_ACTIVATION(id) OPTION_ENUM(id, activation, SEDGE_ACTIVATION_RELU6)
/* a byte that must be 0 */
#define OPTION_ZERO(id, text)                                                                                          \
    { .field = (id), .type = SEDGE_TFLITE_OPTION_BYTE, .most = 0, .name = (text) }
#define OPTION_IGNORED(id)                                                                                             \
    { .field = (id), .type = SEDGE_TFLITE_OPTION_IGNORED }

/* ---- options by operator ---- */

static const sedge_tflite_option arithmetic[] = {
    OPTION_ACTIVATION(0), OPTION_IGNORED(1), /* pot_scale_int16: the reference kernels do not look at it */
};
static const sedge_tflite_option division[] = { OPTION_ACTIVATION(0) };
static const sedge_tflite_option fully_connected[] = {
    OPTION_ACTIVATION(0), OPTION_ZERO(1, "weights_format"), OPTION_BOOL(2, u.keep_num_dims),
    OPTION_IGNORED(3), /* asymmetric_quantize_inputs: of float32 inputs with int8 weights */
};
/* the schema names width before height */
static const sedge_tflite_option conv[] = {
    OPTION_ENUM(0, u.window.padding, SEDGE_PADDING_VALID),
    OPTION_I32(1, u.window.stride[1], 0),
    OPTION_I32(2, u.window.stride[0], 0),
    OPTION_ACTIVATION(3),
    OPTION_I32(4, u.window.dilation[1], 1),
    OPTION_I32(5, u.window.dilation[0], 1),
    OPTION_IGNORED(6), /* quantized_bias_type: the bias says it */
};
static const sedge_tflite_option depthwise_conv[] = {
    OPTION_ENUM(0, u.window.padding, SEDGE_PADDING_VALID),
    OPTION_I32(1, u.window.stride[1], 0),
    OPTION_I32(2, u.window.stride[0], 0),
    OPTION_IGNORED(3), /* depth_multiplier: the weights say it */
    OPTION_ACTIVATION(4),
    OPTION_I32(5, u.window.dilation[1], 1),
    OPTION_I32(6, u.window.dilation[0], 1),
};
static const sedge_tflite_option conv_transpose[] = {
    OPTION_ENUM(0, u.window.padding, SEDGE_PADDING_VALID),
    OPTION_I32(1, u.window.stride[1], 0),
    OPTION_I32(2, u.window.stride[0], 0),
    OPTION_ACTIVATION(3),
    OPTION_IGNORED(4), /* quantized_bias_type: the bias says it */
};
static const sedge_tflite_option pool[] = {
    OPTION_ENUM(0, u.window.padding, SEDGE_PADDING_VALID),
    OPTION_I32(1, u.window.stride[1], 0),
    OPTION_I32(2, u.window.stride[0], 0),
    OPTION_I32(3, u.window.kernel[1], 0),
    OPTION_I32(4, u.window.kernel[0], 0),
    OPTION_ACTIVATION(5),
};
static const sedge_tflite_option lstm[] = {
    OPTION_IGNORED(0), /* the activation is checked below */
    OPTION_F32(1, u.lstm.cell_clip, 0),
    OPTION_IGNORED(2), /* proj_clip: there is no projection */
    OPTION_BOOL(3, u.lstm.time_major),
    OPTION_IGNORED(4), /* asymmetric_quantize_inputs */
    OPTION_ZERO(5, "diagonal_recurrent_tensors"),
};
static const sedge_tflite_option svdf[] = { OPTION_I32(0, u.svdf_rank, 0), OPTION_ACTIVATION(1), OPTION_IGNORED(2) };
static const sedge_tflite_option leaky_relu[] = { OPTION_F32(0, u.fn.alpha, 0) };
static const sedge_tflite_option batch_matmul[] = { OPTION_BOOL(0, u.matmul.transpose_a),
                                                    OPTION_BOOL(1, u.matmul.transpose_b), OPTION_IGNORED(2) };
static const sedge_tflite_option l2_norm[] = { OPTION_ZERO(0, "fused_activation_function") };
static const sedge_tflite_option lrn[] = { OPTION_I32(0, u.lrn.before, 0), OPTION_F32(1, u.lrn.bias, 0),
                                           OPTION_F32(2, u.lrn.alpha, 0), OPTION_F32(3, u.lrn.beta, 0) };
static const sedge_tflite_option reducer[] = { OPTION_BOOL(0, u.reduce.keep_dims) };
static const sedge_tflite_option cumsum[] = { OPTION_BOOL(0, u.cumsum.exclusive), OPTION_BOOL(1, u.cumsum.reverse) };
static const sedge_tflite_option softmax[] = { OPTION_F32(0, u.softmax.beta, 0) };

static const sedge_tflite_option concatenation[] = { OPTION_I32(0, u.axis, 0),
                                                     OPTION_ZERO(1, "fused_activation_function") };
static const sedge_tflite_option pack[] = { OPTION_IGNORED(0), OPTION_I32(1, u.axis, 0) }; /* the number of parts */
static const sedge_tflite_option split[] = { OPTION_IGNORED(0) };                          /* likewise */
static const sedge_tflite_option strided_slice[] = {
    OPTION_I32(0, u.strided_slice.begin_mask, 0),       OPTION_I32(1, u.strided_slice.end_mask, 0),
    OPTION_I32(2, u.strided_slice.ellipsis_mask, 0),    OPTION_I32(3, u.strided_slice.new_axis_mask, 0),
    OPTION_I32(4, u.strided_slice.shrink_axis_mask, 0), OPTION_BOOL(5, u.strided_slice.offset),
};
static const sedge_tflite_option resize_bilinear[] = { OPTION_BOOL(2, u.resize_image.align_corners),
                                                       OPTION_BOOL(3, u.resize_image.half_pixel_centers) };
static const sedge_tflite_option resize_nearest[] = { OPTION_BOOL(0, u.resize_image.align_corners),
                                                      OPTION_BOOL(1, u.resize_image.half_pixel_centers) };
static const sedge_tflite_option mirror_pad[] = { OPTION_IGNORED(0) }; /* read by its function */

static const sedge_tflite_option gather[] = { OPTION_I32(0, u.gather.axis, 0), OPTION_I32(1, u.gather.batch_dims, 0) };
static const sedge_tflite_option blocks[] = { OPTION_I32(0, u.blocks.size, 0) };
static const sedge_tflite_option types[] = { OPTION_IGNORED(0), OPTION_IGNORED(1) }; /* tensors say theirs */
static const sedge_tflite_option one_hot[] = { OPTION_I32(0, u.axis, 0) };
static const sedge_tflite_option reverse_sequence[] = { OPTION_I32(0, u.sequence.time_axis, 0),
                                                        OPTION_I32(1, u.sequence.batch_axis, 0) };
static const sedge_tflite_option squeeze[] = { OPTION_IGNORED(0) }; /* read by its function */

/* ---- functions for what a list cannot say ---- */

/* the new shape stands in a constant second input, in the options, or only in the output */
static void read_reshape(const sedge_tflite_site *site, sedge_op *op) {
    const sedge_graph *g = site->graph;
    const sedge_tensor *shape = NULL;
    if (op->n_inputs > 1 && op->inputs[1] >= 0 && (uint32_t)op->inputs[1] < g->n_tensors)
        shape = &g->tensors[op->inputs[1]];
    op->n_inputs = op->n_inputs > 1 ? 1 : op->n_inputs;
    if (shape) {
        if (!shape->data || shape->dtype != SEDGE_INT32 || shape->size_bytes > 4 * SEDGE_RANK_MAX) {
            sedge_fbr_fail(site->f, SEDGE_EUNSUPPORTED, "its new shape, tensor '%s', is not a constant of int32",
                           shape->name);
            return;
        }
        op->u.reshape.rank = (uint32_t)(shape->size_bytes / 4);
        memcpy(op->u.reshape.dims, shape->data, shape->size_bytes);
        return;
    }
    sedge_fbr_vector v =
        sedge_fbr_vector_field(site->f, &site->options, RESHAPE_SHAPE, 4, SEDGE_RANK_MAX, "dimensions");
    op->u.reshape.rank = v.n;
    for (uint32_t i = 0; i < v.n; i++)
        op->u.reshape.dims[i] = (int32_t)sedge_load_u32(v.data + 4 * (size_t)i);
    if (v.n == 0 && op->n_outputs == 1 && op->outputs[0] >= 0 && (uint32_t)op->outputs[0] < g->n_tensors) {
        const sedge_tensor *out = &g->tensors[op->outputs[0]];
        op->u.reshape.rank = out->rank;
        memcpy(op->u.reshape.dims, out->dims, sizeof out->dims);
    }
}

static void read_lstm(const sedge_tflite_site *site, sedge_op *op) {
    enum { ACTIVATION_TANH = 4 };
    (void)op;
    uint8_t activation = sedge_fbr_u8(site->f, &site->options, 0, 0);
    if (activation != ACTIVATION_TANH)
        sedge_fbr_fail(site->f, SEDGE_EUNSUPPORTED, "its activation is %u, TANH is needed", activation);
}

static void read_pad(const sedge_tflite_site *site, sedge_op *op) {
    (void)site;
    op->u.pad.pairs = true;
}

static void read_mirror_pad(const sedge_tflite_site *site, sedge_op *op) {
    enum { MODE = 0, REFLECT = 0, SYMMETRIC = 1 };
    uint8_t mode = sedge_fbr_u8(site->f, &site->options, MODE, 0);
    if (mode > SYMMETRIC)
        sedge_fbr_fail(site->f, SEDGE_EUNSUPPORTED, "its option mode is %u, which is not supported", mode);
    op->u.pad.mode = mode == REFLECT ? SEDGE_PAD_REFLECT : SEDGE_PAD_SYMMETRIC;
    op->u.pad.pairs = true;
}

/* a shape that is not constant is what the file declares of the output, as TensorFlow Lite Micro has it */
static void read_transposed_sizes(const sedge_tflite_site *site, sedge_op *op) {
    const sedge_graph *g = site->graph;
    const sedge_tensor *shape = NULL, *y = NULL;
    if (op->n_inputs >= 3 && op->inputs[0] >= 0 && (uint32_t)op->inputs[0] < g->n_tensors)
        shape = &g->tensors[op->inputs[0]];
    if (op->n_outputs == 1 && op->outputs[0] >= 0 && (uint32_t)op->outputs[0] < g->n_tensors)
        y = &g->tensors[op->outputs[0]];
    if (!shape || !y || y->rank != 4 || shape->dtype != SEDGE_INT32 || shape->size_bytes != 4 * sizeof(int32_t)) {
        sedge_fbr_fail(site->f, SEDGE_EUNSUPPORTED, "its output's shape is not given as four int32");
        return;
    }
    const int32_t *dims = shape->data ? shape->data : y->dims;
    for (int d = 0; d < 2; d++) {
        op->u.window.dilation[d] = 1;
        op->u.window.out[d] = dims[1 + d];
        if (dims[1 + d] < 1)
            sedge_fbr_fail(site->f, SEDGE_EUNSUPPORTED, "its output has %d places", dims[1 + d]);
    }
}

/* the file's inputs are the output's shape, the weights, x and the bias */
static void read_conv_transpose(const sedge_tflite_site *site, sedge_op *op) {
    read_transposed_sizes(site, op);
    int32_t *inputs = sedge_pool_take(site->pool, 3, sizeof *inputs);
    if (!inputs)
        sedge_fbr_fail(site->f, SEDGE_ELIMIT, "no memory for its inputs");
    if (site->f->status)
        return;
    inputs[0] = op->inputs[2];
    inputs[1] = op->inputs[1];
    inputs[2] = op->n_inputs > 3 ? op->inputs[3] : -1;
    op->inputs = inputs;
    op->n_inputs = 3;
}

static void read_pool(const sedge_tflite_site *site, sedge_op *op) {
    for (int d = 0; d < 2; d++) {
        op->u.window.dilation[d] = 1;
        if (op->u.window.kernel[d] < 1)
            sedge_fbr_fail(site->f, SEDGE_EINVALID, "a window of %d", op->u.window.kernel[d]);
    }
}

static void read_softmax(const sedge_tflite_site *site, sedge_op *op) {
    (void)site;
    op->u.softmax.axis = -1;
}

static void read_log_softmax(const sedge_tflite_site *site, sedge_op *op) {
    (void)site;
    op->u.softmax.beta = 1;
    op->u.softmax.axis = -1;
}

static void read_lrn(const sedge_tflite_site *site, sedge_op *op) {
    (void)site;
    op->u.lrn.after = op->u.lrn.before; /* the radius */
    op->u.lrn.axis = -1;
}

static void read_l2_norm(const sedge_tflite_site *site, sedge_op *op) {
    (void)site;
    op->u.lrn.axis = -1;
    op->u.lrn.bias = 1e-6f;
}

static void read_elu(const sedge_tflite_site *site, sedge_op *op) {
    (void)site;
    op->u.fn.alpha = 1;
}

static void read_gelu(const sedge_tflite_site *site, sedge_op *op) {
    op->u.fn.alpha = sedge_fbr_u8(site->f, &site->options, 0, 0) ? 1 : 0; /* approximate */
}

static void read_squeeze(const sedge_tflite_site *site, sedge_op *op) {
    enum { AXES = 0 };
    sedge_fbr_vector v = sedge_fbr_vector_field(site->f, &site->options, AXES, 4, SEDGE_RANK_MAX, "axes");
    op->u.axes.n = v.n;
    for (uint32_t i = 0; i < v.n; i++)
        op->u.axes.v[i] = (int32_t)sedge_load_u32(v.data + 4 * (size_t)i);
}

static void read_select(const sedge_tflite_site *site, sedge_op *op) {
    (void)site;
    op->u.select_rows = true;
}

static void read_top_k(const sedge_tflite_site *site, sedge_op *op) {
    (void)site;
    op->u.top_k.axis = -1;
}

/* ---- the rows ---- */

#define NO_OPTIONS    0, NULL
#define OPTIONS(list) SEDGE_COUNT(list), list
#define ROW(code, KIND, options_type, int8_version, n_options_and_list, read)                                          \
    ROW_(code, KIND, options_type, int8_version, n_options_and_list, read)
#define ROW_(code, KIND, options_type, int8_version, n, list, read)                                                    \
    { code, options_type, int8_version, n, SEDGE_OP_##KIND, list, read }

/* code, kind, number of its options, lowest version for int8 (0: for reading only), options, function */
static const sedge_tflite_row rows[] = {
    ROW(0, ADD, 11, 2, OPTIONS(arithmetic), NULL),
    ROW(1, AVERAGE_POOL, 5, 2, OPTIONS(pool), read_pool),
    ROW(2, CONCATENATION, 10, 2, OPTIONS(concatenation), NULL),
    ROW(3, CONV, 1, 3, OPTIONS(conv), NULL),
    ROW(4, DEPTHWISE_CONV, 2, 3, OPTIONS(depthwise_conv), NULL),
    ROW(5, DEPTH_TO_SPACE, 94, 0, OPTIONS(blocks), NULL),
    ROW(6, DEQUANTIZE, 38, 2, NO_OPTIONS, NULL),
    ROW(8, FLOOR, 0, 1, NO_OPTIONS, NULL),
    ROW(9, FULLY_CONNECTED, 8, 4, OPTIONS(fully_connected), NULL),
    ROW(11, L2_NORMALIZATION, 12, 1, OPTIONS(l2_norm), read_l2_norm),
    ROW(13, LOCAL_RESPONSE_NORMALIZATION, 13, 1, OPTIONS(lrn), read_lrn),
    ROW(14, LOGISTIC, 0, 2, NO_OPTIONS, NULL),
    ROW(17, MAX_POOL, 5, 2, OPTIONS(pool), read_pool),
    ROW(18, MUL, 21, 2, OPTIONS(arithmetic), NULL),
    ROW(19, RELU, 0, 2, NO_OPTIONS, NULL),
    ROW(20, RELU_N1_TO_1, 0, 1, NO_OPTIONS, NULL),
    ROW(21, RELU6, 0, 2, NO_OPTIONS, NULL),
    ROW(22, RESHAPE, 17, 1, NO_OPTIONS, read_reshape),
    ROW(23, RESIZE_BILINEAR, 15, 2, OPTIONS(resize_bilinear), NULL),
    ROW(25, SOFTMAX, 9, 2, OPTIONS(softmax), read_softmax),
    ROW(26, SPACE_TO_DEPTH, 19, 0, OPTIONS(blocks), NULL),
    ROW(27, SVDF, 6, 0, OPTIONS(svdf), NULL),
    ROW(28, TANH, 0, 2, NO_OPTIONS, NULL),
    ROW(34, PAD, 22, 2, NO_OPTIONS, read_pad),
    ROW(36, GATHER, 23, 0, OPTIONS(gather), NULL),
    ROW(37, BATCH_TO_SPACE_ND, 24, 0, NO_OPTIONS, NULL),
    ROW(38, SPACE_TO_BATCH_ND, 25, 0, NO_OPTIONS, NULL),
    ROW(39, TRANSPOSE, 26, 2, NO_OPTIONS, NULL),
    ROW(40, MEAN, 27, 2, OPTIONS(reducer), NULL),
    ROW(41, SUB, 28, 2, OPTIONS(arithmetic), NULL),
    ROW(42, DIV, 29, 2, OPTIONS(division), NULL),
    ROW(43, SQUEEZE, 30, 0, OPTIONS(squeeze), read_squeeze),
    ROW(44, UNIDIRECTIONAL_SEQUENCE_LSTM, 71, 0, OPTIONS(lstm), read_lstm),
    ROW(45, STRIDED_SLICE, 32, 2, OPTIONS(strided_slice), NULL),
    ROW(47, EXP, 33, 1, NO_OPTIONS, NULL),
    ROW(48, TOP_K, 34, 0, NO_OPTIONS, read_top_k),
    ROW(49, SPLIT, 35, 2, OPTIONS(split), NULL),
    ROW(50, LOG_SOFTMAX, 36, 1, NO_OPTIONS, read_log_softmax),
    ROW(53, CAST, 37, 0, OPTIONS(types), NULL),
    ROW(54, PRELU, 0, 1, NO_OPTIONS, NULL),
    ROW(55, MAXIMUM, 39, 2, NO_OPTIONS, NULL),
    ROW(56, ARG_MAX, 40, 0, OPTIONS(types), NULL),
    ROW(57, MINIMUM, 39, 2, NO_OPTIONS, NULL),
    ROW(58, LESS, 41, 2, NO_OPTIONS, NULL),
    ROW(59, NEG, 42, 1, NO_OPTIONS, NULL),
    ROW(60, PAD, 43, 0, NO_OPTIONS, read_pad),
    ROW(61, GREATER, 44, 2, NO_OPTIONS, NULL),
    ROW(62, GREATER_EQUAL, 45, 2, NO_OPTIONS, NULL),
    ROW(63, LESS_EQUAL, 46, 2, NO_OPTIONS, NULL),
    ROW(64, SELECT, 47, 0, NO_OPTIONS, read_select),
    ROW(65, SLICE, 48, 2, NO_OPTIONS, NULL),
    ROW(66, SIN, 0, 1, NO_OPTIONS, NULL),
    ROW(67, CONV_TRANSPOSE, 49, 0, OPTIONS(conv_transpose), read_conv_transpose),
    ROW(69, TILE, 51, 0, NO_OPTIONS, NULL),
    ROW(70, EXPAND_DIMS, 52, 0, NO_OPTIONS, NULL),
    ROW(71, EQUAL, 53, 2, NO_OPTIONS, NULL),
    ROW(72, NOT_EQUAL, 54, 2, NO_OPTIONS, NULL),
    ROW(73, LOG, 0, 1, NO_OPTIONS, NULL),
    ROW(74, SUM, 27, 2, OPTIONS(reducer), NULL),
    ROW(75, SQRT, 0, 1, NO_OPTIONS, NULL),
    ROW(76, RSQRT, 0, 1, NO_OPTIONS, NULL),
    ROW(77, SHAPE, 55, 0, OPTIONS(types), NULL),
    ROW(78, POW, 56, 1, NO_OPTIONS, NULL),
    ROW(79, ARG_MIN, 57, 0, OPTIONS(types), NULL),
    ROW(81, REDUCE_PROD, 27, 1, OPTIONS(reducer), NULL),
    ROW(82, REDUCE_MAX, 27, 2, OPTIONS(reducer), NULL),
    ROW(83, PACK, 59, 1, OPTIONS(pack), NULL),
    ROW(84, LOGICAL_OR, 60, 1, NO_OPTIONS, NULL),
    ROW(85, ONE_HOT, 61, 0, OPTIONS(one_hot), NULL),
    ROW(86, LOGICAL_AND, 62, 1, NO_OPTIONS, NULL),
    ROW(87, LOGICAL_NOT, 63, 1, NO_OPTIONS, NULL),
    ROW(88, UNPACK, 64, 1, OPTIONS(pack), NULL),
    ROW(89, REDUCE_MIN, 27, 2, OPTIONS(reducer), NULL),
    ROW(90, FLOOR_DIV, 65, 1, NO_OPTIONS, NULL),
    ROW(91, REDUCE_ANY, 27, 1, OPTIONS(reducer), NULL),
    ROW(92, SQUARE, 66, 1, NO_OPTIONS, NULL),
    ROW(94, FILL, 68, 0, NO_OPTIONS, NULL),
    ROW(95, FLOOR_MOD, 72, 1, NO_OPTIONS, NULL),
    ROW(96, RANGE, 73, 0, NO_OPTIONS, NULL),
    ROW(97, RESIZE_NEAREST_NEIGHBOR, 74, 2, OPTIONS(resize_nearest), NULL),
    ROW(98, LEAKY_RELU, 75, 2, OPTIONS(leaky_relu), NULL),
    ROW(99, SQUARED_DIFFERENCE, 76, 2, NO_OPTIONS, NULL),
    ROW(100, PAD, 77, 0, OPTIONS(mirror_pad), read_mirror_pad),
    ROW(101, ABS, 78, 1, NO_OPTIONS, NULL),
    ROW(102, SPLIT_V, 79, 1, OPTIONS(split), NULL),
    ROW(104, CEIL, 0, 1, NO_OPTIONS, NULL),
    ROW(105, REVERSE, 81, 0, NO_OPTIONS, NULL),
    ROW(107, GATHER_ND, 83, 0, NO_OPTIONS, NULL),
    ROW(108, COS, 84, 1, NO_OPTIONS, NULL),
    ROW(110, RANK, 86, 0, NO_OPTIONS, NULL),
    ROW(111, ELU, 0, 1, NO_OPTIONS, read_elu),
    ROW(112, REVERSE_SEQUENCE, 87, 0, OPTIONS(reverse_sequence), NULL),
    ROW(114, QUANTIZE, 89, 1, NO_OPTIONS, NULL),
    ROW(116, ROUND, 0, 1, NO_OPTIONS, NULL),
    ROW(117, HARD_SWISH, 91, 1, NO_OPTIONS, NULL),
    ROW(123, SELECT, 98, 0, NO_OPTIONS, NULL),
    ROW(126, MATMUL, 101, 2, OPTIONS(batch_matmul), NULL),
    ROW(128, CUMSUM, 102, 1, OPTIONS(cumsum), NULL),
    ROW(130, BROADCAST_TO, 104, 0, NO_OPTIONS, NULL),
    ROW(131, RFFT2D, 105, 0, NO_OPTIONS, NULL),
    ROW(135, COMPLEX_ABS, 0, 0, NO_OPTIONS, NULL),
    ROW(140, REDUCE_ALL, 27, 1, OPTIONS(reducer), NULL),
    ROW(150, GELU, 116, 0, NO_OPTIONS, read_gelu),
    ROW(158, SIGN, 123, 1, NO_OPTIONS, NULL),
    ROW(160, BITWISE_XOR, 125, 1, NO_OPTIONS, NULL),
    ROW(161, SHIFT_RIGHT, 126, 1, NO_OPTIONS, NULL),
};

/* custom operators: name, kind, function */
#define CUSTOM(name, KIND)                                                                                             \
    { name, SEDGE_OP_##KIND, sedge_tflite_read_custom }
static const sedge_tflite_custom_row custom_rows[] = {
    CUSTOM("SignalWindow", SIGNAL_WINDOW),
    CUSTOM("SignalFftAutoScale", SIGNAL_FFT_AUTO_SCALE),
    CUSTOM("SignalRfft", SIGNAL_RFFT),
    CUSTOM("SignalIrfft", SIGNAL_IRFFT),
    CUSTOM("SignalEnergy", SIGNAL_ENERGY),
    CUSTOM("SignalFilterBank", SIGNAL_FILTER_BANK),
    CUSTOM("SignalFilterBankSquareRoot", SIGNAL_FILTER_BANK_SQUARE_ROOT),
    CUSTOM("SignalFilterBankSpectralSubtraction", SIGNAL_SPECTRAL_SUBTRACTION),
    CUSTOM("SignalPCAN", SIGNAL_PCAN),
    CUSTOM("SignalFilterBankLog", SIGNAL_FILTER_BANK_LOG),
    CUSTOM("SignalDelay", SIGNAL_DELAY),
    CUSTOM("SignalFramer", SIGNAL_FRAMER),
    CUSTOM("SignalStacker", SIGNAL_STACKER),
    CUSTOM("SignalOverlapAdd", SIGNAL_OVERLAP_ADD),
    CUSTOM("TFLite_Detection_PostProcess", DETECTION_POSTPROCESS),
    { NULL, SEDGE_OP_COUNT, NULL }, /* the end */
};
#undef CUSTOM

const sedge_tflite_row *sedge_tflite_find_code(int32_t code) {
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

const sedge_tflite_row *sedge_tflite_find_kind(sedge_op_kind kind) {
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].kind == kind && rows[i].int8_version &&
            (!rows[i].read || kind == SEDGE_OP_RESHAPE || kind == SEDGE_OP_SOFTMAX))
            return &rows[i];
    return NULL;
}

const sedge_tflite_custom_row *sedge_tflite_find_custom(const char *name) {
    for (const sedge_tflite_custom_row *row = custom_rows; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

/* ---- lists of options ---- */

static void store(const sedge_tflite_option *o, uint32_t bits, sedge_op *op) {
    uint8_t *member = (uint8_t *)op + o->member;
    if (o->member_size == 1)
        *member = (uint8_t)bits;
    else if (o->member_size == sizeof bits)
        memcpy(member, &bits, sizeof bits);
}

uint32_t sedge_tflite_option_bits(const sedge_tflite_option *o, const sedge_op *op) {
    uint32_t bits = 0;
    if (o->member_size == 1)
        bits = *((const uint8_t *)op + o->member);
    else if (o->member_size == sizeof bits)
        memcpy(&bits, (const uint8_t *)op + o->member, sizeof bits);
    return bits;
}

static uint32_t read_bits(const sedge_tflite_site *site, const sedge_tflite_option *o) {
    float f;
    uint32_t bits = 0;
    switch ((sedge_tflite_option_type)o->type) {
    case SEDGE_TFLITE_OPTION_BYTE:
        bits = sedge_fbr_u8(site->f, &site->options, o->field, 0);
        if (bits > o->most)
            sedge_fbr_fail(site->f, SEDGE_EUNSUPPORTED, "its option %s is %u, which is not supported", o->name, bits);
        return o->most == UINT8_MAX ? bits != 0 : bits;
    case SEDGE_TFLITE_OPTION_I32:
        return (uint32_t)sedge_fbr_i32(site->f, &site->options, o->field, o->fallback.i);
    case SEDGE_TFLITE_OPTION_F32:
        f = sedge_fbr_f32(site->f, &site->options, o->field, o->fallback.f);
        memcpy(&bits, &f, sizeof bits);
        return bits;
    case SEDGE_TFLITE_OPTION_IGNORED:
        break;
    }
    return bits;
}

/* a field that a later schema added could change what the operator means */
static void refuse_unlisted(const sedge_tflite_row *row, const sedge_tflite_site *site) {
    for (unsigned field = 0; 4 + 2 * field < site->options.vtable_bytes; field++) {
        unsigned i = 0;
        while (i < row->n_options && row->options[i].field != field)
            i++;
        if (i == row->n_options && sedge_fbr_has(site->f, &site->options, field))
            sedge_fbr_fail(site->f, SEDGE_EUNSUPPORTED, "field %u of its options is not supported", field);
    }
}

void sedge_tflite_read_row(const sedge_tflite_row *row, const sedge_tflite_site *site, sedge_op *op) {
    for (unsigned i = 0; i < row->n_options; i++)
        store(&row->options[i], read_bits(site, &row->options[i]), op);
    if (row->read)
        row->read(site, op);
    else
        refuse_unlisted(row, site);
}
