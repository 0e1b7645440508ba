/* SPDX-License-Identifier: Apache-2.0 */
/* All readers. A program with a sedge_reader_find of its own (sedge/operators.h) does not link this file. */
#include "model/reader.h"
#include "sedge/operators.h"

const sedge_reader *sedge_reader_find(const unsigned char *data, size_t size) {
    static const sedge_reader *const readers[] = { &sedge_reader_tflite, &sedge_reader_onnx };
    return sedge_reader_find_among(readers, sizeof readers / sizeof readers[0], data, size);
}
