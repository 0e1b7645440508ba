/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions, pools, norms, recurrent layers, resizing, detection, signals. */
#include "base/own.h"
#include "model/onnx_nodes.h"

static void read_dropout(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    (void)n;
    const sedge_tensor *trains = sedge_onnx_constant_input(r, op, 2);
    if (op->n_outputs > 1)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "the mask of a dropout");
    if (op->n_inputs > 2 && (!trains || trains->size_bytes != 1 || *(const uint8_t *)trains->data))
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "a dropout that may train");
    op->n_inputs = op->n_inputs ? 1 : 0;
}

/* ---- recurrent layers ---- */

typedef struct function_row {
    const char *name;
    bool has_alpha, has_beta;
    float alpha, beta;
} function_row;

static const function_row functions[SEDGE_RECURRENT_FNS] = {
    [SEDGE_RECURRENT_SIGMOID] = { "Sigmoid", false, false, 0, 0 },
    [SEDGE_RECURRENT_TANH] = { "Tanh", false, false, 0, 0 },
    [SEDGE_RECURRENT_RELU] = { "Relu", false, false, 0, 0 },
    [SEDGE_RECURRENT_AFFINE] = { "Affine", true, true, 1, 0 },
    [SEDGE_RECURRENT_LEAKY_RELU] = { "LeakyRelu", true, false, .01f, 0 },
    [SEDGE_RECURRENT_THRESHOLDED_RELU] = { "ThresholdedRelu", true, false, 1, 0 },
    [SEDGE_RECURRENT_SCALED_TANH] = { "ScaledTanh", true, true, 1, 1 },
    [SEDGE_RECURRENT_HARD_SIGMOID] = { "HardSigmoid", true, true, .2f, .5f },
    [SEDGE_RECURRENT_ELU] = { "Elu", true, false, 1, 0 },
    [SEDGE_RECURRENT_SOFTSIGN] = { "Softsign", false, false, 0, 0 },
    [SEDGE_RECURRENT_SOFTPLUS] = { "Softplus", false, false, 0, 0 },
};

/* numbers are handed to the functions that take one, in their order */
typedef struct numbers {
    const float *p;
    uint32_t n, used;
} numbers;

static float next_number(numbers *list, bool wanted, float fallback) {
    return wanted && list->used < list->n ? list->p[list->used++] : fallback;
}

static uint32_t find_function(const sedge_onnx_node *n, sedge_bytes name) {
    uint32_t f = 0;
    while (f < SEDGE_RECURRENT_FNS && !sedge_bytes_equal(name, sedge_bytes_text(functions[f].name)))
        f++;
    if (f == SEDGE_RECURRENT_FNS)
        sedge_pbr_fail(n->r, SEDGE_EUNSUPPORTED, "activation %.*s is not supported", (int)(name.n < 32 ? name.n : 32),
                       (const char *)name.p);
    return f == SEDGE_RECURRENT_FNS ? 0 : f;
}

static void read_activations(sedge_onnx_reader *r, const sedge_onnx_node *n, uint32_t each, sedge_recurrent *p) {
    enum { MOST = 6 };
    numbers alpha = { 0 }, beta = { 0 };
    uint32_t count;
    const sedge_bytes *names = sedge_onnx_texts(n, "activations", MOST, &count);
    alpha.p = sedge_onnx_floats(n, "activation_alpha", MOST, &alpha.n);
    beta.p = sedge_onnx_floats(n, "activation_beta", MOST, &beta.n);
    if (names && count && count != each * p->directions)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u activations, %u are needed", count, each * p->directions);
    for (uint32_t i = 0; !n->r->status && i < each * p->directions; i++) {
        uint32_t k = i % each;
        uint32_t f = names && count       ? find_function(n, names[i])
                     : each > 1 && k == 0 ? SEDGE_RECURRENT_SIGMOID
                                          : SEDGE_RECURRENT_TANH;
        p->activations[i / each][k] =
            (sedge_recurrent_activation){ (sedge_recurrent_fn)f,
                                          next_number(&alpha, functions[f].has_alpha, functions[f].alpha),
                                          next_number(&beta, functions[f].has_beta, functions[f].beta) };
    }
}

/* arg: activations of a direction */
static void read_recurrent(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    static const char *const directions[] = { "forward", "reverse", "bidirectional" };
    sedge_recurrent *p = sedge_onnx_take(r, 1, sizeof *p);
    if (!p)
        return;
    op->u.recurrent = p;
    uint32_t direction = sedge_onnx_word(n, "direction", directions, SEDGE_COUNT(directions));
    p->directions = direction == 2 ? 2 : 1;
    p->reverse = direction == 1;
    p->batch_first = sedge_onnx_int(n, "layout", 0) != 0;
    p->reset_after = sedge_onnx_int(n, "linear_before_reset", 0) != 0;
    p->coupled = sedge_onnx_int(n, "input_forget", 0) != 0;
    p->clip = sedge_onnx_float(n, "clip", 0);
    if (!(p->clip >= 0))
        sedge_onnx_refuse(r, SEDGE_EINVALID, "attribute clip is %g", (double)p->clip);
    read_activations(r, n, (uint32_t)row->arg, p);
}

/* ---- sizes of images ---- */

/* arg: the version of the form: 7 and 9 are Upsample's, 10 and 11 Resize's */
static void read_resize(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    static const char *const modes[] = { "nearest", "linear", "cubic" };
    static const char *const places[] = { "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",  "align_corners",
                                          "asymmetric", "tf_crop_and_resize",   "tf_half_pixel_for_nn" };
    static const char *const rounds[] = { "round_prefer_floor", "round_prefer_ceil", "floor", "ceil" };
    static const char *const fits[] = { "stretch", "not_larger", "not_smaller" };
    sedge_resize *p = sedge_onnx_take(r, 1, sizeof *p);
    if (!p)
        return;
    op->u.resize = p;
    p->mode = (sedge_resize_mode)sedge_onnx_word(n, "mode", modes, SEDGE_COUNT(modes));
    if (row->arg < 11) {
        p->place = SEDGE_RESIZE_ASYMMETRIC;
        p->round = SEDGE_RESIZE_FLOOR;
        if (row->arg == 7)
            sedge_onnx_numbers_to_input(r, n, "scales", op, 2);
        else if (op->n_inputs == 2) {
            sedge_onnx_set_input(r, op, 2, op->inputs[1]);
            sedge_onnx_set_input(r, op, 1, -1);
        }
        return;
    }
    p->place = (sedge_resize_place)sedge_onnx_word(n, "coordinate_transformation_mode", places, SEDGE_COUNT(places));
    p->round = (sedge_resize_round)sedge_onnx_word(n, "nearest_mode", rounds, SEDGE_COUNT(rounds));
    p->fit = (sedge_resize_fit)sedge_onnx_word(n, "keep_aspect_ratio_policy", fits, SEDGE_COUNT(fits));
    p->cubic_a = sedge_onnx_float(n, "cubic_coeff_a", -0.75f);
    p->extrapolation = sedge_onnx_float(n, "extrapolation_value", 0);
    p->exclude_outside = sedge_onnx_int(n, "exclude_outside", 0) != 0;
    p->antialias = sedge_onnx_int(n, "antialias", 0) != 0;
    const int64_t *axes = sedge_onnx_ints(n, "axes", SEDGE_RANK_MAX, &p->n_axes);
    for (uint32_t i = 0; axes && i < p->n_axes; i++)
        p->axes[i] = axes[i] < -SEDGE_RANK_MAX || axes[i] > SEDGE_RANK_MAX ? SEDGE_RANK_MAX : (int32_t)axes[i];
}

/* a list by spatial dimension, from `at` on in a list of two for each; the rest stays */
static void read_list(const int64_t *list, uint32_t n, uint32_t at, int32_t *ret) {
    for (uint32_t d = 0; d < n; d++)
        ret[d] = list[at + d] < INT32_MIN || list[at + d] > INT32_MAX ? -1 : (int32_t)list[at + d];
}

/* a window with all its attributes; what a file leaves out is 1, of padding 0 */
static void read_window(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    static const char *const words[] = { "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID" };
    static const sedge_padding paddings[] = { SEDGE_PADDING_EXPLICIT, SEDGE_PADDING_SAME, SEDGE_PADDING_SAME_LOWER,
                                              SEDGE_PADDING_VALID };
    sedge_window *w = &op->u.window;
    *w = (sedge_window){
        .kernel = { -1, -1, -1 }, .stride = { 1, 1, 1 }, .dilation = { 1, 1, 1 }, .channels_first = true
    };
    uint32_t n_stride, n_dilation, n_kernel, n_pads;
    const int64_t *stride = sedge_onnx_ints(n, "strides", SEDGE_SPACE_MAX, &n_stride);
    const int64_t *dilation = sedge_onnx_ints(n, "dilations", SEDGE_SPACE_MAX, &n_dilation);
    const int64_t *kernel = sedge_onnx_ints(n, "kernel_shape", SEDGE_SPACE_MAX, &n_kernel);
    const int64_t *pads = sedge_onnx_ints(n, "pads", 2 * SEDGE_SPACE_MAX, &n_pads);
    read_list(stride, n_stride, 0, w->stride);
    read_list(dilation, n_dilation, 0, w->dilation);
    read_list(kernel, n_kernel, 0, w->kernel);
    read_list(pads, n_pads / 2, 0, w->pad_before);
    read_list(pads, n_pads / 2, n_pads / 2, w->pad_after);
    w->padding = paddings[sedge_onnx_word(n, "auto_pad", words, SEDGE_COUNT(words))];
    if (n_pads % 2)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u values of pads", n_pads);
}

static void read_conv(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    read_window(r, row, n, op);
    op->u.window.groups = sedge_onnx_int32(n, "group", 1);
    if (op->u.window.groups < 1)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "group %d", op->u.window.groups);
}

static void read_conv_transpose(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n,
                                sedge_op *op) {
    read_conv(r, row, n, op);
    uint32_t n_extra, n_out;
    const int64_t *extra = sedge_onnx_ints(n, "output_padding", SEDGE_SPACE_MAX, &n_extra);
    const int64_t *out = sedge_onnx_ints(n, "output_shape", SEDGE_SPACE_MAX, &n_out);
    read_list(extra, n_extra, 0, op->u.window.extra);
    read_list(out, n_out, 0, op->u.window.out);
}

static void read_pool(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    read_window(r, row, n, op);
    sedge_window *w = &op->u.window;
    uint32_t n_kernel;
    const int64_t *kernel = sedge_onnx_ints(n, "kernel_shape", SEDGE_SPACE_MAX, &n_kernel);
    for (uint32_t d = 0; d < n_kernel; d++)
        if (kernel[d] < 1)
            sedge_onnx_refuse(r, SEDGE_EINVALID, "a window of %lld", (long long)kernel[d]);
    if (n_kernel == 0)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "kernel_shape is missing");
    w->ceil = sedge_onnx_int(n, "ceil_mode", 0) != 0;
    w->count_include_pad = sedge_onnx_int(n, "count_include_pad", 0) != 0;
    w->power = sedge_onnx_int32(n, "p", 2);
    if (op->n_outputs > 1)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "the indices of a pool");
}

static void read_global_pool(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    op->u.window = (sedge_window){ .stride = { 1, 1, 1 },
                                   .dilation = { 1, 1, 1 },
                                   .padding = SEDGE_PADDING_VALID,
                                   .channels_first = true,
                                   .power = sedge_onnx_int32(n, "p", 2) };
}

static const sedge_onnx_row rows[] = {
    { "RNN", 7, 0, SEDGE_OP_RNN, 1, read_recurrent },
    { "GRU", 7, 0, SEDGE_OP_GRU, 2, read_recurrent },
    { "LSTM", 7, 0, SEDGE_OP_LSTM, 3, read_recurrent },
    { "Upsample", 7, 8, SEDGE_OP_RESIZE, 7, read_resize },
    { "Upsample", 9, 9, SEDGE_OP_RESIZE, 9, read_resize },
    { "Resize", 10, 10, SEDGE_OP_RESIZE, 10, read_resize },
    { "Resize", 11, 0, SEDGE_OP_RESIZE, 11, read_resize },
    { "Dropout", 7, 0, SEDGE_OP_IDENTITY, 0, read_dropout },
    { "AveragePool", 1, 0, SEDGE_OP_AVERAGE_POOL, 0, read_pool },
    { "Conv", 1, 0, SEDGE_OP_CONV, 0, read_conv },
    { "ConvInteger", 10, 0, SEDGE_OP_CONV_INTEGER, 0, read_conv },
    { "ConvTranspose", 1, 0, SEDGE_OP_CONV_TRANSPOSE, 0, read_conv_transpose },
    { "QLinearConv", 10, 0, SEDGE_OP_QLINEAR_CONV, 0, read_conv },
    { "GlobalAveragePool", 1, 0, SEDGE_OP_AVERAGE_POOL, 0, read_global_pool },
    { "GlobalLpPool", 2, 0, SEDGE_OP_LP_POOL, 0, read_global_pool },
    { "GlobalMaxPool", 1, 0, SEDGE_OP_MAX_POOL, 0, read_global_pool },
    { "LpPool", 2, 0, SEDGE_OP_LP_POOL, 0, read_pool },
    { "MaxPool", 1, 0, SEDGE_OP_MAX_POOL, 0, read_pool },
};

const sedge_onnx_family sedge_onnx_nn = { false, rows, SEDGE_COUNT(rows) };
