/* SPDX-License-Identifier: Apache-2.0 */
/** What opens can be read file by file, and its manifest is the text that it would be written as. */
#include <stdlib.h>

#include "bundle/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_manifest(const uint8_t *data, const sedge_manifest *m) {
    SEDGE_AUTO_BUF text = sedge_buf_init(SEDGE_BUNDLE_MANIFEST_MAX);
    sedge_manifest copy = *m;
    if (sedge_manifest_format(&copy, &text, NULL) ||
        !sedge_bytes_equal(sedge_buf_bytes(&text), sedge_bytes_of(data + SEDGE_BUNDLE_HEADER_BYTES, text.n)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_auto(sedge_bundle) b = NULL;
    if (sedge_bundle_open_bytes(sedge_bytes_of(data, size), &b, NULL))
        return 0;
    const sedge_manifest *m = sedge_bundle_manifest(b);
    for (size_t i = 0; i < m->n_files; i++) {
        SEDGE_AUTO_MEM uint8_t *file = NULL;
        size_t n;
        if (sedge_bundle_read(b, &m->files[i], &file, &n, NULL) || n != m->files[i].size)
            abort();
    }
    check_manifest(data, m);
    return 0;
}
