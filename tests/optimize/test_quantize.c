/* SPDX-License-Identifier: Apache-2.0 */
#include "optimize/quantize.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"
#include "base/random.h"
#include "train/evaluate.h"
#include "train/net_write.h"

enum { ROWS = 300, WIDTH = 12, RANK = 3 };

/** Correlated numbers with different spreads. */
static void make_rows(float *x, size_t rows, uint32_t width, uint64_t seed) {
    sedge_random r;
    sedge_random_init(&r, seed);
    for (size_t i = 0; i < rows; i++) {
        double z[RANK];
        for (int k = 0; k < RANK; k++)
            z[k] = sedge_random_normal(&r);
        for (uint32_t c = 0; c < width; c++)
            x[i * width + c] = (float)(z[c % RANK] + 0.3 * z[(c + 1) % RANK] + 0.1 * sedge_random_normal(&r));
    }
}

typedef struct net_row {
    const char *name;
    uint32_t widths[5];
    uint32_t layers;
    sedge_net_activation hidden, last;
    double error_max; /**< mean squared difference to float on calibration vectors; ten times that on fresh ones, which
                         may clip */
} net_row;

/* the figures behind error_max: half a step of the coarsest tensor, squared, times the layers, with room of four */
static const net_row rows[] = {
    { "autoencoder", { WIDTH, 32, 4, 32, WIDTH }, 4, SEDGE_NET_RELU, SEDGE_NET_LINEAR, 2e-3 },
    { "one layer", { WIDTH, WIDTH }, 1, SEDGE_NET_RELU, SEDGE_NET_LINEAR, 1e-3 },
    { "tanh", { WIDTH, 24, WIDTH }, 2, SEDGE_NET_TANH, SEDGE_NET_LINEAR, 2e-3 },
    { "logistic", { WIDTH, 24, WIDTH }, 2, SEDGE_NET_LOGISTIC, SEDGE_NET_TANH, 2e-3 },
    { "classifier", { WIDTH, 16, 3 }, 2, SEDGE_NET_RELU, SEDGE_NET_SOFTMAX, 5e-4 },
};

static sedge_dense_net *train(const net_row *row, const float *x, size_t n) {
    static int32_t labels[ROWS];
    sedge_dense_net *net = NULL;
    assert_int_equal(sedge_dense_net_new(row->widths, row->layers, row->hidden, row->last, 1, &net, NULL), SEDGE_OK);
    sedge_net_data data = { .n = n, .x = x }, none = { 0 };
    for (size_t i = 0; i < n; i++)
        labels[i] = (x[i * WIDTH] > 0) + (x[i * WIDTH + 1] > 0.5f);
    if (row->last == SEDGE_NET_SOFTMAX)
        data.labels = labels;
    else
        data.targets = x;
    sedge_net_options options = SEDGE_NET_OPTIONS_INIT;
    options.epochs = 20;
    sedge_net_report report;
    assert_int_equal(sedge_dense_net_train(net, &data, &none, &options, &report, NULL), SEDGE_OK);
    return net;
}

/** The float file computes what the trainer computes, the int8 file nearly that, on vectors neither has seen. */
static void close_to_float(void **state) {
    (void)state;
    static float x[ROWS * WIDTH], fresh[ROWS * WIDTH];
    make_rows(x, ROWS, WIDTH, 1);
    make_rows(fresh, ROWS, WIDTH, 2);
    for (size_t k = 0; k < SEDGE_COUNT(rows); k++) {
        sedge_auto(sedge_dense_net) net = train(&rows[k], x, ROWS);
        SEDGE_AUTO_BUF file = sedge_buf_init(1 << 20);
        SEDGE_AUTO_BUF int8 = sedge_buf_init(1 << 20);
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_quantize_report report;
        assert_int_equal(sedge_dense_net_write(net, &file, NULL), SEDGE_OK);
        if (sedge_quantize(sedge_buf_bytes(&file), x, ROWS, &int8, &report, &err))
            fail_msg("%s: %s", rows[k].name, err.text);
        sedge_auto(sedge_runner) a = NULL;
        sedge_auto(sedge_runner) b = NULL;
        assert_int_equal(sedge_runner_open(sedge_buf_bytes(&file), &a, NULL), SEDGE_OK);
        assert_int_equal(sedge_runner_open(sedge_buf_bytes(&int8), &b, NULL), SEDGE_OK);
        uint32_t out = sedge_runner_outputs(a);
        assert_int_equal(sedge_runner_outputs(b), out);
        double error = 0;
        for (size_t i = 0; i < ROWS; i++) {
            float wanted[WIDTH], y[WIDTH], z[WIDTH];
            assert_int_equal(sedge_dense_net_predict(net, fresh + i * WIDTH, 1, wanted, NULL), SEDGE_OK);
            assert_int_equal(sedge_runner_run(a, fresh + i * WIDTH, y, NULL), SEDGE_OK);
            assert_int_equal(sedge_runner_run(b, fresh + i * WIDTH, z, NULL), SEDGE_OK);
            for (uint32_t c = 0; c < out; c++)
                if (fabsf(y[c] - wanted[c]) > 1e-5f * (1 + fabsf(wanted[c])))
                    fail_msg("%s: %g, trained was %g", rows[k].name, (double)y[c], (double)wanted[c]);
            error += sedge_mean_squared_error(y, z, out) / ROWS;
        }
        if (error > 10 * rows[k].error_max || report.error > rows[k].error_max)
            fail_msg("%s: error %g, on calibration %g (%s)", rows[k].name, error, report.error, report.variant);
    }
}

static sedge_tensor find_kind(const sedge_model *model, const char *type, uint32_t input) {
    sedge_op_info info;
    for (uint32_t i = 0; sedge_model_op(model, i, &info); i++)
        if (strcmp(info.type, type) == 0) {
            const sedge_tensor *found =
                sedge_model_tensor(model, (uint32_t)(input < 9 ? info.inputs[input] : info.outputs[0]));
            assert_non_null(found);
            return found ? *found : (sedge_tensor){ 0 };
        }
    fail_msg("the model has no %s", type);
    return (sedge_tensor){ 0 };
}

/** What the 8-bit specification demands of types, scales and zero points. */
static void keeps_the_specification(void **state) {
    (void)state;
    static float x[ROWS * WIDTH];
    make_rows(x, ROWS, WIDTH, 1);
    static const net_row row = { "", { WIDTH, 8, 3 }, 2, SEDGE_NET_TANH, SEDGE_NET_SOFTMAX, 0 };
    sedge_auto(sedge_dense_net) net = train(&row, x, ROWS);
    SEDGE_AUTO_BUF file = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF int8 = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF again = sedge_buf_init(1 << 20);
    sedge_quantize_report report;
    assert_int_equal(sedge_dense_net_write(net, &file, NULL), SEDGE_OK);
    assert_int_equal(sedge_quantize(sedge_buf_bytes(&file), x, ROWS, &int8, &report, NULL), SEDGE_OK);
    assert_int_equal(sedge_quantize(sedge_buf_bytes(&file), x, ROWS, &again, &report, NULL), SEDGE_OK);
    assert_true(sedge_bytes_equal(sedge_buf_bytes(&int8), sedge_buf_bytes(&again)));
    assert_int_equal(report.weights, WIDTH * 8 + 8 * 3);
    sedge_auto(sedge_runner) r = NULL;
    assert_int_equal(sedge_runner_open(sedge_buf_bytes(&int8), &r, NULL), SEDGE_OK);
    const sedge_model *model = sedge_instance_model(sedge_runner_instance(r));
    assert_int_equal(sedge_model_input(model, 0)->dtype, SEDGE_INT8);
    assert_int_equal(sedge_model_output(model, 0)->dtype, SEDGE_INT8);
    const sedge_tensor tanh_out = find_kind(model, "TANH", 9), softmax = find_kind(model, "SOFTMAX", 9);
    assert_true(tanh_out.quant.scales[0] == 1.0f / 128 && tanh_out.quant.zero_points[0] == 0);
    assert_true(softmax.quant.scales[0] == 1.0f / 256 && softmax.quant.zero_points[0] == -128);
    const sedge_tensor w = find_kind(model, "FULLY_CONNECTED", 1), b = find_kind(model, "FULLY_CONNECTED", 2);
    assert_int_equal(w.dtype, SEDGE_INT8);
    assert_int_equal(b.dtype, SEDGE_INT32);
    assert_true(b.quant.scales[0] == sedge_model_input(model, 0)->quant.scales[0] * w.quant.scales[0]);
    const int8_t *q = w.data;
    int top = 0;
    for (size_t i = 0; i < w.size_bytes; i++) {
        assert_true(q[i] >= -127);
        top = abs(q[i]) > top ? abs(q[i]) : top;
    }
    assert_int_equal(top, 127);
}

/** 20,000 weights and more: int8 is at most 30 % of the float file. */
static void is_small(void **state) {
    (void)state;
    enum { N = 64, WIDE = 50 };
    static float x[N * WIDE];
    make_rows(x, N, WIDE, 1);
    const uint32_t widths[] = { WIDE, 128, 57, 128, WIDE };
    sedge_auto(sedge_dense_net) net = NULL;
    assert_int_equal(sedge_dense_net_new(widths, 4, SEDGE_NET_RELU, SEDGE_NET_LINEAR, 1, &net, NULL), SEDGE_OK);
    SEDGE_AUTO_BUF file = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF int8 = sedge_buf_init(1 << 20);
    sedge_quantize_report report;
    assert_int_equal(sedge_dense_net_write(net, &file, NULL), SEDGE_OK);
    assert_int_equal(sedge_quantize(sedge_buf_bytes(&file), x, N, &int8, &report, NULL), SEDGE_OK);
    assert_true(report.weights >= 20000);
    assert_true((double)int8.n <= 0.3 * (double)file.n);
}

/** Dead inputs, dead units and enormous biases must not break the arithmetic. */
static void odd_weights(void **state) {
    (void)state;
    const uint32_t widths[] = { 2, 2, 1 };
    sedge_auto(sedge_dense_net) net = NULL;
    assert_int_equal(sedge_dense_net_new(widths, 2, SEDGE_NET_RELU, SEDGE_NET_LINEAR, 1, &net, NULL), SEDGE_OK);
    memset(net->parameters, 0, net->n_parameters * sizeof *net->parameters);
    net->layers[1].bias[0] = 1000;
    const float x[] = { 0, 0, 1e-3f, 0 };
    SEDGE_AUTO_BUF file = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF int8 = sedge_buf_init(1 << 20);
    sedge_quantize_report report;
    assert_int_equal(sedge_dense_net_write(net, &file, NULL), SEDGE_OK);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_quantize(sedge_buf_bytes(&file), x, 2, &int8, &report, &err))
        fail_msg("%s", err.text);
    sedge_auto(sedge_runner) r = NULL;
    assert_int_equal(sedge_runner_open(sedge_buf_bytes(&int8), &r, NULL), SEDGE_OK);
    float y;
    assert_int_equal(sedge_runner_run(r, x, &y, NULL), SEDGE_OK);
    assert_true(fabsf(y - 1000) < 5);
}

static void refusals(void **state) {
    (void)state;
    static float x[ROWS * WIDTH];
    make_rows(x, ROWS, WIDTH, 1);
    sedge_auto(sedge_dense_net) net = train(&rows[1], x, ROWS);
    SEDGE_AUTO_BUF file = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF int8 = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
    sedge_quantize_report report;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_dense_net_write(net, &file, NULL), SEDGE_OK);
    assert_int_equal(sedge_quantize(sedge_buf_bytes(&file), x, 0, &out, &report, &err), SEDGE_EINVALID);
    assert_int_equal(sedge_quantize(sedge_buf_bytes(&file), x, ROWS, &int8, &report, NULL), SEDGE_OK);
    assert_int_equal(sedge_quantize(sedge_buf_bytes(&int8), x, ROWS, &out, &report, &err), SEDGE_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "int8"));
    assert_int_equal(sedge_quantize(sedge_bytes_of(file.data, file.n / 2), x, ROWS, &out, &report, NULL) != SEDGE_OK,
                     1);
    assert_int_equal(out.n, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(close_to_float), cmocka_unit_test(keeps_the_specification),
                                        cmocka_unit_test(is_small), cmocka_unit_test(odd_weights),
                                        cmocka_unit_test(refusals) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
