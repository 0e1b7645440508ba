/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/instance.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "model/quant.h"
#include "runtime/compiled.h"
#include "runtime/plan.h"

/*
 * In memory, from a multiple of 16 on:
 *     | sedge_instance | ends: void * [n_ends] | gap to 64 | arena |
 */
struct sedge_instance {
    const sedge_model *model;
    sedge_observer *observer;
    void *user;
    void *owned; /* to be freed; NULL for the caller's memory */
    uint8_t *arena;
    void *ends[];
};

enum { HEAD_ALIGN = 16 };

static bool head_bytes(const sedge_model *model, size_t *ret) {
    return sedge_mul_size(model->n_ends, sizeof(void *), ret) && sedge_add_size(*ret, sizeof(sedge_instance), ret);
}

bool sedge_instance_size(const sedge_model *model, size_t *ret) {
    size_t n;
    return head_bytes(model, &n) && sedge_add_size(n, HEAD_ALIGN + SEDGE_PLAN_ALIGN, &n) &&
           sedge_add_size(n, model->stats.arena_bytes, ret);
}

static uint8_t *align_up(uint8_t *p, size_t align) {
    return p + ((size_t)(-(uintptr_t)p) & (align - 1));
}

static const void *tensor_bytes(const sedge_instance *instance, uint32_t tensor) {
    const sedge_model *model = instance->model;
    const sedge_tensor *root = &model->file.graph.tensors[model->root[tensor]];
    return root->data ? root->data : instance->arena + model->offset[tensor];
}

/* the table says void * for inputs and outputs alike; inputs may be constants, which no run function writes to */
static void *end_bytes(const sedge_instance *instance, int32_t tensor) {
    union {
        const void *from;
        void *to;
    } bytes = { tensor < 0 ? NULL : tensor_bytes(instance, (uint32_t)tensor) };
    return bytes.to;
}

static void fill_ends(sedge_instance *instance) {
    const sedge_graph *g = &instance->model->file.graph;
    size_t n = 0;
    for (uint32_t i = 0; i < g->n_ops; i++) {
        for (uint32_t k = 0; k < g->ops[i].n_inputs; k++)
            instance->ends[n++] = end_bytes(instance, g->ops[i].inputs[k]);
        for (uint32_t k = 0; k < g->ops[i].n_outputs; k++)
            instance->ends[n++] = end_bytes(instance, g->ops[i].outputs[k]);
    }
}

sedge_status sedge_instance_init(const sedge_model *model, void *memory, size_t size, sedge_instance **ret,
                                 sedge_error *err) {
    size_t head;
    if (size < model->stats.instance_bytes || !head_bytes(model, &head))
        return sedge_fail(err, SEDGE_EUSAGE, "%zu bytes for an instance, %zu are needed", size,
                          model->stats.instance_bytes);
    uint8_t *at = align_up(memory, HEAD_ALIGN);
    sedge_instance *instance = (sedge_instance *)(void *)at;
    memset(instance, 0, head);
    instance->model = model;
    instance->arena = align_up(at + head, SEDGE_PLAN_ALIGN);
    sedge_instance_reset(instance);
    fill_ends(instance);
    *ret = instance;
    return SEDGE_OK;
}

sedge_status sedge_instance_new(const sedge_model *model, sedge_instance **ret, sedge_error *err) {
    void *memory = malloc(model->stats.instance_bytes);
    if (!memory)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an instance of %zu bytes", model->stats.instance_bytes);
    sedge_instance *instance = NULL;
    sedge_status st = sedge_instance_init(model, memory, model->stats.instance_bytes, &instance, err);
    if (st) {
        free(memory);
        return st;
    }
    instance->owned = memory;
    *ret = instance;
    return SEDGE_OK;
}

void sedge_instance_free(sedge_instance *instance) {
    if (instance)
        free(instance->owned);
}

void *sedge_instance_input(sedge_instance *instance, uint32_t index) {
    uint32_t tensor = sedge_model_input_tensor(instance->model, index);
    if (tensor == UINT32_MAX || instance->model->file.graph.tensors[tensor].data)
        return NULL;
    return instance->arena + instance->model->offset[tensor];
}

const void *sedge_instance_output(const sedge_instance *instance, uint32_t index) {
    return sedge_instance_tensor(instance, sedge_model_output_tensor(instance->model, index));
}

const void *sedge_instance_tensor(const sedge_instance *instance, uint32_t tensor) {
    return tensor < instance->model->file.graph.n_tensors ? tensor_bytes(instance, tensor) : NULL;
}

static sedge_status check_copy(const sedge_tensor *t, const char *what, uint32_t index, size_t size, sedge_error *err) {
    if (!t)
        return sedge_fail(err, SEDGE_EUSAGE, "the model has no %s %u", what, index);
    if (size != t->size_bytes)
        return sedge_fail(err, SEDGE_EUSAGE, "%s %u '%s' has %zu bytes, not %zu", what, index, t->name, t->size_bytes,
                          size);
    return SEDGE_OK;
}

sedge_status sedge_instance_set_input(sedge_instance *instance, uint32_t index, const void *data, size_t size,
                                      sedge_error *err) {
    const sedge_tensor *t = sedge_model_input(instance->model, index);
    sedge_status st = check_copy(t, "input", index, size, err);
    if (st || size == 0)
        return st;
    if (!t->data)
        memcpy(sedge_instance_input(instance, index), data, size);
    else if (memcmp(t->data, data, size) != 0)
        return sedge_fail(err, SEDGE_EUSAGE, "input %u '%s' has settled shapes: open the model for another value",
                          index, t->name);
    return SEDGE_OK;
}

sedge_status sedge_instance_get_output(const sedge_instance *instance, uint32_t index, void *data, size_t size,
                                       sedge_error *err) {
    sedge_status st = check_copy(sedge_model_output(instance->model, index), "output", index, size, err);
    if (!st && size)
        memcpy(data, sedge_instance_output(instance, index), size);
    return st;
}

sedge_status sedge_instance_output_shape(const sedge_instance *instance, uint32_t index, uint32_t *ret_rank,
                                         int32_t ret_dims[SEDGE_RANK_MAX], sedge_error *err) {
    const sedge_tensor *t = sedge_model_output(instance->model, index);
    if (!t)
        return sedge_fail(err, SEDGE_EUSAGE, "the model has no output %u", index);
    const int32_t *dims = t->sizes_in ? sedge_instance_tensor(instance, t->sizes_in - 1) : t->dims;
    *ret_rank = t->rank;
    for (uint32_t i = 0; i < t->rank; i++)
        ret_dims[i] = dims[i];
    return SEDGE_OK;
}

/* whether the branch that an operator stands in is taken */
static bool holds(const sedge_instance *instance, uint32_t guard) {
    const sedge_graph *g = &instance->model->file.graph;
    for (; guard; guard = g->guards[guard - 1].outer) {
        const uint8_t *condition = tensor_bytes(instance, (uint32_t)g->guards[guard - 1].condition);
        if ((*condition != 0) != g->guards[guard - 1].when)
            return false;
    }
    return true;
}

sedge_status sedge_instance_invoke(sedge_instance *instance, sedge_error *err) {
    (void)err; /* every operator of today was proved runnable at open */
    const sedge_model *model = instance->model;
    const sedge_graph *g = &model->file.graph;
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const sedge_step *step = &model->steps[i];
        void *const *ends = instance->ends + step->first_end;
        const sedge_op_call call = { step->prepared.data, ends, ends + g->ops[i].n_inputs,
                                     instance->arena + step->scratch_offset, instance->arena + step->state_offset };
        if (step->prepared.run && (g->ops[i].guard == 0 || holds(instance, g->ops[i].guard)))
            step->prepared.run(&call);
        if (instance->observer)
            instance->observer(instance->user, instance, i);
    }
    return SEDGE_OK;
}

/* the zeros that the arena holds are the quantised 0 of most tensors, not of all */
static void fill_zero_points(const sedge_tensor *t, uint8_t *bytes) {
    int32_t zero = sedge_zero_point(t);
    size_t size = sedge_dtype_size(t->dtype);
    bool real = t->dtype == SEDGE_FLOAT32 || t->dtype == SEDGE_FLOAT16;
    if (t->quant.count != 1 || zero == 0 || real || size > sizeof zero)
        return;
    for (size_t i = 0; i < t->size_bytes; i += size)
        memcpy(bytes + i, &zero, size); /* little-endian: the low bytes */
}

void sedge_instance_reset(sedge_instance *instance) {
    const sedge_model *model = instance->model;
    memset(instance->arena, 0, model->stats.arena_bytes);
    for (uint32_t i = 0; i < model->n_variables; i++) {
        uint32_t v = model->variables[i];
        const sedge_tensor *t = &model->file.graph.tensors[v];
        if (t->initial)
            memcpy(instance->arena + model->offset[v], t->initial, t->size_bytes);
        else
            fill_zero_points(t, instance->arena + model->offset[v]);
    }
}

void sedge_instance_observe(sedge_instance *instance, sedge_observer *observer, void *user) {
    instance->observer = observer;
    instance->user = user;
}

const sedge_model *sedge_instance_model(const sedge_instance *instance) {
    return instance->model;
}
