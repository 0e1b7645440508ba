/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The weights' layout that SIMD kernels of FULLY_CONNECTED share: outputs side by side, so that each lane sums one
 * output and nothing is added across lanes.
 *
 * Outputs are cut into blocks of `lanes`, blocks into groups of at most 8. A group of g blocks is stored as
 *     for each step of `depth` inputs: for each of its g blocks: for each lane: depth weights
 * Inputs are padded with zero weights to a multiple of depth, outputs to a multiple of lanes.
 */
#ifndef SEDGE_OPS_KERNELS_FULLY_CONNECTED_PACK_H
#define SEDGE_OPS_KERNELS_FULLY_CONNECTED_PACK_H

#include <stddef.h>
#include <string.h>

#include "ops/kernels/fully_connected.h"

enum { SEDGE_FC_GROUP = 8 };

static inline size_t sedge_fc_pack_bytes(size_t in, size_t out, size_t lanes, size_t depth, size_t size) {
    return sedge_fc_padded(in, depth) * sedge_fc_padded(out, lanes) * size;
}

/** Blocks in the group that starts at this block. */
static inline size_t sedge_fc_group(size_t block, size_t n_blocks) {
    size_t left = n_blocks - block;
    return left < SEDGE_FC_GROUP ? left : SEDGE_FC_GROUP;
}

/**
 * Runs group(p, w, x, y, first block, blocks), a function of the kernel's own that is always inlined, on every group of
 * packed weights, with the number of blocks as a constant, so that the sums stay in registers. w moves on.
 */
#define SEDGE_FC_RUN_GROUPS(lanes, depth, p, w, x, y)                                                                  \
    do {                                                                                                               \
        size_t n_blocks = sedge_fc_padded((p)->out, lanes) / (lanes), g;                                               \
        for (size_t block = 0; block < n_blocks; block += g, (w) += g * (lanes)*sedge_fc_padded((p)->in, depth)) {     \
            g = sedge_fc_group(block, n_blocks);                                                                       \
            switch (g) {                                                                                               \
                SEDGE_FC_CASE(1, p, w, x, y)                                                                           \
                SEDGE_FC_CASE(2, p, w, x, y)                                                                           \
                SEDGE_FC_CASE(3, p, w, x, y)                                                                           \
                SEDGE_FC_CASE(4, p, w, x, y)                                                                           \
                SEDGE_FC_CASE(5, p, w, x, y)                                                                           \
                SEDGE_FC_CASE(6, p, w, x, y)                                                                           \
                SEDGE_FC_CASE(7, p, w, x, y)                                                                           \
                SEDGE_FC_CASE(8, p, w, x, y)                                                                           \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)
#define SEDGE_FC_CASE(n, p, w, x, y)                                                                                   \
    case n:                                                                                                            \
        group(p, w, x, y, block, n);                                                                                   \
        break;

/** w is [out][in] of size bytes each; packed is zeroed. lanes, depth and size are constants at each call. */
static inline __attribute__((always_inline)) void sedge_fc_pack(size_t in, size_t out, size_t lanes, size_t depth,
                                                                size_t size, const void *w, void *packed) {
    const unsigned char *from = (const unsigned char *)w;
    unsigned char *to = (unsigned char *)packed;
    size_t n_blocks = sedge_fc_padded(out, lanes) / lanes, whole = in / depth * depth, group;
    for (size_t block = 0; block < n_blocks; block += group) {
        group = sedge_fc_group(block, n_blocks);
        size_t first = block * lanes, end = (block + group) * lanes < out ? (block + group) * lanes : out;
        size_t step = group * lanes * depth * size;
        for (size_t o = first; o < end; o++) {
            const unsigned char *row = from + o * in * size;
            unsigned char *lane = to + (o - first) * depth * size;
            for (size_t i = 0; i < whole; i += depth, lane += step)
                memcpy(lane, row + i * size, depth * size);
            memcpy(lane, row + whole * size, (in - whole) * size);
        }
        to += sedge_fc_padded(in, depth) / depth * step;
    }
}

#endif
