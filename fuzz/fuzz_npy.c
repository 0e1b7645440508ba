/* SPDX-License-Identifier: Apache-2.0 */
/** What can be opened lies inside the file, and is the same array after it was written and opened again. */
#include <stdlib.h>
#include <string.h>

#include "data/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_npy npy, again;
    if (sedge_npy_open(sedge_bytes_of(data, size), "fuzz", &npy, NULL))
        return 0;
    if (npy.data.n && (npy.data.p < data || npy.data.n > size - (size_t)(npy.data.p - data)))
        abort();
    SEDGE_AUTO_BUF out = sedge_buf_init(size + 4096);
    if (sedge_npy_write(npy.dtype, npy.rank, npy.dims, npy.data.p, &out, NULL) ||
        sedge_npy_open(sedge_buf_bytes(&out), "again", &again, NULL))
        abort();
    if (again.dtype != npy.dtype || again.rank != npy.rank || again.count != npy.count ||
        memcmp(again.dims, npy.dims, npy.rank * sizeof *npy.dims) != 0 || !sedge_bytes_equal(again.data, npy.data))
        abort();
    return 0;
}
