/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/status.h"

typedef struct status_row {
    const char *name;
    const char *meaning;
    int exit_code;
    int http;
} status_row;

#define ROW(NAME, name, exit_code, http, meaning) { #name, meaning, exit_code, http },
static const status_row rows[] = { SEDGE_STATUS_LIST(ROW) };
#undef ROW

_Static_assert(sizeof rows / sizeof rows[0] == SEDGE_STATUS_COUNT, "one row per status");

static const status_row unknown = { "unknown", "an unknown status", 70, 500 };

static const status_row *row_of(sedge_status status) {
    return (unsigned)status < SEDGE_STATUS_COUNT ? &rows[status] : &unknown;
}

const char *sedge_status_name(sedge_status status) {
    return row_of(status)->name;
}

const char *sedge_status_meaning(sedge_status status) {
    return row_of(status)->meaning;
}

int sedge_status_exit(sedge_status status) {
    return row_of(status)->exit_code;
}

int sedge_status_http(sedge_status status) {
    return row_of(status)->http;
}
