/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DEPTH_TO_SPACE: channels become blocks of height and width; SPACE_TO_DEPTH the other way. Of channel c of the deep
 * tensor, block row r, column q and channel d of the wide one: c = (r * block + q) * D + d, or with depth_first
 * c = (d * block + r) * block + q.
 */
#include "ops/ops.h"
#include "ops/strided.h"

typedef struct places {
    uint32_t channel, height, width;
} places;

static places places_of(const sedge_op *op) {
    return op->u.blocks.channels_first ? (places){ 1, 2, 3 } : (places){ 3, 1, 2 };
}

sedge_status sedge_op_depth_to_space_shape(const sedge_op_site *site, sedge_error *err) {
    const bool to_space = site->op->kind == SEDGE_OP_DEPTH_TO_SPACE; /* x is the deep one */
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    const int64_t block = site->op->u.blocks.size, area = block * block;
    const places p = places_of(site->op);
    if (x->rank != 4 || block < 1 || block > UINT16_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "blocks of %lld in '%s' of rank %u, rank 4 is needed", (long long)block,
                          x->name, x->rank);
    int32_t dims[4] = { x->dims[0], 0, 0, 0 };
    const int64_t c = x->dims[p.channel], h = x->dims[p.height], w = x->dims[p.width];
    bool fits = to_space ? c % area == 0 && h * block <= INT32_MAX && w * block <= INT32_MAX
                         : h % block == 0 && w % block == 0 && c * area <= INT32_MAX;
    if (!fits)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' of %lld x %lld with %lld channels has no blocks of %lld", x->name,
                          (long long)h, (long long)w, (long long)c, (long long)block);
    dims[p.channel] = (int32_t)(to_space ? c / area : c * area);
    dims[p.height] = (int32_t)(to_space ? h * block : h / block);
    dims[p.width] = (int32_t)(to_space ? w * block : w / block);
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_set_shape(y, 4, dims, err);
}

sedge_status sedge_op_depth_to_space_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const bool to_space = site->op->kind == SEDGE_OP_DEPTH_TO_SPACE;
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    const sedge_tensor *deep = to_space ? x : y, *wide = to_space ? y : x;
    const places p = places_of(site->op);
    const ptrdiff_t block = site->op->u.blocks.size, channels = wide->dims[p.channel];
    const bool depth_first = site->op->u.blocks.depth_first;
    ptrdiff_t in_deep[4], in_wide[4];
    sedge_strided_steps(deep, in_deep);
    sedge_strided_steps(wide, in_wide);
    const ptrdiff_t one = in_deep[p.channel];
    const ptrdiff_t channel = depth_first ? block * block * one : one;
    const ptrdiff_t column = depth_first ? one : channels * one;
    const struct {
        size_t n;
        ptrdiff_t deep, wide;
    } dims[] = {
        { (size_t)wide->dims[0], in_deep[0], in_wide[0] },
        { (size_t)deep->dims[p.height], in_deep[p.height], block * in_wide[p.height] },
        { (size_t)block, block * column, in_wide[p.height] },
        { (size_t)deep->dims[p.width], in_deep[p.width], block * in_wide[p.width] },
        { (size_t)block, column, in_wide[p.width] },
        { (size_t)channels, channel, in_wide[p.channel] },
    };
    sedge_strided s = { .unit = sedge_dtype_size(x->dtype) };
    for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++)
        sedge_strided_add(&s, dims[i].n, to_space ? dims[i].deep : dims[i].wide,
                          to_space ? dims[i].wide : dims[i].deep);
    return sedge_strided_prepare(site, &s, to_space ? "depth_to_space" : "space_to_depth", ret, err);
}
