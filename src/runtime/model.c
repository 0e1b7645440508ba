/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/own.h"
#include "runtime/compiled.h"
#include "runtime/slim.h"

SEDGE_DEFINE_AUTO(sedge_model, sedge_model_free)

sedge_model_options sedge_model_options_default(void) {
    return SEDGE_MODEL_OPTIONS_INIT;
}

/* prepared weights repeat the constants, with padding */
static size_t pool_max(size_t file_bytes) {
    size_t n;
    return sedge_mul_size(file_bytes, 4, &n) && sedge_add_size(n, (size_t)64 << 20, &n) ? n : SIZE_MAX;
}

static void count_constants(sedge_model *model) {
    const sedge_graph *g = &model->file.graph;
    for (uint32_t i = 0; i < g->n_tensors; i++)
        model->stats.constant_bytes += g->tensors[i].data ? g->tensors[i].size_bytes : 0;
}

static sedge_status slim(sedge_model *model, const sedge_model_options *options, sedge_error *err) {
    sedge_slim_report report = { 0 };
    sedge_status st = options->keep_channels ? SEDGE_OK : sedge_slim(&model->file.graph, &model->pool, &report, err);
    model->stats.slimmed_channels = report.channels;
    model->stats.slimmed_bytes = report.constant_bytes;
    model->stats.slimmed_macs = report.macs;
    return st;
}

static sedge_status compile(sedge_model *model, const sedge_model_options *options, sedge_error *err) {
    model->stats.cpu_mask = sedge_cpu_detect() & options->cpu_mask;
    sedge_status st = sedge_settle_shapes(model, options, err);
    if (!st)
        st = slim(model, options, err);
    if (!st)
        st = sedge_prepare_steps(model, options, err);
    if (!st) {
        count_constants(model);
        st = sedge_plan_arena(model, options, err);
    }
    if (!st && !sedge_instance_size(model, &model->stats.instance_bytes))
        st = sedge_fail(err, SEDGE_ELIMIT, "an instance does not fit the address space");
    return st;
}

sedge_status sedge_model_open(const void *data, size_t size, const sedge_model_options *options, sedge_model **ret,
                              sedge_error *err) {
    const sedge_model_options defaults = sedge_model_options_default();
    sedge_auto(sedge_model) model = calloc(1, sizeof *model);
    if (!model)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the model");
    model->pool = sedge_pool_init(pool_max(size));
    sedge_status st = sedge_graph_read(data, size, &model->file, err);
    if (!st)
        st = compile(model, options ? options : &defaults, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(model);
    return SEDGE_OK;
}

/* shape rules write to tensors, so these are the model's own; of operators nothing changes */
static sedge_status copy_graph(const sedge_graph *g, sedge_model *model, sedge_error *err) {
    sedge_status st = sedge_graph_check(g, err);
    if (st)
        return st;
    model->file = (sedge_graph_file){ *g, sedge_pool_init(SIZE_MAX), "graph" };
    sedge_tensor *tensors = sedge_pool_take(&model->file.pool, g->n_tensors, sizeof *tensors);
    sedge_op *ops = sedge_pool_take(&model->file.pool, g->n_ops, sizeof *ops);
    if (!tensors || !ops)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a graph of %u tensors", g->n_tensors);
    memcpy(tensors, g->tensors, g->n_tensors * sizeof *tensors);
    memcpy(ops, g->ops, g->n_ops * sizeof *ops);
    model->file.graph.tensors = tensors;
    model->file.graph.ops = ops;
    for (uint32_t i = 0; i < g->n_tensors; i++) {
        st = sedge_tensor_set_size(&tensors[i], err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

sedge_status sedge_model_from_graph(const sedge_graph *g, const sedge_model_options *options, sedge_model **ret,
                                    sedge_error *err) {
    const sedge_model_options defaults = SEDGE_MODEL_OPTIONS_INIT;
    sedge_auto(sedge_model) model = calloc(1, sizeof *model);
    if (!model)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the model");
    model->pool = sedge_pool_init(SIZE_MAX);
    sedge_status st = copy_graph(g, model, err);
    if (!st)
        st = compile(model, options ? options : &defaults, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(model);
    return SEDGE_OK;
}

void sedge_model_free(sedge_model *model) {
    if (!model)
        return;
    sedge_graph_file_done(&model->file);
    sedge_pool_done(&model->pool);
    free(model);
}

uint32_t sedge_model_input_count(const sedge_model *model) {
    return model->file.graph.n_inputs;
}

uint32_t sedge_model_output_count(const sedge_model *model) {
    return model->file.graph.n_outputs;
}

uint32_t sedge_model_input_tensor(const sedge_model *model, uint32_t index) {
    return index < model->file.graph.n_inputs ? (uint32_t)model->file.graph.inputs[index] : UINT32_MAX;
}

uint32_t sedge_model_output_tensor(const sedge_model *model, uint32_t index) {
    return index < model->file.graph.n_outputs ? (uint32_t)model->file.graph.outputs[index] : UINT32_MAX;
}

const sedge_tensor *sedge_model_input(const sedge_model *model, uint32_t index) {
    return sedge_model_tensor(model, sedge_model_input_tensor(model, index));
}

const sedge_tensor *sedge_model_output(const sedge_model *model, uint32_t index) {
    return sedge_model_tensor(model, sedge_model_output_tensor(model, index));
}

static bool find_name(const sedge_graph *g, const int32_t *tensors, uint32_t n, const char *name, uint32_t *ret) {
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(g->tensors[tensors[i]].name, name) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

bool sedge_model_find_input(const sedge_model *model, const char *name, uint32_t *ret_index) {
    const sedge_graph *g = &model->file.graph;
    return find_name(g, g->inputs, g->n_inputs, name, ret_index);
}

bool sedge_model_find_output(const sedge_model *model, const char *name, uint32_t *ret_index) {
    const sedge_graph *g = &model->file.graph;
    return find_name(g, g->outputs, g->n_outputs, name, ret_index);
}

uint32_t sedge_model_tensor_count(const sedge_model *model) {
    return model->file.graph.n_tensors;
}

const sedge_tensor *sedge_model_tensor(const sedge_model *model, uint32_t tensor) {
    return tensor < model->file.graph.n_tensors ? &model->file.graph.tensors[tensor] : NULL;
}

uint32_t sedge_model_op_count(const sedge_model *model) {
    return model->file.graph.n_ops;
}

bool sedge_model_op(const sedge_model *model, uint32_t index, sedge_op_info *ret) {
    if (index >= model->file.graph.n_ops)
        return false;
    const sedge_op *op = &model->file.graph.ops[index];
    const sedge_prepared *p = &model->steps[index].prepared;
    *ret = (sedge_op_info){ .type = sedge_op_kind_name(op->kind),
                            .name = op->name ? op->name : "",
                            .kernel = p->kernel,
                            .n_inputs = op->n_inputs,
                            .inputs = op->inputs,
                            .n_outputs = op->n_outputs,
                            .outputs = op->outputs,
                            .macs = p->macs,
                            .packed_bytes = p->packed_bytes,
                            .scratch_bytes = p->scratch_bytes };
    return true;
}

const char *sedge_model_string(const sedge_model *model, uint32_t number) {
    return number < model->file.graph.n_strings ? model->file.graph.strings[number] : NULL;
}

uint32_t sedge_model_find_string(const sedge_model *model, const char *text) {
    for (uint32_t i = 0; i < model->file.graph.n_strings; i++)
        if (strcmp(model->file.graph.strings[i], text) == 0)
            return i;
    return SEDGE_STRING_UNKNOWN;
}

sedge_model_stats sedge_model_get_stats(const sedge_model *model) {
    return model->stats;
}

const char *sedge_model_format(const sedge_model *model) {
    return model->file.format;
}
