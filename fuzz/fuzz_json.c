/* SPDX-License-Identifier: Apache-2.0 */
/** What can be loaded can be printed and loaded again, and is the same. */
#include <stdlib.h>

#include "conf/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const sedge_json_limits limits = { .bytes = 1 << 16, .depth = 16, .values = 2000 };
    static const sedge_json_limits wide = { .bytes = 1 << 20, .depth = 16, .values = 4000 };
    SEDGE_AUTO_JSON json_t *doc = NULL;
    if (sedge_json_load(sedge_bytes_of(data, size), &limits, "fuzz", &doc, NULL))
        return 0;
    SEDGE_AUTO_MEM char *text = NULL;
    size_t n;
    SEDGE_AUTO_JSON json_t *again = NULL;
    sedge_error err;
    if (sedge_json_dump(doc, 0, &text, &n, NULL) ||
        sedge_json_load(sedge_bytes_of(text, n), &wide, "again", &again, &err) || !json_equal(doc, again))
        abort();
    return 0;
}
