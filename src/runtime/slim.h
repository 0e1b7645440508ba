/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Slimming: channels that nobody uses, or whose value does not depend on the input, leave the graph. Every output stays
 * the same, bit for bit.
 *
 * A channel of an int8 tensor (its last dimension) goes when no consumer multiplies it by a weight that is not zero, or
 * when it is constant and its share can be added to the consumer's bias. Which channels go is decided together for
 * tensors that share their channels (through DEPTHWISE_CONV, pools, ADD, RESHAPE of one position). Tensors of other
 * operators, inputs and outputs of the graph keep all.
 *
 * A constant channel that a padded window sees can only be added to a bias when it is the zero point, since beyond the
 * border it counts as zero.
 */
#ifndef SEDGE_RUNTIME_SLIM_H
#define SEDGE_RUNTIME_SLIM_H

#include "model/graph.h"

/** What went. */
typedef struct sedge_slim_report {
    uint32_t channels;
    size_t constant_bytes;
    uint64_t macs;
} sedge_slim_report;

/**
 * Slims a graph whose shapes are settled; shrunken constants go to pool. SEDGE_ENOMEM, SEDGE_ELIMIT.
 */
SEDGE_NODISCARD sedge_status sedge_slim(sedge_graph *g, sedge_pool *pool, sedge_slim_report *ret, sedge_error *err);

#endif
