/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/intent.h"

#include <errno.h>

#include <string.h>

#include "base/buf.h"
#include "base/format.h"
#include "os/file.h"

#define HEADER   "sedge-intent 1"
#define SUM_LINE "sum "

enum { WORDS_MAX = 5, WORD_MAX = 80 };

#define STEP_NAME(NAME, name) #name,
static const char *const step_names[] = { SEDGE_STEP_LIST(STEP_NAME) };
_Static_assert(SEDGE_COUNT(step_names) == SEDGE_STEP_COUNT, "a name for every step");
static const char *const slot_names[] = { "a", "b", "-" };

const char *sedge_step_name(sedge_step step) {
    return (unsigned)step < SEDGE_STEP_COUNT ? step_names[step] : "unknown";
}

const char *sedge_slot_name(sedge_slot slot) {
    return slot_names[slot];
}

sedge_slot sedge_slot_other(sedge_slot slot) {
    static const sedge_slot other[] = { SEDGE_SLOT_B, SEDGE_SLOT_A, SEDGE_SLOT_NONE };
    return other[slot];
}

sedge_intent sedge_intent_init(void) {
    return (sedge_intent){ .step = SEDGE_STEP_EMPTY, .current = SEDGE_SLOT_NONE, .target = SEDGE_SLOT_NONE };
}

const sedge_installed *sedge_intent_current(const sedge_intent *intent) {
    return intent->current == SEDGE_SLOT_NONE ? NULL : &intent->slots[intent->current];
}

static uint32_t find_bad(const sedge_intent *intent, const char *digest, const char *rollout) {
    uint32_t i = 0;
    while (i < intent->n_bad &&
           (strcmp(intent->bad[i].digest, digest) != 0 || strcmp(intent->bad[i].rollout, rollout) != 0))
        i++;
    return i;
}

bool sedge_intent_is_bad(const sedge_intent *intent, const char *digest, const char *rollout) {
    return find_bad(intent, digest, rollout) < intent->n_bad;
}

void sedge_intent_add_bad(sedge_intent *intent, const char *digest, const char *rollout) {
    uint32_t out = find_bad(intent, digest, rollout);
    if (out == intent->n_bad && intent->n_bad == SEDGE_INTENT_BAD_MAX)
        out = 0;
    if (out < intent->n_bad) {
        memmove(&intent->bad[out], &intent->bad[out + 1], (intent->n_bad - out - 1) * sizeof intent->bad[0]);
        intent->n_bad--;
    }
    sedge_bad_bundle *bad = &intent->bad[intent->n_bad++];
    sedge_format(bad->digest, sizeof bad->digest, "%s", digest);
    sedge_format(bad->rollout, sizeof bad->rollout, "%s", rollout);
}

/* ---- writing ---- */

static void put_slot(sedge_buf *out, const char *name, const sedge_installed *in) {
    if (in->digest[0])
        sedge_buf_printf(out, "%s %llu %s %s %lld\n", name, (unsigned long long)in->release, in->digest,
                         in->rollout[0] ? in->rollout : "-", (long long)in->probation_ms);
}

static sedge_status format_intent(const sedge_intent *intent, sedge_buf *out, sedge_error *err) {
    sedge_buf_printf(out, "%s\nstep %s\ncurrent %s\ntarget %s\nfloor %llu\nstarts %u\n", HEADER,
                     sedge_step_name(intent->step), sedge_slot_name(intent->current), sedge_slot_name(intent->target),
                     (unsigned long long)intent->floor, intent->starts);
    put_slot(out, "a", &intent->slots[SEDGE_SLOT_A]);
    put_slot(out, "b", &intent->slots[SEDGE_SLOT_B]);
    for (uint32_t i = 0; i < intent->n_bad; i++)
        sedge_buf_printf(out, "bad %s %s\n", intent->bad[i].digest,
                         intent->bad[i].rollout[0] ? intent->bad[i].rollout : "-");
    sedge_digest sum;
    sedge_status st = sedge_digest_of(sedge_buf_bytes(out), &sum, err);
    if (st)
        return st;
    char hex[SEDGE_DIGEST_HEX_MAX];
    sedge_digest_hex(&sum, hex);
    sedge_buf_printf(out, SUM_LINE "%s\n", hex);
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for the intent") : SEDGE_OK;
}

sedge_status sedge_intent_store(const sedge_fs *fs, const char *path, const sedge_intent *intent, sedge_error *err) {
    SEDGE_AUTO_BUF text = sedge_buf_init(SEDGE_INTENT_FILE_MAX);
    sedge_status st = format_intent(intent, &text, err);
    return st ? st : sedge_file_write_atomic(fs, path, sedge_buf_bytes(&text), 0600, err);
}

/* ---- reading ---- */

typedef struct words {
    size_t n;
    char at[WORDS_MAX][WORD_MAX];
} words;

static bool split(const char *line, size_t n, words *ret) {
    ret->n = 0;
    size_t start = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && line[i] != ' ')
            continue;
        size_t length = i - start;
        if (length == 0 || length >= WORD_MAX || ret->n == WORDS_MAX)
            return false;
        memcpy(ret->at[ret->n], line + start, length);
        ret->at[ret->n++][length] = '\0';
        start = i + 1;
    }
    return true;
}

static bool read_u64(const char *text, uint64_t max, uint64_t *ret) {
    uint64_t value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
            return false;
    }
    if (value > max)
        return false;
    *ret = value;
    return true;
}

static bool find_name(const char *const *names, size_t n, const char *name, size_t *ret) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return *ret = i, true;
    return false;
}

static bool read_digest(const char *text, char ret[SEDGE_DIGEST_HEX_MAX]) {
    sedge_digest digest;
    if (!sedge_digest_from_hex(text, &digest))
        return false;
    sedge_digest_hex(&digest, ret);
    return true;
}

static bool take_step(const words *w, sedge_intent *in) {
    size_t i;
    if (!find_name(step_names, SEDGE_COUNT(step_names), w->at[1], &i))
        return false;
    in->step = (sedge_step)i;
    return true;
}

static bool take_slot_name(const char *name, sedge_slot *ret) {
    size_t i;
    if (!find_name(slot_names, SEDGE_COUNT(slot_names), name, &i))
        return false;
    *ret = (sedge_slot)i;
    return true;
}

static bool take_current(const words *w, sedge_intent *in) {
    return take_slot_name(w->at[1], &in->current);
}

static bool take_target(const words *w, sedge_intent *in) {
    return take_slot_name(w->at[1], &in->target);
}

static bool take_floor(const words *w, sedge_intent *in) {
    return read_u64(w->at[1], UINT64_MAX, &in->floor);
}

static bool take_starts(const words *w, sedge_intent *in) {
    uint64_t value;
    if (!read_u64(w->at[1], UINT32_MAX, &value))
        return false;
    in->starts = (uint32_t)value;
    return true;
}

static bool take_rollout(const char *text, char ret[SEDGE_ROLLOUT_MAX]) {
    return sedge_format(ret, SEDGE_ROLLOUT_MAX, "%s", strcmp(text, "-") == 0 ? "" : text) < SEDGE_ROLLOUT_MAX;
}

static bool take_installed(const words *w, sedge_intent *in) {
    sedge_installed *slot = &in->slots[w->at[0][0] == 'a' ? SEDGE_SLOT_A : SEDGE_SLOT_B];
    uint64_t probation;
    if (!read_u64(w->at[1], UINT64_MAX, &slot->release) || !take_rollout(w->at[3], slot->rollout) ||
        !read_u64(w->at[4], INT64_MAX, &probation))
        return false;
    slot->probation_ms = (int64_t)probation;
    return read_digest(w->at[2], slot->digest);
}

static bool take_bad(const words *w, sedge_intent *in) {
    if (in->n_bad == SEDGE_INTENT_BAD_MAX)
        return false;
    sedge_bad_bundle *bad = &in->bad[in->n_bad++];
    return read_digest(w->at[1], bad->digest) && take_rollout(w->at[2], bad->rollout);
}

static const struct line_rule {
    const char *key;
    size_t words;
    bool (*take)(const words *w, sedge_intent *in);
} line_rules[] = {
    { "step", 2, take_step },   { "current", 2, take_current }, { "target", 2, take_target },
    { "floor", 2, take_floor }, { "starts", 2, take_starts },   { "a", 5, take_installed },
    { "b", 5, take_installed }, { "bad", 3, take_bad },
};

static bool take_line(const char *line, size_t n, sedge_intent *in) {
    words w;
    if (!split(line, n, &w))
        return false;
    for (size_t i = 0; i < SEDGE_COUNT(line_rules); i++)
        if (strcmp(line_rules[i].key, w.at[0]) == 0)
            return w.n == line_rules[i].words && line_rules[i].take(&w, in);
    return false;
}

/** The part of text before the sum line, when that line is right. */
static sedge_status check_sum(const char *text, size_t n, size_t *ret_n, sedge_error *err) {
    const size_t tail = strlen(SUM_LINE) + SEDGE_DIGEST_HEX_MAX; /* the digits and a newline */
    if (n < tail || memcmp(text + n - tail, SUM_LINE, strlen(SUM_LINE)) != 0 || text[n - 1] != '\n')
        return sedge_fail(err, SEDGE_EINVALID, "no sum in the last line");
    sedge_digest sum;
    sedge_status st = sedge_digest_of(sedge_bytes_of(text, n - tail), &sum, err);
    if (st)
        return st;
    char hex[SEDGE_DIGEST_HEX_MAX];
    sedge_digest_hex(&sum, hex);
    if (memcmp(text + n - SEDGE_DIGEST_HEX_MAX, hex, SEDGE_DIGEST_HEX_MAX - 1) != 0)
        return sedge_fail(err, SEDGE_EINVALID, "the sum does not fit the lines");
    *ret_n = n - tail;
    return SEDGE_OK;
}

static sedge_status check_slots(const sedge_intent *in, sedge_error *err) {
    if (in->current != SEDGE_SLOT_NONE && !in->slots[in->current].digest[0])
        return sedge_fail(err, SEDGE_EINVALID, "current names the empty slot %s", sedge_slot_name(in->current));
    if (in->target != SEDGE_SLOT_NONE && in->target == in->current)
        return sedge_fail(err, SEDGE_EINVALID, "target and current are the same slot");
    return SEDGE_OK;
}

sedge_status sedge_intent_parse(const char *text, size_t n, sedge_intent *ret, sedge_error *err) {
    size_t body = 0;
    sedge_status st = check_sum(text, n, &body, err);
    if (st)
        return st;
    sedge_intent in = sedge_intent_init();
    size_t start = 0;
    for (unsigned line = 1; start < body; line++) {
        const char *end = memchr(text + start, '\n', body - start);
        size_t length = end ? (size_t)(end - text) - start : body - start;
        bool ok = line == 1 ? length == strlen(HEADER) && memcmp(text, HEADER, length) == 0
                            : take_line(text + start, length, &in);
        if (!ok)
            return sedge_fail(err, SEDGE_EINVALID, "line %u is not understood", line);
        start += length + 1;
    }
    st = check_slots(&in, err);
    if (!st)
        *ret = in;
    return st;
}

sedge_status sedge_intent_load(const sedge_fs *fs, const char *path, sedge_intent *ret, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_error why = SEDGE_ERROR_INIT;
    sedge_status st = sedge_file_read(fs, path, SEDGE_INTENT_FILE_MAX, &data, &n, &why);
    if (st == SEDGE_ENOTFOUND) {
        *ret = sedge_intent_init();
        return SEDGE_OK;
    }
    if (st)
        return sedge_fail(err, st, "%s", why.text);
    st = sedge_intent_parse((const char *)data, n, ret, err);
    return st ? sedge_wrap(err, st, "'%s'", path) : SEDGE_OK;
}
