/* SPDX-License-Identifier: Apache-2.0 */
/** Signals as something to read, for os/loop.h (signalfd). Call before starting threads, which inherit the mask. */
#ifndef SEDGE_OS_SIGNALS_H
#define SEDGE_OS_SIGNALS_H

#include <stddef.h>

#include "sedge/error.h"

/** Blocks the signals and opens a non-blocking descriptor that is readable when one has come. */
SEDGE_NODISCARD sedge_status sedge_signals_open(const int *signals, size_t n, int *ret_fd, sedge_error *err);
/** The next signal's number, or 0 when none is waiting. */
int sedge_signals_next(int fd);

#endif
