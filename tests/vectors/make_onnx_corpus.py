#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small graphs of tests/corpus/onnx/graph_*.onnx: seeds for the reader and the operators behind it.

Usage: make_onnx_corpus.py FOLDER
"""
import struct
import sys
from pathlib import Path

FLOAT, INT64, STRING, BOOL, INT8 = 1, 7, 8, 9, 3


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, kind, dims, values, raw=True):
    out = b"".join(field(1, d) for d in dims) + field(2, kind) + field(8, name)
    if kind == STRING:
        return out + b"".join(field(6, v) for v in values)
    if raw:
        code = {FLOAT: "f", INT64: "q", BOOL: "?", INT8: "b"}[kind]
        return out + field(9, struct.pack(f"<{len(values)}{code}", *values))
    if kind == FLOAT:
        return out + field(4, struct.pack(f"<{len(values)}f", *values))
    return out + b"".join(field(7 if kind == INT64 else 5, v) for v in values)


def value_info(name, kind, dims):
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


class Graph(bytes):
    """The message of a graph."""


class Tensor(bytes):
    """The message of a tensor."""


def attribute(name, value):
    out = field(1, name)
    if isinstance(value, Graph):
        return out + field(6, value) + field(20, 5)
    if isinstance(value, Tensor):
        return out + field(5, value) + field(20, 4)
    if isinstance(value, float):
        return out + field(2, value) + field(20, 1)
    if isinstance(value, int):
        return out + field(3, value) + field(20, 2)
    if isinstance(value, str):
        return out + field(4, value) + field(20, 3)
    if isinstance(value[0], float):
        return out + field(7, struct.pack(f"<{len(value)}f", *value)) + field(20, 6)
    if isinstance(value[0], int):
        return out + field(8, b"".join(varint(v) for v in value)) + field(20, 7)
    return out + b"".join(field(9, v) for v in value) + field(20, 8)


def node(kind, inputs, outputs, domain="", **attributes):
    out = b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs)
    out += field(3, f"the_{kind}") + field(4, kind)
    out += b"".join(field(5, attribute(k, v)) for k, v in attributes.items())
    return out + (field(7, domain) if domain else b"")


def graph(nodes, inputs=(), outputs=(), constants=()):
    out = b"".join(field(1, n) for n in nodes) + field(2, "g") + b"".join(field(5, c) for c in constants)
    return Graph(out + b"".join(field(11, i) for i in inputs) + b"".join(field(12, o) for o in outputs))


def model(g, version=17, ml=0):
    out = field(1, 8) + field(7, g) + field(8, field(2, version))
    return out + (field(8, field(1, "ai.onnx.ml") + field(2, ml)) if ml else b"")


def out(name, kind=FLOAT):
    return value_info(name, kind, [])


def ramp(n):
    return [0.1 * i for i in range(n)]


def graphs():
    x = value_info("x", FLOAT, ["n", 4])
    yield "chain", model(graph(
        [node("Shape", ["x"], ["s"], start=0, end=1), node("Concat", ["s", "two"], ["t"], axis=0),
         node("Constant", [], ["zero"], value_int=0), node("Gather", ["t", "zero"], ["first"]),
         node("Unsqueeze", ["first", "axes"], ["f"]), node("Concat", ["f", "two"], ["u"], axis=0),
         node("Reshape", ["x", "u"], ["y"]), node("Dropout", ["y"], ["z"])],
        [x], [out("z")],
        [tensor("two", INT64, [2], [2, 2]), tensor("axes", INT64, [1], [0], raw=False)]))
    yield "dense", model(graph(
        [node("Mul", ["x", "w"], ["a"]), node("Add", ["a", "b"], ["c"]), node("Sigmoid", ["c"], ["d"]),
         node("Cast", ["d"], ["y"], to=INT64)],
        [x, value_info("w", FLOAT, [4])], [out("y", INT64)],
        [tensor("w", FLOAT, [4], ramp(4)), tensor("b", FLOAT, [1, 4], ramp(4), raw=False)]))
    branch = [graph([node(kind, ["x", "x"], [f"in_{kind}"])], [], [out(f"in_{kind}")]) for kind in ("Add", "Mul")]
    yield "if", model(graph(
        [node("If", ["c"], ["y"], then_branch=branch[0], else_branch=branch[1])],
        [value_info("c", BOOL, []), x], [out("y")]))
    yield "if_known", model(graph(
        [node("Constant", [], ["c"], value=Tensor(tensor("", BOOL, [], [True]))),
         node("If", ["c"], ["y"], then_branch=branch[0], else_branch=branch[1])], [x], [out("y")]))
    image = value_info("x", FLOAT, [1, 1, 4, 4])
    yield "resize", model(graph(
        [node("Resize", ["x", "", "s"], ["y"], mode="cubic", coordinate_transformation_mode="half_pixel"),
         node("Resize", ["y", "", "", "sizes"], ["z"], mode="nearest", nearest_mode="floor")],
        [image], [out("z")],
        [tensor("s", FLOAT, [4], [1.0, 1.0, 1.5, 0.5]), tensor("sizes", INT64, [4], [1, 1, 5, 3])]))
    for kind, gates in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
        yield kind.lower(), model(graph(
            [node(kind, ["x", "w", "r", "b"], ["y", "h"], hidden_size=2, direction="bidirectional", clip=3.0)],
            [value_info("x", FLOAT, [3, 1, 2])], [out("y"), out("h")],
            [tensor("w", FLOAT, [2, 2 * gates, 2], ramp(8 * gates)),
             tensor("r", FLOAT, [2, 2 * gates, 2], ramp(8 * gates)),
             tensor("b", FLOAT, [2, 4 * gates], ramp(8 * gates))]))
    yield "boxes", model(graph(
        [node("NonMaxSuppression", ["boxes", "scores", "most", "overlap"], ["y"])],
        [value_info("boxes", FLOAT, [1, 4, 4]), value_info("scores", FLOAT, [1, 2, 4])], [out("y", INT64)],
        [tensor("most", INT64, [1], [2]), tensor("overlap", FLOAT, [1], [0.5])]))
    yield "grid", model(graph(
        [node("GridSample", ["x", "g"], ["y"], mode="bicubic", padding_mode="reflection")],
        [image, value_info("g", FLOAT, [1, 2, 2, 2])], [out("y")]))
    yield "regions", model(graph(
        [node("RoiAlign", ["x", "r", "i"], ["y"], output_height=2, output_width=2)],
        [image, value_info("r", FLOAT, [1, 4]), value_info("i", INT64, [1])], [out("y")]))
    yield "stft", model(graph(
        [node("HannWindow", ["n"], ["w"]), node("STFT", ["x", "step", "w"], ["y"])],
        [value_info("x", FLOAT, [1, 16, 1])], [out("y")],
        [tensor("n", INT64, [], [8]), tensor("step", INT64, [], [4])]))
    yield "labels", model(graph(
        [node("LabelEncoder", ["x"], ["y"], "ai.onnx.ml", keys_strings=["a", "b"], values_int64s=[1, 2],
              default_int64=7)],
        [value_info("x", STRING, [2])], [out("y", INT64)]), ml=2)
    yield "no_elements", model(graph(
        [node("Identity", ["c"], ["y"])], [], [out("y")], [tensor("c", FLOAT, [0, 3], [])]))


def main():
    folder = Path(sys.argv[1])
    for name, data in graphs():
        (folder / f"graph_{name}.onnx").write_bytes(data)


if __name__ == "__main__":
    main()
