/* SPDX-License-Identifier: Apache-2.0 */
/** Files of the test data folder, which SEDGE_TEST_DATA names; a test without it is skipped by name. */
#ifndef SEDGE_TEST_DATA_H
#define SEDGE_TEST_DATA_H

#include "sedge_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/npy.h"
#include "os/file.h"

enum { TEST_FILE_MAX = 64 << 20 };

typedef struct blob {
    uint8_t *data;
    size_t n;
} blob;

/** The folder; skips the test when there is none. */
static inline const char *data_folder(void) {
    const char *folder = getenv("SEDGE_TEST_DATA");
    if (!folder || !sedge_file_exists(NULL, folder)) {
        print_message("skipped: SEDGE_TEST_DATA names no folder\n");
        skip();
    }
    return folder;
}

/** A whole file; the test fails when it cannot be read. free() its data. */
static inline blob read_path(const char *path) {
    blob b;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_file_read(NULL, path, TEST_FILE_MAX, &b.data, &b.n, &err))
        fail_msg("%s", err.text);
    return b;
}

/** The file folder/part/name. */
static inline blob read_blob(const char *folder, const char *part, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s", folder, part, name);
    return read_path(path);
}

/** A .npy file: *ret points into the result, which is to be freed. */
static inline blob read_array(const char *folder, const char *part, const char *name, sedge_npy *ret) {
    blob b = read_blob(folder, part, name);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_npy_open(sedge_bytes_of(b.data, b.n), name, ret, &err))
        fail_msg("%s", err.text);
    return b;
}

/** Element i of a tensor's bytes as a number. */
static inline double element(sedge_dtype dtype, const uint8_t *p, size_t i) {
    switch (dtype) {
    case SEDGE_FLOAT32:
        return (double)sedge_load_f32(p + 4 * i);
    case SEDGE_INT8:
        return (int8_t)p[i];
    case SEDGE_UINT8:
        return p[i];
    case SEDGE_INT16:
        return (int16_t)sedge_load_u16(p + 2 * i);
    case SEDGE_INT32:
        return (int32_t)sedge_load_u32(p + 4 * i);
    case SEDGE_INT64:
        return (double)(int64_t)sedge_load_u64(p + 8 * i);
    default:
        fail_msg("type %s in the test data", sedge_dtype_name(dtype));
        return 0;
    }
}

/** Stores x, rounded where the type is an integer, as element i. */
static inline void store_element(sedge_dtype dtype, uint8_t *p, size_t i, double x) {
    switch (dtype) {
    case SEDGE_FLOAT32:
        sedge_store_f32(p + 4 * i, (float)x);
        break;
    case SEDGE_INT8:
        p[i] = (uint8_t)(int8_t)lrint(x);
        break;
    case SEDGE_INT16:
        sedge_store_u16(p + 2 * i, (uint16_t)(int16_t)lrint(x));
        break;
    case SEDGE_INT32:
        sedge_store_u32(p + 4 * i, (uint32_t)(int32_t)lrint(x));
        break;
    default:
        fail_msg("type %s in the test data", sedge_dtype_name(dtype));
    }
}

/** How far two tensors are apart. */
typedef struct difference {
    double largest; /**< magnitude expected */
    double worst;   /**< difference; NaN where one is */
} difference;

static inline difference compare_elements(sedge_dtype dtype, const uint8_t *want, const uint8_t *got, size_t n) {
    difference d = { 0 };
    for (size_t i = 0; i < n; i++) {
        double w = element(dtype, want, i), off = fabs(w - element(dtype, got, i));
        d.largest = fabs(w) > d.largest ? fabs(w) : d.largest;
        d.worst = off > d.worst || off != off ? off : d.worst;
    }
    return d;
}

#endif
