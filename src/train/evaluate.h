/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Running a model file on feature vectors as the device does: libsedge, then the decision. Training, optimisation and
 * evaluation get all their figures here, from the bytes of the written file.
 */
#ifndef SEDGE_TRAIN_EVALUATE_H
#define SEDGE_TRAIN_EVALUATE_H

#include "base/bytes.h"
#include "base/own.h"
#include "features/decision.h"
#include "os/clock.h"
#include "sedge/real.h"
#include "train/metrics.h"

/** An opened model with an instance, fed with real numbers. */
typedef struct sedge_runner sedge_runner;

/**
 * @param model  the whole file; borrowed, it must stay until the runner is freed
 * @return the statuses of sedge_model_open; SEDGE_EUNSUPPORTED when it has not one real input and a real output
 */
SEDGE_NODISCARD sedge_status sedge_runner_open(sedge_bytes model, sedge_runner **ret, sedge_error *err);
void sedge_runner_free(sedge_runner *runner); /**< NULL is fine */
SEDGE_DEFINE_AUTO(sedge_runner, sedge_runner_free)
uint32_t sedge_runner_inputs(const sedge_runner *runner);
uint32_t sedge_runner_outputs(const sedge_runner *runner);
sedge_instance *sedge_runner_instance(sedge_runner *runner);
/** One inference: x [inputs], ret_y [outputs]. */
SEDGE_NODISCARD sedge_status sedge_runner_run(sedge_runner *runner, const float *x, float *ret_y, sedge_error *err);

/** Vectors in order of time; the decision starts anew with each stretch. */
typedef struct sedge_vectors {
    uint32_t width;
    size_t n;
    const float *x;        /**< [n, width] */
    const int32_t *labels; /**< [n], 0 is normal; NULL: all normal */
    const size_t *lengths; /**< [n_stretches], adding up to n; NULL: one stretch */
    size_t n_stretches;
} sedge_vectors;

/**
 * Decides on all vectors.
 *
 * @param n_classes    of the labels, for a CLASS decision; not used for RECONSTRUCTION
 * @param ret_scores   [n], or NULL
 * @param ret_answers  [n] class of each vector (RECONSTRUCTION: 1 for an anomaly), or NULL
 * @param ret          figures; mse is the mean reconstruction error of the normal vectors, or the mean squared
 *                     difference of the probabilities and the truth
 * @return SEDGE_EINVALID when model, decision and vectors do not fit together
 */
SEDGE_NODISCARD sedge_status sedge_evaluate(sedge_runner *runner, const sedge_decision *decision, uint32_t n_classes,
                                            const sedge_vectors *vectors, double *ret_scores, int32_t *ret_answers,
                                            sedge_metrics *ret, sedge_error *err);

/**
 * The threshold that a share `rate` of the scores is above, at most; for rate 0 the largest score. 0 for no scores.
 * Sorts scores.
 */
double sedge_threshold_of(double *scores, size_t n, double rate);

/** Median microseconds of one inference over `runs` runs on the given vectors, after a tenth as many to warm up. */
SEDGE_NODISCARD sedge_status sedge_measure_latency(sedge_runner *runner, const sedge_vectors *vectors, uint32_t runs,
                                                   const sedge_clock *clock, double *ret_us, sedge_error *err);

#endif
