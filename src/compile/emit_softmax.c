/* SPDX-License-Identifier: Apache-2.0 */
/* SOFTMAX on int8: ops/kernels/softmax_s8.h, the library's own. */
#include "compile/emit.h"
#include "ops/softmax.h"

static sedge_status need(const sedge_emit_op *o, sedge_emit_need *ret, sedge_error *err) {
    (void)ret;
    return sedge_emit_want_types(o, SEDGE_INT8, SEDGE_INT8, err);
}

static sedge_status write(const sedge_emit_op *o, sedge_error *err) {
    sedge_softmax_s8 p;
    sedge_status st = sedge_softmax_s8_init(&p, &o->site, err);
    if (st)
        return st;
    sedge_emit_use(o->e, "sedge_softmax_s8.h");
    sedge_buf_printf(&o->e->constants, "static const sedge_softmax_s8 op_%u = { %zu, %zu, { %d, %d }, %d };\n",
                     o->index, p.rows, p.depth, p.factor.multiplier, p.factor.shift, p.diff_low);
    sedge_buf_printf(&o->e->calls, "    sedge_run_softmax_s8(&op_%u, %s, %s);\n", o->index, sedge_emit_input(o, 0),
                     sedge_emit_output(o, 0));
    return SEDGE_OK;
}

const sedge_emitter sedge_emitter_softmax = { need, write };
