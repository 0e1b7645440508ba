/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Dense nets trained on BLAS: layers y = f(W x + b), mean squared error or softmax cross-entropy, Adam on mini-batches.
 *
 * One thread, one order of summation: the same data, options and seed give the same bytes on the same machine. All
 * matrices are row-major float32, a row is an example. Weights are [out, in], as a .tflite file stores them.
 *
 * Sources: Kingma and Ba, "Adam", 2015; Glorot and Bengio, 2010, for the first weights (He's for RELU, tried too, gave
 * autoencoders with a narrow middle twice the error after as many epochs).
 */
#ifndef SEDGE_TRAIN_DENSE_NET_H
#define SEDGE_TRAIN_DENSE_NET_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "sedge/error.h"

/** X(NAME, name) */
#define SEDGE_NET_ACTIVATION_LIST(X)                                                                                   \
    X(LINEAR, linear) X(RELU, relu) X(TANH, tanh) X(LOGISTIC, logistic) X(SOFTMAX, softmax)
#define SEDGE_NET_ACTIVATION_ENUM(NAME, name) SEDGE_NET_##NAME,
/** SOFTMAX is for the last layer only and goes with labels; every other last layer goes with targets. */
typedef enum sedge_net_activation {
    SEDGE_NET_ACTIVATION_LIST(SEDGE_NET_ACTIVATION_ENUM) SEDGE_NET_ACTIVATION_COUNT
} sedge_net_activation;
#undef SEDGE_NET_ACTIVATION_ENUM

/** "relu"; "unknown" outside the list. Static storage. */
const char *sedge_net_activation_name(sedge_net_activation activation);

enum {
    SEDGE_NET_LAYERS_MAX = 16,
    SEDGE_NET_WIDTH_MAX = 4096,
    SEDGE_NET_BATCH_MAX = 65536,
};

typedef struct sedge_dense_layer {
    uint32_t in, out;
    sedge_net_activation activation;
    float *weights; /**< [out, in], in the net's parameters */
    float *bias;    /**< [out], in the net's parameters */
} sedge_dense_layer;

typedef struct sedge_dense_net {
    uint32_t n_layers;
    sedge_dense_layer layers[SEDGE_NET_LAYERS_MAX];
    size_t n_parameters;
    float *parameters; /**< owned; weights and bias of layer 0, of layer 1, ... */
} sedge_dense_net;

/**
 * A net with seeded first weights (Glorot, normal) and zero bias.
 *
 * @param widths  n_layers + 1 sizes, input first, each 1 to SEDGE_NET_WIDTH_MAX
 * @param hidden  of all layers but the last (not SOFTMAX)
 * @return SEDGE_EINVALID names the layer that breaks a limit, SEDGE_ENOMEM
 */
SEDGE_NODISCARD sedge_status sedge_dense_net_new(const uint32_t *widths, uint32_t n_layers, sedge_net_activation hidden,
                                                 sedge_net_activation last, uint64_t seed, sedge_dense_net **ret,
                                                 sedge_error *err);
void sedge_dense_net_free(sedge_dense_net *net); /**< NULL is fine */
SEDGE_DEFINE_AUTO(sedge_dense_net, sedge_dense_net_free)

uint32_t sedge_dense_net_inputs(const sedge_dense_net *net);
uint32_t sedge_dense_net_outputs(const sedge_dense_net *net);

/** Examples; exactly one of targets and labels is set, as the last activation asks. */
typedef struct sedge_net_data {
    size_t n;
    const float *x;        /**< [n, inputs] */
    const float *targets;  /**< [n, outputs]: mean squared error; may be x itself (autoencoder) */
    const int32_t *labels; /**< [n] in [0, outputs): softmax cross-entropy */
} sedge_net_data;

typedef struct sedge_net_options {
    uint32_t epochs;
    uint32_t batch;
    double learning_rate;
    double noise;               /**< deviation of the normal noise put on inputs, not on targets; 0 = none */
    uint32_t patience;          /**< epochs without a better check loss before it stops; 0 = run all epochs */
    const float *class_weights; /**< [outputs] factor of an example's loss by its label; NULL = all 1 */
    uint64_t seed;              /**< of the order of examples and the noise */
} sedge_net_options;

#define SEDGE_NET_OPTIONS_INIT                                                                                         \
    ((sedge_net_options){ .epochs = 30, .batch = 64, .learning_rate = 0.001, .patience = 0, .seed = 1 })

typedef struct sedge_net_report {
    uint32_t epochs;     /**< that were run */
    uint32_t best_epoch; /**< whose weights the net has, counted from 1; the last one without patience */
    double loss;         /**< mean training loss of the last epoch */
    double check_loss;   /**< at best_epoch; 0 without check data */
} sedge_net_report;

/**
 * Trains the net in place.
 *
 * @param check  what early stopping looks at; n = 0 means none, then patience has no effect
 * @return SEDGE_EINVALID (an option, a label or a value out of range, with its row; no examples; the loss is no longer
 *         finite), SEDGE_ENOMEM
 */
SEDGE_NODISCARD sedge_status sedge_dense_net_train(sedge_dense_net *net, const sedge_net_data *data,
                                                   const sedge_net_data *check, const sedge_net_options *options,
                                                   sedge_net_report *ret, sedge_error *err);

/** Outputs of n rows: x [n, inputs], ret_y [n, outputs]. SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_dense_net_predict(const sedge_dense_net *net, const float *x, size_t n, float *ret_y,
                                                     sedge_error *err);

/**
 * Mean loss of all examples as one batch, and its gradient [n_parameters] in the order of net->parameters (NULL = not
 * wanted). For tests and reports. SEDGE_ENOMEM.
 */
SEDGE_NODISCARD sedge_status sedge_dense_net_gradient(const sedge_dense_net *net, const sedge_net_data *data,
                                                      const float *class_weights, double *ret_loss, float *ret_gradient,
                                                      sedge_error *err);

#endif
