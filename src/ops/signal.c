/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/signal.h"

sedge_status sedge_signal_input(const sedge_tensor *t, sedge_dtype dtype, uint32_t rank, sedge_error *err) {
    sedge_status st = sedge_op_want_type(t, dtype, err);
    if (!st && (t->rank == 0 || (rank && t->rank != rank)))
        st =
            sedge_fail(err, SEDGE_EINVALID, "tensor '%s' has rank %u, %u is needed", t->name, t->rank, rank ? rank : 1);
    return st;
}

sedge_status sedge_signal_output(sedge_tensor *t, sedge_dtype dtype, uint32_t rank, const int32_t *dims,
                                 sedge_error *err) {
    sedge_status st = sedge_op_want_type(t, dtype, err);
    return st ? st : sedge_op_set_shape(t, rank, dims, err);
}

sedge_status sedge_signal_option(const char *name, int32_t value, int32_t low, int32_t high, sedge_error *err) {
    if (value >= low && value <= high)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EINVALID, "option %s is %d, %d to %d are allowed", name, value, low, high);
}

uint32_t sedge_signal_bits(uint32_t x) {
    uint32_t n = 0;
    if (x == 0)
        return 32;
    for (; x; x >>= 1)
        n++;
    return n;
}
