/* SPDX-License-Identifier: Apache-2.0 */
/* AVERAGE_POOL and MAX_POOL on int8: micro/pool_s8.h. */
#include "compile/emit_window.h"
#include "ops/pool.h"

/* the operator's own preparation says where its windows lie */
static sedge_status describe(const sedge_emit_op *o, const sedge_window_pool **ret, sedge_error *err) {
    sedge_prepared prepared = { 0 };
    sedge_status st = sedge_emit_want_types(o, SEDGE_INT8, SEDGE_INT8, err);
    if (!st)
        st = sedge_op_find(o->site.op->kind)->prepare(&o->site, &prepared, err);
    if (!st)
        *ret = prepared.data;
    return st;
}

/* a place of padding counts, or a window sees nothing else */
static bool needs_padding(const sedge_window_pool *p, const sedge_span *s) {
    if (p->count_padding && s->before + s->after > 0)
        return true;
    for (int32_t o = 0; o < s->out; o++) {
        sedge_seen seen = sedge_span_seen(s, o);
        if (seen.first >= seen.end)
            return true;
    }
    return false;
}

static sedge_status need(const sedge_emit_op *o, sedge_emit_need *ret, sedge_error *err) {
    (void)ret;
    const sedge_window_pool *p = NULL;
    sedge_emit_window w;
    sedge_status st = describe(o, &p, err);
    if (!st)
        st = sedge_emit_window_of(o->site.op->u.window.channels_first, p->span[0].in > 1 ? 3 : 2, p->span + 1, &w, err);
    if (st)
        return st;
    if (needs_padding(p, &w.down) || needs_padding(p, &w.across))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "windows that count padding have no kernel for microcontrollers");
    return SEDGE_OK;
}

static sedge_status write(const sedge_emit_op *o, sedge_error *err) {
    const sedge_window_pool *p = NULL;
    sedge_status st = describe(o, &p, err);
    if (st)
        return st;
    const sedge_emit_window w = { p->span[1], p->span[2] };
    const char *name = o->site.op->kind == SEDGE_OP_MAX_POOL ? "max_pool" : "average_pool";
    sedge_emit_use(o->e, "sedge_pool_s8.h");
    sedge_buf_printf(
        &o->e->constants,
        "static const sedge_micro_pool_s8 op_%u = {\n    .batch = %zu, .channels = %zu, .low = %d, .high = "
        "%d,\n",
        o->index, p->pictures, p->channels, p->low, p->high);
    sedge_emit_window_fields(o->e, &w);
    sedge_buf_text(&o->e->constants, "};\n");
    sedge_buf_printf(&o->e->calls, "    sedge_micro_run_%s_s8(&op_%u, %s, %s);\n", name, o->index,
                     sedge_emit_input(o, 0), sedge_emit_output(o, 0));
    return SEDGE_OK;
}

const sedge_emitter sedge_emitter_pool = { need, write };
