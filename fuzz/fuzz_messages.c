/* SPDX-License-Identifier: Apache-2.0 */
/** The JSON messages: what reads is written and read again to the same text. */
#include <stdlib.h>

#include "proto/desired.h"
#include "proto/enrol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_desired(sedge_bytes text) {
    sedge_desired d, again;
    SEDGE_AUTO_BUF a = sedge_buf_init(4 * SEDGE_DESIRED_BYTES_MAX);
    SEDGE_AUTO_BUF b = sedge_buf_init(4 * SEDGE_DESIRED_BYTES_MAX);
    if (sedge_desired_decode(text, &d, NULL))
        return;
    if (sedge_desired_encode(&d, &a, NULL) || sedge_desired_decode(sedge_buf_bytes(&a), &again, NULL) ||
        sedge_desired_encode(&again, &b, NULL) || !sedge_bytes_equal(sedge_buf_bytes(&a), sedge_buf_bytes(&b)))
        abort();
}

static void check_enrolment(sedge_bytes text) {
    sedge_enrol_request r;
    sedge_enrol_answer a;
    SEDGE_AUTO_BUF out = sedge_buf_init(8 * SEDGE_ENROL_BYTES_MAX);
    if (sedge_enrol_request_decode(text, &r, NULL) == SEDGE_OK) {
        if (sedge_enrol_request_encode(&r, &out, NULL))
            abort();
        sedge_enrol_request_done(&r);
    }
    if (sedge_enrol_answer_decode(text, &a, NULL) == SEDGE_OK) {
        if (sedge_enrol_answer_encode(&a, &out, NULL))
            abort();
        sedge_enrol_answer_done(&a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_desired(sedge_bytes_of(data, size));
    check_enrolment(sedge_bytes_of(data, size));
    return 0;
}
