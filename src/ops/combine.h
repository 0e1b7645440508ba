/* SPDX-License-Identifier: Apache-2.0 */
/** What SCATTER_ELEMENTS and SCATTER_ND do with what is there: replace it or combine both. */
#ifndef SEDGE_OPS_COMBINE_H
#define SEDGE_OPS_COMBINE_H

#include "ops/op.h"

/** SEDGE_EUNSUPPORTED when elements of that type cannot be combined so; SEDGE_EINVALID for no such way. */
SEDGE_NODISCARD sedge_status sedge_combine_check(sedge_scatter_way way, sedge_dtype dtype, sedge_error *err);
/** to[i] = to[i] (way) from[i] for n elements; sums and products of integers wrap. */
void sedge_combine(sedge_scatter_way way, sedge_dtype dtype, void *to, const void *from, size_t n);

#endif
