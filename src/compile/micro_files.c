/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro_files.h"

#include <assert.h>
#include <string.h>

static size_t find(const char *name, size_t n) {
    size_t i = 0;
    while (sedge_micro_files[i].name &&
           (strncmp(sedge_micro_files[i].name, name, n) != 0 || sedge_micro_files[i].name[n] != '\0'))
        i++;
    return i;
}

static void add(sedge_micro_set *set, const char *name, size_t n) {
    static const char include[] = "#include \"";
    size_t i = find(name, n);
    assert(i < SEDGE_MICRO_FILES_MAX);
    const sedge_embedded_file *file = &sedge_micro_files[i];
    if (!file->name || set->has[i])
        return;
    set->has[i] = true;
    for (const char *at = file->text; (at = strstr(at, include)) != NULL;) {
        at += sizeof include - 1;
        size_t length = strcspn(at, "\"");
        add(set, at, length);
        char source[64];
        assert(length < sizeof source && length > 2);
        memcpy(source, at, length);
        source[length - 1] = 'c'; /* .h to .c */
        add(set, source, length);
    }
}

void sedge_micro_add(sedge_micro_set *set, const char *name) {
    char source[64];
    size_t n = strlen(name);
    assert(n > 2 && n < sizeof source && find(name, n) < SEDGE_MICRO_FILES_MAX &&
           sedge_micro_files[find(name, n)].name);
    memcpy(source, name, n);
    source[n - 1] = 'c';
    add(set, name, n);
    add(set, source, n);
}
