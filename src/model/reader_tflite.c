/* SPDX-License-Identifier: Apache-2.0 */
#include "model/reader.h"
#include "model/tflite_read.h"
#include "sedge/operators.h"

const sedge_reader sedge_reader_tflite = { sedge_tflite_is, sedge_tflite_read, NULL };
