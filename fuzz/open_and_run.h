/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What both model targets do: bytes that open as a model must run, and the best kernels must give what the scalar ones
 * give, bit for bit (but for the bits of a NaN).
 */
#ifndef SEDGE_FUZZ_OPEN_AND_RUN_H
#define SEDGE_FUZZ_OPEN_AND_RUN_H

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "sedge/instance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fill_inputs(sedge_instance *instance) {
    const sedge_model *model = sedge_instance_model(instance);
    sedge_random random;
    sedge_random_init(&random, 3);
    for (uint32_t i = 0; i < sedge_model_input_count(model); i++) {
        uint8_t *bytes = sedge_instance_input(instance, i);
        for (size_t k = 0; k < sedge_model_input(model, i)->size_bytes; k++)
            bytes[k] = (uint8_t)sedge_random_u64(&random);
    }
}

static void compare_f32(const uint8_t *a, const uint8_t *b, size_t n) {
    for (size_t i = 0; i + 4 <= n; i += 4) {
        float x, y;
        memcpy(&x, a + i, 4);
        memcpy(&y, b + i, 4);
        if (memcmp(a + i, b + i, 4) != 0 && !(x != x && y != y))
            abort();
    }
}

static void compare_outputs(const sedge_instance *a, const sedge_instance *b) {
    const sedge_model *model = sedge_instance_model(a);
    for (uint32_t i = 0; i < sedge_model_output_count(model); i++) {
        const sedge_tensor *t = sedge_model_output(model, i);
        if (t->dtype == SEDGE_FLOAT32)
            compare_f32(sedge_instance_output(a, i), sedge_instance_output(b, i), t->size_bytes);
        else if (memcmp(sedge_instance_output(a, i), sedge_instance_output(b, i), t->size_bytes) != 0)
            abort();
    }
}

static sedge_instance *run_new(const sedge_model *model) {
    sedge_instance *instance;
    if (sedge_instance_new(model, &instance, NULL))
        abort();
    fill_inputs(instance);
    if (sedge_instance_invoke(instance, NULL))
        abort();
    return instance;
}

static void open_and_run(const uint8_t *data, size_t size) {
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.max_arena_bytes = 1 << 20;
    options.max_macs = 1 << 20;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *best, *scalar;
    if (sedge_model_open(data, size, &options, &best, &err)) {
        if (err.text[0] == '\0')
            abort();
        return;
    }
    options.cpu_mask = SEDGE_CPU_NONE;
    if (sedge_model_open(data, size, &options, &scalar, &err))
        abort();
    sedge_instance *a = run_new(best), *b = run_new(scalar);
    compare_outputs(a, b);
    sedge_instance_free(a);
    sedge_instance_free(b);
    sedge_model_free(best);
    sedge_model_free(scalar);
}

#endif
