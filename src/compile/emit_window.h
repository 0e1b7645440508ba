/* SPDX-License-Identifier: Apache-2.0 */
/** What the emitters of convolutions and pools share. */
#ifndef SEDGE_COMPILE_EMIT_WINDOW_H
#define SEDGE_COMPILE_EMIT_WINDOW_H

#include "compile/emit.h"
#include "ops/window.h"

/** A picture of one spatial dimension is one of one row. spans has `space` of them, 1 or 2. */
typedef struct sedge_emit_window {
    sedge_span down, across;
} sedge_emit_window;
/** SEDGE_EUNSUPPORTED: three dimensions, channels first. */
SEDGE_NODISCARD sedge_status sedge_emit_window_of(bool channels_first, uint32_t space, const sedge_span *spans,
                                                  sedge_emit_window *ret, sedge_error *err);
/** Whether each output sees its own place alone: 1 x 1, stride 1, no padding. */
bool sedge_emit_is_points(const sedge_emit_window *w);
/** ".down = { ... }, .across = { ... }," */
void sedge_emit_window_fields(sedge_emit *e, const sedge_emit_window *w);

#endif
