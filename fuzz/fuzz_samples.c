/* SPDX-License-Identifier: Apache-2.0 */
/** Samples that read are written and read again to the same numbers. */
#include <stdlib.h>
#include <string.h>

#include "proto/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_samples s, again;
    if (sedge_samples_decode(sedge_bytes_of(data, size), &s, NULL))
        return 0;
    SEDGE_AUTO_BUF b = sedge_buf_init(2 * SEDGE_SAMPLES_BYTES_MAX);
    if (sedge_samples_encode(&s, &b, NULL) || sedge_samples_decode(sedge_buf_bytes(&b), &again, NULL))
        abort();
    size_t n = s.n_rows * s.n_channels;
    if (again.n_rows != s.n_rows || again.n_channels != s.n_channels ||
        memcmp(again.times_ms, s.times_ms, s.n_rows * sizeof *s.times_ms) != 0 ||
        memcmp(again.values, s.values, n * sizeof *s.values) != 0)
        abort();
    sedge_samples_done(&again);
    sedge_samples_done(&s);
    return 0;
}
