/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/fully_connected.h"

#include <string.h>

static size_t packed_bytes(size_t in, size_t out) {
    return in * out * sizeof(float);
}

static void pack(size_t in, size_t out, const float *w, void *packed) {
    memcpy(packed, w, in * out * sizeof *w);
}

static void run(const sedge_fc_f32 *p, const float *x, float *y) {
    const float *w = p->weights;
    for (uint32_t o = 0; o < p->out; o++, w += p->in) {
        float sum = 0;
        for (uint32_t i = 0; i < p->in; i++)
            sum += x[i] * w[i];
        if (p->bias)
            sum += p->bias[o];
        sum = sum < p->y_low ? p->y_low : sum; /* NaN stays */
        y[o] = sum > p->y_high ? p->y_high : sum;
    }
}

const sedge_fc_f32_kernel sedge_fully_connected_f32_scalar = { "fully_connected_f32_scalar", SEDGE_CPU_NONE,
                                                               packed_bytes, pack, run };
