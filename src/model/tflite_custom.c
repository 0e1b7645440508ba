/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tflite_custom.h"

#include <stddef.h>
#include <string.h>

#include "base/own.h"
#include "model/flexbuffer_read.h"

typedef struct option {
    uint16_t kind;
    bool is_float; /* the member is float, else int32_t */
    bool has_default;
    uint16_t member; /* offset in sedge_op */
    int32_t otherwise;
    const char *name;
} option;

#define INT_OPTION(KIND, text, m)                                                                                      \
    { SEDGE_OP_##KIND, false, false, offsetof(sedge_op, m), 0, text }
#define INT_OR(KIND, text, m, otherwise)                                                                               \
    { SEDGE_OP_##KIND, false, true, offsetof(sedge_op, m), otherwise, text }
#define FLOAT_OPTION(KIND, text, m)                                                                                    \
    { SEDGE_OP_##KIND, true, false, offsetof(sedge_op, m), 0, text }
#define SUBTRACTION_OPTION(member) INT_OPTION(SIGNAL_SPECTRAL_SUBTRACTION, #member, u.spectral_subtraction.member)

static const option options[] = {
    INT_OPTION(SIGNAL_WINDOW, "shift", u.signal_window.shift),
    INT_OPTION(SIGNAL_RFFT, "fft_length", u.signal_fft.length),
    INT_OPTION(SIGNAL_IRFFT, "fft_length", u.signal_fft.length),
    INT_OPTION(SIGNAL_ENERGY, "start_index", u.signal_energy.start),
    INT_OPTION(SIGNAL_ENERGY, "end_index", u.signal_energy.end),
    INT_OPTION(SIGNAL_FILTER_BANK, "num_channels", u.signal_channels),
    SUBTRACTION_OPTION(num_channels),
    SUBTRACTION_OPTION(smoothing),
    SUBTRACTION_OPTION(one_minus_smoothing),
    SUBTRACTION_OPTION(alternate_smoothing),
    SUBTRACTION_OPTION(alternate_one_minus_smoothing),
    SUBTRACTION_OPTION(smoothing_bits),
    SUBTRACTION_OPTION(min_signal_remaining),
    SUBTRACTION_OPTION(clamping),
    SUBTRACTION_OPTION(spectral_subtraction_bits),
    INT_OPTION(SIGNAL_PCAN, "snr_shift", u.signal_pcan.snr_shift),
    INT_OPTION(SIGNAL_FILTER_BANK_LOG, "input_correction_bits", u.signal_log.correction_bits),
    INT_OPTION(SIGNAL_FILTER_BANK_LOG, "output_scale", u.signal_log.output_scale),
    INT_OPTION(SIGNAL_DELAY, "delay_length", u.signal_delay),
    INT_OPTION(SIGNAL_FRAMER, "frame_size", u.signal_framer.frame_size),
    INT_OPTION(SIGNAL_FRAMER, "frame_step", u.signal_framer.frame_step),
    INT_OPTION(SIGNAL_FRAMER, "prefill", u.signal_framer.prefill),
    INT_OPTION(SIGNAL_STACKER, "num_channels", u.signal_stacker.num_channels),
    INT_OPTION(SIGNAL_STACKER, "stacker_left_context", u.signal_stacker.left),
    INT_OPTION(SIGNAL_STACKER, "stacker_right_context", u.signal_stacker.right),
    INT_OPTION(SIGNAL_STACKER, "stacker_step", u.signal_stacker.step),
    INT_OPTION(SIGNAL_OVERLAP_ADD, "frame_step", u.signal_overlap_step),
    INT_OPTION(DETECTION_POSTPROCESS, "max_detections", u.detection.max_detections),
    INT_OPTION(DETECTION_POSTPROCESS, "max_classes_per_detection", u.detection.max_classes),
    INT_OPTION(DETECTION_POSTPROCESS, "num_classes", u.detection.num_classes),
    INT_OR(DETECTION_POSTPROCESS, "detections_per_class", u.detection.detections_per_class, 100),
    INT_OR(DETECTION_POSTPROCESS, "use_regular_nms", u.detection.regular, 0),
    FLOAT_OPTION(DETECTION_POSTPROCESS, "nms_score_threshold", u.detection.score_threshold),
    FLOAT_OPTION(DETECTION_POSTPROCESS, "nms_iou_threshold", u.detection.iou_threshold),
    FLOAT_OPTION(DETECTION_POSTPROCESS, "y_scale", u.detection.scale[0]),
    FLOAT_OPTION(DETECTION_POSTPROCESS, "x_scale", u.detection.scale[1]),
    FLOAT_OPTION(DETECTION_POSTPROCESS, "h_scale", u.detection.scale[2]),
    FLOAT_OPTION(DETECTION_POSTPROCESS, "w_scale", u.detection.scale[3]),
};

static bool has_options(sedge_op_kind kind) {
    for (size_t i = 0; i < SEDGE_COUNT(options); i++)
        if (options[i].kind == kind)
            return true;
    return false;
}

static void store(const sedge_tflite_site *site, const option *o, const sedge_flex_value *v, sedge_op *op) {
    uint8_t *member = (uint8_t *)op + o->member;
    if (o->is_float) {
        float f = (float)v->f;
        memcpy(member, &f, sizeof f);
        return;
    }
    if (v->type != SEDGE_FLEX_INT || v->i < INT32_MIN || v->i > INT32_MAX) {
        sedge_fbr_fail(site->f, SEDGE_EINVALID, "its option %s is no number of 32 bits", o->name);
        return;
    }
    int32_t i = (int32_t)v->i;
    memcpy(member, &i, sizeof i);
}

void sedge_tflite_read_custom(const sedge_tflite_site *site, sedge_op *op) {
    sedge_flex_map map;
    if (!has_options(op->kind))
        return;
    if (!sedge_flex_open(site->custom, &map)) {
        sedge_fbr_fail(site->f, SEDGE_EINVALID, "its options are no map");
        return;
    }
    for (size_t i = 0; i < SEDGE_COUNT(options); i++) {
        const option *o = &options[i];
        if (o->kind != op->kind)
            continue;
        sedge_flex_value v = sedge_flex_find(&map, o->name);
        if (v.type == SEDGE_FLEX_ABSENT && o->has_default)
            v = (sedge_flex_value){ SEDGE_FLEX_INT, o->otherwise, 0 };
        if (v.type == SEDGE_FLEX_INT || v.type == SEDGE_FLEX_FLOAT)
            store(site, o, &v, op);
        else
            sedge_fbr_fail(site->f, SEDGE_EINVALID, "its option %s is %s", o->name,
                           v.type == SEDGE_FLEX_ABSENT ? "absent" : "no number");
    }
}
