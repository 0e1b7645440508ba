/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/tuf.h"

#include <string.h>

#include "base/format.h"
#include "base/own.h"

#define PATH_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./"

static const char *const role_names[] = { "root", "targets", "snapshot", "timestamp" };
_Static_assert(SEDGE_COUNT(role_names) == SEDGE_TUF_ROLES, "one name per role");

const char *sedge_tuf_role_name(sedge_tuf_role role) {
    return (unsigned)role < SEDGE_TUF_ROLES ? role_names[role] : "unknown";
}

bool sedge_tuf_is_path(const char *path) {
    size_t n = strlen(path);
    if (n == 0 || n >= SEDGE_TUF_PATH_MAX || strspn(path, PATH_CHARS) != n)
        return false;
    for (const char *part = path;; part++) {
        size_t length = strcspn(part, "/");
        if (length == 0 || (length == 1 && part[0] == '.') || (length == 2 && memcmp(part, "..", 2) == 0))
            return false;
        part += length;
        if (*part == '\0')
            return true;
    }
}

sedge_status sedge_tuf_target_file(const char *path, const sedge_digest *sha256,
                                   char ret[SEDGE_TUF_PATH_MAX + SEDGE_DIGEST_HEX_MAX], sedge_error *err) {
    if (!sedge_tuf_is_path(path))
        return sedge_fail(err, SEDGE_EINVALID, "'%.255s' is no target path", path);
    char hex[SEDGE_DIGEST_HEX_MAX];
    sedge_digest_hex(sha256, hex);
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    sedge_format(ret, SEDGE_TUF_PATH_MAX + SEDGE_DIGEST_HEX_MAX, "%.*s%s.%s", (int)(base - path), path, hex, base);
    return SEDGE_OK;
}
