/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The bytes as a .tflite file; see open_and_run.h for what must hold. A graph that is read and that the writer takes
 * must be read again with the same operators.
 */
#include "open_and_run.h"

#include "model/tflite_write.h"

static void write_again(const sedge_graph *g) {
    sedge_buf out = sedge_buf_init(1 << 24);
    sedge_graph_file again;
    if (sedge_tflite_write(g, &out, NULL) == SEDGE_OK) {
        if (sedge_graph_read(out.data, out.n, &again, NULL))
            abort();
        if (again.graph.n_ops != g->n_ops || again.graph.n_tensors != g->n_tensors)
            abort();
        sedge_graph_file_done(&again);
    }
    sedge_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_graph_file file;
    open_and_run(data, size);
    if (sedge_graph_read(data, size, &file, NULL) == SEDGE_OK) {
        if (strcmp(file.format, "tflite") == 0)
            write_again(&file.graph);
        sedge_graph_file_done(&file);
    }
    return 0;
}
