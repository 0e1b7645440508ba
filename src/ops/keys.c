/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/keys.h"

#include <string.h>

#include "ops/numbers.h"

static int64_t key_of(double x) {
    const double plain = x == 0 ? 0 : x;
    int64_t bits;
    if (x != x)
        return INT64_MAX;
    memcpy(&bits, &plain, sizeof bits);
    return bits < 0 ? -(bits & INT64_MAX) : bits;
}

void sedge_load_keys(sedge_dtype dtype, const void *p, size_t at, size_t step, size_t n, int64_t *ret) {
    if (!sedge_is_float(dtype)) {
        sedge_load_i64(dtype, p, at, step, n, ret);
        for (size_t i = 0; dtype == SEDGE_UINT64 && i < n; i++)
            ret[i] = (int64_t)((uint64_t)ret[i] ^ UINT64_C(1) << 63);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double x;
        sedge_load_f64(dtype, p, at + i * step, 1, 1, &x);
        ret[i] = key_of(x);
    }
}
