# SPDX-License-Identifier: Apache-2.0
"""The calls of TensorFlow Lite's Interpreter on libsedge.

Tensors are named by index: those of get_input_details() and get_output_details(). What differs: only inputs and outputs can be
read (get_tensor of another computed tensor raises ValueError, since its memory is used again); num_threads is taken and ignored
(libsedge starts no thread); delegates and signatures do not exist.
"""
import numpy

from sedge._library import SedgeError, check, cpu_mask, dtype_of, ffi, lib

def _shape_of(tensor):
    return tuple(tensor.dims[i] for i in range(tensor.rank))


def _quantization_of(tensor):
    q = tensor.quant
    scales = [q.scales[i] for i in range(q.count)]
    zeros = [q.zero_points[i] if q.zero_points != ffi.NULL else 0 for i in range(q.count)]
    return {
        "quantization": (scales[0], zeros[0]) if q.count == 1 else (0.0, 0),
        "quantization_parameters": {"scales": numpy.array(scales, numpy.float32), "zero_points": numpy.array(zeros, numpy.int32),
                                    "quantized_dimension": q.axis},
    }


def _details_of(tensor, index):
    shape = numpy.array(_shape_of(tensor), numpy.int32)
    return {"name": ffi.string(tensor.name).decode(errors="replace"), "index": index, "shape": shape, "shape_signature": shape.copy(),
            "dtype": dtype_of(tensor), **_quantization_of(tensor), "sparsity_parameters": {}}


class Interpreter:
    """One model and one execution of it. Belongs to one thread at a time."""

    def __init__(self, model_path=None, model_content=None, experimental_delegates=None, num_threads=None, **_ignored):
        if (model_path is None) == (model_content is None):
            raise ValueError("give either model_path or model_content")
        if experimental_delegates:
            raise ValueError("libsedge has no delegates")
        if model_path is not None:
            with open(model_path, "rb") as file:
                model_content = file.read()
        self._bytes = ffi.new("uint8_t[]", bytes(model_content))  # the model borrows them
        self._size = len(model_content)
        self._wanted = {}
        self._instance = None
        self._open()

    def _open(self):
        options, error = ffi.new("sedge_model_options *", lib.sedge_model_options_default()), ffi.new("sedge_error *")
        options.cpu_mask = cpu_mask()
        rows = ffi.new("sedge_input_shape[]", max(len(self._wanted), 1))
        for row, (index, shape) in zip(rows, self._wanted.items()):
            row.input, row.rank = index, len(shape)
            row.dims[0 : len(shape)] = shape
        options.shapes, options.n_shapes = rows, len(self._wanted)
        out = ffi.new("sedge_model **")
        check(lib.sedge_model_open(self._bytes, self._size, options, out, error), error)
        self._instance = None
        self._model = ffi.gc(out[0], lib.sedge_model_free)
        self._inputs = [lib.sedge_model_input_tensor(self._model, i) for i in range(lib.sedge_model_input_count(self._model))]
        self._outputs = [lib.sedge_model_output_tensor(self._model, i) for i in range(lib.sedge_model_output_count(self._model))]

    def allocate_tensors(self):
        """Makes the memory that the model runs in."""
        out, error = ffi.new("sedge_instance **"), ffi.new("sedge_error *")
        check(lib.sedge_instance_new(self._model, out, error), error)
        model = self._model  # must outlive the instance
        self._instance = ffi.gc(out[0], lambda instance, _model=model: lib.sedge_instance_free(instance))
        self._values = {t: numpy.zeros(_shape_of(self._tensor(t)), dtype_of(self._tensor(t))) for t in self._inputs}

    def _tensor(self, index):
        tensor = lib.sedge_model_tensor(self._model, index)
        if tensor == ffi.NULL:
            raise ValueError(f"there is no tensor {index}; the model has {lib.sedge_model_tensor_count(self._model)}")
        return tensor

    def _ready(self):
        if self._instance is None:
            raise ValueError("call allocate_tensors() first")
        return self._instance

    def get_input_details(self):
        """A list of dictionaries: name, index, shape, dtype, quantization ..."""
        return [_details_of(self._tensor(t), t) for t in self._inputs]

    def get_output_details(self):
        """As get_input_details."""
        return [_details_of(self._tensor(t), t) for t in self._outputs]

    def get_tensor_details(self):
        """Of every tensor, constants and intermediate ones too."""
        return [_details_of(self._tensor(t), t) for t in range(lib.sedge_model_tensor_count(self._model))]

    def resize_tensor_input(self, input_index, tensor_size, strict=False):
        """Gives a free dimension of an input its size; allocate_tensors() must follow."""
        if input_index not in self._inputs:
            raise ValueError(f"tensor {input_index} is no input; the inputs are {self._inputs}")
        self._wanted[self._inputs.index(input_index)] = [int(n) for n in tensor_size]
        self._open()

    def set_tensor(self, tensor_index, value):
        """Copies value into an input."""
        self._ready()
        if tensor_index not in self._values:
            raise ValueError(f"Cannot set tensor: tensor {tensor_index} is no input; the inputs are {self._inputs}")
        want, value = self._values[tensor_index], numpy.asarray(value)
        if value.dtype != want.dtype:
            raise ValueError(f"Cannot set tensor: Got value of type {value.dtype} but expected type {want.dtype} for input {tensor_index}")
        if value.shape != want.shape:
            raise ValueError(f"Cannot set tensor: Got shape {value.shape} but expected {want.shape} for input {tensor_index}")
        want[...] = value

    def invoke(self):
        """Runs the model once on the inputs that were set."""
        instance, error = self._ready(), ffi.new("sedge_error *")
        for i, t in enumerate(self._inputs):
            value = self._values[t]
            check(lib.sedge_instance_set_input(instance, i, ffi.from_buffer(value), value.nbytes, error), error)
        check(lib.sedge_instance_invoke(instance, error), error)

    def _view(self, index):
        """A view of libsedge's own memory, valid until the next invoke."""
        tensor, instance = self._tensor(index), self._ready()
        if index not in self._outputs and tensor.data == ffi.NULL:
            raise ValueError(f"tensor {index} is neither input, output nor constant: its memory is used again while the model runs")
        data = lib.sedge_instance_tensor(instance, index)
        return numpy.frombuffer(ffi.buffer(data, tensor.size_bytes), dtype_of(tensor)).reshape(_shape_of(tensor))

    def get_tensor(self, tensor_index, subgraph_index=0):
        """A copy of an input, output or constant."""
        if subgraph_index != 0:
            raise ValueError("only subgraph 0 has tensors")
        self._ready()
        return self._values[tensor_index].copy() if tensor_index in self._values else self._view(tensor_index).copy()

    def tensor(self, tensor_index):
        """A function that gives the tensor without copying; what it gives is valid until the next invoke."""
        self._ready()
        if tensor_index in self._values:
            return lambda: self._values[tensor_index]
        return lambda: self._view(tensor_index)

    def reset_all_variables(self):
        """Forgets all state between invokes."""
        lib.sedge_instance_reset(self._ready())

    def get_signature_list(self):
        """libsedge knows models by their inputs and outputs only."""
        return {}


__all__ = ["Interpreter", "SedgeError"]
