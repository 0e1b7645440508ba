/* SPDX-License-Identifier: Apache-2.0 */
/* Chapter 4: two models that must not reach the fleet. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/demo_hub.h"
#include "cli/json_text.h"

enum { LIMIT_TIMES = 10, LIMIT_LEAST_US = 50, SETTLE_MS = 15000, POLL_MS = 300 };

static sedge_status train_wide(demo *d, sedge_error *err) {
    const char *args[DEMO_ARGS_MAX] = {
        "train", demo_path(d, "train-wide.yaml"), "--out", demo_path(d, "wide-float"), "--data", d->recordings[0], NULL
    };
    sedge_status st = demo_sedge(d, args, 0, NULL, err);
    if (!st)
        st = demo_sedge(d,
                        DEMO_ARGS("optimize", demo_path(d, "wide-float"), "--config",
                                  demo_path(d, "optimize-wide.yaml"), "--out", demo_path(d, "wide")),
                        0, NULL, err);
    int64_t size_bytes = 0;
    if (!st)
        st = sedge_file_size(NULL, demo_path(d, "wide/model.tflite"), &size_bytes, err);
    demo_found(d, "%.1f MB of int8 weights, as correct as the good one, much slower", (double)size_bytes / 1e6);
    return st;
}

/** After a stop at the canary: all devices are back on the good release, by themselves. */
static sedge_status settle(demo *d, sedge_error *err) {
    for (int waited = 0;; waited += POLL_MS) {
        demo_fleet fleet;
        size_t good = 0;
        sedge_status st = demo_fleet_ask(d, d->figures.release_good, &fleet, err);
        for (size_t i = 0; !st && i < fleet.n; i++)
            good += fleet.release[i] == d->figures.release_good;
        if (st || good == (size_t)d->devices)
            return st;
        if (waited >= SETTLE_MS)
            return sedge_fail(err, SEDGE_EGATE, "%zu of %d devices are back on release %d", good, (int)d->devices,
                              d->figures.release_good);
        st = demo_pause(d, POLL_MS, err);
        if (st)
            return st;
    }
}

/** Rolls a bad release out and claims that it stopped at the canary. */
static sedge_status must_stop(demo *d, int release, sedge_error *err) {
    demo_rollout r;
    size_t canary = (size_t)ceil(0.05 * (double)d->devices);
    sedge_status st = demo_roll_out(d, release, &r, err);
    if (!st)
        st = demo_claim(!r.done, err, "the bad release %d was rolled out to all devices", release);
    if (!st)
        st = demo_claim(r.touched <= canary, err, "%zu devices saw the bad release %d", r.touched, release);
    if (!st)
        st = settle(d, err);
    if (!st)
        demo_found(d, "%zu of %d devices saw it, for %.1f s: %.140s", r.touched, (int)d->devices, r.seconds, r.reason);
    return st;
}

static sedge_status slow(demo *d, sedge_error *err) {
    demo_figures *f = &d->figures;
    demo_sums sums;
    int release = 0;
    f->limit_us = fmax(ceil(LIMIT_TIMES * f->good_us), LIMIT_LEAST_US);
    sedge_status st = demo_push(d, "wide", f->limit_us, NULL, &release, NULL, err);
    if (!st)
        st = must_stop(d, release, err);
    if (!st)
        st = demo_stats(d, release, &sums, err);
    if (st)
        return st;
    f->wide_us = sums.cpu_us;
    return demo_claim(f->wide_us > f->limit_us, err, "the slow model took %.1f us, its limit was %.1f us", f->wide_us,
                      f->limit_us);
}

/** The good model with the golden vectors of another one. */
static sedge_status wrong(demo *d, sedge_error *err) {
    int release = 0;
    sedge_status st = demo_sedge(d,
                                 DEMO_ARGS("bundle", demo_path(d, "wide"), "--release", "1", "--out",
                                           demo_path(d, "wide.bundle"), "--golden-out", demo_path(d, "wide.golden")),
                                 0, NULL, err);
    if (!st)
        st = demo_push(d, "int8", 0, demo_path(d, "wide.golden"), &release, NULL, err);
    return st ? st : must_stop(d, release, err);
}

static const demo_step STEPS[] = {
    { "a much wider net is trained", train_wide },
    { "the slow model stops at the canary", slow },
    { "a model that computes something else stops at the canary", wrong },
};
const demo_chapter demo_chapter_bad = { "Bad models", STEPS, SEDGE_COUNT(STEPS) };
