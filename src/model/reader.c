/* SPDX-License-Identifier: Apache-2.0 */
#include "model/reader.h"

#include "sedge/operators.h"

const sedge_reader *sedge_reader_find_among(const sedge_reader *const *readers, size_t n, const unsigned char *data,
                                            size_t size) {
    for (size_t i = 0; i < n; i++)
        if (!readers[i]->is || readers[i]->is(sedge_bytes_of(data, size)))
            return readers[i];
    return NULL;
}
