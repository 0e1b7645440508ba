/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The operators of TensorFlow Lite that the graph knows: one row each, with the options of its FlatBuffers table. The
 * reader and the writer walk the same rows.
 *
 * To add an operator:
 * 1. a kind in op_list.inc and, if it has parameters, a member of sedge_op.u in graph.h;
 * 2. a row in tflite_options.c, sorted by operator code: code, kind, number of its options in the union
 *    BuiltinOptions (0: it has none), the lowest version that takes int8 (0: the row is for reading only, as when two
 *    codes give one kind), its options, its function or NULL;
 * 3. if it has options: an array of sedge_tflite_option above the rows, in the order of the schema, made by the OPTION
 *    macros there. Each names the field in the schema's table, the member that takes it, the schema's default, and for
 *    enumerations the largest value that is understood. Fields that are not listed must be absent or false in a file;
 *    a field that does not matter is listed with OPTION_IGNORED;
 * 4. what a list cannot say (a vector, an option that lies in a constant input) is read by the row's function, which is
 *    called after the list; such an operator is not written (but RESHAPE, which the writer knows). Operators that the
 * file knows by name (custom ones) have rows in a table of their own below, with a function that reads the bytes of
 * their options.
 *
 * A value that would change the meaning in a way that the kind cannot express is refused by the function with
 * SEDGE_EUNSUPPORTED; types and shapes are the business of the shape rule in ops/.
 */
#ifndef SEDGE_MODEL_TFLITE_OPTIONS_H
#define SEDGE_MODEL_TFLITE_OPTIONS_H

#include "base/bytes.h"
#include "model/flatbuffer_read.h"
#include "model/graph.h"

/** One operator while it is read. All tensors of the graph have been read, the operator's kind and ends too. */
typedef struct sedge_tflite_site {
    sedge_fbr *f;     /**< remembers the first failure: sedge_fbr_fail */
    sedge_pool *pool; /**< for what sedge_op points to */
    const sedge_graph *graph;
    sedge_fbr_table options; /**< a zero value when the file has none */
    sedge_bytes custom;      /**< custom options, mostly FlexBuffers */
} sedge_tflite_site;

typedef void sedge_tflite_read_options(const sedge_tflite_site *site, sedge_op *op);

typedef enum sedge_tflite_option_type {
    SEDGE_TFLITE_OPTION_IGNORED,
    SEDGE_TFLITE_OPTION_BYTE, /**< bool or an enumeration of 8 bits */
    SEDGE_TFLITE_OPTION_I32,
    SEDGE_TFLITE_OPTION_F32,
} sedge_tflite_option_type;

/** A scalar field of an options table and the member of sedge_op that holds it. */
typedef struct sedge_tflite_option {
    uint8_t field;
    uint8_t type;
    uint8_t most;        /**< of a byte: the largest value that is understood */
    uint8_t member_size; /**< 0: no member, the value must be 0 (or does not matter) */
    uint16_t member;     /**< offset in sedge_op */
    union {
        int32_t i;
        float f;
    } fallback;
    const char *name; /**< for messages */
} sedge_tflite_option;

typedef struct sedge_tflite_row {
    uint8_t code;
    uint8_t options_type;
    uint8_t int8_version;
    uint8_t n_options;
    sedge_op_kind kind;
    const sedge_tflite_option *options;
    sedge_tflite_read_options *read;
} sedge_tflite_row;

typedef struct sedge_tflite_custom_row {
    const char *name;
    sedge_op_kind kind;
    sedge_tflite_read_options *read;
} sedge_tflite_custom_row;

/** The row of an operator code; NULL when there is none. */
const sedge_tflite_row *sedge_tflite_find_code(int32_t code);
/** The row by which a kind is written; NULL when there is none. */
const sedge_tflite_row *sedge_tflite_find_kind(sedge_op_kind kind);
/** The row of a custom operator; NULL when there is none. */
const sedge_tflite_custom_row *sedge_tflite_find_custom(const char *name);

/** Reads the listed options into op, then calls the row's function. The outcome is site->f->status. */
void sedge_tflite_read_row(const sedge_tflite_row *row, const sedge_tflite_site *site, sedge_op *op);
/** What the writer puts into a field: the member's bits, or the fallback where there is no member. */
uint32_t sedge_tflite_option_bits(const sedge_tflite_option *option, const sedge_op *op);

#endif
