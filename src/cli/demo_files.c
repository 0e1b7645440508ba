/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_files.h"

#include "cli/demo.h"

sedge_status demo_write_files(demo *d, sedge_error *err) {
    for (const sedge_embedded_file *file = demo_example_files; file->name; file++) {
        sedge_status st =
            sedge_file_write_atomic(NULL, demo_path(d, "%s", file->name), sedge_bytes_text(file->text), 0600, err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}
