/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_FILTER_BANK_SQUARE_ROOT: the rounded square root of uint64, shifted right by the scalar second input (bits
 * that are not 0 to 31 give 0). Numbers below 2^32 take the 32-bit algorithm, whose rounding stops at 65535. Source:
 * the signal library of TensorFlow Lite Micro.
 */
#include "ops/ops.h"
#include "ops/signal.h"

typedef struct prepared {
    size_t n;
} prepared;

/* bit by bit from the given even position; highest is the largest root */
static uint64_t root_from(uint64_t x, uint32_t position, uint64_t highest) {
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << position; bit; bit >>= 2) {
        bool fits = x >= root + bit;
        if (fits)
            x -= root + bit;
        root = (root >> 1) + (fits ? bit : 0);
    }
    return x > root && root != highest ? root + 1 : root;
}

static uint32_t square_root(uint64_t x) {
    return x >> 32 ? (uint32_t)root_from(x, 62, UINT32_MAX) : (uint32_t)root_from(x, 30, UINT16_MAX);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint64_t *x = call->inputs[0];
    const int32_t *bits = call->inputs[1];
    uint32_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++)
        y[i] = *bits >= 0 && *bits < 32 ? square_root(x[i]) >> *bits : 0;
}

sedge_status sedge_op_signal_filter_bank_square_root_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *bits = sedge_op_input(site, 1);
    sedge_status st = sedge_signal_input(x, SEDGE_UINT64, 1, err);
    if (!st)
        st = sedge_op_want_type(bits, SEDGE_INT32, err);
    if (!st && sedge_op_elements(bits) != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "tensor '%s' is no scalar", bits->name);
    return st ? st : sedge_signal_output(sedge_op_output(site, 0), SEDGE_UINT32, 1, x->dims, err);
}

sedge_status sedge_op_signal_filter_bank_square_root_prepare(const sedge_op_site *site, sedge_prepared *ret,
                                                             sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->n = sedge_op_elements(sedge_op_input(site, 0));
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = "signal_filter_bank_square_root_u64_scalar", .macs = 32 * (uint64_t)d->n
    };
    return SEDGE_OK;
}
