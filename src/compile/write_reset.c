/* SPDX-License-Identifier: Apache-2.0 */
/* <name>_reset: the arena as a fresh instance has it. */
#include <string.h>

#include "compile/write.h"
#include "sedge/instance.h"

static bool all_equal(const uint8_t *bytes, size_t n) {
    return n == 0 || memcmp(bytes, bytes + 1, n - 1) == 0;
}

static void put_variable(sedge_emit *e, uint32_t tensor, const uint8_t *bytes, sedge_buf *out) {
    size_t n = e->graph->tensors[tensor].size_bytes, at = e->model->offset[tensor];
    if (!all_equal(bytes, n)) {
        sedge_emit_bytes(e, "initial", tensor, bytes, n);
        sedge_buf_printf(out, "    memcpy(arena + %zu, initial_%u, %zu);\n", at, tensor, n);
    } else if (n && bytes[0]) {
        sedge_buf_printf(out, "    memset(arena + %zu, %u, %zu);\n", at, bytes[0], n);
    }
}

sedge_status sedge_write_reset(sedge_emit *e, sedge_buf *out, sedge_error *err) {
    sedge_instance *fresh = NULL;
    sedge_status st = sedge_instance_new(e->host, &fresh, err);
    if (st)
        return st;
    sedge_buf_printf(out, "\nvoid %s_reset(void) {\n    memset(arena, 0, sizeof arena);\n", e->name);
    for (uint32_t i = 0; i < e->model->n_variables; i++)
        put_variable(e, e->model->variables[i], sedge_instance_tensor(fresh, e->model->variables[i]), out);
    sedge_buf_text(out, "}\n");
    sedge_instance_free(fresh);
    return SEDGE_OK;
}
