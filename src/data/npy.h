/* SPDX-License-Identifier: Apache-2.0 */
/**
 * NumPy's .npy files: one array of little-endian numbers, C order.
 *
 * Reads versions 1.0, 2.0 and 3.0, writes 1.0 as NumPy does (data at a multiple of 64). Fortran order, big-endian, text
 * and object arrays are refused.
 *
 * Source: numpy.lib.format, the description of the format.
 */
#ifndef SEDGE_DATA_NPY_H
#define SEDGE_DATA_NPY_H

#include "base/buf.h"
#include "base/bytes.h"
#include "os/fs.h"
#include "sedge/error.h"
#include "sedge/tensor.h"

enum { SEDGE_NPY_HEADER_MAX = 65536 };

/** A view into the bytes of a file. */
typedef struct sedge_npy {
    sedge_dtype dtype;
    uint32_t rank;
    uint64_t dims[SEDGE_RANK_MAX];
    size_t count;     /**< elements */
    uint32_t width;   /**< of type string: characters of an element, 4 bytes each; see npy_text.h */
    sedge_bytes data; /**< count elements, of any alignment */
} sedge_npy;

/**
 * Reads a file in memory, which must hold exactly the array.
 * @param source  names the file in sentences
 * @return SEDGE_ETRUNCATED, SEDGE_EINVALID, SEDGE_EUNSUPPORTED (order, type, version), SEDGE_ELIMIT (rank, header)
 */
SEDGE_NODISCARD sedge_status sedge_npy_open(sedge_bytes file, const char *source, sedge_npy *ret, sedge_error *err);

/** Appends a file. Fails only by out->failed: SEDGE_ELIMIT or SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_npy_write(sedge_dtype dtype, uint32_t rank, const uint64_t *dims, const void *data,
                                             sedge_buf *out, sedge_error *err);

/** Appends what stands in front of the elements. width is for type string, else ignored. As sedge_npy_write. */
SEDGE_NODISCARD sedge_status sedge_npy_write_head(sedge_dtype dtype, uint32_t width, uint32_t rank,
                                                  const uint64_t *dims, sedge_buf *out, sedge_error *err);

/**
 * Reads a whole file that must hold this type and rank; dims beyond the first may be demanded (0: any).
 * @param columns   wanted dims[1] of a matrix, or 0; ignored for rank 1
 * @param ret_data  elements, the caller's to free()
 * @param ret_rows  dims[0]
 * @param ret_columns  dims[1]; NULL for rank 1
 */
SEDGE_NODISCARD sedge_status sedge_npy_load_f32(const sedge_fs *fs, const char *path, uint32_t columns,
                                                float **ret_data, size_t *ret_rows, uint32_t *ret_columns,
                                                sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_npy_load_i32(const sedge_fs *fs, const char *path, int32_t **ret_data,
                                                size_t *ret_rows, sedge_error *err);

#endif
