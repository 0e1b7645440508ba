/* SPDX-License-Identifier: Apache-2.0 */
#include "optimize/ranges.h"

#include <math.h>

enum { SHRINK_STEPS = 64 };

typedef struct collector {
    sedge_range *ranges;
    bool counting; /* second pass */
} collector;

static void widen(sedge_range *r, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        r->min = x[i] < r->min ? x[i] : r->min;
        r->max = x[i] > r->max ? x[i] : r->max;
    }
}

static void count(sedge_range *r, const float *x, size_t n) {
    double per_bin = SEDGE_RANGE_BINS / ((double)r->max - (double)r->min);
    if (!isfinite(per_bin))
        return;
    for (size_t i = 0; i < n; i++) {
        double bin = ((double)x[i] - (double)r->min) * per_bin;
        r->counts[bin < SEDGE_RANGE_BINS - 1 ? (size_t)bin : SEDGE_RANGE_BINS - 1]++;
    }
}

static void collect(collector *c, const sedge_tensor *t, const void *data, int32_t index) {
    if (t->dtype != SEDGE_FLOAT32 || !data)
        return;
    (c->counting ? count : widen)(&c->ranges[index], data, t->size_bytes / sizeof(float));
}

static void after_operator(void *user, const sedge_instance *instance, uint32_t op) {
    const sedge_model *model = sedge_instance_model(instance);
    sedge_op_info info;
    if (!sedge_model_op(model, op, &info))
        return;
    for (uint32_t i = 0; i < info.n_outputs; i++)
        collect(user, sedge_model_tensor(model, (uint32_t)info.outputs[i]),
                sedge_instance_tensor(instance, (uint32_t)info.outputs[i]), info.outputs[i]);
}

sedge_status sedge_ranges_measure(sedge_runner *runner, const float *x, size_t n, sedge_range *ret, sedge_error *err) {
    sedge_instance *instance = sedge_runner_instance(runner);
    const sedge_model *model = sedge_instance_model(instance);
    uint32_t input = sedge_model_input_tensor(model, 0);
    SEDGE_AUTO_MEM float *y = calloc(sedge_runner_outputs(runner), sizeof *y);
    if (!y)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to calibrate");
    collector c = { .ranges = ret };
    sedge_instance_observe(instance, after_operator, &c);
    sedge_status st = SEDGE_OK;
    for (int pass = 0; pass < 2 && !st; pass++) {
        c.counting = pass == 1;
        for (size_t i = 0; i < n && !st; i++) {
            const float *row = x + i * sedge_runner_inputs(runner);
            collect(&c, sedge_model_tensor(model, input), row, (int32_t)input);
            st = sedge_runner_run(runner, row, y, err);
        }
    }
    sedge_instance_observe(instance, NULL, NULL);
    return st;
}

/** Squared error of all counted values when [min, max] is cut into 255 steps. */
static double error_of(const sedge_range *r, double min, double max) {
    double width = ((double)r->max - (double)r->min) / SEDGE_RANGE_BINS, step = (max - min) / 255, sum = 0;
    for (size_t i = 0; i < SEDGE_RANGE_BINS; i++) {
        if (!r->counts[i])
            continue;
        double middle = (double)r->min + ((double)i + 0.5) * width;
        double beyond = middle < min ? min - middle : middle > max ? middle - max : 0;
        sum += (double)r->counts[i] * (beyond * beyond + step * step / 12);
    }
    return sum;
}

void sedge_range_least_error(const sedge_range *range, float *ret_min, float *ret_max) {
    double best = INFINITY;
    for (int i = 0; i < SHRINK_STEPS * 3 / 4; i++) {
        double part = 1 - (double)i / SHRINK_STEPS, min = (double)range->min * part, max = (double)range->max * part;
        double error = error_of(range, min, max);
        if (error >= best)
            continue;
        best = error;
        *ret_min = (float)min;
        *ret_max = (float)max;
    }
}
