/* SPDX-License-Identifier: Apache-2.0 */
/** Attributes of an ONNX node: found by name, read into arrays of a pool. */
#ifndef SEDGE_MODEL_ONNX_ATTRIBUTES_H
#define SEDGE_MODEL_ONNX_ATTRIBUTES_H

#include "base/pool.h"
#include "model/protobuf.h"

/** The node's message and where arrays go. */
typedef struct sedge_onnx_node {
    sedge_pbr *r;
    sedge_bytes node;
    sedge_pool *pool;
} sedge_onnx_node;

/** The attribute's message; false when the node has none of that name. */
SEDGE_NODISCARD bool sedge_onnx_find(const sedge_onnx_node *n, const char *name, sedge_bytes *ret);
/** An integer, or the default. */
int64_t sedge_onnx_int(const sedge_onnx_node *n, const char *name, int64_t fallback);
/** An integer of 32 bits, or the default; another one is SEDGE_EINVALID. */
int32_t sedge_onnx_int32(const sedge_onnx_node *n, const char *name, int32_t fallback);
/** A number, or the default. */
float sedge_onnx_float(const sedge_onnx_node *n, const char *name, float fallback);
/** The index of a string among n_words, the default being the first; another one is SEDGE_EUNSUPPORTED by name. */
uint32_t sedge_onnx_word(const sedge_onnx_node *n, const char *name, const char *const *words, size_t n_words);
/** The message of a tensor (ATTRIBUTE_T) or graph (ATTRIBUTE_G); false when the node has none of that name. */
SEDGE_NODISCARD bool sedge_onnx_message(const sedge_onnx_node *n, const char *name, uint32_t field, sedge_bytes *ret);
/** A string, or the default. */
sedge_bytes sedge_onnx_text(const sedge_onnx_node *n, const char *name, const char *fallback);
/** An array of numbers, NULL with *ret_n 0 when absent; more than max is SEDGE_ELIMIT naming the attribute. */
const int64_t *sedge_onnx_ints(const sedge_onnx_node *n, const char *name, uint32_t max, uint32_t *ret_n);
const float *sedge_onnx_floats(const sedge_onnx_node *n, const char *name, uint32_t max, uint32_t *ret_n);
/** An array of views of strings. */
const sedge_bytes *sedge_onnx_texts(const sedge_onnx_node *n, const char *name, uint32_t max, uint32_t *ret_n);
/** Refuses (SEDGE_EUNSUPPORTED) an attribute whose name is not among n_known. */
void sedge_onnx_refuse_others(const sedge_onnx_node *n, const char *const *known, size_t n_known);

#endif
