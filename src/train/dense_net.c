/* SPDX-License-Identifier: Apache-2.0 */
#include "train/dense_net.h"

#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/exact_math.h"
#include "base/random.h"

#define SEDGE_NET_ACTIVATION_NAME(NAME, name) #name,
static const char *const activation_names[] = { SEDGE_NET_ACTIVATION_LIST(SEDGE_NET_ACTIVATION_NAME) };
_Static_assert(SEDGE_COUNT(activation_names) == SEDGE_NET_ACTIVATION_COUNT, "a name for each activation");

enum { PREDICT_ROWS = 256 };
static const double adam_beta1 = 0.9, adam_beta2 = 0.999, adam_epsilon = 1e-7;

const char *sedge_net_activation_name(sedge_net_activation activation) {
    return (unsigned)activation < SEDGE_NET_ACTIVATION_COUNT ? activation_names[activation] : "unknown";
}

uint32_t sedge_dense_net_inputs(const sedge_dense_net *net) {
    return net->layers[0].in;
}

uint32_t sedge_dense_net_outputs(const sedge_dense_net *net) {
    return net->layers[net->n_layers - 1].out;
}

/* ---- making ---- */

static void first_weights(sedge_dense_layer *l, sedge_random *random) {
    double deviation = sqrt(2.0 / (l->in + l->out));
    for (size_t i = 0; i < (size_t)l->in * l->out; i++)
        l->weights[i] = (float)(deviation * sedge_random_normal(random));
}

static sedge_status check_widths(const uint32_t *widths, uint32_t n_layers, sedge_error *err) {
    if (n_layers < 1 || n_layers > SEDGE_NET_LAYERS_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "a net of %u layers, there must be 1 to %d", n_layers,
                          SEDGE_NET_LAYERS_MAX);
    for (uint32_t i = 0; i <= n_layers; i++)
        if (widths[i] < 1 || widths[i] > SEDGE_NET_WIDTH_MAX)
            return sedge_fail(err, SEDGE_EINVALID, "layer %u of the net has %u units, there must be 1 to %d", i,
                              widths[i], SEDGE_NET_WIDTH_MAX);
    return SEDGE_OK;
}

static size_t layer_parameters(const sedge_dense_layer *l) {
    return (size_t)l->out * l->in + l->out;
}

/** Points the weights and biases of all layers into the parameters, in order. */
static void place_layers(sedge_dense_net *net) {
    float *p = net->parameters;
    for (uint32_t i = 0; i < net->n_layers; i++) {
        sedge_dense_layer *l = &net->layers[i];
        l->weights = p;
        l->bias = p + (size_t)l->out * l->in;
        p += layer_parameters(l);
    }
}

sedge_status sedge_dense_net_new(const uint32_t *widths, uint32_t n_layers, sedge_net_activation hidden,
                                 sedge_net_activation last, uint64_t seed, sedge_dense_net **ret, sedge_error *err) {
    sedge_status st = check_widths(widths, n_layers, err);
    if (st)
        return st;
    if (hidden == SEDGE_NET_SOFTMAX)
        return sedge_fail(err, SEDGE_EINVALID, "softmax is for the last layer of a net only");
    sedge_auto(sedge_dense_net) net = calloc(1, sizeof *net);
    if (!net)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a net");
    net->n_layers = n_layers;
    for (uint32_t i = 0; i < n_layers; i++) {
        net->layers[i] = (sedge_dense_layer){ .in = widths[i], .out = widths[i + 1] };
        net->layers[i].activation = i + 1 < n_layers ? hidden : last;
        net->n_parameters += layer_parameters(&net->layers[i]);
    }
    net->parameters = calloc(net->n_parameters, sizeof *net->parameters);
    if (!net->parameters)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the %zu parameters of a net", net->n_parameters);
    place_layers(net);
    sedge_random random;
    sedge_random_init(&random, seed);
    for (uint32_t i = 0; i < n_layers; i++)
        first_weights(&net->layers[i], &random);
    *ret = SEDGE_STEAL(net);
    return SEDGE_OK;
}

void sedge_dense_net_free(sedge_dense_net *net) {
    if (!net)
        return;
    free(net->parameters);
    free(net);
}

/* ---- work space: outputs[i] is what layer i gets, outputs[i + 1] what it gives; deltas[i] the slope of the loss there
 * ---- */

typedef struct workspace {
    float *memory;
    size_t rows;
    float *outputs[SEDGE_NET_LAYERS_MAX + 1];
    float *deltas[SEDGE_NET_LAYERS_MAX + 1];
} workspace;

static void workspace_done(workspace *w) {
    free(w->memory);
}
#define AUTO_WORKSPACE SEDGE_CLEANUP(workspace_done) workspace

static sedge_status workspace_init(workspace *w, const sedge_dense_net *net, size_t rows, sedge_error *err) {
    size_t widths = net->layers[0].in;
    for (uint32_t i = 0; i < net->n_layers; i++)
        widths += net->layers[i].out;
    openblas_set_num_threads(1);
    w->rows = rows;
    w->memory = calloc(widths * rows * 2, sizeof *w->memory);
    if (!w->memory)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a batch of %zu rows", rows);
    float *p = w->memory;
    for (uint32_t i = 0; i <= net->n_layers; i++) {
        size_t width = i ? net->layers[i - 1].out : net->layers[0].in;
        w->outputs[i] = p;
        w->deltas[i] = p + width * rows;
        p += 2 * width * rows;
    }
    return SEDGE_OK;
}

/* ---- forward ---- */

static void softmax_row(float *y, uint32_t n) {
    float top = y[0];
    for (uint32_t i = 1; i < n; i++)
        top = y[i] > top ? y[i] : top;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        y[i] = sedge_expf(y[i] - top);
        sum += (double)y[i];
    }
    for (uint32_t i = 0; i < n; i++)
        y[i] = (float)((double)y[i] / sum);
}

static void activate(sedge_net_activation activation, float *y, size_t rows, uint32_t width) {
    size_t n = rows * width;
    switch (activation) {
    case SEDGE_NET_RELU:
        for (size_t i = 0; i < n; i++)
            y[i] = y[i] > 0 ? y[i] : 0;
        return;
    case SEDGE_NET_TANH:
        for (size_t i = 0; i < n; i++)
            y[i] = sedge_tanhf(y[i]);
        return;
    case SEDGE_NET_LOGISTIC:
        for (size_t i = 0; i < n; i++)
            y[i] = sedge_logisticf(y[i]);
        return;
    case SEDGE_NET_SOFTMAX:
        for (size_t r = 0; r < rows; r++)
            softmax_row(y + r * width, width);
        return;
    case SEDGE_NET_LINEAR:
    case SEDGE_NET_ACTIVATION_COUNT:
        return;
    }
}

static void forward(const sedge_dense_net *net, workspace *w, size_t rows) {
    for (uint32_t i = 0; i < net->n_layers; i++) {
        const sedge_dense_layer *l = &net->layers[i];
        float *y = w->outputs[i + 1];
        for (size_t r = 0; r < rows; r++)
            memcpy(y + r * l->out, l->bias, l->out * sizeof *y);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)l->out, (int)l->in, 1, w->outputs[i],
                    (int)l->in, l->weights, (int)l->in, 1, y, (int)l->out);
        activate(l->activation, y, rows, l->out);
    }
}

sedge_status sedge_dense_net_predict(const sedge_dense_net *net, const float *x, size_t n, float *ret_y,
                                     sedge_error *err) {
    AUTO_WORKSPACE w = { 0 };
    sedge_status st = workspace_init(&w, net, PREDICT_ROWS, err);
    if (st)
        return st;
    uint32_t in = sedge_dense_net_inputs(net), out = sedge_dense_net_outputs(net);
    for (size_t at = 0; at < n; at += PREDICT_ROWS) {
        size_t rows = n - at < PREDICT_ROWS ? n - at : PREDICT_ROWS;
        memcpy(w.outputs[0], x + at * in, rows * in * sizeof *x);
        forward(net, &w, rows);
        memcpy(ret_y + at * out, w.outputs[net->n_layers], rows * out * sizeof *ret_y);
    }
    return SEDGE_OK;
}

/* ---- loss and backward ---- */

/** Sum of the losses of the rows; w->deltas of the last layer become the slope before its activation, over `whole`. */
static double cross_entropy(const sedge_dense_net *net, workspace *w, const int32_t *labels, size_t rows,
                            const float *class_weights, double whole) {
    uint32_t out = sedge_dense_net_outputs(net);
    const float *y = w->outputs[net->n_layers];
    float *delta = w->deltas[net->n_layers];
    double sum = 0;
    for (size_t r = 0; r < rows; r++) {
        uint32_t label = (uint32_t)labels[r];
        double weight = class_weights ? (double)class_weights[label] : 1;
        double p = (double)y[r * out + label];
        sum -= weight * sedge_log(p > 1e-30 ? p : 1e-30);
        for (uint32_t i = 0; i < out; i++)
            delta[r * out + i] = (float)(weight / whole * ((double)y[r * out + i] - (i == label)));
    }
    return sum;
}

/** delta *= slope of the activation, from what it gave. */
static void times_slope(sedge_net_activation activation, const float *y, float *delta, size_t n) {
    switch (activation) {
    case SEDGE_NET_RELU:
        for (size_t i = 0; i < n; i++)
            delta[i] = y[i] > 0 ? delta[i] : 0;
        return;
    case SEDGE_NET_TANH:
        for (size_t i = 0; i < n; i++)
            delta[i] *= 1 - y[i] * y[i];
        return;
    case SEDGE_NET_LOGISTIC:
        for (size_t i = 0; i < n; i++)
            delta[i] *= y[i] * (1 - y[i]);
        return;
    case SEDGE_NET_SOFTMAX: /* cross_entropy has done it */
    case SEDGE_NET_LINEAR:
    case SEDGE_NET_ACTIVATION_COUNT:
        return;
    }
}

static double squared_error(const sedge_dense_net *net, workspace *w, const float *targets, size_t rows, double whole) {
    uint32_t out = sedge_dense_net_outputs(net);
    size_t n = rows * out;
    const float *y = w->outputs[net->n_layers];
    float *delta = w->deltas[net->n_layers];
    float factor = (float)(2 / (whole * out));
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        float d = y[i] - targets[i];
        sum += (double)d * (double)d;
        delta[i] = factor * d;
    }
    times_slope(net->layers[net->n_layers - 1].activation, y, delta, n);
    return sum / out;
}

static double loss_of_batch(const sedge_dense_net *net, workspace *w, const sedge_net_data *batch,
                            const float *class_weights) {
    forward(net, w, batch->n);
    if (batch->labels)
        return cross_entropy(net, w, batch->labels, batch->n, class_weights, (double)batch->n);
    return squared_error(net, w, batch->targets, batch->n, (double)batch->n);
}

/** From the deltas of the last layer to the gradient of all parameters. */
static void backward(const sedge_dense_net *net, workspace *w, size_t rows, float *gradient) {
    for (uint32_t i = net->n_layers; i-- > 0;) {
        const sedge_dense_layer *l = &net->layers[i];
        const float *delta = w->deltas[i + 1];
        float *weights = gradient + (l->weights - net->parameters), *bias = gradient + (l->bias - net->parameters);
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)l->out, (int)l->in, (int)rows, 1, delta, (int)l->out,
                    w->outputs[i], (int)l->in, 0, weights, (int)l->in);
        memset(bias, 0, l->out * sizeof *bias);
        for (size_t r = 0; r < rows; r++)
            for (uint32_t o = 0; o < l->out; o++)
                bias[o] += delta[r * l->out + o];
        if (i == 0)
            return;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)l->in, (int)l->out, 1, delta,
                    (int)l->out, l->weights, (int)l->in, 0, w->deltas[i], (int)l->in);
        times_slope(net->layers[i - 1].activation, w->outputs[i], w->deltas[i], rows * l->in);
    }
}

sedge_status sedge_dense_net_gradient(const sedge_dense_net *net, const sedge_net_data *data,
                                      const float *class_weights, double *ret_loss, float *ret_gradient,
                                      sedge_error *err) {
    AUTO_WORKSPACE w = { 0 };
    sedge_status st = workspace_init(&w, net, data->n ? data->n : 1, err);
    if (st)
        return st;
    if (data->n)
        memcpy(w.outputs[0], data->x, data->n * sedge_dense_net_inputs(net) * sizeof(float));
    *ret_loss = loss_of_batch(net, &w, data, class_weights) / (data->n ? (double)data->n : 1);
    if (ret_gradient)
        backward(net, &w, data->n, ret_gradient);
    return SEDGE_OK;
}

/* ---- training ---- */

typedef struct trainer {
    sedge_dense_net *net;
    const sedge_net_data *data;
    const sedge_net_options *options;
    sedge_random random;
    workspace work;
    uint64_t steps;
    float *memory;                          /* the four below */
    float *gradient, *mean, *square, *best; /* [n_parameters] each */
    size_t *order;                          /* [data->n] */
    float *targets;                         /* [batch, outputs], NULL with labels */
    int32_t *labels;                        /* [batch], NULL with targets */
} trainer;

static void trainer_done(trainer *t) {
    workspace_done(&t->work);
    free(t->memory);
    free(t->order);
    free(t->targets);
    free(t->labels);
}
#define AUTO_TRAINER SEDGE_CLEANUP(trainer_done) trainer

static sedge_status trainer_init(trainer *t, sedge_error *err) {
    size_t n = t->net->n_parameters, batch = t->options->batch;
    sedge_status st = workspace_init(&t->work, t->net, batch, err);
    if (st)
        return st;
    t->memory = calloc(4 * n, sizeof *t->memory);
    t->order = calloc(t->data->n, sizeof *t->order);
    if (t->data->labels)
        t->labels = calloc(batch, sizeof *t->labels);
    else
        t->targets = calloc(batch * sedge_dense_net_outputs(t->net), sizeof *t->targets);
    if (!t->memory || !t->order || (!t->labels && !t->targets))
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to train a net of %zu parameters on %zu rows", n, t->data->n);
    t->gradient = t->memory;
    t->mean = t->memory + n;
    t->square = t->memory + 2 * n;
    t->best = t->memory + 3 * n;
    sedge_random_init(&t->random, t->options->seed);
    for (size_t i = 0; i < t->data->n; i++)
        t->order[i] = i;
    return SEDGE_OK;
}

static void shuffle(trainer *t) {
    for (size_t i = t->data->n; i-- > 1;) {
        size_t j = (size_t)sedge_random_below(&t->random, i + 1);
        size_t swap = t->order[i];
        t->order[i] = t->order[j];
        t->order[j] = swap;
    }
}

/** Copies the examples order[at...] into the work space; returns how many. */
static size_t gather(trainer *t, size_t at) {
    uint32_t in = sedge_dense_net_inputs(t->net), out = sedge_dense_net_outputs(t->net);
    size_t left = t->data->n - at, rows = left < t->options->batch ? left : t->options->batch;
    float *x = t->work.outputs[0];
    for (size_t r = 0; r < rows; r++) {
        size_t from = t->order[at + r];
        memcpy(x + r * in, t->data->x + from * in, in * sizeof *x);
        if (t->labels)
            t->labels[r] = t->data->labels[from];
        else
            memcpy(t->targets + r * out, t->data->targets + from * out, out * sizeof *x);
    }
    if (t->options->noise > 0)
        for (size_t i = 0; i < rows * in; i++)
            x[i] += (float)(t->options->noise * sedge_random_normal(&t->random));
    return rows;
}

static void adam_step(trainer *t) {
    t->steps++;
    double s = (double)t->steps;
    double rate = t->options->learning_rate * sqrt(1 - sedge_exp(s * sedge_log(adam_beta2))) /
                  (1 - sedge_exp(s * sedge_log(adam_beta1)));
    float b1 = (float)adam_beta1, b2 = (float)adam_beta2, epsilon = (float)adam_epsilon, r = (float)rate;
    for (size_t i = 0; i < t->net->n_parameters; i++) {
        float g = t->gradient[i];
        t->mean[i] = b1 * t->mean[i] + (1 - b1) * g;
        t->square[i] = b2 * t->square[i] + (1 - b2) * g * g;
        t->net->parameters[i] -= r * t->mean[i] / (sqrtf(t->square[i]) + epsilon);
    }
}

static double train_epoch(trainer *t) {
    double sum = 0;
    shuffle(t);
    for (size_t at = 0; at < t->data->n;) {
        size_t rows = gather(t, at);
        sedge_net_data batch = { .n = rows, .targets = t->targets, .labels = t->labels };
        sum += loss_of_batch(t->net, &t->work, &batch, t->options->class_weights);
        backward(t->net, &t->work, rows, t->gradient);
        adam_step(t);
        at += rows;
    }
    return sum / (double)t->data->n;
}

static double loss_of(trainer *t, const sedge_net_data *data) {
    uint32_t in = sedge_dense_net_inputs(t->net), out = sedge_dense_net_outputs(t->net);
    double sum = 0;
    for (size_t at = 0; at < data->n;) {
        size_t rows = data->n - at < t->options->batch ? data->n - at : t->options->batch;
        sedge_net_data batch = { .n = rows };
        if (data->labels)
            batch.labels = data->labels + at;
        else
            batch.targets = data->targets + at * out;
        memcpy(t->work.outputs[0], data->x + at * in, rows * in * sizeof(float));
        sum += loss_of_batch(t->net, &t->work, &batch, t->options->class_weights);
        at += rows;
    }
    return sum / (double)data->n;
}

static sedge_status check_data(const sedge_dense_net *net, const sedge_net_data *data, sedge_error *err) {
    bool by_label = net->layers[net->n_layers - 1].activation == SEDGE_NET_SOFTMAX;
    uint32_t in = sedge_dense_net_inputs(net), out = sedge_dense_net_outputs(net);
    if (by_label ? !data->labels || data->targets : !data->targets || data->labels)
        return sedge_fail(err, SEDGE_EINVALID, "a net that ends in %s learns from %s",
                          sedge_net_activation_name(net->layers[net->n_layers - 1].activation),
                          by_label ? "labels" : "targets");
    for (size_t r = 0; r < data->n; r++) {
        for (uint32_t i = 0; i < in; i++)
            if (!isfinite(data->x[r * in + i]))
                return sedge_fail(err, SEDGE_EINVALID, "row %zu: input %u is not a finite number", r, i);
        if (by_label && (data->labels[r] < 0 || (uint32_t)data->labels[r] >= out))
            return sedge_fail(err, SEDGE_EINVALID, "row %zu: label %d is not in 0..%u", r, data->labels[r], out - 1);
        for (uint32_t i = 0; !by_label && i < out; i++)
            if (!isfinite(data->targets[r * out + i]))
                return sedge_fail(err, SEDGE_EINVALID, "row %zu: target %u is not a finite number", r, i);
    }
    return SEDGE_OK;
}

static sedge_status check_options(const sedge_net_options *o, const sedge_net_data *data, sedge_error *err) {
    if (data->n == 0)
        return sedge_fail(err, SEDGE_EINVALID, "there are no examples to train on");
    if (o->epochs < 1)
        return sedge_fail(err, SEDGE_EINVALID, "epochs must be at least 1");
    if (o->batch < 1 || o->batch > SEDGE_NET_BATCH_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "batch is %u, it must be 1 to %d", o->batch, SEDGE_NET_BATCH_MAX);
    if (!(o->learning_rate > 0 && o->learning_rate < 1e3))
        return sedge_fail(err, SEDGE_EINVALID, "learning_rate is %g, it must be more than 0", o->learning_rate);
    if (!(o->noise >= 0 && o->noise < 1e3))
        return sedge_fail(err, SEDGE_EINVALID, "noise is %g, it must be at least 0", o->noise);
    return SEDGE_OK;
}

static void keep_best(trainer *t, uint32_t epoch, double check_loss, sedge_net_report *report) {
    if (report->best_epoch && check_loss >= report->check_loss)
        return;
    report->best_epoch = epoch;
    report->check_loss = check_loss;
    memcpy(t->best, t->net->parameters, t->net->n_parameters * sizeof *t->best);
}

static sedge_status run_epochs(trainer *t, const sedge_net_data *check, sedge_net_report *ret, sedge_error *err) {
    sedge_net_report report = { 0 };
    bool stops = t->options->patience && check->n;
    for (uint32_t epoch = 1; epoch <= t->options->epochs; epoch++) {
        report.loss = train_epoch(t);
        report.epochs = epoch;
        if (!isfinite(report.loss))
            return sedge_fail(err, SEDGE_EINVALID, "the loss is no longer finite in epoch %u: lower the learning rate",
                              epoch);
        if (!stops)
            continue;
        keep_best(t, epoch, loss_of(t, check), &report);
        if (epoch - report.best_epoch >= t->options->patience)
            break;
    }
    if (stops) {
        memcpy(t->net->parameters, t->best, t->net->n_parameters * sizeof *t->best);
    } else {
        report.best_epoch = report.epochs;
        report.check_loss = check->n ? loss_of(t, check) : 0;
    }
    *ret = report;
    return SEDGE_OK;
}

sedge_status sedge_dense_net_train(sedge_dense_net *net, const sedge_net_data *data, const sedge_net_data *check,
                                   const sedge_net_options *options, sedge_net_report *ret, sedge_error *err) {
    sedge_status st = check_options(options, data, err);
    if (!st)
        st = check_data(net, data, err);
    if (!st && check->n && (st = check_data(net, check, err)))
        return sedge_wrap(err, st, "check data");
    if (st)
        return st;
    AUTO_TRAINER t = { .net = net, .data = data, .options = options };
    if ((st = trainer_init(&t, err)))
        return st;
    return run_epochs(&t, check, ret, err);
}
