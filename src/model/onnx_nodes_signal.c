/* SPDX-License-Identifier: Apache-2.0 */
/* Detection, grids and regions of images, signals. */
#include "base/own.h"
#include "model/onnx_nodes.h"

static void read_nms(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    op->u.box_centers = sedge_onnx_int(n, "center_point_box", 0) != 0;
    sedge_onnx_add_output(r, op, sedge_onnx_add_tensor(r));
}

static void read_grid_sample(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    static const char *const old_modes[] = { "bilinear", "nearest", "bicubic" };
    static const char *const modes[] = { "linear", "nearest", "cubic" };
    static const char *const paddings[] = { "zeros", "border", "reflection" };
    static const sedge_resize_mode values[] = { SEDGE_RESIZE_LINEAR, SEDGE_RESIZE_NEAREST, SEDGE_RESIZE_CUBIC };
    (void)r;
    op->u.grid_sample.mode = values[sedge_onnx_word(n, "mode", row->since < 20 ? old_modes : modes, 3)];
    op->u.grid_sample.padding = (sedge_grid_padding)sedge_onnx_word(n, "padding_mode", paddings, 3);
    op->u.grid_sample.align_corners = sedge_onnx_int(n, "align_corners", 0) != 0;
}

static void read_roi_align(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    static const char *const modes[] = { "avg", "max" };
    static const char *const places[] = { "half_pixel", "output_half_pixel" };
    (void)r;
    op->u.roi_align = (sedge_roi_align){
        .height = sedge_onnx_int32(n, "output_height", 1),
        .width = sedge_onnx_int32(n, "output_width", 1),
        .sampling_ratio = sedge_onnx_int32(n, "sampling_ratio", 0),
        .spatial_scale = sedge_onnx_float(n, "spatial_scale", 1),
        .half_pixel = row->since >= 16 && sedge_onnx_word(n, "coordinate_transformation_mode", places, 2) == 0,
        .largest = sedge_onnx_word(n, "mode", modes, 2) == 1,
    };
}

static void read_dft(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    op->u.dft.inverse = sedge_onnx_int(n, "inverse", 0) != 0;
    op->u.dft.onesided = sedge_onnx_int(n, "onesided", 0) != 0;
    op->u.dft.axis = row->since < 20 ? sedge_onnx_int32(n, "axis", 1) : -2;
}

static void read_stft(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)r;
    (void)row;
    op->u.dft.onesided = sedge_onnx_int(n, "onesided", 1) != 0;
}

/* arg: the window */
static void read_window_function(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n,
                                 sedge_op *op) {
    enum { FLOAT = 1 };
    op->u.window_function.window = (sedge_window_kind)row->arg;
    op->u.window_function.periodic = sedge_onnx_int(n, "periodic", 1) != 0;
    sedge_onnx_set_output_type(r, op, 0, sedge_onnx_dtype(n->r, (uint64_t)sedge_onnx_int(n, "output_datatype", FLOAT)));
}

static void read_mel(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    enum { FLOAT = 1 };
    (void)row;
    sedge_onnx_set_output_type(r, op, 0, sedge_onnx_dtype(n->r, (uint64_t)sedge_onnx_int(n, "output_datatype", FLOAT)));
}

static const sedge_onnx_row rows[] = {
    { "NonMaxSuppression", 10, 0, SEDGE_OP_NON_MAX_SUPPRESSION, 0, read_nms },
    { "GridSample", 16, 19, SEDGE_OP_GRID_SAMPLE, 0, read_grid_sample },
    { "GridSample", 20, 0, SEDGE_OP_GRID_SAMPLE, 0, read_grid_sample },
    { "RoiAlign", 10, 15, SEDGE_OP_ROI_ALIGN, 0, read_roi_align },
    { "RoiAlign", 16, 0, SEDGE_OP_ROI_ALIGN, 0, read_roi_align },
    { "DFT", 17, 19, SEDGE_OP_DFT, 0, read_dft },
    { "DFT", 20, 0, SEDGE_OP_DFT, 0, read_dft },
    { "STFT", 17, 0, SEDGE_OP_STFT, 0, read_stft },
    { "HannWindow", 17, 0, SEDGE_OP_WINDOW_FUNCTION, SEDGE_WINDOW_HANN, read_window_function },
    { "HammingWindow", 17, 0, SEDGE_OP_WINDOW_FUNCTION, SEDGE_WINDOW_HAMMING, read_window_function },
    { "BlackmanWindow", 17, 0, SEDGE_OP_WINDOW_FUNCTION, SEDGE_WINDOW_BLACKMAN, read_window_function },
    { "MelWeightMatrix", 17, 0, SEDGE_OP_MEL_WEIGHT_MATRIX, 0, read_mel },
};

const sedge_onnx_family sedge_onnx_signal = { false, rows, SEDGE_COUNT(rows) };
