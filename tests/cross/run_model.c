/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: run_model MODEL CPUS OUTPUT INPUT...     runs a model on machines that have no sedge: each INPUT holds one
 * tensor's bytes for every step, OUTPUT gets the bytes of all outputs, step by step. State is carried.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/own.h"
#include "os/file.h"
#include "sedge/instance.h"

enum { FILE_MAX = 256 << 20, INPUTS_MAX = 8, FIRST_INPUT = 4 };

typedef struct blob {
    uint8_t *data;
    size_t n;
} blob;

static sedge_status run_step(sedge_instance *instance, const blob *inputs, size_t step, FILE *out, sedge_error *err) {
    const sedge_model *model = sedge_instance_model(instance);
    for (uint32_t i = 0; i < sedge_model_input_count(model); i++) {
        size_t n = sedge_model_input(model, i)->size_bytes;
        sedge_status st = sedge_instance_set_input(instance, i, inputs[i].data + step * n, n, err);
        if (st)
            return st;
    }
    sedge_status st = sedge_instance_invoke(instance, err);
    for (uint32_t o = 0; !st && o < sedge_model_output_count(model); o++) {
        size_t n = sedge_model_output(model, o)->size_bytes;
        if (fwrite(sedge_instance_output(instance, o), 1, n, out) != n)
            st = sedge_fail(err, SEDGE_EIO, "cannot write the outputs");
    }
    return st;
}

static sedge_status run(const sedge_model *model, const blob *inputs, FILE *out, sedge_error *err) {
    sedge_instance *instance = NULL;
    sedge_status st = sedge_instance_new(model, &instance, err);
    size_t steps = SIZE_MAX;
    for (uint32_t i = 0; !st && i < sedge_model_input_count(model); i++) {
        size_t n = inputs[i].n / sedge_model_input(model, i)->size_bytes;
        steps = n < steps ? n : steps;
    }
    for (size_t s = 0; !st && s < steps; s++)
        st = run_step(instance, inputs, s, out, err);
    sedge_instance_free(instance);
    return st;
}

static sedge_status open_and_run(char **argv, uint32_t n_inputs, sedge_error *err) {
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    blob file = { NULL, 0 }, inputs[INPUTS_MAX] = { { NULL, 0 } };
    sedge_model *model = NULL;
    sedge_status st = sedge_cpu_parse(argv[2], &options.cpu_mask, err);
    if (!st)
        st = sedge_file_read(NULL, argv[1], FILE_MAX, &file.data, &file.n, err);
    for (uint32_t i = 0; !st && i < n_inputs; i++)
        st = sedge_file_read(NULL, argv[FIRST_INPUT + i], FILE_MAX, &inputs[i].data, &inputs[i].n, err);
    if (!st)
        st = sedge_model_open(file.data, file.n, &options, &model, err);
    if (!st && sedge_model_input_count(model) != n_inputs)
        st = sedge_fail(err, SEDGE_EUSAGE, "%u inputs are given, the model has %u", n_inputs,
                        sedge_model_input_count(model));
    FILE *out = st ? NULL : fopen(argv[3], "wb");
    if (!st && !out)
        st = sedge_fail(err, SEDGE_EIO, "cannot write %s", argv[3]);
    if (!st)
        st = run(model, inputs, out, err);
    if (out && fclose(out) != 0 && !st)
        st = sedge_fail(err, SEDGE_EIO, "cannot write %s", argv[3]);
    sedge_model_free(model);
    free(file.data);
    for (uint32_t i = 0; i < n_inputs; i++)
        free(inputs[i].data);
    return st;
}

int main(int argc, char **argv) {
    sedge_error err = SEDGE_ERROR_INIT;
    if (argc <= FIRST_INPUT || argc > FIRST_INPUT + INPUTS_MAX) {
        fprintf(stderr, "usage: run_model MODEL CPUS OUTPUT INPUT...\n");
        return 2;
    }
    if (open_and_run(argv, (uint32_t)(argc - FIRST_INPUT), &err)) {
        fprintf(stderr, "run_model: %s\n", err.text);
        return 1;
    }
    return 0;
}
