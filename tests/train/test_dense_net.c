/* SPDX-License-Identifier: Apache-2.0 */
#include "train/dense_net.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"
#include "base/random.h"

enum { ROWS = 7, IN = 5, OUT = 3 };

typedef struct gradient_row {
    sedge_net_activation hidden, last;
    int weighted;
} gradient_row;

static const gradient_row gradient_rows[] = {
    { SEDGE_NET_TANH, SEDGE_NET_LINEAR, 0 },   { SEDGE_NET_RELU, SEDGE_NET_LINEAR, 0 },
    { SEDGE_NET_LOGISTIC, SEDGE_NET_TANH, 0 }, { SEDGE_NET_LINEAR, SEDGE_NET_LOGISTIC, 0 },
    { SEDGE_NET_TANH, SEDGE_NET_SOFTMAX, 0 },  { SEDGE_NET_RELU, SEDGE_NET_SOFTMAX, 1 },
};

static void fill(float *p, size_t n, uint64_t seed) {
    sedge_random r;
    sedge_random_init(&r, seed);
    for (size_t i = 0; i < n; i++)
        p[i] = (float)sedge_random_normal(&r);
}

/** The slope of every parameter against (loss(p + h) - loss(p - h)) / 2h. */
static void gradient_is_the_slope(void **state) {
    (void)state;
    float x[ROWS * IN], targets[ROWS * OUT];
    const int32_t labels[ROWS] = { 0, 1, 2, 2, 1, 0, 2 };
    const float weights[OUT] = { 0.5f, 2, 1 };
    fill(x, ROWS * IN, 1);
    fill(targets, ROWS * OUT, 2);
    for (size_t k = 0; k < SEDGE_COUNT(gradient_rows); k++) {
        const gradient_row *row = &gradient_rows[k];
        const uint32_t widths[] = { IN, 6, 4, OUT };
        sedge_auto(sedge_dense_net) net = NULL;
        assert_int_equal(sedge_dense_net_new(widths, 3, row->hidden, row->last, 3, &net, NULL), SEDGE_OK);
        sedge_net_data data = { .n = ROWS, .x = x };
        if (row->last == SEDGE_NET_SOFTMAX)
            data.labels = labels;
        else
            data.targets = targets;
        const float *class_weights = row->weighted ? weights : NULL;
        SEDGE_AUTO_MEM float *gradient = calloc(net->n_parameters, sizeof *gradient);
        double loss, up, down;
        assert_int_equal(sedge_dense_net_gradient(net, &data, class_weights, &loss, gradient, NULL), SEDGE_OK);
        for (size_t i = 0; i < net->n_parameters; i++) {
            float was = net->parameters[i], h = 1e-2f;
            net->parameters[i] = was + h;
            assert_int_equal(sedge_dense_net_gradient(net, &data, class_weights, &up, NULL, NULL), SEDGE_OK);
            net->parameters[i] = was - h;
            assert_int_equal(sedge_dense_net_gradient(net, &data, class_weights, &down, NULL, NULL), SEDGE_OK);
            net->parameters[i] = was;
            double slope = (up - down) / (2 * (double)h);
            if (fabs(slope - (double)gradient[i]) > 2e-3)
                fail_msg("net %zu parameter %zu: gradient %g, slope %g", k, i, (double)gradient[i], slope);
        }
    }
}

static sedge_dense_net *train_xor(uint64_t seed, sedge_net_report *report) {
    static const float x[] = { 0, 0, 0, 1, 1, 0, 1, 1 };
    static const int32_t labels[] = { 0, 1, 1, 0 };
    const uint32_t widths[] = { 2, 16, 2 };
    sedge_dense_net *net = NULL;
    assert_int_equal(sedge_dense_net_new(widths, 2, SEDGE_NET_TANH, SEDGE_NET_SOFTMAX, seed, &net, NULL), SEDGE_OK);
    sedge_net_data data = { .n = 4, .x = x, .labels = labels }, none = { 0 };
    sedge_net_options options = SEDGE_NET_OPTIONS_INIT;
    options.epochs = 400;
    options.batch = 3;
    options.learning_rate = 0.02;
    options.seed = seed;
    assert_int_equal(sedge_dense_net_train(net, &data, &none, &options, report, NULL), SEDGE_OK);
    return net;
}

static void learns_xor(void **state) {
    (void)state;
    sedge_net_report report;
    sedge_auto(sedge_dense_net) net = train_xor(1, &report);
    const float x[] = { 0, 0, 0, 1, 1, 0, 1, 1 };
    float y[8];
    assert_int_equal(sedge_dense_net_predict(net, x, 4, y, NULL), SEDGE_OK);
    assert_true(y[0] > 0.9f && y[3] > 0.9f && y[5] > 0.9f && y[6] > 0.9f);
    assert_int_equal(report.epochs, 400);
    assert_true(report.loss < 0.1);
}

static void the_seed_decides(void **state) {
    (void)state;
    sedge_net_report report;
    sedge_auto(sedge_dense_net) a = train_xor(5, &report);
    sedge_auto(sedge_dense_net) b = train_xor(5, &report);
    sedge_auto(sedge_dense_net) c = train_xor(6, &report);
    size_t bytes = a->n_parameters * sizeof *a->parameters;
    assert_memory_equal(a->parameters, b->parameters, bytes);
    assert_memory_not_equal(a->parameters, c->parameters, bytes);
}

/** An autoencoder on noise overfits: it stops early and keeps the weights with the best check loss. */
static void stops_early(void **state) {
    (void)state;
    enum { N = 40, WIDTH = 8 };
    float x[N * WIDTH], check_x[N * WIDTH];
    fill(x, N * WIDTH, 1);
    fill(check_x, N * WIDTH, 2);
    const uint32_t widths[] = { WIDTH, 32, 6, 32, WIDTH };
    sedge_auto(sedge_dense_net) net = NULL;
    assert_int_equal(sedge_dense_net_new(widths, 4, SEDGE_NET_TANH, SEDGE_NET_LINEAR, 1, &net, NULL), SEDGE_OK);
    sedge_net_data data = { .n = N, .x = x, .targets = x }, check = { .n = N, .x = check_x, .targets = check_x };
    sedge_net_options options = SEDGE_NET_OPTIONS_INIT;
    options.epochs = 2000;
    options.learning_rate = 0.01;
    options.patience = 10;
    sedge_net_report report;
    assert_int_equal(sedge_dense_net_train(net, &data, &check, &options, &report, NULL), SEDGE_OK);
    assert_true(report.epochs < 2000);
    assert_int_equal(report.epochs, report.best_epoch + 10);
    double loss;
    assert_int_equal(sedge_dense_net_gradient(net, &check, NULL, &loss, NULL, NULL), SEDGE_OK);
    assert_true(fabs(loss - report.check_loss) < 1e-5);
}

typedef struct bad_row {
    const char *words;
    sedge_net_data data;
    sedge_net_options options;
} bad_row;

static void bad_input(void **state) {
    (void)state;
    static const float good[] = { 1, 2 };
    static const float nan_x[] = { 1, (float)NAN };
    static const int32_t labels[] = { 0, 1 }, high[] = { 0, 2 };
    const sedge_net_options ok = SEDGE_NET_OPTIONS_INIT;
    sedge_net_options no_epochs = ok, no_batch = ok, no_rate = ok, noisy = ok;
    no_epochs.epochs = 0;
    no_batch.batch = 0;
    no_rate.learning_rate = NAN;
    noisy.noise = -1;
    const bad_row rows[] = {
        { "no examples", { .n = 0, .x = good, .labels = labels }, ok },
        { "row 1: input 0", { .n = 2, .x = nan_x, .labels = labels }, ok },
        { "row 1: label 2", { .n = 2, .x = good, .labels = high }, ok },
        { "learns from labels", { .n = 2, .x = good, .targets = good }, ok },
        { "epochs", { .n = 2, .x = good, .labels = labels }, no_epochs },
        { "batch", { .n = 2, .x = good, .labels = labels }, no_batch },
        { "learning_rate", { .n = 2, .x = good, .labels = labels }, no_rate },
        { "noise", { .n = 2, .x = good, .labels = labels }, noisy },
    };
    const uint32_t widths[] = { 1, 2 };
    sedge_auto(sedge_dense_net) net = NULL;
    assert_int_equal(sedge_dense_net_new(widths, 1, SEDGE_NET_RELU, SEDGE_NET_SOFTMAX, 1, &net, NULL), SEDGE_OK);
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_net_data none = { 0 };
        sedge_net_report report;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_dense_net_train(net, &rows[i].data, &none, &rows[i].options, &report, &err),
                         SEDGE_EINVALID);
        if (!strstr(err.text, rows[i].words))
            fail_msg("'%s' does not say '%s'", err.text, rows[i].words);
    }
}

static void bad_shapes(void **state) {
    (void)state;
    const uint32_t zero[] = { 4, 0, 4 }, wide[] = { 4, SEDGE_NET_WIDTH_MAX + 1 };
    sedge_dense_net *net = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_dense_net_new(zero, 2, SEDGE_NET_RELU, SEDGE_NET_LINEAR, 1, &net, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "layer 1"));
    assert_int_equal(sedge_dense_net_new(wide, 1, SEDGE_NET_RELU, SEDGE_NET_LINEAR, 1, &net, &err), SEDGE_EINVALID);
    assert_int_equal(sedge_dense_net_new(wide, 17, SEDGE_NET_RELU, SEDGE_NET_LINEAR, 1, &net, &err), SEDGE_EINVALID);
    assert_int_equal(sedge_dense_net_new(zero, 2, SEDGE_NET_SOFTMAX, SEDGE_NET_LINEAR, 1, &net, &err), SEDGE_EINVALID);
    assert_null(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_is_the_slope), cmocka_unit_test(learns_xor), cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(stops_early),           cmocka_unit_test(bad_input),  cmocka_unit_test(bad_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
