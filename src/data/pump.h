/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A simulated water pump: recordings with known physics and known faults, the same bytes on every machine.
 *
 * The rig: an induction motor drives a centrifugal pump in a closed water circuit with a valve, as the one of the SKAB
 * recordings, whose columns, units and ranges it follows. One row is one sample of all sensors. Symbols of the
 * equations are the fields of sedge_pump_unit; every constant is in pump.c. r(t) are independent noises.
 *
 *   line      U = U0 (1 + ripple r_U), uniform as behind the rig's inverter
 *   shaft     n = n_sync (1 - slip P / P0): it slows down under load; omega = 2 pi n
 *   pump      H = H0 (n / n0)^2 - a Q^2                    head of the pump
 *   circuit   H = k (1 / v^2) Q^2                          head that the pipes with a valve open by v (0 to 1) need
 *             so Q = (n / n0) sqrt(H0 / (a + k / v^2))     flow, in parts of the flow at v = 1
 *   power     P = P0 (c + (1 - c) Q (n / n0)^2)            shaft power falls with the flow
 *   current   I = I0 P U0 / (P0 U) + r_I                   r_I with a memory of some seconds
 *   pressure  p = p0 + p1 (H - H at v = 1) + r_p           behind the pump, in steps of the converter
 *   flow      read with noise r_Q and in parts of the circuit's turbulence
 *   motor     dT / dt = (T_air + h P / P0 - T) / tau_T     winding temperature follows the losses
 *   water     dW / dt = (T_air + w Q - W) / tau_W          and the water the air and the stirring
 *             T_air wanders about its mean (Ornstein-Uhlenbeck) and both begin in balance
 *
 *   vibration of each of two sensors, in g: a waveform of SEDGE_PUMP_SAMPLES samples at SEDGE_PUMP_WAVE_HZ, of which
 * the row holds the root of the mean square: imbalance     u (omega / omega0)^2 cos(omega t)                the force m
 * e omega^2 misalignment  u2 cos(2 omega t + phi) vanes         z cos(5 omega t + psi) (1 + b |1 - Q|) pressure pulses,
 * stronger off the best point turbulence    white noise, sigma (1 + b |1 - Q|) bearing       impacts at BPFO = N / 2 (1
 * - d / D) n, each rings as exp(-t / tau) sin(2 pi f t); none when sound
 *
 * Faults grow from 0.4 of their full size to all of it in 600 s:
 *   imbalance  u grows to 2 u          bearing  impacts appear          valve  v closes from 1 to 0.4
 * The label `anomaly` is 1 while a fault is present, `changepoint` is 1 in the rows where one begins or ends.
 *
 * A seed makes a unit: its imbalance, turbulence, resistance, air temperature and phases differ a little from the next
 * one's, by less than the spread within a recording, so that one model fits all.
 */
#ifndef SEDGE_DATA_PUMP_H
#define SEDGE_DATA_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/random.h"
#include "sedge/error.h"

enum {
    SEDGE_PUMP_CHANNELS = 8,
    SEDGE_PUMP_SENSORS = 2, /**< of vibration */
    SEDGE_PUMP_SAMPLES = 1024,
    SEDGE_PUMP_WAVE_HZ = 8192,
    SEDGE_PUMP_DRIFTS_MAX = 8,
};

/** The columns between datetime and anomaly. */
extern const char *const sedge_pump_channels[SEDGE_PUMP_CHANNELS];

/** X(NAME, name) */
#define SEDGE_PUMP_FAULT_LIST(X)          X(NONE, none) X(IMBALANCE, imbalance) X(BEARING, bearing) X(VALVE, valve) X(ALL, all)
#define SEDGE_PUMP_FAULT_ENUM(NAME, name) SEDGE_PUMP_##NAME,
/** ALL: one after the other, each for a sixth of the rows from fault_row on, with as long a pause behind it. */
typedef enum sedge_pump_fault { SEDGE_PUMP_FAULT_LIST(SEDGE_PUMP_FAULT_ENUM) SEDGE_PUMP_FAULT_COUNT } sedge_pump_fault;
#undef SEDGE_PUMP_FAULT_ENUM

/** A sensor that reads too much (or too little) from a row on. No fault of the pump: it is not labelled. */
typedef struct sedge_pump_drift {
    uint32_t channel;
    double offset; /**< in the channel's unit */
    uint64_t row;
} sedge_pump_drift;

typedef struct sedge_pump_options {
    uint64_t rows;
    uint64_t seed;
    double rate_hz; /**< rows per second */
    sedge_pump_fault fault;
    uint64_t fault_row;
    sedge_pump_drift drifts[SEDGE_PUMP_DRIFTS_MAX];
    uint32_t n_drifts;
    int64_t start_ms; /**< of the first row */
} sedge_pump_options;

/** What makes this pump differ from the next one: factors about 1 and phases. */
typedef struct sedge_pump_unit {
    double imbalance, turbulence, resistance;
    double air; /**< mean of the air's temperature, C */
    double misalignment_phase, vane_phase;
} sedge_pump_unit;

typedef struct sedge_pump {
    sedge_pump_options options;
    sedge_pump_unit unit;
    sedge_random random;
    uint64_t row;
    double air, motor, water; /**< C */
    double current_noise;     /**< A */
    double power;             /**< P / P0 of the row before */
    double shaft_phase;       /**< of the shaft at the row's first sample */
    bool was_faulty;
} sedge_pump;

typedef struct sedge_pump_row {
    int64_t time_ms;
    double values[SEDGE_PUMP_CHANNELS];
    bool anomaly, changepoint;
} sedge_pump_row;

/** Begins a recording; the options must be sane: rate_hz in [0.001, 1000], fault_row and drifts anywhere. */
void sedge_pump_init(sedge_pump *pump, const sedge_pump_options *options);
/** The next row. It may be called more than options.rows times. */
void sedge_pump_next(sedge_pump *pump, sedge_pump_row *ret);

/** The header line and all rows in SKAB's format. SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_pump_record(const sedge_pump_options *options, sedge_buf *out, sedge_error *err);

/** Reads "CHANNEL=+0.3@ROW"; SEDGE_EUSAGE says what is wrong. */
SEDGE_NODISCARD sedge_status sedge_pump_drift_parse(const char *text, sedge_pump_drift *ret, sedge_error *err);

#endif
