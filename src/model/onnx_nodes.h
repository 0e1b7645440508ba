/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Private to the ONNX reader: how its families of operators turn nodes into operators of the graph.
 *
 * A family is a file onnx_nodes_<family>.c with a table of rows. To add an operator, add a row:
 *
 *     { "Softmax", 13, 0, SEDGE_OP_SOFTMAX, 0, read_softmax },
 *
 * and, when something has to be read besides inputs and outputs, a function
 *
 *     static void read_softmax(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op)
 * { op->u.softmax.axis = sedge_onnx_int32(n, "axis", -1);
 *     }
 *
 * It finds op->kind, name, inputs and outputs filled; it may change all but the outputs' order, put operators in front
 * (sedge_onnx_emit) and add constants and tensors. Output tensors have free type and rank, which the shape rule
 * settles; the types of inputs are not known either, but of constants. A failure is recorded by sedge_onnx_refuse; the
 * readers of attributes record theirs; so nothing need be checked on the way, but values must not be used unchecked
 * after a failure where that would hurt (n->r->status says).
 *
 * The graph has the newest form of an operator: what was an attribute in old versions and became an input is made a
 * constant input (sedge_onnx_ints_to_input, sedge_onnx_float_to_input), so that there is one shape rule.
 *
 * Attributes without a meaning for inference may be left unread; a value that changes the result and is not supported
 * is refused by name.
 */
#ifndef SEDGE_MODEL_ONNX_NODES_H
#define SEDGE_MODEL_ONNX_NODES_H

#include "model/graph.h"
#include "model/onnx_attributes.h"

typedef struct sedge_onnx_reader sedge_onnx_reader;
typedef struct sedge_onnx_row sedge_onnx_row;

typedef void sedge_onnx_read_fn(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n,
                                sedge_op *op);

/** One operator in one range of versions of its domain's operator set. */
struct sedge_onnx_row {
    const char *type;
    uint8_t since, until; /**< first and last version that mean this row; until 0: to the newest that is known */
    sedge_op_kind kind;
    int32_t arg;              /**< for read functions that serve several rows */
    sedge_onnx_read_fn *read; /**< NULL: inputs and outputs are all */
};

typedef struct sedge_onnx_family {
    bool ml; /**< of the domain ai.onnx.ml */
    const sedge_onnx_row *rows;
    size_t n;
} sedge_onnx_family;

/** Elementwise: arithmetic, comparisons, functions, casts. */
extern const sedge_onnx_family sedge_onnx_math;
/** Along axes: reductions, softmax, norms, matrix products. */
extern const sedge_onnx_family sedge_onnx_axes;
/** Shapes, movement of elements, gathers and scatters, constants. */
extern const sedge_onnx_family sedge_onnx_tensor;
/** Convolutions, pools, norms, recurrent layers, resizing. */
extern const sedge_onnx_family sedge_onnx_nn;
/** Detection, grids and regions of images, signals. */
extern const sedge_onnx_family sedge_onnx_signal;
/** Quantisation and operators on quantised tensors. */
extern const sedge_onnx_family sedge_onnx_quant;
/** ai.onnx.ml. */
extern const sedge_onnx_family sedge_onnx_ml;

/** Newest versions of the operator sets that the rows were written for. */
/** Numbers in an attribute that becomes a constant. */
enum { SEDGE_ONNX_LIST_MAX = 65536 };

enum { SEDGE_ONNX_VERSION_MAX = 22, SEDGE_ONNX_ML_VERSION_MAX = 5 };

/** Version of the standard operator set that the file imports; 0: none. */
int64_t sedge_onnx_version(const sedge_onnx_reader *r);

/** Records a failure of the node (the first one counts). */
void sedge_onnx_refuse(sedge_onnx_reader *r, sedge_status status, const char *fmt, ...) SEDGE_PRINTF(3, 4);
/** n * size zeroed bytes that live as long as the graph; NULL after a failure, never for 0. */
void *sedge_onnx_take(sedge_onnx_reader *r, size_t n, size_t size);
/** The same for what is not needed when the file has been read. */
sedge_pool *sedge_onnx_work_pool(sedge_onnx_reader *r);

/** The tensor of that index, good until the next tensor is added; never NULL for an index that a function gave. */
const sedge_tensor *sedge_onnx_tensor_at(const sedge_onnx_reader *r, int32_t tensor);
/** Input i as a tensor when it is present and a constant of the file, else NULL. */
const sedge_tensor *sedge_onnx_constant_input(const sedge_onnx_reader *r, const sedge_op *op, uint32_t i);

/** Adds a constant whose values are copied; its index, 0 after a failure. */
int32_t sedge_onnx_add_constant(sedge_onnx_reader *r, sedge_dtype dtype, uint32_t rank, const int32_t *dims,
                                const void *data);
/** Adds a tensor that an operator is to make; type and rank are free. Its index, 0 after a failure. */
int32_t sedge_onnx_add_tensor(sedge_onnx_reader *r);
/** The attribute that is a tensor as a constant; its index, -1 when absent, 0 after a failure. */
int32_t sedge_onnx_tensor_attribute(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name);
/** An attribute of floats (float32), integers (int64) or texts (string), one (rank 0) or a list (rank 1), likewise. */
int32_t sedge_onnx_number_attribute(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, sedge_dtype dtype,
                                    bool list);
/** Makes output 0 of op that constant itself, and of op nothing: the node leaves no operator. */
void sedge_onnx_become_constant(sedge_onnx_reader *r, sedge_op *op, int32_t constant);
/** Declares the type of output i of op. */
void sedge_onnx_set_output_type(sedge_onnx_reader *r, const sedge_op *op, uint32_t i, sedge_dtype dtype);
/** Makes tensor input i of op; inputs between become absent. */
void sedge_onnx_set_input(sedge_onnx_reader *r, sedge_op *op, uint32_t i, int32_t tensor);
/** Makes tensor the output i of op, after those it has. */
void sedge_onnx_add_output(sedge_onnx_reader *r, sedge_op *op, int32_t tensor);
/** An attribute of integers (or one integer) as an int64 list at input i; absent: nothing is done. */
void sedge_onnx_ints_to_input(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, sedge_op *op,
                              uint32_t i);
/** An attribute of floats as a float32 list at input i; absent: nothing is done. */
void sedge_onnx_numbers_to_input(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, sedge_op *op,
                                 uint32_t i);
/** An attribute of a float as a float32 scalar at input i; absent: nothing is done. */
void sedge_onnx_float_to_input(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, sedge_op *op,
                               uint32_t i);
/** Appends a copy of op to the graph, in front of the operator that the node becomes. */
void sedge_onnx_emit(sedge_onnx_reader *r, const sedge_op *op);

/**
 * Reads the nodes of a graph attribute into the graph, to run only when the bool tensor condition is when. Its outputs
 * must be n; their tensors go to ret.
 */
void sedge_onnx_read_branch(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, int32_t condition,
                            bool when, uint32_t n_outputs, int32_t *ret);

/** The number of a text (UTF-8 without control characters) in tensors of type string; a new one is added.
 * SEDGE_STRING_UNKNOWN after a failure. */
uint32_t sedge_onnx_string(sedge_onnx_reader *r, sedge_bytes text);

/** Element type of a number of the file, SEDGE_EUNSUPPORTED by name when there is none. */
sedge_dtype sedge_onnx_dtype(sedge_pbr *r, uint64_t number);

#endif
