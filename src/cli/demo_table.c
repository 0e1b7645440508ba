/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>

#include "cli/demo.h"

/** A row: what, and how it is made of the figures. */
typedef struct figure {
    const char *name;
    void (*text)(const demo_figures *f, char *out, size_t size);
} figure;

#define FIGURE(fn, ...)                                                                                                \
    static void fn(const demo_figures *f, char *out, size_t size) {                                                    \
        (void)snprintf(out, size, __VA_ARGS__);                                                                        \
    }
FIGURE(float_text, "%.0f weights, %.0f bytes, %.1f µs an inference", f->weights, f->float_bytes, f->float_us)
FIGURE(int8_text, "%.0f bytes (%.1f %%), %.1f µs an inference", f->int8_bytes, 100 * f->int8_bytes / f->float_bytes,
       f->int8_us)
FIGURE(drop_text, "%.4f", f->accuracy_drop)
FIGURE(bundle_text, "%.0f bytes a device", f->bundle_bytes)
FIGURE(rollout_text, "%.1f s in three phases", f->install_s)
FIGURE(slow_text, "%.0f µs where %.0f µs are allowed (the good one: %.1f µs)", f->wide_us, f->limit_us, f->good_us)
FIGURE(sent_text, "%.0f bytes instead of %.0f raw: %.1f %% less", f->sent_bytes, f->raw_bytes,
       100 * (1 - f->sent_bytes / f->raw_bytes))
FIGURE(failed_text, "%.0f of %.0f", f->failed, f->inferences)
FIGURE(hands_text, "%d", f->hands)
FIGURE(drift_text, "%.1f s", f->alarm_to_fleet_s)

static const figure FIGURES[] = {
    { "float model", float_text },
    { "int8 model", int8_text },
    { "accuracy drop", drop_text },
    { "update", bundle_text },
    { "roll-out of the good model", rollout_text },
    { "the slow model at the canary", slow_text },
    { "sent by the fleet", sent_text },
    { "failed inferences", failed_text },
    { "hands needed for retraining", hands_text },
    { "alarm to retrained fleet", drift_text },
};

void demo_print_figures(demo *d) {
    char text[DEMO_SHOW_TEXT_MAX];
    demo_show_chapter(&d->show, "Measured");
    for (size_t i = 0; i < SEDGE_COUNT(FIGURES); i++) {
        FIGURES[i].text(&d->figures, text, sizeof text);
        demo_show_line(&d->show, "  %-30s %s", FIGURES[i].name, text);
    }
}

json_t *demo_figures_json(const demo *d) {
    const demo_figures *f = &d->figures;
    return json_pack("{s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:f,s:i}", "weights", f->weights,
                     "float_bytes", f->float_bytes, "float_us", f->float_us, "int8_bytes", f->int8_bytes, "int8_us",
                     f->int8_us, "accuracy_drop", f->accuracy_drop, "update_bytes", f->bundle_bytes, "rollout_s",
                     f->install_s, "good_cpu_us", f->good_us, "limit_cpu_us", f->limit_us, "slow_cpu_us", f->wide_us,
                     "sent_bytes", f->sent_bytes, "raw_bytes", f->raw_bytes, "inferences", f->inferences,
                     "failed_inferences", f->failed, "alarm_to_fleet_s", f->alarm_to_fleet_s, "hands", f->hands);
}
