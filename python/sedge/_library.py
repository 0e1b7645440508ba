# SPDX-License-Identifier: Apache-2.0
"""The shared library and its declarations (libsedge.h is made from include/sedge when the wheel is built)."""
import os
import pathlib

import cffi
import numpy

_FOLDER = pathlib.Path(__file__).resolve().parent

ffi = cffi.FFI()
ffi.cdef((_FOLDER / "libsedge.h").read_text())
lib = ffi.dlopen(str(_FOLDER / "libsedge.so"))

_NUMPY_OF_NAME = {"float16": numpy.float16, "float32": numpy.float32, "float64": numpy.float64, "int8": numpy.int8,
                  "uint8": numpy.uint8, "int16": numpy.int16, "uint16": numpy.uint16, "int32": numpy.int32,
                  "uint32": numpy.uint32, "int64": numpy.int64, "uint64": numpy.uint64, "bool": numpy.bool_}


class SedgeError(ValueError):
    """What libsedge said; `status` is the name of its status, such as "unsupported"."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def check(status, error):
    """Raises SedgeError unless status is SEDGE_OK."""
    if status != lib.SEDGE_OK:
        raise SedgeError(ffi.string(lib.sedge_status_name(status)).decode(), ffi.string(error.text).decode(errors="replace"))


def dtype_of(tensor):
    """The NumPy type of a sedge_tensor's elements."""
    name = ffi.string(lib.sedge_dtype_name(tensor.dtype)).decode()
    if name not in _NUMPY_OF_NAME:
        raise SedgeError("unsupported", f"elements of type {name} have no NumPy type")
    return _NUMPY_OF_NAME[name]


def cpu_mask():
    """The CPU extensions that kernels may use: the environment variable SEDGE_CPU, else all."""
    mask, error = ffi.new("uint32_t *"), ffi.new("sedge_error *")
    check(lib.sedge_cpu_parse(os.environ.get("SEDGE_CPU", "all").encode(), mask, error), error)
    return mask[0]
