/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Linking only some operators, for programs that link libsedge.a. Without this, every operator and both readers are
 * part of the program. One C file of the program says what is wanted, and the linker drops the rest
 * (-Wl,--gc-sections); `sedge compile MODEL --only-operators -o DIR` writes such a file for a model:
 *
 *     #include "sedge/operators.h"
 *     SEDGE_OPERATOR(CONV)
 *     SEDGE_OPERATOR(SOFTMAX)
 *     SEDGE_LINK_OPERATORS(&sedge_op_def_CONV, &sedge_op_def_SOFTMAX)
 *     SEDGE_LINK_READERS(&sedge_reader_tflite)
 *
 * A model with another operator is refused by sedge_model_open: SEDGE_EUNSUPPORTED. Operators that are folded at open
 * are needed as well.
 */
#ifndef SEDGE_OPERATORS_H
#define SEDGE_OPERATORS_H

#include <stddef.h>

typedef struct sedge_op_def sedge_op_def;
typedef struct sedge_reader sedge_reader;

extern const sedge_reader sedge_reader_tflite, sedge_reader_onnx;

/** Those of a list that are asked for; what the macros below use. */
const sedge_op_def *sedge_op_find_among(const sedge_op_def *const *defs, size_t n, unsigned kind);
const sedge_reader *sedge_reader_find_among(const sedge_reader *const *readers, size_t n, const unsigned char *data,
                                            size_t size);

/** Declares an operator by its name in `sedge inspect`. */
#define SEDGE_OPERATOR(KIND) extern const sedge_op_def sedge_op_def_##KIND;

/** Once in a program, at file level: its operators. */
#define SEDGE_LINK_OPERATORS(...)                                                                                      \
    const sedge_op_def *sedge_op_find(unsigned kind);                                                                  \
    const sedge_op_def *sedge_op_find(unsigned kind) {                                                                 \
        static const sedge_op_def *const defs[] = { __VA_ARGS__ };                                                     \
        return sedge_op_find_among(defs, sizeof defs / sizeof defs[0], kind);                                          \
    }

/** Once in a program, at file level: the readers of the formats that it takes. */
#define SEDGE_LINK_READERS(...)                                                                                        \
    const sedge_reader *sedge_reader_find(const unsigned char *data, size_t size);                                     \
    const sedge_reader *sedge_reader_find(const unsigned char *data, size_t size) {                                    \
        static const sedge_reader *const readers[] = { __VA_ARGS__ };                                                  \
        return sedge_reader_find_among(readers, sizeof readers / sizeof readers[0], data, size);                       \
    }

#endif
