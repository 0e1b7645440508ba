/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which devices come first in a roll-out: the first 8 bytes (big-endian) of HMAC-SHA256(roll-out id, device id). A
 * phase lets in everyone at or below a stored rank, so joining late changes nothing for the others.
 */
#ifndef SEDGE_HUB_RANK_H
#define SEDGE_HUB_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/error.h"

enum { ROLLOUT_RANK_TEXT_MAX = 17 };

SEDGE_NODISCARD sedge_status rollout_rank(const char *rollout, const char *device, uint64_t *ret, sedge_error *err);

/** How many of n devices a share in per cent means: max(1, ceil(share / 100 x n)), at most n; 0 when n is 0. */
size_t rollout_share_count(double share, size_t n);
/** The rank that lets in exactly that many: sorts ranks [n] in place. n must not be 0. With 100 % it is UINT64_MAX. */
uint64_t rollout_threshold(uint64_t *ranks, size_t n, double share);

/** 16 hexadecimal digits and back (they sort as the numbers do). False on anything else. */
void rollout_rank_text(uint64_t rank, char ret[ROLLOUT_RANK_TEXT_MAX]);
SEDGE_NODISCARD bool rollout_rank_parse(const char *text, uint64_t *ret);

#endif
