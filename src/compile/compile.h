/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A model as C sources for a microcontroller: constants in read-only memory, a static arena, one call per operator.
 *
 * The files are <name>.h (the contract: sizes, scales, functions), <name>.c (the model) and those of the kernels that
 * it needs, sedge_*.[ch], which two models of one program share. C11; no allocation, no file system, no thread. The
 * result is bit for bit that of sedge_instance_invoke.
 */
#ifndef SEDGE_COMPILE_COMPILE_H
#define SEDGE_COMPILE_COMPILE_H

#include "base/buf.h"
#include "base/pool.h"
#include "sedge/model.h"

enum { SEDGE_C_NAME_MAX = 48 };

typedef struct sedge_c_file {
    char name[64];
    sedge_bytes text; /**< borrowed */
} sedge_c_file;

typedef struct sedge_c_sources {
    sedge_c_file *files; /**< in the pool; <name>.h and <name>.c first */
    size_t n;
    size_t arena_bytes;    /**< read-write memory: activations, scratch, state */
    size_t constant_bytes; /**< read-only memory: weights, factors, tables */
    sedge_pool pool;
    sedge_buf header, model; /**< owned */
} sedge_c_sources;

/**
 * Writes the sources of a model.
 *
 * @param name    prefix of functions and files: a C identifier of at most SEDGE_C_NAME_MAX lower-case letters, digits
 *                and _ that begins with a letter
 * @param origin  what the head of the files says that they were made from, a file name
 * @return SEDGE_EUNSUPPORTED: an operator, named in the sentence, that has no kernel for microcontrollers;
 *         SEDGE_EUSAGE: the name; SEDGE_ENOMEM. On success free with sedge_c_sources_done.
 */
SEDGE_NODISCARD sedge_status sedge_compile(const sedge_model *model, const char *name, const char *origin,
                                           sedge_c_sources *ret, sedge_error *err);
void sedge_c_sources_done(sedge_c_sources *s);
#define SEDGE_AUTO_C_SOURCES SEDGE_CLEANUP(sedge_c_sources_done) sedge_c_sources

/** SEDGE_EUSAGE unless sedge_compile takes this name. */
SEDGE_NODISCARD sedge_status sedge_c_name_check(const char *name, sedge_error *err);
/** A name as sedge_compile wants it from a file's: "models/Kws-1.tflite" becomes "kws_1". */
void sedge_c_name_of(const char *path, char ret[SEDGE_C_NAME_MAX + 1]);

#endif
