/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The demo: the whole loop through the three real programs, as a table of chapters and steps. A step does what a person
 * would do (starts programs, runs `sedge ...`, asks the hub), measures, and checks its claim. Nothing is special-cased
 * for it: whatever it uses, anybody can.
 *
 *     demo.c          runs the table, finds the programs, runs commands
 *     demo_files.c    the YAML files of examples/pump
 *     demo_data.c     data, features, training, optimising, running
 *     demo_fleet.c    hub, registry, devices, the good roll-out
 *     demo_bad.c      the two bad models
 *     demo_drift.c    drift, retraining
 *     demo_table.c    the figures at the end
 *     demo_show.c     display, demo_process.c processes, demo_feed.c sensors
 */
#ifndef SEDGE_CLI_DEMO_H
#define SEDGE_CLI_DEMO_H

#include "cli/demo_feed.h"
#include "cli/demo_process.h"
#include "cli/demo_show.h"
#include "cli/hub_client.h"

enum { DEMO_FOUND_MAX = DEMO_SHOW_TEXT_MAX, DEMO_RECORDINGS_MAX = 64, DEMO_FLEET_MAX = 200 };

/** The settings of the story. */
typedef struct demo_story {
    const char *name;           /**< of the model and the deployment */
    double replay_hz;           /**< rows per second and device in the demo */
    const char *shifted_column; /**< the sensor that drifts */
    double shift_deviations;    /**< by so many standard deviations */
} demo_story;

/** Everything that the last table shows; measured, never typed in. NaN and -1: not measured. */
typedef struct demo_figures {
    double weights;
    double float_bytes, int8_bytes, float_us, int8_us, accuracy_drop;
    double trees_f1, dense_accuracy;
    double bundle_bytes;
    double install_s;                  /**< good roll-out, all devices */
    double limit_us, wide_us, good_us; /**< CPU per inference: limit in the wide model's manifest, measured of both */
    double sent_bytes, raw_bytes;      /**< of the fleet, TLS payload up and raw float32 rows of the same time */
    double inferences, failed;         /**< of the fleet */
    double alarm_to_fleet_s;
    int hands; /**< commands given between the shift and the retrained fleet */
    int release_good, release_new;
} demo_figures;

typedef struct demo {
    const char *dir;  /**< where everything is kept */
    const char *data; /**< folder of recordings, or NULL */
    int64_t devices;
    bool keep;
    const demo_story *story;
    demo_show show;
    demo_processes processes;
    demo_process *hub_process;
    demo_process *agents[DEMO_FLEET_MAX];
    char recordings[DEMO_RECORDINGS_MAX][SEDGE_PATH_MAX]; /**< normal ones first */
    size_t n_normal, n_recordings;
    demo_feed *feed;
    sedge_hub_client *hub;
    char hub_url[96];
    char sedge[SEDGE_PATH_MAX], sedge_hub[SEDGE_PATH_MAX], sedge_agent[SEDGE_PATH_MAX];
    char found[DEMO_FOUND_MAX]; /**< what the running step found, for its line */
    demo_figures figures;
    unsigned commands; /**< run so far */
    unsigned commands_at_shift;
    int64_t alarm_ms; /**< when the alarm was seen, monotonic */
    char retrain_rollout[64];
} demo;

typedef struct demo_step {
    const char *title;
    sedge_status (*run)(demo *d, sedge_error *err); /**< SEDGE_EGATE: the claim does not hold */
} demo_step;

typedef struct demo_chapter {
    const char *title;
    const demo_step *steps;
    size_t n;
} demo_chapter;

/** Chapter 1 begins with it, so that training is logged. */
SEDGE_NODISCARD sedge_status demo_start_hub(demo *d, sedge_error *err);

extern const demo_chapter demo_chapter_data, demo_chapter_models, demo_chapter_fleet, demo_chapter_bad,
    demo_chapter_drift;

/** Runs all chapters, prints the table, stops every process on every way out. */
SEDGE_NODISCARD sedge_status demo_run(demo *d, sedge_error *err);
/** Prints the figures. */
void demo_print_figures(demo *d);
json_t *demo_figures_json(const demo *d);

/* for the steps */

/** What the step found, for its line. */
void demo_found(demo *d, const char *fmt, ...) SEDGE_PRINTF(2, 3);
/** The claim: SEDGE_OK when it holds, else SEDGE_EGATE with the sentence. */
SEDGE_NODISCARD sedge_status demo_claim(bool holds, sedge_error *err, const char *fmt, ...) SEDGE_PRINTF(3, 4);
/** A path below the demo's folder. Static storage of a few paths in turn: use it at once. */
const char *demo_path(const demo *d, const char *fmt, ...) SEDGE_PRINTF(2, 3);
/**
 * Runs `sedge ARGS... --json` to its end while the display goes on.
 * @param ret   NULL, or its result, the caller's to json_decref()
 * @param want  the exit code that is expected: another one is an error with the command's own sentence
 */
SEDGE_NODISCARD sedge_status demo_sedge(demo *d, const char *const *args, int want, json_t **ret, sedge_error *err);
#define DEMO_ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
/** Lets time pass: draws, notices Ctrl-C and processes that died. */
SEDGE_NODISCARD sedge_status demo_pause(demo *d, int ms, sedge_error *err);
/** Asks the hub. */
SEDGE_NODISCARD sedge_status demo_ask(demo *d, const char *path, json_t **ret, sedge_error *err);

/** Writes the YAML files of the story into the folder. */
SEDGE_NODISCARD sedge_status demo_write_files(demo *d, sedge_error *err);

#endif
