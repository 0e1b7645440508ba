/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Errors: a status for the program, one sentence for the person.
 *
 * The caller owns a sedge_error and passes its address (or NULL when no sentence is wanted). The layer that finds the
 * fault calls sedge_fail(); each layer above adds with sedge_wrap() only what it alone knows, so that the sentence
 * reads from the outside in: "model.tflite: tensor 17 'conv1/w': rank 12, the limit is 8".
 */
#ifndef SEDGE_ERROR_H
#define SEDGE_ERROR_H

#include <stdarg.h>

#include "sedge/attr.h"
#include "sedge/status.h"

enum { SEDGE_ERROR_TEXT_MAX = 512 };

/** Owned by the caller, usable after zero initialisation, never needs freeing. */
typedef struct sedge_error {
    sedge_status status;
    char text[SEDGE_ERROR_TEXT_MAX]; /**< NUL-terminated UTF-8 of one line; cut with "..." when too long */
} sedge_error;

#define SEDGE_ERROR_INIT ((sedge_error){ SEDGE_OK, "" })

/** Writes status and sentence into err (if not NULL) and returns status. Formats as base/format.h says. */
SEDGE_API sedge_status sedge_fail(sedge_error *err, sedge_status status, const char *fmt, ...) SEDGE_PRINTF(3, 4);
/** As sedge_fail with a list. */
SEDGE_API sedge_status sedge_vfail(sedge_error *err, sedge_status status, const char *fmt, va_list args)
    SEDGE_PRINTF(3, 0);
/** Puts "<formatted>: " before the sentence that err holds, sets and returns status. */
SEDGE_API sedge_status sedge_wrap(sedge_error *err, sedge_status status, const char *fmt, ...) SEDGE_PRINTF(3, 4);

#endif
