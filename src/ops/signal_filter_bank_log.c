/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_FILTER_BANK_LOG: uint32 to int16, the natural logarithm of x * 2^input_correction_bits times output_scale; 0
 * up to 1. Source: the signal library of TensorFlow Lite Micro.
 */
#include "ops/ops.h"
#include "ops/signal.h"

enum { SCALE_BITS = 16, SEGMENT_BITS = 7, LN2_Q16 = 45426 };

/* what log2(1 + i / 128) is above i / 128, in Q16 as the reference rounds it */
static const uint16_t table[(1 << SEGMENT_BITS) + 1] = {
    0,    224,  442,  654,  861,  1063, 1259, 1450, 1636, 1817, 1992, 2163, 2329, 2490, 2646, 2797, 2944, 3087, 3224,
    3358, 3487, 3611, 3732, 3848, 3960, 4068, 4172, 4272, 4368, 4460, 4549, 4633, 4714, 4791, 4864, 4934, 5001, 5063,
    5123, 5178, 5231, 5280, 5326, 5368, 5408, 5444, 5477, 5507, 5533, 5557, 5578, 5595, 5610, 5622, 5631, 5637, 5640,
    5641, 5638, 5633, 5626, 5615, 5602, 5586, 5568, 5547, 5524, 5498, 5470, 5439, 5406, 5370, 5332, 5291, 5249, 5203,
    5156, 5106, 5054, 5000, 4944, 4885, 4825, 4762, 4697, 4630, 4561, 4490, 4416, 4341, 4264, 4184, 4103, 4020, 3935,
    3848, 3759, 3668, 3575, 3481, 3384, 3286, 3186, 3084, 2981, 2875, 2768, 2659, 2549, 2437, 2323, 2207, 2090, 1971,
    1851, 1729, 1605, 1480, 1353, 1224, 1094, 963,  830,  695,  559,  421,  282,  142,  0,
};

typedef struct prepared {
    size_t n;
    uint32_t correction_bits, scale;
} prepared;

/* log2 of x / 2^whole in Q16 */
static uint32_t log2_fraction(uint32_t x, uint32_t whole) {
    uint32_t rest = x - (UINT32_C(1) << whole);
    uint32_t fraction = whole < SCALE_BITS ? rest << (SCALE_BITS - whole) : rest >> (whole - SCALE_BITS);
    uint32_t segment = fraction >> (SCALE_BITS - SEGMENT_BITS);
    int32_t from = table[segment], to = table[segment + 1];
    int32_t into = (int32_t)(fraction - (segment << (SCALE_BITS - SEGMENT_BITS)));
    return fraction + (uint32_t)(from + (((to - from) * into) >> SCALE_BITS));
}

static uint32_t scaled_log(uint32_t x, uint32_t scale) {
    uint32_t whole = sedge_signal_bits(x) - 1, half = 1u << (SCALE_BITS - 1);
    uint32_t log2 = (whole << SCALE_BITS) + log2_fraction(x, whole);
    uint32_t log = (uint32_t)(((uint64_t)LN2_Q16 * log2 + half) >> SCALE_BITS);
    return (scale * log + half) >> SCALE_BITS;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint32_t *x = call->inputs[0];
    int16_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++) {
        uint32_t corrected = x[i] << d->correction_bits;
        uint32_t log = corrected > 1 ? scaled_log(corrected, d->scale) : 0;
        y[i] = (int16_t)(log < INT16_MAX ? log : INT16_MAX);
    }
}

sedge_status sedge_op_signal_filter_bank_log_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_status st = sedge_signal_input(x, SEDGE_UINT32, 1, err);
    if (!st)
        st = sedge_signal_option("input_correction_bits", site->op->u.signal_log.correction_bits, 0, 31, err);
    return st ? st : sedge_signal_output(sedge_op_output(site, 0), SEDGE_INT16, 1, x->dims, err);
}

sedge_status sedge_op_signal_filter_bank_log_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(sedge_op_input(site, 0)), (uint32_t)site->op->u.signal_log.correction_bits,
                     (uint32_t)site->op->u.signal_log.output_scale };
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = "signal_filter_bank_log_u32_scalar", .macs = 4 * (uint64_t)d->n
    };
    return SEDGE_OK;
}
