/* SPDX-License-Identifier: Apache-2.0 */
/** What opens as a map answers every question, and twice the same. */
#include <stdlib.h>

#include "base/own.h"
#include "model/flexbuffer_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const keys[] = { "", "a", "h_scale", "max", "neg", "on", "fft_length", "no such key" };
    sedge_flex_map map;
    if (!sedge_flex_open(sedge_bytes_of(data, size), &map))
        return 0;
    for (size_t i = 0; i < SEDGE_COUNT(keys); i++) {
        sedge_flex_value a = sedge_flex_find(&map, keys[i]), b = sedge_flex_find(&map, keys[i]);
        if (a.type != b.type || a.i != b.i || a.type > SEDGE_FLEX_BAD)
            abort();
    }
    return 0;
}
