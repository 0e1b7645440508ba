/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/backoff.h"

int64_t sedge_jitter_ms(sedge_random *random, int64_t period_ms) {
    double wait = (double)period_ms * (0.9 + 0.2 * sedge_random_unit(random));
    return wait < 1 ? 1 : (int64_t)wait;
}

int64_t sedge_backoff_next_ms(sedge_backoff *b, sedge_random *random) {
    int64_t wait = b->base_ms;
    for (unsigned i = 0; i < b->failures && wait < b->max_ms; i++)
        wait *= 2;
    if (wait > b->max_ms)
        wait = b->max_ms;
    b->failures++;
    wait = (int64_t)((double)wait * (0.5 + 0.5 * sedge_random_unit(random)));
    return wait < 1 ? 1 : wait;
}

void sedge_backoff_reset(sedge_backoff *b) {
    b->failures = 0;
}
