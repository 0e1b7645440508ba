/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/emit_window.h"

sedge_status sedge_emit_window_of(bool channels_first, uint32_t space, const sedge_span *spans, sedge_emit_window *ret,
                                  sedge_error *err) {
    static const sedge_span one = { 1, 1, 1, 1, 1, 0, 0 };
    if (channels_first || space > 2)
        return sedge_fail(err, SEDGE_EUNSUPPORTED,
                          "channels first or three dimensions have no kernel for "
                          "microcontrollers");
    *ret = (sedge_emit_window){ space == 2 ? spans[0] : one, spans[space - 1] };
    return SEDGE_OK;
}

static bool is_point(const sedge_span *s) {
    return s->kernel == 1 && s->stride == 1 && s->before == 0 && s->in == s->out;
}

bool sedge_emit_is_points(const sedge_emit_window *w) {
    return is_point(&w->down) && is_point(&w->across);
}

static void put_span(sedge_buf *b, const char *name, const sedge_span *s) {
    sedge_buf_printf(b,
                     "    .%s = { .in = %d, .out = %d, .kernel = %d, .stride = %d, .dilation = %d, .before = %d },\n",
                     name, s->in, s->out, s->kernel, s->stride, s->dilation, s->before);
}

void sedge_emit_window_fields(sedge_emit *e, const sedge_emit_window *w) {
    put_span(&e->constants, "down", &w->down);
    put_span(&e->constants, "across", &w->across);
}
