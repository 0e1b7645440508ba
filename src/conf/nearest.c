/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 48 };

static size_t min_size(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Optimal string alignment distance: three rows of the usual table are enough to see a swap of neighbours. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb) {
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= nb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            bool same = a[i - 1] == b[j - 1];
            row[j] = min_size(min_size(row[j - 1], above[j]) + 1, above[j - 1] + !same);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min_size(row[j], above2[j - 2] + 1);
        }
    }
    return rows[na % 3][nb];
}

void sedge_nearest_offer(sedge_nearest *n, const char *candidate) {
    size_t na = strlen(n->word);
    size_t nb = strlen(candidate);
    if (na == 0 || na > WORD_MAX || nb > WORD_MAX)
        return;
    size_t d = na >= 3 && strncmp(n->word, candidate, na) == 0 ? 1 : distance(n->word, na, candidate, nb);
    if (d > (na + 2) / 3 || d >= nb || (n->best && d >= n->distance))
        return;
    n->best = candidate;
    n->distance = d;
}
