/* SPDX-License-Identifier: Apache-2.0 */
/** What the parts of the .tflite reader share: the file while it is read, and one of its subgraphs. */
#ifndef SEDGE_MODEL_TFLITE_READER_H
#define SEDGE_MODEL_TFLITE_READER_H

#include "model/flatbuffer_read.h"
#include "model/graph.h"
#include "model/tflite_options.h"

enum { SEDGE_TFLITE_VARIABLES_MAX = 256, SEDGE_TFLITE_SUBGRAPHS_MAX = 1024 };

/** A resource variable: what VAR_HANDLE of one container and shared name means, in whatever subgraph. */
typedef struct sedge_tflite_variable {
    const char *container, *name;
    const sedge_tensor *initial; /**< the constant that the initialisation assigns; NULL when it assigns none */
    int32_t tensor;              /**< of the main subgraph; -1 before a handle there */
    bool settled;                /**< the tensor has its type and shape */
} sedge_tflite_variable;

typedef struct sedge_tflite_reader {
    sedge_fbr f;
    sedge_pool *pool;
    sedge_fbr_vector buffers;
    sedge_fbr_vector codes;
    sedge_fbr_vector subgraphs;
    sedge_tflite_variable *variables; /**< SEDGE_TFLITE_VARIABLES_MAX of them, made with the first */
    uint32_t n_variables;
    bool variables_used; /**< a variable has been read or assigned in the main subgraph */
} sedge_tflite_reader;

/** Not a member of the type list: a tensor that stands for a variable. */
enum { SEDGE_TFLITE_TYPE_RESOURCE = 13 };
enum { SEDGE_TFLITE_NO_HANDLE = -2, SEDGE_TFLITE_NO_VARIABLE = -1 };

typedef struct sedge_tflite_subgraph {
    sedge_graph *g;
    int32_t *variable; /**< by tensor: SEDGE_TFLITE_NO_HANDLE, or of a handle: its variable, SEDGE_TFLITE_NO_VARIABLE
                            before VAR_HANDLE */
    bool initialises;  /**< called by CALL_ONCE: may only assign constants to variables */
} sedge_tflite_subgraph;

/** n objects in the pool, zeroed; NULL with the failure recorded. */
void *sedge_tflite_take(sedge_tflite_reader *r, size_t n, size_t size);
/** A string field as a copy that is safe to print: control characters become '?'. Never NULL. */
const char *sedge_tflite_take_text(sedge_tflite_reader *r, const sedge_fbr_table *t, unsigned field);

/** Reads tensors of a subgraph's table into s->g->tensors and s->variable. */
void sedge_tflite_read_tensors(sedge_tflite_reader *r, const sedge_fbr_table *subgraph, sedge_tflite_subgraph *s);
/** Reads tensors and operators of subgraph number index into s. */
void sedge_tflite_read_subgraph(sedge_tflite_reader *r, uint32_t index, sedge_tflite_subgraph *s);

/** What an operator on variables becomes: kind and ends in op, or nothing. */
typedef bool sedge_tflite_variable_op(sedge_tflite_reader *r, sedge_tflite_subgraph *s, const sedge_tflite_site *site,
                                      sedge_op *op);
/**
 * The function for CALL_ONCE, VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE, NULL for other codes. It returns whether
 * op remains an operator of the graph: READ_VARIABLE becomes IDENTITY from the variable, ASSIGN_VARIABLE ASSIGN to it,
 * the others leave the graph; so handles exist only while a file is read.
 */
sedge_tflite_variable_op *sedge_tflite_find_variable_op(int32_t code);

#endif
