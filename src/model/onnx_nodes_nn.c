/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions, pools, norms, recurrent layers, resizing, detection, signals. */
#include "base/own.h"
#include "model/onnx_nodes.h"

static void read_dropout(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    (void)n;
    if (op->n_outputs > 1)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "the mask of a dropout");
    op->n_inputs = op->n_inputs ? 1 : 0;
}

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

static const sedge_onnx_row rows[] = {
    { "Upsample", 7, 8, SEDGE_OP_RESIZE, 7, read_resize },   { "Upsample", 9, 9, SEDGE_OP_RESIZE, 9, read_resize },
    { "Resize", 10, 10, SEDGE_OP_RESIZE, 10, read_resize },  { "Resize", 11, 0, SEDGE_OP_RESIZE, 11, read_resize },
    { "Dropout", 7, 0, SEDGE_OP_IDENTITY, 0, read_dropout },
};

const sedge_onnx_family sedge_onnx_nn = { false, rows, SEDGE_COUNT(rows) };
