/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a compiled model over the rows of case.h, which the test or benchmark writes, compares every byte, and prints
 *     row 3: byte 17 is -5, 4 was expected       for the first difference of a row
 *     rows 16 wrong 0 instructions 123456 stack 480
 * Instructions are those of the largest run; 0 where there is no clock that counts them.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "case.h"
#include "instructions.h"
#include "stack.h"

static uint8_t out[CASE_OUT_BYTES];

static int compare(unsigned row, const uint8_t *want) {
    for (unsigned i = 0; i < sizeof out; i++)
        if (out[i] != want[i]) {
            printf("row %u: byte %u is %d, %d was expected\n", row, i, (int8_t)out[i], (int8_t)want[i]);
            return 1;
        }
    return 0;
}

int main(void) {
    unsigned wrong = 0, largest = 0, stack = 0;
    case_reset();
    for (unsigned row = 0; row < CASE_ROWS; row++) {
        case_set(case_in[row]);
        if (row == 0)
            stack_paint();
        instructions_start();
        case_invoke();
        unsigned n = instructions_stop();
        largest = n > largest ? n : largest;
        stack = row == 0 ? stack_used() : stack;
        case_get(out);
        wrong += (unsigned)compare(row, case_out[row]);
    }
    printf("rows %u wrong %u instructions %u stack %u\n", CASE_ROWS, wrong, largest, stack);
    return wrong != 0;
}
