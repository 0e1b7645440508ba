/* SPDX-License-Identifier: Apache-2.0 */
/* IDENTITY: the same tensor under another name. Also what remains of ONNX's ZipMap, whose maps are columns here. */
#include "ops/copy.h"
#include "ops/ops.h"

sedge_status sedge_op_identity_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_identity_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_view_prepare(site, ret, err);
}
