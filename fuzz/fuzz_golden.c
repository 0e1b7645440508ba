/* SPDX-License-Identifier: Apache-2.0 */
/** Every vector of a golden file that parses lies inside it. */
#include <stdlib.h>

#include "bundle/golden.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_golden g;
    if (sedge_golden_parse(sedge_bytes_of(data, size), &g, NULL))
        return 0;
    for (uint32_t i = 0; i < g.count; i++) {
        sedge_bytes input = sedge_golden_input(&g, i), output = sedge_golden_output(&g, i);
        if (input.p < data || output.p + output.n > data + size || input.p + input.n != output.p)
            abort();
    }
    return 0;
}
