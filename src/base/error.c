/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/error.h"

#include <string.h>

#include "base/format.h"
#include "base/utf8.h"

static void mark_cut(char *text, size_t length) {
    if (length >= SEDGE_ERROR_TEXT_MAX)
        memcpy(text + SEDGE_ERROR_TEXT_MAX - 4, "...", 4);
}

sedge_status sedge_vfail(sedge_error *err, sedge_status status, const char *fmt, va_list args) {
    if (err) {
        err->status = status;
        mark_cut(err->text, sedge_vformat(err->text, sizeof err->text, fmt, args));
        sedge_utf8_clean(err->text); /* it may quote foreign bytes, and the cut may go through a character */
    }
    return status;
}

sedge_status sedge_fail(sedge_error *err, sedge_status status, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    sedge_vfail(err, status, fmt, args);
    va_end(args);
    return status;
}

sedge_status sedge_wrap(sedge_error *err, sedge_status status, const char *fmt, ...) {
    if (!err)
        return status;
    char inner[SEDGE_ERROR_TEXT_MAX];
    memcpy(inner, err->text, sizeof inner);
    inner[sizeof inner - 1] = '\0';
    char outer[SEDGE_ERROR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    sedge_vformat(outer, sizeof outer, fmt, args);
    va_end(args);
    return sedge_fail(err, status, "%s: %s", outer, inner);
}
