/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: count MODEL CPUS     for qemu-aarch64 with count_plugin.c: runs a model with seeded inputs and marks the end
 * of every operator. Prints a line for each: type, kernel, MACs, and the depth where it is a convolution of 1 x 1, else
 * 0. Markers: 0 and 1 together before the inference (what a marker costs itself), then 2, 3, ... behind each operator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/own.h"
#include "base/random.h"
#include "os/file.h"
#include "sedge/instance.h"

enum { FILE_MAX = 256 << 20, MARKER_FILE = -77 };

static void mark(size_t n) {
    if (syscall(SYS_write, MARKER_FILE, NULL, n) >= 0)
        exit(1); /* there is no such file */
}

static void mark_op(void *user, const sedge_instance *instance, uint32_t op) {
    (void)user, (void)instance;
    mark(2 + (size_t)op);
}

static void fill(const sedge_tensor *t, sedge_random *r, uint8_t *data) {
    for (size_t i = 0; t->dtype != SEDGE_FLOAT32 && i < t->size_bytes; i++)
        data[i] = (uint8_t)sedge_random_u64(r);
    for (size_t i = 0; t->dtype == SEDGE_FLOAT32 && i < t->size_bytes; i += sizeof(float))
        sedge_store_f32(data + i, (float)sedge_random_normal(r));
}

/* the same inputs each time */
static sedge_status infer(const sedge_model *model, sedge_instance *instance, sedge_error *err) {
    sedge_random r;
    sedge_random_init(&r, 1);
    for (uint32_t i = 0; i < sedge_model_input_count(model); i++)
        fill(sedge_model_input(model, i), &r, sedge_instance_input(instance, i));
    mark(0);
    mark(1);
    return sedge_instance_invoke(instance, err);
}

static int32_t pointwise_depth(const sedge_model *model, const sedge_op_info *op) {
    const sedge_tensor *w = op->n_inputs > 1 ? sedge_model_tensor(model, (uint32_t)op->inputs[1]) : NULL;
    bool conv = strncmp(op->type, "CONV", 4) == 0 && w && w->rank == 4;
    return conv && w->dims[1] == 1 && w->dims[2] == 1 ? w->dims[3] : 0;
}

static void print_ops(const sedge_model *model) {
    sedge_op_info op;
    for (uint32_t i = 0; sedge_model_op(model, i, &op); i++)
        printf("%s %s %llu %d\n", op.type, op.kernel ? op.kernel : "-", (unsigned long long)op.macs,
               pointwise_depth(model, &op));
}

static sedge_status run(const char *path, const char *cpus, sedge_error *err) {
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_model *model = NULL;
    sedge_instance *instance = NULL;
    sedge_status st = sedge_cpu_parse(cpus, &options.cpu_mask, err);
    if (!st)
        st = sedge_file_read(NULL, path, FILE_MAX, &data, &n, err);
    if (!st)
        st = sedge_model_open(data, n, &options, &model, err);
    if (!st)
        st = sedge_instance_new(model, &instance, err);
    if (!st) {
        print_ops(model);
        st = infer(model, instance, err);
    }
    if (!st) {
        sedge_instance_observe(instance, mark_op, NULL);
        st = infer(model, instance, err);
    }
    sedge_instance_free(instance);
    sedge_model_free(model);
    return st;
}

int main(int argc, char **argv) {
    sedge_error err = SEDGE_ERROR_INIT;
    if (argc != 3) {
        fprintf(stderr, "usage: count MODEL CPUS\n");
        return 2;
    }
    if (run(argv[1], argv[2], &err)) {
        fprintf(stderr, "count: %s\n", err.text);
        return 1;
    }
    return 0;
}
