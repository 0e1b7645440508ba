/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/operators.h"

#include <string.h>

#include "compile/write.h"

/* by kind: whether an operator of it stands in the file, also one that is folded or slimmed away at open, or in the
 * model that came of it */
static void find_kinds(const sedge_graph *g, bool kinds[SEDGE_OP_COUNT]) {
    for (uint32_t i = 0; i < g->n_ops; i++)
        kinds[g->ops[i].kind] = true;
}

void sedge_write_link_file(const sedge_graph *file, const char *format, const sedge_model *model, const char *origin,
                           sedge_buf *out) {
    bool kinds[SEDGE_OP_COUNT] = { false };
    find_kinds(file, kinds);
    find_kinds(&model->file.graph, kinds);
    sedge_write_origin("What of libsedge.a a program for this model links:", origin, out);
    sedge_buf_text(out, "#include \"sedge/operators.h\"\n\n");
    for (uint32_t k = 0; k < SEDGE_OP_COUNT; k++)
        if (kinds[k])
            sedge_buf_printf(out, "SEDGE_OPERATOR(%s)\n", sedge_op_kind_name((sedge_op_kind)k));
    sedge_buf_text(out, "SEDGE_LINK_OPERATORS(");
    const char *comma = "";
    for (uint32_t k = 0; k < SEDGE_OP_COUNT; k++) {
        if (!kinds[k])
            continue;
        sedge_buf_printf(out, "%s&sedge_op_def_%s", comma, sedge_op_kind_name((sedge_op_kind)k));
        comma = ",\n                     ";
    }
    sedge_buf_printf(out, ")\nSEDGE_LINK_READERS(&sedge_reader_%s)\n", format);
}
