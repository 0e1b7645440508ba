/* SPDX-License-Identifier: Apache-2.0 */
/** An intent that parses names slots and steps that exist. */
#include <stdlib.h>

#include "agent/intent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_intent in;
    if (sedge_intent_parse((const char *)data, size, &in, NULL))
        return 0;
    if (in.step >= SEDGE_STEP_COUNT || in.n_bad > SEDGE_INTENT_BAD_MAX || in.current > SEDGE_SLOT_NONE ||
        (in.current != SEDGE_SLOT_NONE && !sedge_intent_current(&in)->digest[0]))
        abort();
    return 0;
}
