/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/labels.h"

#include <string.h>

#include "base/format.h"

#define CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./"

static bool is_label_text(const char *text, size_t n) {
    return n < SEDGE_LABEL_TEXT_MAX && strspn(text, CHARS) >= n;
}

/* Where key stands or would stand. */
static size_t place(const sedge_labels *labels, const char *key, bool *ret_there) {
    size_t i = 0;
    while (i < labels->n && strcmp(labels->items[i].key, key) < 0)
        i++;
    *ret_there = i < labels->n && strcmp(labels->items[i].key, key) == 0;
    return i;
}

sedge_status sedge_labels_set(sedge_labels *labels, const char *key, const char *value, sedge_error *err) {
    size_t nk = strlen(key), nv = strlen(value);
    if (nk == 0 || !is_label_text(key, nk) || !is_label_text(value, nv))
        return sedge_fail(err, SEDGE_EINVALID, "label '%.64s=%.64s': at most %d of A-Z a-z 0-9 '-' '_' '.' '/'", key,
                          value, SEDGE_LABEL_TEXT_MAX - 1);
    bool there;
    size_t i = place(labels, key, &there);
    if (!there) {
        if (labels->n == SEDGE_LABELS_MAX)
            return sedge_fail(err, SEDGE_ELIMIT, "label '%s': there are %d already, the limit", key, SEDGE_LABELS_MAX);
        memmove(&labels->items[i + 1], &labels->items[i], (labels->n - i) * sizeof labels->items[0]);
        labels->n++;
        sedge_format(labels->items[i].key, SEDGE_LABEL_TEXT_MAX, "%s", key);
    }
    sedge_format(labels->items[i].value, SEDGE_LABEL_TEXT_MAX, "%s", value);
    return SEDGE_OK;
}

void sedge_labels_remove(sedge_labels *labels, const char *key) {
    bool there;
    size_t i = place(labels, key, &there);
    if (!there)
        return;
    labels->n--;
    memmove(&labels->items[i], &labels->items[i + 1], (labels->n - i) * sizeof labels->items[0]);
}

const char *sedge_labels_get(const sedge_labels *labels, const char *key) {
    bool there;
    size_t i = place(labels, key, &there);
    return there ? labels->items[i].value : NULL;
}

json_t *sedge_labels_to_json(const sedge_labels *labels) {
    json_t *object = json_object();
    for (size_t i = 0; object && i < labels->n; i++)
        if (json_object_set_new(object, labels->items[i].key, json_string(labels->items[i].value)) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

sedge_status sedge_labels_from_json(const sedge_json *at, sedge_labels *ret, sedge_error *err) {
    sedge_labels labels = { .n = 0 };
    sedge_status st;
    if (at->value && (st = sedge_json_want_object(at, err)))
        return st;
    json_t *object = (json_t *)(uintptr_t)at->value;
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        const char *value;
        if ((st = sedge_json_string(at, json_object_iter_key(i), &value, err)) ||
            (st = sedge_labels_set(&labels, json_object_iter_key(i), value, err)))
            return st;
    }
    *ret = labels;
    return SEDGE_OK;
}

/* One "key=value" of n characters. */
static sedge_status set_from_text(sedge_labels *labels, const char *text, size_t n, sedge_error *err) {
    char pair[2 * SEDGE_LABEL_TEXT_MAX];
    if (n >= sizeof pair)
        return sedge_fail(err, SEDGE_EINVALID, "label '%.64s...' is too long", text);
    memcpy(pair, text, n);
    pair[n] = '\0';
    char *equals = strchr(pair, '=');
    if (!equals)
        return sedge_fail(err, SEDGE_EINVALID, "label '%s': write it as key=value", pair);
    *equals = '\0';
    return sedge_labels_set(labels, pair, equals + 1, err);
}

sedge_status sedge_labels_from_text(const char *text, sedge_labels *ret, sedge_error *err) {
    sedge_labels labels = { .n = 0 };
    while (*text) {
        size_t n = strcspn(text, ",");
        sedge_status st = set_from_text(&labels, text, n, err);
        if (st)
            return st;
        text += n + (text[n] == ',');
    }
    *ret = labels;
    return SEDGE_OK;
}

bool sedge_labels_match(const sedge_labels *labels, const sedge_labels *selector) {
    for (size_t i = 0; i < selector->n; i++) {
        const char *value = sedge_labels_get(labels, selector->items[i].key);
        if (!value || strcmp(value, selector->items[i].value) != 0)
            return false;
    }
    return true;
}
