/* SPDX-License-Identifier: Apache-2.0 */
/** What every unit test includes: cmocka and its needs, in the order that it wants them. */
#ifndef SEDGE_TEST_H
#define SEDGE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"

#endif
