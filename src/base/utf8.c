/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

enum { SEQUENCE_MAX = 4 };

/** The lead bytes of a sequence, its length, and the range of its second byte (Unicode 15, table 3-7). */
static const struct {
    uint8_t first, last, length, second_first, second_last;
} leads[] = {
    { 0x20, 0x7E, 1, 0, 0 },       { 0xC2, 0xDF, 2, 0x80, 0xBF }, { 0xE0, 0xE0, 3, 0xA0, 0xBF },
    { 0xE1, 0xEC, 3, 0x80, 0xBF }, { 0xED, 0xED, 3, 0x80, 0x9F }, { 0xEE, 0xEF, 3, 0x80, 0xBF },
    { 0xF0, 0xF0, 4, 0x90, 0xBF }, { 0xF1, 0xF3, 4, 0x80, 0xBF }, { 0xF4, 0xF4, 4, 0x80, 0x8F },
};

/** Length of the sequence that text begins with, 0 when it is none. */
static size_t sequence(sedge_bytes text) {
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        if (text.p[0] < leads[i].first || text.p[0] > leads[i].last)
            continue;
        size_t n = leads[i].length;
        if (n > text.n)
            return 0;
        if (n > 1 && (text.p[1] < leads[i].second_first || text.p[1] > leads[i].second_last))
            return 0;
        for (size_t k = 2; k < n; k++)
            if ((text.p[k] & 0xC0) != 0x80)
                return 0;
        return n;
    }
    return 0;
}

bool sedge_utf8_is_label(sedge_bytes text) {
    while (text.n) {
        size_t n = sequence(text);
        if (!n)
            return false;
        text.p += n;
        text.n -= n;
    }
    return true;
}

void sedge_utf8_clean(char *text) {
    while (*text) {
        size_t n = sequence(sedge_bytes_of((const uint8_t *)text, SEQUENCE_MAX)); /* NUL ends no sequence well */
        if (!n) {
            *text = *text == '\n' || *text == '\t' ? ' ' : '?';
            n = 1;
        }
        text += n;
    }
}
