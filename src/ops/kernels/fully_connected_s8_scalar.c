/* SPDX-License-Identifier: Apache-2.0 */
#include "model/quant.h"
#include "ops/kernels/fully_connected.h"

#include <string.h>

static size_t packed_bytes(size_t in, size_t out) {
    return in * out;
}

static void pack(size_t in, size_t out, const int8_t *w, void *packed) {
    memcpy(packed, w, in * out);
}

static size_t scratch_bytes(size_t in) {
    (void)in;
    return 0;
}

static void run(const sedge_fc_s8 *p, const int8_t *x, int8_t *y, void *scratch) {
    (void)scratch;
    const int8_t *w = p->weights;
    for (uint32_t o = 0; o < p->out; o++, w += p->in) {
        int32_t sum = 0;
        for (uint32_t i = 0; i < p->in; i++)
            sum += x[i] * w[i];
        sum = (int32_t)((uint32_t)sum + (uint32_t)p->bias[o]);
        int32_t scaled = sedge_scale(sum, (sedge_factor){ p->multiplier[o], p->shift[o] });
        y[o] = (int8_t)sedge_clamp((int32_t)((uint32_t)scaled + (uint32_t)p->y_zero), p->y_low, p->y_high);
    }
}

const sedge_fc_s8_kernel sedge_fully_connected_s8_scalar = {
    "fully_connected_s8_scalar", SEDGE_CPU_NONE, 0, packed_bytes, pack, scratch_bytes, run
};
