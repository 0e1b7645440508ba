/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/openssl.h"

#include <openssl/err.h>

sedge_status sedge_fail_openssl(sedge_error *err, sedge_status status, const char *fmt, ...) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    va_list args;
    va_start(args, fmt);
    sedge_vfail(err, status, fmt, args);
    va_end(args);
    if (!err || !reason)
        return status;
    sedge_error said = *err;
    return sedge_fail(err, status, "%s: %s", said.text, reason);
}
