/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Runs a fuzz target on its seeds without libFuzzer: usage standalone FOLDER. Each file is given whole, cut at every
 * length and with single bytes changed, always as a heap copy of exact size. Large files are sampled. Output is TAP; a
 * target that finds something aborts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "os/file.h"

enum { SEED_MAX = 1 << 20, SAMPLES = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_copy(const uint8_t *data, size_t n) {
    uint8_t *copy = (uint8_t *)malloc(n ? n : 1);
    if (!copy)
        abort();
    memcpy(copy, data, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void run_seed(uint8_t *data, size_t n) {
    static const uint8_t changes[] = { 0x01, 0x20, 0x80, 0xff };
    size_t step = n / SAMPLES + 1;
    run_copy(data, n);
    for (size_t cut = 0; cut < n; cut += step)
        run_copy(data, cut);
    for (size_t at = 0; at < n; at += step)
        for (size_t k = 0; k < sizeof changes; k++) {
            data[at] ^= changes[k];
            run_copy(data, n);
            data[at] ^= changes[k];
        }
}

int main(int argc, char **argv) {
    sedge_names names;
    sedge_error err = SEDGE_ERROR_INIT;
    if (argc != 2 || sedge_dir_list(NULL, argv[1], &names, &err)) {
        printf("1..0 # SKIP no seeds: %s\n", err.text);
        return 0;
    }
    printf("1..%zu\n", names.n);
    int failed = 0;
    for (size_t i = 0; i < names.n; i++) {
        char path[SEDGE_PATH_MAX];
        uint8_t *data = NULL;
        size_t n;
        sedge_status st = sedge_path_format(path, &err, "%s/%s", argv[1], names.items[i]);
        if (!st)
            st = sedge_file_read(NULL, path, SEED_MAX, &data, &n, &err);
        if (!st)
            run_seed(data, n);
        printf("%s %zu - %s\n", st ? "not ok" : "ok", i + 1, st ? err.text : names.items[i]);
        failed += st != SEDGE_OK;
        free(data);
    }
    sedge_names_done(&names);
    return failed != 0;
}
