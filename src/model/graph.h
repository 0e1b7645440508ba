/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A model as a plain graph: what readers produce, writers consume and the runtime prepares.
 *
 * The structs own nothing. A reader keeps everything in the pool of a sedge_graph_file; whoever builds a graph for a
 * writer points into memory of its own:
 *
 *     sedge_tensor tensors[] = { { .name = "x", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { 1, 8 } }, ... };
 *     sedge_op ops[] = { { .kind = SEDGE_OP_FULLY_CONNECTED, .n_inputs = 3, .inputs = (int32_t[]){ 0, 1, 2 },
 *                          .n_outputs = 1, .outputs = (int32_t[]){ 3 }, .activation = SEDGE_ACTIVATION_RELU } };
 *     sedge_graph g = { .n_tensors = 4, .tensors = tensors, .n_ops = 1, .ops = ops, .n_inputs = 1,
 *                       .inputs = (int32_t[]){ 0 }, .n_outputs = 1, .outputs = (int32_t[]){ 3 } };
 */
#ifndef SEDGE_MODEL_GRAPH_H
#define SEDGE_MODEL_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "model/classical.h"
#include "model/tree_ensemble.h"
#include "sedge/error.h"
#include "sedge/tensor.h"

/** The operators that the graph knows: the rows of op_list.inc. */
typedef enum sedge_op_kind {
#define X(KIND, name, least, most, outputs) SEDGE_OP_##KIND,
#include "model/op_list.inc"
#undef X
    SEDGE_OP_COUNT
} sedge_op_kind;

/** "FULLY_CONNECTED"; "UNKNOWN" outside the list. Static storage. */
const char *sedge_op_kind_name(sedge_op_kind kind);

/** A clamp fused into the operator before it. */
typedef enum sedge_activation {
    SEDGE_ACTIVATION_NONE,
    SEDGE_ACTIVATION_RELU,
    SEDGE_ACTIVATION_RELU_N1_TO_1,
    SEDGE_ACTIVATION_RELU6,
} sedge_activation;

/** What a border repeats. */
typedef enum sedge_pad_mode {
    SEDGE_PAD_CONSTANT,
    SEDGE_PAD_REFLECT,   /**< c b | a b c | b a */
    SEDGE_PAD_SYMMETRIC, /**< b a | a b c | c b */
    SEDGE_PAD_EDGE,      /**< a a | a b c | c c */
    SEDGE_PAD_WRAP,      /**< b c | a b c | a b */
    SEDGE_PAD_MODES
} sedge_pad_mode;

/** How many values beyond its input a window may reach. */
typedef enum sedge_padding {
    SEDGE_PADDING_SAME,       /**< out = ceil(in / stride); an odd value of padding lies behind */
    SEDGE_PADDING_VALID,      /**< none */
    SEDGE_PADDING_SAME_LOWER, /**< as SAME; an odd value lies before */
    SEDGE_PADDING_EXPLICIT,   /**< pad_before, pad_after */
} sedge_padding;

enum { SEDGE_SPACE_MAX = 3 };

/**
 * The window of a convolution or a pool, by spatial dimension (as many as the input has beyond batch and channels; of
 * NHWC: height, then width). The others' values do not matter.
 */
typedef struct sedge_window {
    int32_t kernel[SEDGE_SPACE_MAX]; /**< pools; 0 is the whole input. A convolution's is that of its weights */
    int32_t stride[SEDGE_SPACE_MAX], dilation[SEDGE_SPACE_MAX];
    int32_t pad_before[SEDGE_SPACE_MAX], pad_after[SEDGE_SPACE_MAX];
    sedge_padding padding;
    int32_t groups;         /**< convolutions; 0: as many as the channels of input and weights make */
    bool channels_first;    /**< [n, c, ...] and weights [out, c / groups, ...], else [n, ..., c] and [out, ..., c] */
    bool ceil;              /**< pools: a last window that reaches beyond the input is counted */
    bool count_include_pad; /**< AVERAGE_POOL: divides by the window, not by its values in the input */
    int32_t extra[SEDGE_SPACE_MAX]; /**< CONV_TRANSPOSE: places added behind the output */
    int32_t out[SEDGE_SPACE_MAX];   /**< CONV_TRANSPOSE: the output's sizes, from which padding follows; 0: computed */
    int32_t power;                  /**< LP_POOL: of the norm, at least 1 */
} sedge_window;

/** Options of SIGNAL_SPECTRAL_SUBTRACTION; fractions have spectral_subtraction_bits. */
typedef struct sedge_spectral_subtraction {
    int32_t num_channels;
    int32_t smoothing, one_minus_smoothing;                     /**< of even channels */
    int32_t alternate_smoothing, alternate_one_minus_smoothing; /**< of odd ones */
    int32_t smoothing_bits, min_signal_remaining, clamping, spectral_subtraction_bits;
} sedge_spectral_subtraction;

/** Options of DETECTION_POSTPROCESS. */
typedef struct sedge_detection {
    int32_t max_detections;
    int32_t max_classes;          /**< classes given for a box, unless regular */
    int32_t detections_per_class; /**< regular only */
    int32_t num_classes;          /**< without the background */
    int32_t regular;              /**< 0: boxes compete by their best class; else within each class */
    float score_threshold, iou_threshold;
    float scale[4]; /**< of y, x, height, width in the encodings */
} sedge_detection;

/** A function within a recurrent layer. */
typedef enum sedge_recurrent_fn {
    SEDGE_RECURRENT_SIGMOID,
    SEDGE_RECURRENT_TANH,
    SEDGE_RECURRENT_RELU,
    SEDGE_RECURRENT_AFFINE,
    SEDGE_RECURRENT_LEAKY_RELU,
    SEDGE_RECURRENT_THRESHOLDED_RELU,
    SEDGE_RECURRENT_SCALED_TANH,
    SEDGE_RECURRENT_HARD_SIGMOID,
    SEDGE_RECURRENT_ELU,
    SEDGE_RECURRENT_SOFTSIGN,
    SEDGE_RECURRENT_SOFTPLUS,
    SEDGE_RECURRENT_FNS
} sedge_recurrent_fn;

typedef struct sedge_recurrent_activation {
    sedge_recurrent_fn fn;
    float alpha, beta;
} sedge_recurrent_activation;

/** RNN, GRU and LSTM of ONNX: inputs x, w, r, b, lengths, initial h, initial c, peepholes. */
typedef struct sedge_recurrent {
    uint32_t directions; /**< 1 or 2 */
    bool reverse;        /**< of the first direction */
    bool batch_first;    /**< layout 1 */
    bool reset_after;    /**< GRU: linear_before_reset */
    bool coupled;        /**< LSTM: input_forget */
    float clip;          /**< 0: none */
    sedge_recurrent_activation activations[2][3];
} sedge_recurrent;

/** Which place of the input an element of a resized axis comes from. x is its index, scale is output / input. */
typedef enum sedge_resize_place {
    SEDGE_RESIZE_HALF_PIXEL, /**< (x + 0.5) / scale - 0.5 */
    SEDGE_RESIZE_HALF_PIXEL_SYMMETRIC,
    SEDGE_RESIZE_PYTORCH_HALF_PIXEL, /**< as HALF_PIXEL, 0 when the output has one element */
    SEDGE_RESIZE_ALIGN_CORNERS,
    SEDGE_RESIZE_ASYMMETRIC,           /**< x / scale */
    SEDGE_RESIZE_CROP,                 /**< of the part that roi says */
    SEDGE_RESIZE_TF_HALF_PIXEL_FOR_NN, /**< (x + 0.5) / scale */
    SEDGE_RESIZE_PLACES
} sedge_resize_place;

typedef enum sedge_resize_mode { SEDGE_RESIZE_NEAREST, SEDGE_RESIZE_LINEAR, SEDGE_RESIZE_CUBIC } sedge_resize_mode;

typedef enum sedge_resize_round {
    SEDGE_RESIZE_ROUND_PREFER_FLOOR,
    SEDGE_RESIZE_ROUND_PREFER_CEIL,
    SEDGE_RESIZE_FLOOR,
    SEDGE_RESIZE_CEIL
} sedge_resize_round;

typedef enum sedge_resize_fit {
    SEDGE_RESIZE_STRETCH,
    SEDGE_RESIZE_NOT_LARGER,
    SEDGE_RESIZE_NOT_SMALLER
} sedge_resize_fit;

/** ONNX Resize. */
typedef struct sedge_resize {
    sedge_resize_mode mode;
    sedge_resize_place place;
    sedge_resize_round round;
    sedge_resize_fit fit; /**< of sizes */
    float cubic_a, extrapolation;
    bool exclude_outside, antialias;
    uint32_t n_axes; /**< 0: all */
    int32_t axes[SEDGE_RANK_MAX];
} sedge_resize;

/** What a scatter does with the element that is there. */
typedef enum sedge_scatter_way {
    SEDGE_SCATTER_REPLACE,
    SEDGE_SCATTER_ADD,
    SEDGE_SCATTER_MUL,
    SEDGE_SCATTER_MAX,
    SEDGE_SCATTER_MIN,
    SEDGE_SCATTER_WAYS
} sedge_scatter_way;

/** What a grid reads outside an image. */
typedef enum sedge_grid_padding { SEDGE_GRID_ZEROS, SEDGE_GRID_BORDER, SEDGE_GRID_REFLECTION } sedge_grid_padding;

typedef struct sedge_grid_sample {
    sedge_resize_mode mode;
    sedge_grid_padding padding;
    bool align_corners;
} sedge_grid_sample;

typedef struct sedge_roi_align {
    int32_t height, width, sampling_ratio; /**< sampling_ratio 0: by the region */
    float spatial_scale;
    bool half_pixel, largest;
} sedge_roi_align;

typedef enum sedge_window_kind {
    SEDGE_WINDOW_HANN,
    SEDGE_WINDOW_HAMMING,
    SEDGE_WINDOW_BLACKMAN,
    SEDGE_WINDOWS
} sedge_window_kind;

/** One operator. inputs and outputs are tensor indices; -1 is an absent optional input. */
typedef struct sedge_op {
    sedge_op_kind kind;
    const char *name; /**< the file's name for it; NULL means "" */
    uint32_t place;   /**< among the operators of the file; sedge_model_open sets it */
    uint32_t guard;   /**< 0: it always runs; else only when guard - 1 of the graph's holds */
    uint32_t n_inputs;
    const int32_t *inputs;
    uint32_t n_outputs;
    const int32_t *outputs;
    sedge_activation activation; /**< FULLY_CONNECTED, SVDF, ADD, SUB, MUL */
    union {
        /* products with weights */
        bool keep_num_dims;  /**< FULLY_CONNECTED: the output keeps the leading dimensions of the input */
        sedge_window window; /**< CONV, DEPTHWISE_CONV, CONV_TRANSPOSE, QLINEAR_CONV, CONV_INTEGER, pools */
        struct {
            const char *text; /**< n characters, without an end */
            uint32_t n;
        } einsum; /**< EINSUM: its equation, with n 0 NULL */
        struct {
            bool transpose_a, transpose_b;
            float alpha, beta; /**< GEMM */
        } matmul;              /**< MATMUL, GEMM */
        /* along time, with state */
        struct {
            float cell_clip;              /**< 0: none */
            bool time_major;              /**< x is [time, batch, in] */
        } lstm;                           /**< UNIDIRECTIONAL_SEQUENCE_LSTM */
        const sedge_recurrent *recurrent; /**< RNN, GRU, LSTM */
        int32_t svdf_rank;                /**< SVDF: filters of a unit */
        /* elementwise */
        struct {
            float alpha, beta;
        } fn; /**< LEAKY_RELU, THRESHOLDED_RELU, ELU, CELU: alpha; SELU: alpha, and beta the factor; HARD_SIGMOID: alpha
               * x + beta; GELU: alpha not 0 for the form with tanh; ISINF: whether -inf, inf count */
        /* along an axis */
        struct {
            float beta;   /**< SOFTMAX, LOG_SOFTMAX: exp(beta * x) */
            int32_t axis; /**< negative from the end */
            bool flatten; /**< the axis and all behind it are one */
        } softmax;        /**< SOFTMAX, LOG_SOFTMAX, HARDMAX */
        struct {
            int32_t axis;
            int32_t before, after; /**< neighbours that count */
            float bias, alpha, beta;
            bool absolute; /**< L2_NORMALIZATION: by the sum of magnitudes; bias is the least norm */
        } lrn;             /**< LOCAL_RESPONSE_NORMALIZATION, L2_NORMALIZATION */
        struct {
            float epsilon;
            int32_t groups; /**< GROUP_NORMALIZATION */
            int32_t axis;   /**< LAYER_NORMALIZATION: the first that is normalised */
        } norm;             /**< BATCH_, INSTANCE_, GROUP_, LAYER_NORMALIZATION */
        struct {
            bool keep_dims;
            bool noop; /**< no axes: nothing is reduced, else all */
        } reduce;      /**< SUM, MEAN, REDUCE_... */
        struct {
            bool exclusive, reverse;
        } cumsum; /**< CUMSUM */
        /* places of elements */
        struct {
            bool part; /**< only dimensions start to end, as Python's slices; else all */
            int32_t start, end;
        } shape; /**< SHAPE */
        struct {
            uint32_t rank;
            int32_t dims[SEDGE_RANK_MAX]; /**< one may be -1: what is left */
            bool zero_copies;             /**< a dimension of 0 is that of the input */
        } reshape;                        /**< RESHAPE */
        struct {
            uint32_t n;
            int32_t v[SEDGE_RANK_MAX];
        } axes;       /**< SQUEEZE */
        int32_t axis; /**< CONCATENATION, PACK, UNPACK, SPLIT_V, QUANTIZE_LINEAR, DEQUANTIZE_LINEAR, FLATTEN,
                         GATHER_ELEMENTS, ONE_HOT */
        struct {
            int32_t axis, batch_dims;
        } gather; /**< GATHER; GATHER_ND has no axis */
        struct {
            int32_t axis;
            sedge_scatter_way way;
        } scatter;        /**< SCATTER_ELEMENTS; SCATTER_ND has no axis */
        bool select_rows; /**< SELECT: a condition of rank 1 chooses along the first dimension */
        struct {
            int32_t size;
            bool depth_first;    /**< in the channels, the channel of the result comes before the place in the block */
            bool channels_first; /**< NCHW */
        } blocks;                /**< DEPTH_TO_SPACE, SPACE_TO_DEPTH */
        struct {
            int32_t k;  /**< EYE_LIKE */
            bool upper; /**< TRILU */
        } diagonal;
        struct {
            int32_t batch_axis, time_axis;
        } sequence; /**< REVERSE_SEQUENCE */
        struct {
            int32_t axis;
            bool keep_dims;
            bool last; /**< of equals */
        } arg;         /**< ARG_MAX, ARG_MIN */
        struct {
            int32_t axis;
            bool smallest;
        } top_k; /**< TOP_K */
        struct {
            int32_t axis;
            bool has_axis; /**< else x is one list */
        } compress;        /**< COMPRESS */
        struct {
            int32_t axis;
            bool has_axis; /**< else x is one list */
            bool in_order; /**< of coming, not ascending */
        } unique;          /**< UNIQUE */
        struct {
            sedge_pad_mode mode;
            bool pairs; /**< input 1 is before, after of each dimension; else all before, then all after */
        } pad;          /**< PAD */
        struct {
            int32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask; /**< a bit per entry */
            bool offset;                                                                  /**< ends count from begins */
        } strided_slice;                                                                  /**< STRIDED_SLICE */
        /* signals: options of TensorFlow Lite Micro's signal library, by their names */
        struct {
            int32_t shift;
        } signal_window; /**< SIGNAL_WINDOW */
        struct {
            int32_t length;
        } signal_fft; /**< SIGNAL_RFFT, SIGNAL_IRFFT */
        struct {
            int32_t start, end;
        } signal_energy;                                 /**< SIGNAL_ENERGY */
        int32_t signal_channels;                         /**< SIGNAL_FILTER_BANK */
        sedge_spectral_subtraction spectral_subtraction; /**< SIGNAL_SPECTRAL_SUBTRACTION */
        struct {
            int32_t snr_shift;
        } signal_pcan; /**< SIGNAL_PCAN */
        struct {
            int32_t correction_bits, output_scale;
        } signal_log;         /**< SIGNAL_FILTER_BANK_LOG */
        int32_t signal_delay; /**< SIGNAL_DELAY: samples */
        struct {
            int32_t frame_size, frame_step, prefill;
        } signal_framer; /**< SIGNAL_FRAMER */
        struct {
            int32_t num_channels, left, right, step;
        } signal_stacker;            /**< SIGNAL_STACKER */
        int32_t signal_overlap_step; /**< SIGNAL_OVERLAP_ADD: frame_step */
        /* detection */
        sedge_detection detection;     /**< DETECTION_POSTPROCESS */
        sedge_grid_sample grid_sample; /**< GRID_SAMPLE */
        sedge_roi_align roi_align;     /**< ROI_ALIGN */
        bool box_centers;              /**< NON_MAX_SUPPRESSION: boxes are x, y of the center, width, height */
        struct {
            bool inverse, onesided;
            int32_t axis; /**< when it is no input */
        } dft;            /**< DFT, STFT */
        struct {
            sedge_window_kind window;
            bool periodic;
        } window_function; /**< WINDOW_FUNCTION */
        /* sizes of images */
        const sedge_resize *resize; /**< RESIZE: inputs x, roi, scales, sizes */
        struct {
            bool align_corners, half_pixel_centers;
        } resize_image; /**< RESIZE_NEAREST_NEIGHBOR, RESIZE_BILINEAR: [batch, height, width, channels] */
        /* classical models */
        struct {
            uint32_t n; /**< 1 or the last dimension */
            const float *offset, *scale;
        } scaler;                               /**< SCALER: (x - offset) * scale */
        const sedge_tree_ensemble *trees;       /**< TREE_ENSEMBLE */
        const sedge_linear_model *linear_model; /**< LINEAR_MODEL */
        const sedge_imputer *imputer;           /**< IMPUTER */
        struct {
            uint32_t n;
            const int64_t *values;
            bool texts;        /**< values are numbers of texts */
        } categories;          /**< ONE_HOT_ENCODER */
        sedge_norm normalizer; /**< NORMALIZER */
    } u;                       /**< what else the operator's file says, by kind */
} sedge_op;

/**
 * When the operators of a branch run: when the bool tensor condition is when, and the guard outer - 1 holds (0: none).
 */
typedef struct sedge_guard {
    int32_t condition;
    bool when;
    uint32_t outer;
} sedge_guard;

/**
 * The whole graph. Operators stand in an order in which they can run; every computed tensor has one producer.
 *
 * A variable tensor is ready before the first operator. Only ASSIGN has it as an output; an operator that lists it as
 * an input (but IDENTITY) may write to it as well, as LSTM and SVDF do.
 *
 * Of a FULLY_CONNECTED: input 0 [..., in], input 1 the weights [out, in] (int8 with one scale, or one per row with axis
 * 0 and zero points 0), input 2 the bias [out] (float32, or int32 with scale x_scale * w_scale) or -1.
 * Of a CONV: input 0 [n, ..., c], input 1 the weights [out, ..., c / groups], input 2 the bias [out] or -1. Of a
 * CONV_TRANSPOSE: as of a CONV, but with the channels first the weights are [c, out / groups, ...]. Of a
 * DEPTHWISE_CONV: the weights are [1, ..., out], output channel o belongs to input channel o / (out / c).
 */
typedef struct sedge_graph {
    uint32_t n_tensors;
    sedge_tensor *tensors;
    uint32_t n_ops;
    sedge_op *ops;
    uint32_t n_inputs;
    const int32_t *inputs;
    uint32_t n_outputs;
    const int32_t *outputs;
    const char *description; /**< free text in the file; NULL means "" */
    uint32_t n_guards;
    const sedge_guard *guards; /**< an outer guard stands before the inner ones */
    uint32_t n_strings;
    const char *const *strings; /**< texts by number, for tensors of type string; each one once */
} sedge_graph;

/** Limits of every graph; a message that quotes one uses the number here. */
enum {
    SEDGE_GRAPH_TENSORS_MAX = 32768,
    SEDGE_GRAPH_OPS_MAX = 8192,
    SEDGE_GRAPH_ENDS_MAX = 256, /**< inputs or outputs of the graph */
    SEDGE_OP_ENDS_MAX = 64,     /**< inputs or outputs of one operator */
    SEDGE_GUARDS_MAX = 1024,
    SEDGE_STRINGS_MAX = 65536, /**< texts of a graph */
    SEDGE_STRING_BYTES_MAX = 4096,
    SEDGE_NAME_MAX = 1024, /**< bytes of a name */
};
#define SEDGE_TENSOR_BYTES_MAX ((size_t)1 << 31)

/** Elements of a shape; false when its rank or a dimension is free, or the product does not fit the limit. */
SEDGE_NODISCARD bool sedge_shape_elements(uint32_t rank, const int32_t *dims, size_t *ret);
/** Whether type, rank and all dimensions of a tensor are known. */
SEDGE_NODISCARD bool sedge_tensor_settled(const sedge_tensor *t);
/** Computes size_bytes from dtype and dims (0 while the tensor is not settled). SEDGE_EINVALID, SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_tensor_set_size(sedge_tensor *t, sedge_error *err);

/**
 * Checks what holds for every graph, whoever made it: indices in range, one producer per tensor, operators in order (so
 * no cycles), constants not written to, quantisation counts that fit, sizes within limits, every output produced.
 * SEDGE_EINVALID, SEDGE_ELIMIT.
 */
SEDGE_NODISCARD sedge_status sedge_graph_check(const sedge_graph *g, sedge_error *err);

/** A graph read from a file, with the pool that holds it. Constants may point into the file's bytes. */
typedef struct sedge_graph_file {
    sedge_graph graph;
    sedge_pool pool;
    const char *format; /**< "tflite" or "onnx" */
} sedge_graph_file;

/**
 * Reads and verifies a .tflite or .onnx file, which is told from the bytes. data is borrowed by the graph. On success
 * free *ret with sedge_graph_file_done. Statuses as sedge_model_open.
 */
SEDGE_NODISCARD sedge_status sedge_graph_read(const void *data, size_t size, sedge_graph_file *ret, sedge_error *err);
void sedge_graph_file_done(sedge_graph_file *file);

#endif
