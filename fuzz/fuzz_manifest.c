/* SPDX-License-Identifier: Apache-2.0 */
/** A data set's manifest that is understood is the same after it was written and read again. */
#include <stdlib.h>

#include "conf/json.h"
#include "crypto/canonical_json.h"
#include "data/dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_auto(sedge_dataset) dataset = NULL;
    sedge_auto(sedge_dataset) again = NULL;
    if (size > 1 << 16 || sedge_dataset_parse(sedge_bytes_of(data, size), &dataset, NULL))
        return 0;
    SEDGE_AUTO_JSON json_t *one = sedge_dataset_json(dataset);
    SEDGE_AUTO_BUF text = sedge_buf_init((size_t)1 << 20);
    if (!one || sedge_canonical_json(one, &text, NULL) || sedge_dataset_parse(sedge_buf_bytes(&text), &again, NULL))
        abort();
    SEDGE_AUTO_JSON json_t *two = sedge_dataset_json(again);
    if (!json_equal(one, two))
        abort();
    return 0;
}
