/* SPDX-License-Identifier: Apache-2.0 */
#include "base/name.h"

#include <stddef.h>

static bool is_inner(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

bool sedge_is_name(const char *text) {
    if (text[0] == '-' || text[0] == '_' || text[0] == '.')
        return false;
    size_t n = 0;
    while (n < SEDGE_NAME_MAX && is_inner(text[n]))
        n++;
    return n > 0 && n < SEDGE_NAME_MAX && text[n] == '\0';
}
