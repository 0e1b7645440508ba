/* SPDX-License-Identifier: Apache-2.0 */
#include "train/net_write.h"

#include "base/format.h"
#include "model/graph.h"
#include "model/tflite_write.h"

/** Each layer is FULLY_CONNECTED, with its RELU fused, and an operator of its own for any other activation. */
enum { TENSORS_MAX = 1 + 4 * SEDGE_NET_LAYERS_MAX, OPS_MAX = 2 * SEDGE_NET_LAYERS_MAX, TEXT_MAX = 32 };

typedef struct writer {
    sedge_tensor tensors[TENSORS_MAX];
    char names[TENSORS_MAX][TEXT_MAX];
    uint32_t n_tensors;
    sedge_op ops[OPS_MAX];
    int32_t inputs[OPS_MAX][3], outputs[OPS_MAX][1];
    uint32_t n_ops;
} writer;

static int32_t add_tensor(writer *w, uint32_t layer, const char *what, uint32_t rows, uint32_t columns,
                          const float *data) {
    uint32_t i = w->n_tensors++;
    (void)sedge_format(w->names[i], TEXT_MAX, "layer_%u/%s", layer, what);
    sedge_tensor *t = &w->tensors[i];
    *t = (sedge_tensor){ .name = w->names[i], .dtype = SEDGE_FLOAT32, .data = data };
    if (rows)
        t->dims[t->rank++] = (int32_t)rows;
    t->dims[t->rank++] = (int32_t)columns;
    return (int32_t)i;
}

static void add_op(writer *w, sedge_op_kind kind, uint32_t n_inputs, const int32_t *inputs, int32_t output,
                   sedge_activation activation) {
    uint32_t i = w->n_ops++;
    for (uint32_t k = 0; k < n_inputs; k++)
        w->inputs[i][k] = inputs[k];
    w->outputs[i][0] = output;
    w->ops[i] = (sedge_op){ .kind = kind,
                            .n_inputs = n_inputs,
                            .inputs = w->inputs[i],
                            .n_outputs = 1,
                            .outputs = w->outputs[i],
                            .activation = activation };
    if (kind == SEDGE_OP_SOFTMAX) {
        w->ops[i].u.softmax.beta = 1;
        w->ops[i].u.softmax.axis = -1;
    }
}

static const struct {
    sedge_activation fused;
    sedge_op_kind kind; /**< FULLY_CONNECTED: no operator of its own */
} activations[] = {
    [SEDGE_NET_LINEAR] = { SEDGE_ACTIVATION_NONE, SEDGE_OP_FULLY_CONNECTED },
    [SEDGE_NET_RELU] = { SEDGE_ACTIVATION_RELU, SEDGE_OP_FULLY_CONNECTED },
    [SEDGE_NET_TANH] = { SEDGE_ACTIVATION_NONE, SEDGE_OP_TANH },
    [SEDGE_NET_LOGISTIC] = { SEDGE_ACTIVATION_NONE, SEDGE_OP_LOGISTIC },
    [SEDGE_NET_SOFTMAX] = { SEDGE_ACTIVATION_NONE, SEDGE_OP_SOFTMAX },
};
_Static_assert(SEDGE_COUNT(activations) == SEDGE_NET_ACTIVATION_COUNT, "a way to write each activation");

static int32_t add_layer(writer *w, const sedge_dense_layer *l, uint32_t layer, int32_t x) {
    int32_t weights = add_tensor(w, layer, "weights", l->out, l->in, l->weights);
    int32_t bias = add_tensor(w, layer, "bias", 0, l->out, l->bias);
    int32_t y = add_tensor(w, layer, "sum", 1, l->out, NULL);
    add_op(w, SEDGE_OP_FULLY_CONNECTED, 3, (int32_t[]){ x, weights, bias }, y, activations[l->activation].fused);
    if (activations[l->activation].kind == SEDGE_OP_FULLY_CONNECTED)
        return y;
    int32_t z = add_tensor(w, layer, sedge_net_activation_name(l->activation), 1, l->out, NULL);
    add_op(w, activations[l->activation].kind, 1, &y, z, SEDGE_ACTIVATION_NONE);
    return z;
}

sedge_status sedge_dense_net_write(const sedge_dense_net *net, sedge_buf *out, sedge_error *err) {
    SEDGE_AUTO_MEM writer *w = calloc(1, sizeof *w);
    if (!w)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to write a net");
    int32_t first = add_tensor(w, 0, "", 1, sedge_dense_net_inputs(net), NULL), last = first;
    w->tensors[first].name = "features";
    for (uint32_t i = 0; i < net->n_layers; i++)
        last = add_layer(w, &net->layers[i], i, last);
    w->tensors[last].name = "output";
    sedge_graph g = { .n_tensors = w->n_tensors,
                      .tensors = w->tensors,
                      .n_ops = w->n_ops,
                      .ops = w->ops,
                      .n_inputs = 1,
                      .inputs = &first,
                      .n_outputs = 1,
                      .outputs = &last,
                      .description = "sedge" };
    return sedge_tflite_write(&g, out, err);
}
