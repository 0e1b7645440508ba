/* SPDX-License-Identifier: Apache-2.0 */
/**
 * NumPy's .npy arrays, versions 1 to 3: little-endian, C order, the element types of sedge/tensor.h.
 *
 * Source: the format's description in NumPy's documentation (numpy.lib.format).
 */
#ifndef SEDGE_DATA_NPY_H
#define SEDGE_DATA_NPY_H

#include "base/buf.h"
#include "base/bytes.h"
#include "sedge/error.h"
#include "sedge/tensor.h"

enum { SEDGE_NPY_RANK_MAX = SEDGE_RANK_MAX + 1, SEDGE_NPY_HEADER_MAX = 4096 };

typedef struct sedge_npy {
    sedge_dtype dtype;
    uint32_t rank;
    int32_t dims[SEDGE_NPY_RANK_MAX]; /**< >= 0 */
    sedge_bytes data;                 /**< a view into the file, of any alignment; exactly the array */
} sedge_npy;

/**
 * Reads the header; bytes behind the array are an error.
 * SEDGE_ETRUNCATED, SEDGE_EINVALID, SEDGE_EUNSUPPORTED (type, Fortran order, version), SEDGE_ELIMIT.
 */
SEDGE_NODISCARD sedge_status sedge_npy_read(sedge_bytes file, sedge_npy *ret, sedge_error *err);

/** Appends a version 1.0 file with this array. SEDGE_ELIMIT or SEDGE_ENOMEM when out has failed. */
SEDGE_NODISCARD sedge_status sedge_npy_write(const sedge_npy *array, sedge_buf *out, sedge_error *err);

#endif
