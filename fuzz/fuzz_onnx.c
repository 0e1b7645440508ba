/* SPDX-License-Identifier: Apache-2.0 */
/** The bytes as an .onnx file; see open_and_run.h for what must hold. */
#include "open_and_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    open_and_run(data, size);
    return 0;
}
