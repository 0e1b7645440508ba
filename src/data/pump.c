/* SPDX-License-Identifier: Apache-2.0 */
#include "data/pump.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/exact_math.h"
#include "base/format.h"
#include "conf/csv_line.h"
#include "os/clock.h"

const char *const sedge_pump_channels[SEDGE_PUMP_CHANNELS] = {
    "Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure",
    "Temperature",       "Thermocouple",      "Voltage", "Volume Flow RateRMS",
};

/* Line and motor. */
static const double U0 = 229, U_RIPPLE = 0.105;              /* V, share */
static const double I0 = 2.4, I_NOISE = 0.2, I_MEMORY_S = 3; /* A, A, s */
static const double N_SYNC = 50, SLIP = 0.03;                /* 1/s, share at P0 */
/* Hydraulics, in parts of the normal point: Q = 1 and H = 1 at v = 1. */
static const double PUMP_H0 = 1.4, PUMP_A = 0.4, CIRCUIT_K = 1;
static const double POWER_IDLE = 0.35;
static const double P_MEAN = 0.11, P_HEAD = 0.9, P_NOISE = 0.24, P_STEP = 0.327927; /* bar */
static const double P_ZERO = 0.054711;                                              /* bar, a step of the converter */
static const double Q_NORMAL = 125.2, Q_NOISE = 1.1;                                /* l/min */
/* Heat. */
static const double AIR = 27.3, AIR_SPREAD = 0.35, AIR_MEMORY_S = 60; /* C, C, s */
static const double MOTOR_RISE = 62, MOTOR_S = 60, WATER_RISE = 1.2, WATER_S = 120, HEAT_NOISE = 0.15;
/* Vibration, in g; the second sensor sits at the pump and reads this much more. */
static const double IMBALANCE = 0.2, MISALIGNMENT = 0.1, VANES = 0.12, TURBULENCE = 0.113, OFF_POINT = 1.2;
static const double SENSOR_GAIN[SEDGE_PUMP_SENSORS] = { 1, 1.262 };
static const double BEARING_GAIN[SEDGE_PUMP_SENSORS] = { 1, 0.6 }; /* it is nearer to the first sensor */
static const int VANE_COUNT = 5;
static const double BALLS = 8, BALL_RATIO = 0.25, IMPACT = 1.1, RING_HZ = 2200, RING_S = 0.0015;
/* Faults. */
static const double GROWTH_S = 600, GROWTH_FROM = 0.4, FULL_IMBALANCE = 1, FULL_VALVE = 0.6;

typedef struct severity {
    double imbalance, bearing, valve;
} severity;

/** Roughly normal with deviation 1: the sum of four 16-bit uniforms. Many a sample, so it must be quick. */
static double quick_noise(sedge_random *random) {
    uint64_t bits = sedge_random_u64(random);
    double sum =
        (double)(bits & 0xFFFF) + (double)(bits >> 16 & 0xFFFF) + (double)(bits >> 32 & 0xFFFF) + (double)(bits >> 48);
    return (sum / 65536 - 2 + 2.0 / 65536) * 1.7320508075688772;
}

/** A value with memory: one step of an Ornstein-Uhlenbeck process about 0. */
static double wander(sedge_random *random, double x, double spread, double memory_s, double dt) {
    double keep = sedge_exp(-dt / memory_s);
    return keep * x + spread * sqrt(1 - keep * keep) * sedge_random_normal(random);
}

static double near_one(sedge_random *random, double spread) {
    return 1 + spread * (2 * sedge_random_unit(random) - 1);
}

void sedge_pump_init(sedge_pump *pump, const sedge_pump_options *options) {
    *pump = (sedge_pump){ .options = *options, .power = 1 };
    sedge_random_init(&pump->random, options->seed);
    sedge_random *random = &pump->random;
    pump->unit = (sedge_pump_unit){ .imbalance = near_one(random, 0.01),
                                    .turbulence = near_one(random, 0.01),
                                    .resistance = near_one(random, 0.004),
                                    .air = AIR + 0.05 * (2 * sedge_random_unit(random) - 1),
                                    .misalignment_phase = 2 * SEDGE_PI * sedge_random_unit(random),
                                    .vane_phase = 2 * SEDGE_PI * sedge_random_unit(random) };
    pump->air = AIR_SPREAD * sedge_random_normal(random);
    pump->current_noise = I_NOISE * sedge_random_normal(random);
    pump->motor = pump->unit.air + pump->air + MOTOR_RISE;
    pump->water = pump->unit.air + pump->air + WATER_RISE;
}

/** Which fault is present in the row, and since when. */
static sedge_pump_fault fault_of(const sedge_pump_options *o, uint64_t row, uint64_t *ret_since) {
    if (o->fault == SEDGE_PUMP_NONE || row < o->fault_row)
        return SEDGE_PUMP_NONE;
    *ret_since = o->fault_row;
    if (o->fault != SEDGE_PUMP_ALL)
        return o->fault;
    static const sedge_pump_fault order[] = { SEDGE_PUMP_IMBALANCE, SEDGE_PUMP_NONE,  SEDGE_PUMP_BEARING,
                                              SEDGE_PUMP_NONE,      SEDGE_PUMP_VALVE, SEDGE_PUMP_NONE };
    uint64_t left = o->rows > o->fault_row ? o->rows - o->fault_row : 1, part = left / 6 ? left / 6 : 1;
    uint64_t turn = (row - o->fault_row) / part;
    if (turn >= SEDGE_COUNT(order))
        return SEDGE_PUMP_NONE;
    *ret_since = o->fault_row + turn * part;
    return order[turn];
}

static severity severity_of(const sedge_pump_options *o, uint64_t row) {
    uint64_t since = 0;
    sedge_pump_fault fault = fault_of(o, row, &since);
    double age_s = (double)(row - since) / o->rate_hz, grown = age_s < GROWTH_S ? age_s / GROWTH_S : 1;
    double size = GROWTH_FROM + (1 - GROWTH_FROM) * grown;
    return (severity){ .imbalance = fault == SEDGE_PUMP_IMBALANCE ? size : 0,
                       .bearing = fault == SEDGE_PUMP_BEARING ? size : 0,
                       .valve = fault == SEDGE_PUMP_VALVE ? size : 0 };
}

/** A turning pointer: cos and sin that advance by a fixed angle a sample. */
typedef struct turning {
    double c, s, step_c, step_s;
} turning;

static turning turning_from(double phase, double step) {
    return (turning){ sedge_cos(phase), sedge_sin(phase), sedge_cos(step), sedge_sin(step) };
}

/** The cosine, before it advances. */
static double turn(turning *t) {
    double c = t->c, s = t->s;
    t->c = c * t->step_c - s * t->step_s;
    t->s = s * t->step_c + c * t->step_s;
    return c;
}

/** What the waveforms of a row are made of. */
typedef struct motion {
    double shaft_hz;
    double imbalance, misalignment, vanes, turbulence, impact; /**< amplitudes, g */
} motion;

static motion motion_of(const sedge_pump *pump, double shaft_hz, double flow, const severity *size) {
    double nominal = N_SYNC * (1 - SLIP), speed = shaft_hz / nominal, off = 1 + OFF_POINT * fabs(1 - flow);
    double imbalance = IMBALANCE * pump->unit.imbalance * (1 + FULL_IMBALANCE * size->imbalance);
    return (motion){ .shaft_hz = shaft_hz,
                     .imbalance = imbalance * speed * speed,
                     .misalignment = MISALIGNMENT,
                     .vanes = VANES * off,
                     .turbulence = TURBULENCE * pump->unit.turbulence * off,
                     .impact = IMPACT * size->bearing };
}

/** Root of the mean square of one sensor's waveform. */
static double vibration(sedge_pump *pump, const motion *m, int sensor) {
    double dt = 1.0 / SEDGE_PUMP_WAVE_HZ, step = 2 * SEDGE_PI * m->shaft_hz * dt, start = pump->shaft_phase;
    turning once = turning_from(start, step);
    turning twice = turning_from(2 * start + pump->unit.misalignment_phase, 2 * step);
    turning vanes = turning_from(VANE_COUNT * start + pump->unit.vane_phase, VANE_COUNT * step);
    /* the bearing's ring: y[i] = 2 r cos(w) y[i-1] - r^2 y[i-2] + impact sin(w) at each blow */
    double r = sedge_exp(-dt / RING_S), w = 2 * SEDGE_PI * RING_HZ * dt;
    double ring_1 = 2 * r * sedge_cos(w), ring_2 = r * r, blow = m->impact * BEARING_GAIN[sensor] * sedge_sin(w);
    double impact_hz = BALLS / 2 * (1 - BALL_RATIO) * m->shaft_hz, to_next = sedge_random_unit(&pump->random);
    double y1 = 0, y2 = 0, squares = 0;
    for (int i = 0; i < SEDGE_PUMP_SAMPLES; i++) {
        to_next -= impact_hz * dt;
        bool hit = to_next < 0;
        to_next += hit;
        double ring = ring_1 * y1 - ring_2 * y2 + (hit ? blow : 0);
        y2 = y1;
        y1 = ring;
        double a = m->imbalance * turn(&once) + m->misalignment * turn(&twice) + m->vanes * turn(&vanes) +
                   m->turbulence * quick_noise(&pump->random) + ring;
        squares += a * a;
    }
    return SENSOR_GAIN[sensor] * sqrt(squares / SEDGE_PUMP_SAMPLES);
}

/** The converter of the pressure sensor. */
static double in_steps(double x) {
    return P_ZERO + floor((x - P_ZERO) / P_STEP + 0.5) * P_STEP;
}

static void add_drifts(const sedge_pump *pump, double values[SEDGE_PUMP_CHANNELS]) {
    for (uint32_t i = 0; i < pump->options.n_drifts; i++)
        if (pump->row >= pump->options.drifts[i].row)
            values[pump->options.drifts[i].channel] += pump->options.drifts[i].offset;
}

static void advance_heat(sedge_pump *pump, double power, double flow, double dt) {
    pump->air = wander(&pump->random, pump->air, AIR_SPREAD, AIR_MEMORY_S, dt);
    double air = pump->unit.air + pump->air;
    pump->motor += (air + MOTOR_RISE * power - pump->motor) * (1 - sedge_exp(-dt / MOTOR_S));
    pump->water += (air + WATER_RISE * flow - pump->water) * (1 - sedge_exp(-dt / WATER_S));
}

void sedge_pump_next(sedge_pump *pump, sedge_pump_row *ret) {
    const sedge_pump_options *o = &pump->options;
    sedge_random *random = &pump->random;
    double dt = 1 / o->rate_hz;
    severity size = severity_of(o, pump->row);

    double voltage = U0 * near_one(random, U_RIPPLE);
    double shaft_hz = N_SYNC * (1 - SLIP * pump->power) * (1 + 0.001 * sedge_random_normal(random));
    double speed = shaft_hz / (N_SYNC * (1 - SLIP)), opening = 1 - FULL_VALVE * size.valve;
    double resistance = CIRCUIT_K * pump->unit.resistance / (opening * opening);
    double flow = speed * sqrt(PUMP_H0 / (PUMP_A + resistance));
    double head = PUMP_H0 * speed * speed - PUMP_A * flow * flow;
    pump->power = (POWER_IDLE + (1 - POWER_IDLE) * flow) * speed * speed;
    pump->current_noise = wander(random, pump->current_noise, I_NOISE, I_MEMORY_S, dt);
    advance_heat(pump, pump->power, flow, dt);

    motion m = motion_of(pump, shaft_hz, flow, &size);
    double *v = ret->values;
    v[0] = vibration(pump, &m, 0);
    v[1] = vibration(pump, &m, 1);
    v[2] = I0 * pump->power * U0 / voltage + pump->current_noise;
    v[3] = in_steps(P_MEAN + P_HEAD * (head - (PUMP_H0 - PUMP_A)) + P_NOISE * sedge_random_normal(random));
    v[4] = pump->motor + HEAT_NOISE * sedge_random_normal(random);
    v[5] = pump->water + HEAT_NOISE * sedge_random_normal(random);
    v[6] = voltage;
    v[7] = Q_NORMAL * flow + Q_NOISE * sedge_random_normal(random);
    add_drifts(pump, v);

    ret->anomaly = size.imbalance + size.bearing + size.valve > 0;
    ret->changepoint = pump->row && ret->anomaly != pump->was_faulty;
    ret->time_ms = o->start_ms + (int64_t)floor((double)pump->row * 1000 / o->rate_hz + 0.5);
    pump->was_faulty = ret->anomaly;
    pump->shaft_phase = 2 * SEDGE_PI * sedge_random_unit(random);
    pump->row++;
}

static void put_time(sedge_buf *out, int64_t ms) {
    char text[SEDGE_TIME_TEXT_MAX]; /* 2026-01-01T00:00:00.000Z */
    sedge_time_format(ms, text);
    text[10] = ' ';
    text[ms % 1000 ? 23 : 19] = '\0';
    sedge_buf_text(out, text);
}

sedge_status sedge_pump_record(const sedge_pump_options *options, sedge_buf *out, sedge_error *err) {
    sedge_pump pump;
    sedge_pump_init(&pump, options);
    sedge_buf_text(out, "datetime");
    for (int i = 0; i < SEDGE_PUMP_CHANNELS; i++)
        sedge_buf_printf(out, ";%s", sedge_pump_channels[i]);
    sedge_buf_text(out, ";anomaly;changepoint\n");
    for (uint64_t i = 0; i < options->rows && !out->failed; i++) {
        sedge_pump_row row;
        sedge_pump_next(&pump, &row);
        put_time(out, row.time_ms);
        for (int c = 0; c < SEDGE_PUMP_CHANNELS; c++)
            sedge_buf_printf(out, ";%.6g", row.values[c]);
        sedge_buf_printf(out, ";%d.0;%d.0\n", row.anomaly, row.changepoint);
    }
    if (out->failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a recording of %llu rows",
                          (unsigned long long)options->rows);
    return SEDGE_OK;
}

sedge_status sedge_pump_drift_parse(const char *text, sedge_pump_drift *ret, sedge_error *err) {
    const char *equals = strchr(text, '='), *at = equals ? strchr(equals, '@') : NULL;
    char number[32];
    if (!at || at - equals > (ptrdiff_t)sizeof number)
        return sedge_fail(err, SEDGE_EUSAGE, "'%.60s' is no drift; write it like Pressure=+0.3@1000", text);
    memcpy(number, equals + 1, (size_t)(at - equals - 1));
    number[at - equals - 1] = '\0';
    int64_t row;
    sedge_pump_drift drift = { .channel = SEDGE_PUMP_CHANNELS };
    for (uint32_t i = 0; i < SEDGE_PUMP_CHANNELS; i++)
        if (strlen(sedge_pump_channels[i]) == (size_t)(equals - text) &&
            !strncmp(sedge_pump_channels[i], text, (size_t)(equals - text)))
            drift.channel = i;
    if (drift.channel == SEDGE_PUMP_CHANNELS)
        return sedge_fail(err, SEDGE_EUSAGE, "'%.*s' is no channel of the pump", (int)(equals - text), text);
    if (!sedge_csv_double(sedge_bytes_text(number), &drift.offset) ||
        !sedge_csv_integer(sedge_bytes_text(at + 1), 0, INT64_MAX / 2, &row))
        return sedge_fail(err, SEDGE_EUSAGE, "'%.60s': an offset, '@' and a row are wanted behind '='", text);
    drift.row = (uint64_t)row;
    *ret = drift;
    return SEDGE_OK;
}
