#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: tests/vectors/make_moves.py > tests/vectors/moves.inc

Needs numpy. Prints rows for tests/ops/test_move.c: operators that move elements, with what numpy makes of the same.
"""
import numpy as np

C_TYPES = {"float32": "float", "float64": "double", "bool": "uint8_t", "float16": "uint16_t"}


def c_number(v, dtype):
    if dtype == "float16":
        return str(int(np.float16(v).view(np.uint16)))
    if np.issubdtype(dtype, np.floating):
        text = repr(float(v))
        return text + ("f" if dtype == "float32" else "")
    if int(v) == -2**63:
        return "INT64_MIN"
    return f"INT64_C({int(v)})" if dtype == "int64" else str(int(v))


def tensor(a, constant=False, quant=None):
    if a is None:
        return "{ .absent = true }"
    a = np.asarray(a)
    name = a.dtype.name
    dims = f"DIMS({', '.join(map(str, a.shape))}), " if a.shape else ""
    values = ", ".join(c_number(v, name) for v in a.ravel())
    more = (", .constant = true" if constant else "") + (f", .scale = {quant[0]!r}f, .zero = {quant[1]}" if quant else "")
    return f"{{ SEDGE_{name.upper()}, {dims}VALUES({C_TYPES.get(name, name + '_t')}, {values}){more} }}"


def row(name, kind, inputs, outputs, u=""):
    """inputs: arrays, or (array, "c") for constants, or (array, quant)"""
    texts = []
    for x in inputs:
        if isinstance(x, tuple):
            texts.append(tensor(x[0], x[1] == "c", None if x[1] == "c" else x[1]))
        else:
            texts.append(tensor(x))
    outs = [tensor(*((y[0], False, y[1]) if isinstance(y, tuple) else (y,))) for y in outputs]
    options = "".join(f", .u.{part}" for part in ([u] if isinstance(u, str) and u else u))
    print(f'{{ "{name}", {{ .kind = SEDGE_OP_{kind}{options} }}, .in = {{ {", ".join(texts)} }}, '
          f".out = {{ {', '.join(outs)} }} }},")


def counted(shape, dtype="int8", first=1):
    return np.arange(first, first + int(np.prod(shape))).reshape(shape).astype(dtype)


def const(values, dtype="int32"):
    return np.array(values, dtype=dtype), "c"


def transpose():
    for shape, perm, dtype in [((2, 3), (1, 0), "int8"), ((2, 3, 4), (0, 2, 1), "float32"), ((2, 3, 4), (2, 0, 1), "int16"),
                               ((1, 5, 1, 2), (3, 1, 0, 2), "int64"), ((2, 1, 3), (1, 0, 2), "int8"),
                               ((2, 2, 2, 2, 2), (4, 2, 0, 3, 1), "uint8"), ((2, 3, 2, 2), (0, 1, 3, 2), "bool")]:
        x = counted(shape, dtype)
        row(f"{shape} by {perm}", "TRANSPOSE", [x, const(perm)], [x.transpose(perm)])
    x = counted((2, 3, 4))
    row("reversed", "TRANSPOSE", [x], [x.transpose()])
    row("negative", "TRANSPOSE", [x, const([-1, 0, 1], "int64")], [x.transpose(2, 0, 1)])


def concatenation():
    for axis in (0, 1, 2, -1):
        parts = []
        for k in (1, 2, 3):
            shape = [2, 3, 2]
            shape[axis] = k
            parts.append(counted(shape, "float32", 10 * k))
        row(f"axis {axis}", "CONCATENATION", parts, [np.concatenate(parts, axis)], f"axis = {axis}")
    x = counted((1, 3), "int16")
    row("one input", "CONCATENATION", [x], [x], "axis = 1")
    a, b = np.array([[0, 100, 255, 17]], "uint8"), np.array([[1, 128, 200, 255]], "uint8")
    (sa, za), (sb, zb), (sy, zy) = (.5, 128), (.25, 10), (.5, 128)
    scale = np.float32(sb) * (np.float32(1) / np.float32(sy))
    v = b.astype(np.float32) * scale + np.float32(-zb) * scale
    q = np.clip(np.sign(v) * np.floor(np.abs(v) + np.float32(.5)) + zy, 0, 255).astype("uint8")
    row("requantised", "CONCATENATION", [(a, (sa, za)), (b, (sb, zb))], [(np.concatenate([a, q], 1), (sy, zy))], "axis = 1")


def parts():
    x = counted((2, 6, 2))
    for axis, n in ((0, 2), (1, 3), (-1, 2), (1, 1)):
        row(f"axis {axis} in {n}", "SPLIT", [const(axis), x], np.split(x, n, axis))
    row("sizes", "SPLIT_V", [x, const([1, 3, 2]), const(1)], np.split(x, [1, 4], 1))
    row("what is left", "SPLIT_V", [x, const([1, -1, 2]), const(-2)], np.split(x, [1, 4], 1))
    row("its own axis", "SPLIT_V", [x, const([4, 2], "int64")], np.split(x, [4], 1), "axis = 1")
    row("shorter last", "SPLIT_V", [x], np.split(x, [2, 4], 1), "axis = 1")
    row("shorter last of 4", "SPLIT_V", [counted(7)], np.split(counted(7), [2, 4, 6], 0), "axis = 0")
    for axis in (0, 1, 2, -1):
        ps = [counted((2, 3), "int16", 10 * k) for k in range(3)]
        row(f"axis {axis}", "PACK", ps, [np.stack(ps, axis)], f"axis = {axis}")
    row("scalars", "PACK", [np.int32(4), np.int32(5)], [np.array([4, 5], "int32")], "axis = 0")
    x = counted((3, 2, 4), "float32")
    for axis in (0, 1, -1):
        row(f"axis {axis}", "UNPACK", [x], [np.take(x, i, axis) for i in range(x.shape[axis])], f"axis = {axis}")


def pads(spec):
    return np.array(spec, "int32"), "c"


def pad():
    modes = {"constant": "CONSTANT", "reflect": "REFLECT", "symmetric": "SYMMETRIC", "edge": "EDGE", "wrap": "WRAP"}
    for shape, spec in [((4,), [(2, 1)]), ((2, 3), [(1, 1), (2, 2)]), ((2, 3, 4), [(1, 0), (0, 2), (3, 1)]),
                        ((3, 2), [(0, 0), (1, 5)]), ((1, 2, 2), [(0, 0), (0, 0), (0, 1)]), ((3, 1), [(2, 2), (1, 1)])]:
        for mode, name in modes.items():
            for dtype in ("int8", "float32"):
                x = counted(shape, dtype)
                row(f"{shape} {spec} {mode}", "PAD", [x, pads(spec)], [np.pad(x, spec, mode)],
                    f"pad = {{ SEDGE_PAD_{name}, true }}")
    x = counted((2, 3))
    row("zero point", "PAD", [(x, (.5, -7)), pads([(1, 0), (0, 1)])], [(np.pad(x, [(1, 0), (0, 1)], constant_values=-7), (.5, -7))],
        "pad.pairs = true")
    row("value", "PAD", [x, const([0, 1, 1, 0], "int64"), np.int8(9)], [np.pad(x, [(0, 1), (1, 0)], constant_values=9)])
    row("float value", "PAD", [counted((2, 3), "float32"), const([0, 1, 1, 0], "int64"), const(1.5, "float32")],
        [np.pad(counted((2, 3), "float32"), [(0, 1), (1, 0)], constant_values=1.5)])
    row("axes", "PAD", [x, const([1, 2], "int64"), None, const([-1], "int64")], [np.pad(x, [(0, 0), (1, 2)])])
    row("cut off", "PAD", [x, const([-1, 1, 0, -1], "int64")], [np.pad(x[1:, :2], [(0, 0), (1, 0)])])
    row("nothing kept", "PAD", [x, const([-2, 1, 1, 0], "int64")], [np.zeros((1, 4), "int8")])
    row("nothing to do", "PAD", [x, const([0, 0, 0, 0], "int64")], [x])


def masks(**kw):
    return [f"strided_slice.{k} = {v}" for k, v in kw.items()]


def slices():
    x = counted((3, 4, 5))
    row("sizes", "SLICE", [x, const([1, 0, 2]), const([2, -1, 3])], [x[1:3, :, 2:5]])
    row("everything", "SLICE", [x, const([0, 0, 0], "int64"), const([3, 4, 5], "int64")], [x])
    three = [const(v) for v in ([0, 3, 1], [3, 0, 5], [2, -1, 3])]
    row("strides", "STRIDED_SLICE", [x] + three, [x[0:3:2, 3:0:-1, 1:5:3]])
    row("masks", "STRIDED_SLICE", [x] + three, [x[::2, ::-1, :5:3]], masks(begin_mask=7, end_mask=3))
    row("shrink", "STRIDED_SLICE", [x, const([1, -1]), const([0, 0]), const([1, 1])], [x[1, -1]], masks(shrink_axis_mask=3))
    row("ellipsis", "STRIDED_SLICE", [x, const([0, -2]), const([0, 5]), const([1, 1])], [x[..., -2:5]], masks(ellipsis_mask=1))
    row("new axes", "STRIDED_SLICE", [x, const([0, 0, 0, 1]), const([0, 0, 0, 2]), const([1, 1, 1, 1])], [x[None, ..., None, 1:2]],
        masks(new_axis_mask=5, ellipsis_mask=2))
    row("offset", "STRIDED_SLICE", [x, const([1, 1]), const([2, 2]), const([1, 1])], [x[1:3, 1:3]], masks(offset="true"))
    row("clamped", "STRIDED_SLICE", [x, const([-9, 1]), const([9, 99]), const([1, 2])], [x[:, 1::2]])
    big = [const(v, "int64") for v in ([-1, 2**63 - 1], [-2**63, -2**63], [0, -1], [-1, -2])]
    row("to the ends", "SLICE_AXES", [x] + big, [x[::-1, :, ::-2]])
    row("axes", "SLICE_AXES", [x, const([1, -2], "int64"), const([2**63 - 1, -1], "int64"), const([1, 2])], [x[:, 1:, -2:-1]])
    row("no axes", "SLICE_AXES", [x, const([0, 1]), const([1, 3])], [x[0:1, 1:3]])


print("/* SPDX-License-Identifier: Apache-2.0 */")
print(f"/* Made by tests/vectors/make_moves.py with numpy {np.__version__}. */")
for family in (transpose, concatenation, parts, pad, slices):
    print(f"/* {family.__name__} */")
    family()
