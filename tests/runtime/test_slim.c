/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slimming against the same graph with all its channels, bit for bit: random int8 nets (a padded convolution, a
 * depthwise one, two pointwise ones with a sum around, a pool, a dense layer) in which weights are often zero and
 * biases large.
 */
#include "sedge/instance.h"

#include <string.h>
#include <time.h>

#include "../include/sedge_test.h"

#include "base/random.h"
#include "runtime/compiled.h"

enum { SIDE = 5, IN = 3, WIDE = 9, OUT = 4, NETS = 150, TENSORS_MAX = 24, OPS_MAX = 8, CONSTANTS = 1 << 14 };

typedef struct net {
    sedge_random random;
    sedge_tensor tensors[TENSORS_MAX];
    sedge_op ops[OPS_MAX];
    int32_t ends[OPS_MAX][4];
    int8_t bytes[CONSTANTS];
    int32_t words[CONSTANTS / 8];
    float scales[TENSORS_MAX];
    int32_t zeros[TENSORS_MAX];
    size_t n_bytes, n_words;
    sedge_graph g;
    int32_t input, output;
} net;

static int32_t add_tensor(net *n, sedge_dtype dtype, uint32_t rank, const int32_t *dims, float scale, int32_t zero) {
    uint32_t i = n->g.n_tensors++;
    n->scales[i] = scale;
    n->zeros[i] = zero;
    n->tensors[i] = (sedge_tensor){ .name = "t", .dtype = dtype, .rank = rank };
    n->tensors[i].quant = (sedge_quant){ 1, 0, &n->scales[i], &n->zeros[i] };
    memcpy(n->tensors[i].dims, dims, rank * sizeof *dims);
    return (int32_t)i;
}

/* many a channel has zero weights only, and a bias that saturates its output */
static int32_t add_weights(net *n, uint32_t rank, const int32_t *dims, bool depthwise) {
    int32_t t = add_tensor(n, SEDGE_INT8, rank, dims, 0.01f, 0);
    size_t count = 1, out = (size_t)(depthwise ? dims[rank - 1] : dims[0]);
    for (uint32_t i = 0; i < rank; i++)
        count *= (size_t)dims[i];
    int8_t *w = n->bytes + n->n_bytes;
    n->n_bytes += (count + 15) / 16 * 16;
    assert_true(n->n_bytes <= sizeof n->bytes);
    uint64_t dead_out = sedge_random_u64(&n->random), dead_in = sedge_random_u64(&n->random);
    for (size_t i = 0; i < count; i++) {
        size_t o = depthwise ? i % out : i / (count / out), c = depthwise ? o : i % (size_t)dims[rank - 1];
        bool dead = dead_out >> o & 1 || (!depthwise && dead_in >> c & 1);
        w[i] = dead ? 0 : (int8_t)sedge_random_u64(&n->random);
    }
    n->tensors[t].data = w;
    return t;
}

static int32_t add_bias(net *n, int32_t out) {
    int32_t t = add_tensor(n, SEDGE_INT32, 1, &out, 0.001f, 0);
    int32_t *b = n->words + n->n_words;
    n->n_words += (size_t)out;
    for (int32_t i = 0; i < out; i++)
        b[i] = (int32_t)sedge_random_below(&n->random, 4000) - 2000 +
               (sedge_random_below(&n->random, 4) ? 0 : (sedge_random_below(&n->random, 2) ? 1 : -1) * (1 << 30));
    n->tensors[t].data = b;
    return t;
}

static int32_t add_op(net *n, sedge_op op, int32_t x, int32_t w, int32_t b, int32_t y) {
    uint32_t i = n->g.n_ops++;
    int32_t *e = n->ends[i];
    e[0] = x;
    e[1] = w;
    e[2] = b;
    e[3] = y;
    op.n_inputs = w < 0 ? 1 : op.kind == SEDGE_OP_ADD ? 2 : 3;
    op.inputs = e;
    op.n_outputs = 1;
    op.outputs = e + 3;
    n->ops[i] = op;
    return y;
}

static const sedge_window window = { .stride = { 1, 1 }, .dilation = { 1, 1 } };

static int32_t zero_point(net *n) {
    return sedge_random_below(&n->random, 2) ? -128 : 7;
}

static int32_t add_picture(net *n, int32_t channels) {
    return add_tensor(n, SEDGE_INT8, 4, (int32_t[]){ 1, SIDE, SIDE, channels }, 0.05f, zero_point(n));
}

static int32_t convolve(net *n, int32_t x, int32_t in, int32_t out, int32_t side) {
    sedge_op op = { .kind = SEDGE_OP_CONV, .u.window = window };
    op.activation = sedge_random_below(&n->random, 2) ? SEDGE_ACTIVATION_RELU : SEDGE_ACTIVATION_NONE;
    int32_t w = add_weights(n, 4, (int32_t[]){ out, side, side, in }, false);
    int32_t b = sedge_random_below(&n->random, 5) ? add_bias(n, out) : -1;
    return add_op(n, op, x, w, b, add_picture(n, out));
}

static int32_t convolve_each(net *n, int32_t x, int32_t channels) {
    sedge_op op = { .kind = SEDGE_OP_DEPTHWISE_CONV, .u.window = window };
    int32_t w = add_weights(n, 4, (int32_t[]){ 1, 3, 3, channels }, true);
    return add_op(n, op, x, w, add_bias(n, channels), add_picture(n, channels));
}

static void make_net(net *n, uint64_t seed) {
    *n = (net){ .g = { .tensors = n->tensors, .ops = n->ops } };
    sedge_random_init(&n->random, seed);
    n->input = add_picture(n, IN);
    int32_t x = convolve(n, n->input, IN, WIDE, 3);
    x = convolve_each(n, x, WIDE);
    int32_t y = convolve(n, x, WIDE, WIDE, 1);
    if (seed % 2)
        y = add_op(n, (sedge_op){ .kind = SEDGE_OP_ADD }, x, y, -1, add_picture(n, WIDE));
    y = convolve(n, y, WIDE, 2 * WIDE, 1);
    sedge_op pool = { .kind = SEDGE_OP_AVERAGE_POOL, .u.window = window };
    pool.u.window.padding = SEDGE_PADDING_VALID;
    pool.u.window.kernel[0] = pool.u.window.kernel[1] = SIDE;
    int32_t p = add_tensor(n, SEDGE_INT8, 4, (int32_t[]){ 1, 1, 1, 2 * WIDE }, 0.05f, n->zeros[y]);
    y = add_op(n, pool, y, -1, -1, p);
    sedge_op flat = { .kind = SEDGE_OP_RESHAPE, .u.reshape = { 2, { 1, -1 } } };
    p = add_tensor(n, SEDGE_INT8, 2, (int32_t[]){ 1, 2 * WIDE }, 0.05f, n->zeros[y]);
    y = add_op(n, flat, y, -1, -1, p);
    int32_t w = add_weights(n, 2, (int32_t[]){ OUT, 2 * WIDE }, false);
    n->output = add_tensor(n, SEDGE_INT8, 2, (int32_t[]){ 1, OUT }, 0.1f, 3);
    add_op(n, (sedge_op){ .kind = SEDGE_OP_FULLY_CONNECTED }, y, w, add_bias(n, OUT), n->output);
    n->g.inputs = &n->input;
    n->g.outputs = &n->output;
    n->g.n_inputs = n->g.n_outputs = 1;
}

static sedge_model_stats run_net(const net *n, bool keep_channels, const int8_t *x, int8_t *y) {
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model;
    sedge_instance *instance;
    options.keep_channels = keep_channels;
    if (sedge_model_from_graph(&n->g, &options, &model, &err) || sedge_instance_new(model, &instance, &err))
        fail_msg("%s", err.text);
    memcpy(sedge_instance_input(instance, 0), x, SIDE * SIDE * IN);
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    memcpy(y, sedge_instance_output(instance, 0), OUT);
    sedge_model_stats stats = sedge_model_get_stats(model);
    sedge_instance_free(instance);
    sedge_model_free(model);
    return stats;
}

static void test_random_nets(void **state) {
    (void)state;
    static net n;
    uint64_t channels = 0, macs = 0;
    for (uint64_t seed = 0; seed < NETS; seed++) {
        int8_t x[SIDE * SIDE * IN], all[OUT], slim[OUT];
        make_net(&n, seed);
        for (size_t i = 0; i < sizeof x; i++)
            x[i] = (int8_t)sedge_random_u64(&n.random);
        sedge_model_stats before = run_net(&n, true, x, all), after = run_net(&n, false, x, slim);
        assert_memory_equal(slim, all, OUT);
        assert_int_equal(before.slimmed_channels, 0);
        assert_true(after.macs + after.slimmed_macs <= before.macs); /* pools count their steps too */
        channels += after.slimmed_channels;
        macs += after.slimmed_macs;
    }
    assert_true(channels > 10 * NETS && macs > 1000 * NETS);
}

/* a net whose weights are all there loses nothing */
static void test_nothing_to_take(void **state) {
    (void)state;
    static net n;
    make_net(&n, 2);
    for (size_t i = 0; i < n.n_bytes; i++)
        n.bytes[i] = 5;
    int8_t x[SIDE * SIDE * IN] = { 1, 2, 3 }, y[OUT];
    sedge_model_stats stats = run_net(&n, false, x, y);
    assert_int_equal(stats.slimmed_channels, 0);
    assert_int_equal(stats.slimmed_bytes, 0);
}

/* sizes cost a file nothing: they must not cost memory before the budget is checked */
static void test_too_wide(void **state) {
    (void)state;
    static net n;
    n = (net){ .g = { .tensors = n.tensors, .ops = n.ops } };
    const int32_t dims[] = { 1, 1 << 30 };
    int32_t y = n.input = add_tensor(&n, SEDGE_INT8, 2, dims, 0.1f, 0);
    for (int i = 0; i < OPS_MAX; i++)
        y = add_op(&n, (sedge_op){ .kind = SEDGE_OP_ADD }, y, y, -1, add_tensor(&n, SEDGE_INT8, 2, dims, 0.1f, 0));
    n.output = y;
    n.g.inputs = &n.input;
    n.g.outputs = &n.output;
    n.g.n_inputs = n.g.n_outputs = 1;
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model;
    clock_t start = clock();
    assert_int_equal(sedge_model_from_graph(&n.g, &options, &model, &err), SEDGE_ELIMIT);
    assert_true(clock() - start < CLOCKS_PER_SEC);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_nets), cmocka_unit_test(test_nothing_to_take),
                                        cmocka_unit_test(test_too_wide) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
