/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Private to the ONNX reader: the graph while it grows, and the names that are visible.
 *
 * Names of a subgraph are visible in it only; those of the graphs around it are visible too, and none of them may be
 * given again.
 */
#ifndef SEDGE_MODEL_ONNX_READER_H
#define SEDGE_MODEL_ONNX_READER_H

#include "model/onnx_nodes.h"

enum { SEDGE_ONNX_NAME_HEADS = 4096 };
/** Names and texts that are looked at to find others, in a whole file: names made to collide are refused. */
enum { SEDGE_ONNX_PROBES_MAX = 1 << 26 };

typedef struct sedge_onnx_name {
    sedge_bytes text; /**< in the file */
    int32_t tensor;
    uint32_t next; /**< index + 1 of the next name of the same head */
} sedge_onnx_name;

struct sedge_onnx_reader {
    sedge_pbr r;
    sedge_pool *pool;
    sedge_pool work; /**< freed when the file has been read */
    sedge_graph *g;  /**< n_tensors and n_ops count what follows */
    sedge_tensor *tensors;
    uint32_t tensors_max;
    sedge_op *ops;
    uint32_t ops_max;
    sedge_onnx_name *names;
    uint32_t n_names, names_max;
    uint32_t probes;
    uint32_t *heads;      /**< by hash: index + 1 of the newest name */
    const char **strings; /**< g->n_strings */
    uint32_t strings_max;
    uint32_t *string_heads; /**< by hash: number + 1 of the newest text; the others follow in string_next */
    uint32_t *string_next;
    uint32_t string_next_max;
    sedge_guard *guards;
    uint32_t guards_max;
    uint32_t depth;                                 /**< of branches within each other */
    uint32_t guard;                                 /**< of the nodes that are being read, as in sedge_op */
    uint8_t four_bits[SEDGE_GRAPH_TENSORS_MAX / 8]; /**< a bit by tensor: it was int4 or uint4 in the file */
    int64_t version;                                /**< of the standard operator set; 0: it is not imported */
    int64_t ml_version;                             /**< of ai.onnx.ml */
};

/** A printable copy of a name of the file, "" after a failure. */
const char *sedge_onnx_copy_text(sedge_onnx_reader *r, sedge_bytes bytes);
/** Adds a tensor of that name, empty for none, with free type and rank; its index, 0 after a failure. A name that is
 * visible already is SEDGE_EINVALID. */
int32_t sedge_onnx_name_tensor(sedge_onnx_reader *r, sedge_bytes name);
/** The tensor of a visible name, or -1; SEDGE_ELIMIT after too many probes. */
int32_t sedge_onnx_find_tensor(sedge_onnx_reader *r, sedge_bytes name);
/** Gives a tensor another name too (a graph's output that is one of another graph's tensors). */
void sedge_onnx_add_name(sedge_onnx_reader *r, sedge_bytes name, int32_t tensor);
/** Adds a guard within that of the nodes that are being read; what sedge_op.guard will be. */
uint32_t sedge_onnx_add_guard(sedge_onnx_reader *r, int32_t condition, bool when);
/** Reads a TensorProto into a tensor, as onnx_tensor.h says. */
void sedge_onnx_load_tensor(sedge_onnx_reader *r, sedge_bytes message, int32_t tensor);
/** Notes that a tensor was of 4 bits, which only operators that do not make such numbers may read. */
void sedge_onnx_mark_4_bits(sedge_onnx_reader *r, int32_t tensor);
bool sedge_onnx_is_4_bits(const sedge_onnx_reader *r, int32_t tensor);
/** Forgets all names but the first n. */
void sedge_onnx_forget_names(sedge_onnx_reader *r, uint32_t n);

#endif
