/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "os/file.h"

typedef struct block {
    struct block *next;
} block;

struct sedge_yaml {
    char *source;
    sedge_yaml_node *root;
    block *blocks; /* every allocation of the tree, for freeing in one go */
    size_t nodes;
};

void sedge_yaml_free(sedge_yaml *doc) {
    if (!doc)
        return;
    for (block *b = doc->blocks; b;) {
        block *next = b->next;
        free(b);
        b = next;
    }
    free(doc->source);
    free(doc);
}

static void *take_memory(sedge_yaml *doc, size_t n) {
    block *b = (block *)calloc(1, sizeof *b + n);
    if (!b)
        return NULL;
    b->next = doc->blocks;
    doc->blocks = b;
    return b + 1;
}

static char *keep_text(sedge_yaml *doc, const void *text, size_t n) {
    char *copy = (char *)take_memory(doc, n + 1);
    if (copy && n)
        memcpy(copy, text, n);
    return copy;
}

struct reader {
    sedge_yaml *doc;
    yaml_parser_t parser;
    sedge_error *err;
};

static sedge_status fail_at(struct reader *r, size_t line, sedge_status status, const char *what) {
    return sedge_fail(r->err, status, "%s:%zu: %s", r->doc->source, line + 1, what);
}

static sedge_status next_event(struct reader *r, yaml_event_t *ret) {
    if (yaml_parser_parse(&r->parser, ret))
        return SEDGE_OK;
    if (r->parser.error == YAML_MEMORY_ERROR)
        return sedge_fail(r->err, SEDGE_ENOMEM, "%s: no memory for the YAML document", r->doc->source);
    const char *problem = r->parser.problem ? r->parser.problem : "not YAML";
    return fail_at(r, r->parser.problem_mark.line, SEDGE_EINVALID, problem);
}

/* Checks what every node may carry; the event stays the caller's. */
static sedge_status check_node(struct reader *r, const yaml_event_t *e) {
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    switch (e->type) {
    case YAML_ALIAS_EVENT:
        return fail_at(r, e->start_mark.line, SEDGE_EINVALID, "aliases (*name) are not accepted; write the value out");
    case YAML_SCALAR_EVENT:
        anchor = e->data.scalar.anchor;
        tag = e->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = e->data.sequence_start.anchor;
        tag = e->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = e->data.mapping_start.anchor;
        tag = e->data.mapping_start.tag;
        break;
    default:
        return fail_at(r, e->start_mark.line, SEDGE_EINVALID, "a value is wanted here");
    }
    if (anchor)
        return fail_at(r, e->start_mark.line, SEDGE_EINVALID, "anchors (&name) are not accepted; write the value out");
    if (tag)
        return fail_at(r, e->start_mark.line, SEDGE_EINVALID, "tags (!name) are not accepted; leave the tag out");
    return SEDGE_OK;
}

static sedge_status keep_scalar(struct reader *r, const yaml_event_t *e, const char **ret) {
    if (memchr(e->data.scalar.value, '\0', e->data.scalar.length))
        return fail_at(r, e->start_mark.line, SEDGE_EINVALID, "a NUL character in a text");
    *ret = keep_text(r->doc, e->data.scalar.value, e->data.scalar.length);
    return *ret ? SEDGE_OK : sedge_fail(r->err, SEDGE_ENOMEM, "%s: no memory for the YAML document", r->doc->source);
}

static sedge_status read_node(struct reader *r, const yaml_event_t *e, int depth, sedge_yaml_node **ret);

static sedge_status check_new_key(struct reader *r, const sedge_yaml_node *mapping, const char *key, size_t line) {
    const sedge_yaml_node *before = sedge_yaml_get(mapping, key);
    if (before)
        return sedge_fail(r->err, SEDGE_EINVALID, "%s:%zu: the key '%.60s' stands already in line %u", r->doc->source,
                          line + 1, key, before->key_line);
    return SEDGE_OK;
}

/* Reads "key: value" where the key's event is given. */
static sedge_status read_member(struct reader *r, const yaml_event_t *key_event, const sedge_yaml_node *mapping,
                                int depth, sedge_yaml_node **ret) {
    sedge_status st = check_node(r, key_event);
    if (!st && key_event->type != YAML_SCALAR_EVENT)
        st = fail_at(r, key_event->start_mark.line, SEDGE_EINVALID, "a key must be a plain word");
    const char *key = NULL;
    if (!st)
        st = keep_scalar(r, key_event, &key);
    if (!st)
        st = check_new_key(r, mapping, key, key_event->start_mark.line);
    yaml_event_t value_event;
    if (st || (st = next_event(r, &value_event)))
        return st;
    st = read_node(r, &value_event, depth, ret);
    yaml_event_delete(&value_event);
    if (!st) {
        (*ret)->key = key;
        (*ret)->key_line = (unsigned)key_event->start_mark.line + 1;
    }
    return st;
}

static sedge_status read_children(struct reader *r, sedge_yaml_node *parent, int depth) {
    if (depth == SEDGE_YAML_DEPTH_MAX)
        return sedge_fail(r->err, SEDGE_ELIMIT, "%s:%u: nested deeper than %d levels, the limit", r->doc->source,
                          parent->line, SEDGE_YAML_DEPTH_MAX);
    sedge_yaml_node **tail = &parent->first;
    for (;;) {
        yaml_event_t e;
        sedge_status st = next_event(r, &e);
        if (st)
            return st;
        bool end = e.type == YAML_SEQUENCE_END_EVENT || e.type == YAML_MAPPING_END_EVENT;
        if (!end)
            st = parent->kind == SEDGE_YAML_MAPPING ? read_member(r, &e, parent, depth + 1, tail)
                                                    : read_node(r, &e, depth + 1, tail);
        yaml_event_delete(&e);
        if (st || end)
            return st;
        tail = &(*tail)->next;
        parent->count++;
        if (parent->kind == SEDGE_YAML_MAPPING && parent->count > SEDGE_YAML_KEYS_MAX)
            return sedge_fail(r->err, SEDGE_ELIMIT, "%s:%u: more than %d keys, the limit", r->doc->source, parent->line,
                              SEDGE_YAML_KEYS_MAX);
    }
}

static sedge_status read_node(struct reader *r, const yaml_event_t *e, int depth, sedge_yaml_node **ret) {
    sedge_status st = check_node(r, e);
    if (st)
        return st;
    if (r->doc->nodes++ == SEDGE_YAML_NODES_MAX)
        return sedge_fail(r->err, SEDGE_ELIMIT, "%s:%zu: more than %d values, the limit", r->doc->source,
                          e->start_mark.line + 1, SEDGE_YAML_NODES_MAX);
    sedge_yaml_node *node = (sedge_yaml_node *)take_memory(r->doc, sizeof *node);
    if (!node)
        return sedge_fail(r->err, SEDGE_ENOMEM, "%s: no memory for the YAML document", r->doc->source);
    node->line = (unsigned)e->start_mark.line + 1;
    node->text = "";
    if (e->type == YAML_SCALAR_EVENT) {
        node->kind = SEDGE_YAML_SCALAR;
        node->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        st = keep_scalar(r, e, &node->text);
    } else {
        node->kind = e->type == YAML_MAPPING_START_EVENT ? SEDGE_YAML_MAPPING : SEDGE_YAML_SEQUENCE;
        *ret = node; /* linked before its children, so that read_member's search sees a list that ends */
        st = read_children(r, node, depth);
    }
    if (!st)
        *ret = node;
    return st;
}

/* Skips to the event of the wanted type, which the stream must have next. */
static sedge_status expect(struct reader *r, yaml_event_type_t type, const char *what) {
    yaml_event_t e;
    sedge_status st = next_event(r, &e);
    if (st)
        return st;
    if (e.type != type)
        st = fail_at(r, e.start_mark.line, SEDGE_EINVALID, what);
    yaml_event_delete(&e);
    return st;
}

static sedge_status empty_root(struct reader *r) {
    r->doc->root = (sedge_yaml_node *)take_memory(r->doc, sizeof *r->doc->root);
    if (!r->doc->root)
        return sedge_fail(r->err, SEDGE_ENOMEM, "%s: no memory for the YAML document", r->doc->source);
    *r->doc->root = (sedge_yaml_node){ .kind = SEDGE_YAML_MAPPING, .line = 1, .text = "" };
    return SEDGE_OK;
}

static sedge_status read_document(struct reader *r) {
    sedge_status st = expect(r, YAML_STREAM_START_EVENT, "not YAML");
    yaml_event_t e;
    if (st || (st = next_event(r, &e)))
        return st;
    yaml_event_type_t first = e.type;
    yaml_event_delete(&e);
    if (first == YAML_STREAM_END_EVENT)
        return empty_root(r);
    if ((st = next_event(r, &e)))
        return st;
    bool nothing = e.type == YAML_SCALAR_EVENT && e.data.scalar.length == 0 && !e.data.scalar.tag &&
                   !e.data.scalar.anchor && e.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    st = nothing ? empty_root(r) : read_node(r, &e, 0, &r->doc->root);
    yaml_event_delete(&e);
    if (!st)
        st = expect(r, YAML_DOCUMENT_END_EVENT, "one value is wanted in the document");
    return st ? st : expect(r, YAML_STREAM_END_EVENT, "a second document; one is wanted");
}

sedge_status sedge_yaml_load(sedge_bytes text, const char *source, sedge_yaml **ret, sedge_error *err) {
    if (text.n > SEDGE_YAML_BYTES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: %zu bytes of YAML, the limit is %d", source, text.n,
                          SEDGE_YAML_BYTES_MAX);
    sedge_auto(sedge_yaml) doc = (sedge_yaml *)calloc(1, sizeof *doc);
    if (!doc || !(doc->source = strdup(source)))
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory for the YAML document", source);
    struct reader r = { .doc = doc, .err = err };
    if (!yaml_parser_initialize(&r.parser))
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory for the YAML document", source);
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) /* libyaml counts it as a column */
        text = sedge_bytes_of(text.p + 3, text.n - 3);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, text.n ? text.p : (const uint8_t *)"", text.n);
    sedge_status st = read_document(&r);
    yaml_parser_delete(&r.parser);
    if (!st)
        *ret = SEDGE_STEAL(doc);
    return st;
}

sedge_status sedge_yaml_load_file(const sedge_fs *fs, const char *path, sedge_yaml **ret, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st = sedge_file_read(fs, path, SEDGE_YAML_BYTES_MAX, &data, &n, err);
    return st ? st : sedge_yaml_load(sedge_bytes_of(data, n), path, ret, err);
}

const sedge_yaml_node *sedge_yaml_root(const sedge_yaml *doc) {
    return doc->root;
}

const char *sedge_yaml_source(const sedge_yaml *doc) {
    return doc->source;
}

const sedge_yaml_node *sedge_yaml_get(const sedge_yaml_node *mapping, const char *key) {
    if (mapping->kind == SEDGE_YAML_MAPPING)
        for (const sedge_yaml_node *n = mapping->first; n; n = n->next)
            if (n->key && strcmp(n->key, key) == 0)
                return n;
    return NULL;
}

bool sedge_yaml_is_null(const sedge_yaml_node *node) {
    return node->kind == SEDGE_YAML_SCALAR && !node->quoted &&
           (!*node->text || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

sedge_status sedge_yaml_fail(const sedge_yaml *doc, const sedge_yaml_node *node, sedge_error *err, const char *fmt,
                             ...) {
    va_list args;
    va_start(args, fmt);
    sedge_vfail(err, SEDGE_EINVALID, fmt, args);
    va_end(args);
    return sedge_wrap(err, SEDGE_EINVALID, "%s:%u", doc->source, node->key ? node->key_line : node->line);
}
