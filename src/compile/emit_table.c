/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators that map each 8-bit value to an 8-bit value: a table (micro/table_8.h), which the operator's own run
 * function makes here from all 256 values.
 */
#include "compile/emit.h"

enum { VALUES = 256 };

static sedge_status need(const sedge_emit_op *o, sedge_emit_need *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(&o->site, 0), *y = sedge_op_output(&o->site, 0);
    if (sedge_dtype_size(x->dtype) != 1 || sedge_dtype_size(y->dtype) != 1)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "from %s to %s it has no kernel for microcontrollers",
                          sedge_dtype_name(x->dtype), sedge_dtype_name(y->dtype));
    ret->in_place = true;
    return SEDGE_OK;
}

/* the same operator between tensors of 256 values */
static sedge_status tabulate(const sedge_emit_op *o, uint8_t table[VALUES], sedge_error *err) {
    sedge_tensor ends[2] = { *sedge_op_input(&o->site, 0), *sedge_op_output(&o->site, 0) };
    for (size_t i = 0; i < 2; i++) {
        ends[i].rank = 1;
        ends[i].dims[0] = VALUES;
        ends[i].size_bytes = VALUES;
    }
    const int32_t first = 0, second = 1;
    sedge_op op = *o->site.op;
    op.inputs = &first;
    op.outputs = &second;
    op.n_inputs = op.n_outputs = 1;
    sedge_op_site site = { .tensors = ends, .op = &op, .pool = o->e->pool, .cpu_mask = SEDGE_CPU_NONE };
    sedge_prepared prepared = { 0 };
    sedge_status st = sedge_op_find(op.kind)->prepare(&site, &prepared, err);
    if (st)
        return st;
    uint8_t values[VALUES];
    for (size_t i = 0; i < VALUES; i++)
        values[i] = (uint8_t)i;
    void *scratch = sedge_pool_take(o->e->pool, prepared.scratch_bytes, 1);
    if (!scratch)
        return sedge_op_no_memory(err);
    prepared.run(&(sedge_op_call){ prepared.data, (void *[]){ values }, (void *[]){ table }, scratch, NULL });
    return SEDGE_OK;
}

static sedge_status write(const sedge_emit_op *o, sedge_error *err) {
    uint8_t table[VALUES];
    sedge_status st = tabulate(o, table, err);
    if (st)
        return st;
    sedge_emit_use(o->e, "sedge_table_8.h");
    sedge_emit_array(o, "table", SEDGE_UINT8, table, VALUES);
    sedge_buf_printf(&o->e->calls, "    sedge_micro_run_table_8(table_%u, %zu, %s, %s);\n", o->index,
                     sedge_op_elements(sedge_op_input(&o->site, 0)), sedge_emit_input(o, 0), sedge_emit_output(o, 0));
    return SEDGE_OK;
}

const sedge_emitter sedge_emitter_table = { need, write };
