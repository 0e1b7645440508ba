/* SPDX-License-Identifier: Apache-2.0 */
/** Metadata of any role: the first byte says which. What parses can be verified and asked without harm, and a root that
 * its own keys sign is one that a client opens with. */
#include <stdlib.h>

#include "bundle/tuf_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const sedge_tuf_doc *doc) {
    sedge_tuf_meta meta;
    sedge_tuf_target target;
    if (sedge_tuf_meta_of(doc, "snapshot.json", &meta, NULL) == SEDGE_OK && meta.version == 0)
        abort();
    if (sedge_tuf_meta_of(doc, "targets.json", &meta, NULL) == SEDGE_OK && meta.version == 0)
        abort();
    if (sedge_tuf_target_of(doc, "pump/7.bundle", &target, NULL) == SEDGE_OK && target.length > INT64_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_tuf_doc *doc;
    sedge_auto(sedge_tuf_root) root = NULL;
    if (size == 0)
        return 0;
    sedge_tuf_role role = (sedge_tuf_role)(data[0] % SEDGE_TUF_ROLES);
    if (sedge_tuf_doc_parse(role, sedge_bytes_of(data + 1, size - 1), &doc, NULL))
        return 0;
    if (doc->version == 0)
        abort();
    ask(doc);
    if (role != SEDGE_TUF_ROOT) {
        sedge_tuf_doc_free(doc);
        return 0;
    }
    if (sedge_tuf_root_of(doc, &root, NULL) == SEDGE_OK && sedge_tuf_doc_verify(root->doc, root, NULL) == SEDGE_OK &&
        root->n_keys == 0)
        abort();
    return 0;
}
