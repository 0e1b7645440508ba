/* SPDX-License-Identifier: Apache-2.0 */
/* ADD with broadcasting, see sum.h. */
#include "ops/binary.h"
#include "ops/ops.h"
#include "ops/sum.h"

sedge_status sedge_op_add_shape(const sedge_op_site *site, sedge_error *err) {
    return sedge_binary_shape(site, err);
}

sedge_status sedge_op_add_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_sum_prepare(site, 1, "add_f32_scalar", "add_s8_scalar", ret, err);
}
