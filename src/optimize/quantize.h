/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Full-integer post-training quantisation of a float .tflite file made of FULLY_CONNECTED, RELU, RELU6, TANH, LOGISTIC,
 * SOFTMAX and RESHAPE.
 *
 * What comes out has int8 input, output and activations (asymmetric), int8 weights (symmetric, -127..127) and int32
 * biases (scale input x weight). TANH gives scale 1/128 and zero point 0, LOGISTIC and SOFTMAX 1/256 and -128, as the
 * specification wants. Ranges of the other activations come from calibration vectors that run through the float model.
 *
 * Each row of the table of variants (ranges by extremes or by the least squared error; one weight scale a tensor or one
 * a row of the weights) is built and run on the calibration vectors; the first is kept unless a later one more than
 * halves its error; one that makes a net of 20,000 weights or more larger than 30 % of its float file is passed over.
 * One scale a tensor comes first because older runtimes know nothing else for FULLY_CONNECTED.
 *
 * Source: LiteRT 8-bit quantization specification.
 */
#ifndef SEDGE_OPTIMIZE_QUANTIZE_H
#define SEDGE_OPTIMIZE_QUANTIZE_H

#include "base/buf.h"
#include "base/bytes.h"
#include "sedge/error.h"

typedef struct sedge_quantize_report {
    const char *variant; /**< "one weight scale, extremes" ...; static storage */
    size_t weights;      /**< numbers in the weights of all layers */
    double error;        /**< mean squared difference of the outputs, float against int8, on the calibration vectors */
} sedge_quantize_report;

/**
 * Appends the int8 file to out. The same inputs give the same bytes.
 *
 * @param model        the float file
 * @param calibration  [n, inputs], n >= 1: vectors as the model will see them
 * @return SEDGE_EUNSUPPORTED (an operator, a type, an int8 model already: named), SEDGE_EINVALID, SEDGE_ENOMEM, and the
 *         statuses of sedge_model_open
 */
SEDGE_NODISCARD sedge_status sedge_quantize(sedge_bytes model, const float *calibration, size_t n, sedge_buf *out,
                                            sedge_quantize_report *ret, sedge_error *err);

#endif
