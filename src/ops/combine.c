/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/combine.h"

#include <string.h>

#include "ops/numbers.h"

sedge_status sedge_combine_check(sedge_scatter_way way, sedge_dtype dtype, sedge_error *err) {
    if ((unsigned)way >= SEDGE_SCATTER_WAYS)
        return sedge_fail(err, SEDGE_EINVALID, "reduction %u is unknown", (unsigned)way);
    bool number = sedge_is_float(dtype) || (sedge_is_integer(dtype) && dtype != SEDGE_UINT64 && dtype != SEDGE_BOOL);
    if (way != SEDGE_SCATTER_REPLACE && !number)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "a reduction of %s is not supported", sedge_dtype_name(dtype));
    return SEDGE_OK;
}

static double real(sedge_scatter_way way, double a, double b) {
    if (a != a || b != b)
        return a != a ? a : b;
    return way == SEDGE_SCATTER_ADD   ? a + b
           : way == SEDGE_SCATTER_MUL ? a * b
           : way == SEDGE_SCATTER_MIN ? (b < a ? b : a)
                                      : (b > a ? b : a);
}

static int64_t whole(sedge_scatter_way way, int64_t a, int64_t b) {
    return way == SEDGE_SCATTER_ADD   ? (int64_t)((uint64_t)a + (uint64_t)b)
           : way == SEDGE_SCATTER_MUL ? (int64_t)((uint64_t)a * (uint64_t)b)
           : way == SEDGE_SCATTER_MIN ? (b < a ? b : a)
                                      : (b > a ? b : a);
}

void sedge_combine(sedge_scatter_way way, sedge_dtype dtype, void *to, const void *from, size_t n) {
    if (way == SEDGE_SCATTER_REPLACE) {
        memcpy(to, from, n * sedge_dtype_size(dtype));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (sedge_is_float(dtype)) {
            double a, b;
            sedge_load_f64(dtype, to, i, 1, 1, &a);
            sedge_load_f64(dtype, from, i, 1, 1, &b);
            a = real(way, a, b);
            sedge_store_f64(dtype, to, i, 1, &a);
        } else {
            int64_t a, b;
            sedge_load_i64(dtype, to, i, 1, 1, &a);
            sedge_load_i64(dtype, from, i, 1, 1, &b);
            a = whole(way, a, b);
            sedge_store_i64(dtype, to, i, 1, &a);
        }
    }
}
