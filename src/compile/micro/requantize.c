/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/micro/requantize.h"

int8_t sedge_micro_wide(const sedge_micro_rows *r, int32_t sum, int32_t multiplier, int32_t shift) {
    int32_t y = sedge_scale(sum, (sedge_factor){ multiplier, shift });
    return (int8_t)sedge_clamp(y + r->y_zero, r->low, r->high);
}
