/* SPDX-License-Identifier: Apache-2.0 */
/** Arrays of text in .npy files: NumPy's type '<U', UTF-32 padded with zeros to the longest text. */
#ifndef SEDGE_DATA_NPY_TEXT_H
#define SEDGE_DATA_NPY_TEXT_H

#include "data/npy.h"

enum { SEDGE_NPY_TEXT_MAX = 4096 }; /**< characters of an element */

/** Element i of an array of type string as UTF-8 that ends with a zero; false when it is no text or does not fit. */
SEDGE_NODISCARD bool sedge_npy_text(const sedge_npy *npy, size_t i, char *out, size_t size);
/** Appends a file of count texts, UTF-8. As sedge_npy_write. */
SEDGE_NODISCARD sedge_status sedge_npy_write_texts(uint32_t rank, const uint64_t *dims, const char *const *texts,
                                                   size_t count, sedge_buf *out, sedge_error *err);

#endif
