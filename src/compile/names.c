/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/compile.h"

#include <string.h>

static char lower_word(char c) {
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
}

void sedge_c_name_of(const char *path, char ret[SEDGE_C_NAME_MAX + 1]) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name), n = 0;
    char first = length ? lower_word(name[0]) : '_';
    if (first < 'a' || first > 'z') {
        static const char prefix[] = "model_";
        memcpy(ret, prefix, sizeof prefix - 1);
        n = sizeof prefix - 1;
    }
    for (size_t i = 0; i < length && n < SEDGE_C_NAME_MAX; i++)
        ret[n++] = lower_word(name[i]);
    ret[n] = '\0';
}
