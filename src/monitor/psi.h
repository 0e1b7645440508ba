/* SPDX-License-Identifier: Apache-2.0 */
/** The PSI of two histograms, as sedge/monitor.h defines it; for what has no opened monitor yet. */
#ifndef SEDGE_MONITOR_PSI_H
#define SEDGE_MONITOR_PSI_H

#include "sedge/monitor.h"

double sedge_psi(const uint32_t bins[SEDGE_MONITOR_BINS], const uint32_t baseline[SEDGE_MONITOR_BINS]);

#endif
