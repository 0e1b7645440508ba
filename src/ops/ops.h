/* SPDX-License-Identifier: Apache-2.0 */
/** The functions of every operator's file, declared from the table model/op_list.inc. See op.h for their contract. */
#ifndef SEDGE_OPS_OPS_H
#define SEDGE_OPS_OPS_H

#include "ops/op.h"

#define X(KIND, name, least, most, outputs)                                                                            \
    sedge_status sedge_op_##name##_shape(const sedge_op_site *site, sedge_error *err);                                 \
    sedge_status sedge_op_##name##_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err);
#include "model/op_list.inc"
#undef X

#endif
