/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/rollout/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/digest.h"

static uint64_t load_big_endian(const uint8_t p[8]) {
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

sedge_status rollout_rank(const char *rollout, const char *device, uint64_t *ret, sedge_error *err) {
    sedge_digest digest;
    sedge_status st = sedge_hmac_sha256(sedge_bytes_text(rollout), sedge_bytes_text(device), &digest, err);
    if (!st)
        *ret = load_big_endian(digest.bytes);
    return st;
}

size_t rollout_share_count(double share, size_t n) {
    if (n == 0)
        return 0;
    /* a hair below, so that 5 % of 20 is 1 although 0.05 is not exact */
    double count = ceil(share / 100 * (double)n - 1e-9);
    if (count < 1)
        return 1;
    return count >= (double)n ? n : (size_t)count;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

uint64_t rollout_threshold(uint64_t *ranks, size_t n, double share) {
    if (share >= 100)
        return UINT64_MAX;
    qsort(ranks, n, sizeof *ranks, compare);
    return ranks[rollout_share_count(share, n) - 1];
}

void rollout_rank_text(uint64_t rank, char ret[ROLLOUT_RANK_TEXT_MAX]) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(rank >> (56 - 8 * i));
    sedge_hex_encode(bytes, sizeof bytes, ret);
}

bool rollout_rank_parse(const char *text, uint64_t *ret) {
    uint8_t bytes[8];
    if (strlen(text) != 16 || !sedge_hex_decode(text, 16, bytes, sizeof bytes))
        return false;
    *ret = load_big_endian(bytes);
    return true;
}
