/* SPDX-License-Identifier: Apache-2.0 */
/** When to try again: exponential, capped, with jitter, so that a fleet does not come back in one moment. */
#ifndef SEDGE_AGENT_BACKOFF_H
#define SEDGE_AGENT_BACKOFF_H

#include "base/random.h"

typedef struct sedge_backoff {
    int64_t base_ms;
    int64_t max_ms;
    unsigned failures; /**< in a row */
} sedge_backoff;

/** A regular wait: uniform in period_ms -10 % to +10 %, at least 1. */
int64_t sedge_jitter_ms(sedge_random *random, int64_t period_ms);
/** The wait after one more failure: uniform in half to all of min(max_ms, base_ms * 2^failures). */
int64_t sedge_backoff_next_ms(sedge_backoff *backoff, sedge_random *random);
/** After a success. */
void sedge_backoff_reset(sedge_backoff *backoff);

#endif
