/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/jobs/samples_csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "conf/yaml.h"
#include "os/clock.h"

static const char *text_of(const sedge_yaml_node *mapping, const char *key) {
    const sedge_yaml_node *node = sedge_yaml_get(mapping, key);
    return node && node->kind == SEDGE_YAML_SCALAR ? node->text : "";
}

sedge_status csv_shape_read(sedge_bytes schema, csv_shape *ret, sedge_error *err) {
    sedge_auto(sedge_yaml) doc = NULL;
    *ret = (csv_shape){ .separator = ';' };
    sedge_status st = sedge_yaml_load(schema, "schema.yaml", &doc, err);
    if (st)
        return st;
    const sedge_yaml_node *root = sedge_yaml_root(doc), *columns = sedge_yaml_get(root, "columns");
    const char *separator = text_of(root, "separator");
    if (strlen(separator) == 1)
        ret->separator = separator[0];
    for (const sedge_yaml_node *c = columns ? columns->first : NULL; c; c = c->next)
        if (c->kind == SEDGE_YAML_MAPPING && strcmp(text_of(c, "role"), "time") == 0)
            snprintf(ret->time, sizeof ret->time, "%s", text_of(c, "name"));
    return SEDGE_OK;
}

/** A name with the separator, a quote or a line break in it is quoted. */
static void put_name(const char *name, char separator, sedge_buf *out) {
    char special[] = { separator, '"', '\n', '\r', 0 };
    if (!strpbrk(name, special)) {
        sedge_buf_text(out, name);
        return;
    }
    sedge_buf_u8(out, '"');
    for (; *name; name++) {
        if (*name == '"')
            sedge_buf_u8(out, '"');
        sedge_buf_u8(out, (uint8_t)*name);
    }
    sedge_buf_u8(out, '"');
}

static void put_row(const sedge_samples *s, size_t row, const csv_shape *shape, sedge_buf *out) {
    char text[SEDGE_TIME_TEXT_MAX > 32 ? SEDGE_TIME_TEXT_MAX : 32];
    if (shape->time[0]) {
        sedge_time_format(s->times_ms[row], text);
        sedge_buf_text(out, text);
    }
    for (size_t c = 0; c < s->n_channels; c++) {
        float v = s->values[row * s->n_channels + c];
        if (c || shape->time[0])
            sedge_buf_u8(out, (uint8_t)shape->separator);
        if (isfinite(v)) {
            snprintf(text, sizeof text, "%.9g", (double)v);
            sedge_buf_text(out, text);
        }
    }
    sedge_buf_u8(out, '\n');
}

sedge_status samples_csv(const sedge_samples *s, const csv_shape *shape, sedge_buf *out, sedge_error *err) {
    if (shape->time[0])
        put_name(shape->time, shape->separator, out);
    for (size_t c = 0; c < s->n_channels; c++) {
        if (c || shape->time[0])
            sedge_buf_u8(out, (uint8_t)shape->separator);
        put_name(s->channels[c], shape->separator, out);
    }
    sedge_buf_u8(out, '\n');
    for (size_t row = 0; row < s->n_rows; row++)
        put_row(s, row, shape, out);
    return out->failed ? sedge_fail(err, SEDGE_ENOMEM, "no memory for a recording") : SEDGE_OK;
}
