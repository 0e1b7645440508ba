/* SPDX-License-Identifier: Apache-2.0 */
/** A CSV file says the same whether it comes whole or byte by byte, and every cell lies in its line. */
#include <stdlib.h>
#include <string.h>

#include "data/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct feed {
    const uint8_t *p;
    size_t n, piece;
} feed;

static int64_t read_feed(void *ctx, void *p, size_t n) {
    feed *f = ctx;
    n = n < f->piece ? n : f->piece;
    n = n < f->n ? n : f->n;
    memcpy(p, f->p, n);
    f->p += n;
    f->n -= n;
    return (int64_t)n;
}

static uint64_t add(uint64_t sum, const char *text) {
    for (; *text; text++)
        sum = sum * 31 + (uint8_t)*text;
    return sum * 31 + 7;
}

static uint64_t summary(const uint8_t *data, size_t size, size_t piece, sedge_status *ret) {
    feed f = { data, size, piece };
    sedge_auto(sedge_csv) csv = NULL;
    uint64_t sum = 0;
    float number;
    int64_t ms;
    sedge_status st = sedge_csv_open_source(read_feed, &f, "fuzz", '\0', &csv, NULL);
    for (uint32_t i = 0; !st && i < sedge_csv_columns(csv); i++)
        sum = add(sum, sedge_csv_column(csv, i));
    bool more = true;
    while (!st && !(st = sedge_csv_next(csv, &more, NULL)) && more) {
        for (uint32_t i = 0; i < sedge_csv_columns(csv); i++) {
            sedge_bytes cell = sedge_bytes_text(sedge_csv_cell(csv, i));
            if (cell.n > SEDGE_CSV_LINE_MAX)
                abort();
            sum = add(sum, sedge_csv_cell(csv, i));
            sum += sedge_csv_number(cell, &number);
            sum += 2U * sedge_csv_time(cell, &ms);
        }
        sum += sedge_csv_row(csv) * 131 + sedge_csv_line(csv);
    }
    *ret = st;
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_status whole, pieces;
    if (summary(data, size, SIZE_MAX, &whole) != summary(data, size, 1, &pieces) || whole != pieces)
        abort();
    return 0;
}
