/* SPDX-License-Identifier: Apache-2.0 */
/** What rows accept can be printed and read again, and prints the same. */
#include <stdlib.h>

#include "conf/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct item {
    char *name;
    double share;
    sedge_conf_strings words;
} item;
static const sedge_conf_row item_rows[] = {
    { "name", SEDGE_CONF_STRING, SEDGE_AT(item, name), .flags = SEDGE_CONF_REQUIRED },
    { "share", SEDGE_CONF_DOUBLE, SEDGE_AT(item, share), "0.5", .min = -1000, .max = 1000 },
    { "words", SEDGE_CONF_STRINGS, SEDGE_AT(item, words) },
};
static const sedge_conf_rows item_conf = SEDGE_CONF_ROWS(item, item_rows);
static const sedge_conf_rows one_conf = { item_rows + 1, SEDGE_COUNT(item_rows) - 1, sizeof(item), NULL };

static const char *const kinds[] = { "dense", "trees", NULL };
typedef struct all {
    bool flag;
    int64_t count, wait_ms, size_bytes;
    int kind;
    item one;
    sedge_conf_ints layers;
    sedge_conf_doubles edges;
    sedge_conf_pairs labels;
    SEDGE_CONF_LIST_OF(item) items;
} all;
static const sedge_conf_row all_rows[] = {
    { "flag", SEDGE_CONF_BOOL, SEDGE_AT(all, flag) },
    { "count", SEDGE_CONF_INT, SEDGE_AT(all, count), .flags = SEDGE_CONF_OPTIONAL },
    { "wait", SEDGE_CONF_DURATION, SEDGE_AT(all, wait_ms), "10s" },
    { "size", SEDGE_CONF_BYTES, SEDGE_AT(all, size_bytes), "64k" },
    { "kind", SEDGE_CONF_ENUM, SEDGE_AT(all, kind), .choices = kinds, .flags = SEDGE_CONF_OPTIONAL },
    { "one", SEDGE_CONF_STRUCT, SEDGE_AT(all, one), .rows = &one_conf },
    { "layers", SEDGE_CONF_INTS, SEDGE_AT(all, layers), .min = -4096, .max = 4096 },
    { "edges", SEDGE_CONF_DOUBLES, SEDGE_AT(all, edges) },
    { "labels", SEDGE_CONF_PAIRS, SEDGE_AT(all, labels) },
    { "items", SEDGE_CONF_LIST, SEDGE_AT(all, items), .rows = &item_conf },
};
static const sedge_conf_rows all_conf = SEDGE_CONF_ROWS(all, all_rows);

static sedge_status read_text(sedge_bytes text, all *ret, sedge_error *err) {
    sedge_auto(sedge_yaml) doc = NULL;
    sedge_status st = sedge_yaml_load(text, "fuzz", &doc, err);
    return st ? st : sedge_conf_from_yaml(&all_conf, doc, sedge_yaml_root(doc), ret, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 14)
        return 0;
    all first, second;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_status st = read_text(sedge_bytes_of(data, size), &first, &err);
    if (st) {
        if (!err.text[0])
            abort();
        return 0;
    }
    SEDGE_AUTO_BUF printed = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF again = sedge_buf_init(1 << 20);
    sedge_conf_put_values(&all_conf, &first, NULL, &printed);
    sedge_conf_free(&all_conf, &first);
    if (read_text(sedge_buf_bytes(&printed), &second, &err))
        abort();
    sedge_conf_put_values(&all_conf, &second, NULL, &again);
    sedge_conf_free(&all_conf, &second);
    if (!sedge_bytes_equal(sedge_buf_bytes(&printed), sedge_buf_bytes(&again)))
        abort();
    return 0;
}
