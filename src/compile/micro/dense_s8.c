/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro/dense_s8.h"

#if SEDGE_MICRO_MVE
#include "compile/micro/dense_s8_mve.h"
#elif SEDGE_MICRO_DSP
#include "compile/micro/dense_s8_dsp.h"
#else
#include "compile/micro/dense_s8_portable.h"
#endif
