#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: tests/vectors/make_operators_s8.py > tests/vectors/operators_s8.inc

Needs numpy, flatbuffers and ai-edge-litert. Builds models of one int8 operator, runs them with LiteRT's reference kernels
and prints rows for tests/ops/test_operators.c. FULLY_CONNECTED with one weight scale is left out: there LiteRT multiplies
the scales in float64, TensorFlow Lite Micro (which we follow) in float32.
"""
import importlib.metadata
import sys

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

NONE, RELU, RELU6 = 0, 1, 3
INT8, FLOAT32, INT32 = 9, 0, 2
OPS = {  # name: (operator code, version, options type, options class)
    "ADD": (0, 2, 11, schema.AddOptionsT), "SUB": (41, 2, 28, schema.SubOptionsT), "MUL": (18, 2, 21, schema.MulOptionsT),
    "RELU": (19, 2, 0, None), "RELU6": (21, 2, 0, None), "TANH": (28, 2, 0, None), "LOGISTIC": (14, 2, 0, None),
    "SOFTMAX": (25, 2, 9, schema.SoftmaxOptionsT), "QUANTIZE": (114, 1, 0, None), "DEQUANTIZE": (6, 2, 0, None),
    "FULLY_CONNECTED": (9, 12, 8, schema.FullyConnectedOptionsT),
}
FIXED = {"TANH": (1 / 128, 0), "LOGISTIC": (1 / 256, -128), "SOFTMAX": (1 / 256, -128)}


class Builder:
    def __init__(self):
        self.tensors, self.buffers = [], [schema.BufferT()]

    def tensor(self, shape, kind, scales=(), zeros=(), axis=0, data=None):
        t = schema.TensorT()
        t.shape, t.type, t.name, t.buffer = list(shape), kind, f"t{len(self.tensors)}", 0
        if len(scales):
            t.quantization = schema.QuantizationParametersT()
            t.quantization.scale, t.quantization.zeroPoint = list(scales), list(zeros)
            t.quantization.quantizedDimension = axis
        if data is not None:
            b = schema.BufferT()
            b.data = np.frombuffer(data.tobytes(), np.uint8)
            self.buffers.append(b)
            t.buffer = len(self.buffers) - 1
        self.tensors.append(t)
        return len(self.tensors) - 1

    def model(self, name, inputs, output, graph_inputs, activation, beta):
        code, version, options_type, options = OPS[name]
        c = schema.OperatorCodeT()
        c.deprecatedBuiltinCode, c.builtinCode, c.version = code, code, version
        op = schema.OperatorT()
        op.opcodeIndex, op.inputs, op.outputs = 0, inputs, [output]
        if options:
            op.builtinOptionsType, op.builtinOptions = options_type, options()
            if name == "SOFTMAX":
                op.builtinOptions.beta = beta
            else:
                op.builtinOptions.fusedActivationFunction = activation
        g = schema.SubGraphT()
        g.tensors, g.inputs, g.outputs, g.operators = self.tensors, graph_inputs, [output], [op]
        m = schema.ModelT()
        m.version, m.operatorCodes, m.subgraphs, m.buffers, m.description = 3, [c], [g], self.buffers, "vector"
        b = flatbuffers.Builder(1024)
        b.Finish(m.Pack(b), b"TFL3")
        return bytes(b.Output())


def c_array(values):
    return "{ " + ", ".join(str(v) for v in values) + " }"


def row(rng, name, shape, other=None, activation=NONE, beta=1.0, spread=1.0, channels=0):
    b = Builder()
    quant = lambda scale: (np.float32(scale), int(rng.integers(-128, 128)))
    a = quant(np.exp(rng.uniform(-5, -1)) * spread)
    x = rng.integers(-128, 128, shape).astype(np.int8)
    kind_in = FLOAT32 if name == "QUANTIZE" and other == "float" else INT8
    if kind_in == FLOAT32:
        x = rng.normal(0, 4, shape).astype(np.float32)
    ia = b.tensor(shape, kind_in, *(([a[0]], [a[1]]) if kind_in == INT8 else ((), ())))
    inputs, feeds, second = [ia], [x], None
    out_shape, out = shape, quant(a[0] * np.exp(rng.uniform(0, 1)))
    w_scales = []
    if name in ("ADD", "SUB", "MUL"):
        second = quant(np.exp(rng.uniform(-5, -1)) * spread)
        y = rng.integers(-128, 128, other).astype(np.int8)
        inputs.append(b.tensor(other, INT8, [second[0]], [second[1]]))
        feeds.append(y)
        out = quant((a[0] * second[0] * 150) if name == "MUL" else (a[0] + second[0]) * 1.2)
    if name == "FULLY_CONNECTED":
        w_scales = np.exp(rng.uniform(-7, -4, channels)).astype(np.float32)
        w = rng.integers(-127, 128, (channels, shape[1])).astype(np.int8)
        bias = rng.integers(-5000, 5000, channels).astype(np.int32)
        inputs.append(b.tensor(w.shape, INT8, w_scales, [0] * channels, 0, w))
        inputs.append(b.tensor(bias.shape, INT32, a[0] * w_scales, [0] * channels, 0, bias))
        feeds += [w, bias]
        out_shape, out = (shape[0], channels), quant(a[0] * 2)
    if name in FIXED:
        out = FIXED[name]
    if name == "RELU6":
        out = a
    output = b.tensor(out_shape, FLOAT32 if name == "DEQUANTIZE" else INT8, [out[0]] if name != "DEQUANTIZE" else (),
                      [out[1]] if name != "DEQUANTIZE" else ())
    graph_inputs = inputs[:1] if name == "FULLY_CONNECTED" else inputs
    model = b.model(name, inputs, output, graph_inputs, activation, beta)
    it = Interpreter(model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1)
    it.allocate_tensors()
    for d, v in zip(it.get_input_details(), feeds):
        it.set_tensor(d["index"], v)
    it.invoke()
    result = it.get_tensor(it.get_output_details()[0]["index"])
    number = lambda v: f"{float(np.float32(v))!r}f" if np.asarray(v).dtype.kind == "f" else str(int(v))
    numbers = lambda v: c_array(number(e) for e in np.asarray(v).ravel())
    second = second or (np.float32(0), 0)
    print(f"{{ SEDGE_OP_{name}, {activation}, {number(np.float32(beta))}, {c_array(shape)}, "
          f"{c_array(other if isinstance(other, tuple) else (0, 0))}, {channels},")
    print(f"  {{ {number(a[0])}, {number(second[0])}, {number(np.float32(out[0]))} }}, {{ {a[1]}, {second[1]}, {out[1]} }},")
    f32 = name == "QUANTIZE" and other == "float"
    print(f"  .{'x_f32' if f32 else 'x'} = {numbers(feeds[0])},")
    if name in ("ADD", "SUB", "MUL"):
        print(f"  .b = {numbers(feeds[1])},")
    if name == "FULLY_CONNECTED":
        print(f"  .w = {numbers(feeds[1])}, .bias = {numbers(feeds[2])}, .w_scales = {numbers(w_scales)},")
    print(f"  .{'y_f32' if name == 'DEQUANTIZE' else 'y'} = {numbers(result)} }},")


def main():
    rng = np.random.default_rng(20)
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print(f"/* Made by tests/vectors/make_operators_s8.py with the reference kernels of ai-edge-litert "
          f"{importlib.metadata.version('ai-edge-litert')}. */")
    row(rng, "ADD", (4, 8), (4, 8))
    row(rng, "ADD", (4, 8), (1, 8), RELU)
    row(rng, "ADD", (4, 8), (4, 1), RELU6)
    row(rng, "SUB", (4, 8), (4, 8))
    row(rng, "SUB", (4, 8), (1, 1))
    row(rng, "MUL", (4, 8), (4, 8))
    row(rng, "MUL", (4, 8), (1, 8), RELU6)
    row(rng, "RELU", (4, 8))
    row(rng, "RELU6", (4, 8))
    row(rng, "TANH", (4, 8))
    row(rng, "TANH", (4, 8), spread=0.1)
    row(rng, "LOGISTIC", (4, 8))
    row(rng, "LOGISTIC", (4, 8), spread=0.1)
    row(rng, "SOFTMAX", (4, 8))
    row(rng, "SOFTMAX", (2, 16), beta=1.5, spread=0.3)
    row(rng, "SOFTMAX", (1, 32), spread=0.05)
    row(rng, "QUANTIZE", (4, 8))
    row(rng, "QUANTIZE", (4, 8), "float")
    row(rng, "DEQUANTIZE", (4, 8))
    row(rng, "FULLY_CONNECTED", (2, 16), channels=5)
    row(rng, "FULLY_CONNECTED", (1, 9), activation=RELU, channels=17)
    return 0


if __name__ == "__main__":
    sys.exit(main())
