/* SPDX-License-Identifier: Apache-2.0 */
/** A report that reads is written and read again to the same bytes, unless it holds a later version's values. */
#include <stdlib.h>

#include "proto/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const sedge_report *r) {
    SEDGE_AUTO_BUF a = sedge_buf_init(2 * SEDGE_REPORT_BYTES_MAX);
    SEDGE_AUTO_BUF b = sedge_buf_init(2 * SEDGE_REPORT_BYTES_MAX);
    sedge_report again;
    for (size_t i = 0; i < r->n_models; i++)
        if (r->models[i].state == SEDGE_STATE_UNKNOWN)
            return;
    if (sedge_report_encode(r, &a, NULL) || sedge_report_decode(sedge_buf_bytes(&a), &again, NULL))
        abort();
    if (sedge_report_encode(&again, &b, NULL) || !sedge_bytes_equal(sedge_buf_bytes(&a), sedge_buf_bytes(&b)))
        abort();
    sedge_report_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_report r;
    if (sedge_report_decode(sedge_bytes_of(data, size), &r, NULL))
        return 0;
    check(&r);
    sedge_report_done(&r);
    return 0;
}
