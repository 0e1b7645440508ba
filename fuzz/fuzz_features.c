/* SPDX-License-Identifier: Apache-2.0 */
/** What can be opened is the same when written again, and makes finite vectors of any rows. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "features/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const sedge_features *f, sedge_bytes file) {
    sedge_features_channel channels[SEDGE_FEATURES_CHANNELS_MAX];
    static sedge_features_entry entries[SEDGE_FEATURES_COUNT_MAX];
    sedge_features_spec spec = { .rate_hz = sedge_features_rate_hz(f),
                                 .length = sedge_features_length(f),
                                 .step = sedge_features_step(f),
                                 .n_channels = sedge_features_channels(f),
                                 .channels = channels,
                                 .n_entries = sedge_features_count(f),
                                 .entries = entries };
    for (uint32_t i = 0; i < spec.n_channels; i++)
        channels[i] = *sedge_features_channel_at(f, i);
    for (uint32_t i = 0; i < spec.n_entries; i++)
        entries[i] = *sedge_features_entry_at(f, i);
    SEDGE_AUTO_BUF out = sedge_buf_init((size_t)1 << 20);
    if (sedge_features_write(&spec, &out, NULL) || !sedge_bytes_equal(sedge_buf_bytes(&out), file))
        abort();
}

static void make_vectors(const sedge_features *f, sedge_bytes file) {
    static float vector[SEDGE_FEATURES_COUNT_MAX];
    float row[SEDGE_FEATURES_CHANNELS_MAX];
    size_t bytes = sedge_features_state_bytes(f), at = 0;
    SEDGE_AUTO_MEM void *memory = malloc(bytes);
    sedge_features_state *state;
    if (!memory || sedge_features_state_init(f, memory, bytes, &state, NULL))
        abort();
    for (uint32_t i = 0; i < sedge_features_length(f); i++) {
        for (uint32_t c = 0; c < sedge_features_channels(f); c++, at = (at + 4) % (file.n - 4))
            row[c] = sedge_load_f32(file.p + at); /* the file's bytes are as good as any */
        bool ready = sedge_features_push(state, row, vector);
        if (ready != (i + 1 == sedge_features_length(f)))
            abort();
    }
    for (uint32_t i = 0; i < sedge_features_count(f); i++)
        if (!isfinite(vector[i]))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_features *f;
    if (sedge_features_open(data, size, &f, NULL))
        return 0;
    write_again(f, sedge_bytes_of(data, size));
    make_vectors(f, sedge_bytes_of(data, size));
    sedge_features_free(f);
    return 0;
}
