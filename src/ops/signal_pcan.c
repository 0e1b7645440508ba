/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_PCAN: automatic gain by channel. Inputs: signal, noise estimate (uint32) and a constant table of gains (int16,
 * four entries for each power of two of the noise). Source: the signal library of TensorFlow Lite Micro.
 */
#include "ops/ops.h"
#include "ops/signal.h"

/* fraction bits inside and of the result; the table's last interval ends at entry 124 */
enum { SNR_BITS = 12, OUTPUT_BITS = 6, TABLE_MIN = 125 };

typedef struct prepared {
    size_t n;
    int32_t shift;
} prepared;

/* a parabola in each interval of the table */
static int16_t gain_of(uint32_t noise, const int16_t *table) {
    if (noise <= 2)
        return table[noise];
    uint32_t bits = sedge_signal_bits(noise);
    const int16_t *t = table + 4 * bits - 6;
    int16_t fraction = (int16_t)((bits < 11 ? noise << (11 - bits) : noise >> (bits - 11)) & 0x3ff);
    int32_t result = (t[2] * fraction) >> 5;
    result += (int32_t)((uint32_t)(int32_t)t[1] << 5);
    result = (int32_t)((uint32_t)result * (uint32_t)fraction);
    result = (int32_t)((uint32_t)result + (1u << 14)) >> 15;
    return (int16_t)(result + t[0]);
}

/* x^2 / 4 below 2, x - 1 above */
static uint32_t shrink(uint32_t x) {
    if (x < 2u << SNR_BITS)
        return (x * x) >> (2 + 2 * SNR_BITS - OUTPUT_BITS);
    return (x >> (SNR_BITS - OUTPUT_BITS)) - (1u << OUTPUT_BITS);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint32_t *x = call->inputs[0], *noise = call->inputs[1];
    const int16_t *table = call->inputs[2];
    uint32_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++) {
        uint32_t gain = (uint32_t)(int32_t)gain_of(noise[i], table);
        y[i] = shrink((uint32_t)(((uint64_t)x[i] * gain) >> d->shift));
    }
}

sedge_status sedge_op_signal_pcan_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *noise = sedge_op_input(site, 1), *table = sedge_op_input(site, 2);
    sedge_status st = sedge_signal_input(x, SEDGE_UINT32, 1, err);
    if (!st)
        st = sedge_signal_input(noise, SEDGE_UINT32, 1, err);
    if (!st)
        st = sedge_signal_input(table, SEDGE_INT16, 1, err);
    if (!st && (noise->dims[0] != x->dims[0] || table->dims[0] < TABLE_MIN))
        st = sedge_fail(err, SEDGE_EINVALID, "'%s' or '%s' does not fit input '%s'", noise->name, table->name, x->name);
    if (!st)
        st = sedge_signal_option("snr_shift", site->op->u.signal_pcan.snr_shift, 0, 63, err);
    return st ? st : sedge_signal_output(sedge_op_output(site, 0), SEDGE_UINT32, 1, x->dims, err);
}

sedge_status sedge_op_signal_pcan_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(sedge_op_input(site, 0)), site->op->u.signal_pcan.snr_shift };
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = "signal_pcan_u32_scalar", .macs = 3 * (uint64_t)d->n, .in_place = true
    };
    return SEDGE_OK;
}
