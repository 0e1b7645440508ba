/* SPDX-License-Identifier: Apache-2.0 */
#include "base/checked.h"
#include "model/graph.h"
#include "model/reader.h"

/* what a graph may take: tables and copies that grow with the file, and a fixed part */
static size_t pool_max(size_t file_bytes) {
    size_t n;
    return sedge_mul_size(file_bytes, 16, &n) && sedge_add_size(n, (size_t)16 << 20, &n) ? n : SIZE_MAX;
}

sedge_status sedge_graph_read(const void *data, size_t size, sedge_graph_file *ret, sedge_error *err) {
    if (size == 0)
        return sedge_fail(err, SEDGE_ETRUNCATED, "the file is empty");
    const sedge_reader *reader = sedge_reader_find(data, size);
    if (!reader)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the file is of no format that this program was linked with");
    sedge_graph_file file = { .pool = sedge_pool_init(pool_max(size)) };
    sedge_status st = reader->read(sedge_bytes_of(data, size), &file, err);
    if (st) {
        sedge_graph_file_done(&file);
        return reader->doubt ? sedge_wrap(err, st, "%s", reader->doubt) : st;
    }
    *ret = file;
    return SEDGE_OK;
}

void sedge_graph_file_done(sedge_graph_file *file) {
    sedge_pool_done(&file->pool);
    *file = (sedge_graph_file){ 0 };
}
