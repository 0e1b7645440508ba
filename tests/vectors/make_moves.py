#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: tests/vectors/make_moves.py > tests/vectors/moves.inc

Needs numpy. Prints rows for tests/ops/test_move.c: operators that move elements, and EINSUM, with what numpy makes of the same.
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


def tensor(a, constant=False, quant=None, sized=False):
    if a is None:
        return "{ .absent = true }"
    a = np.asarray(a)
    name = a.dtype.name
    dims = f"DIMS({', '.join(map(str, a.shape))}), " if a.shape else ""
    values = ", ".join(c_number(v, name) for v in a.ravel())
    more = (", .constant = true" if constant else "") + (f", .scale = {quant[0]!r}f, .zero = {quant[1]}" if quant else "")
    more += ", .sized = true" if sized else ""
    return f"{{ SEDGE_{name.upper()}, {dims}VALUES({C_TYPES.get(name, name + '_t')}, {values}){more} }}"


def row(name, kind, inputs, outputs, u=""):
    """inputs: arrays, (array, "c") for constants, (array, quant); outputs: arrays, (array, quant), (array, "sized")"""
    texts = []
    for x in inputs:
        if isinstance(x, tuple):
            texts.append(tensor(x[0], x[1] == "c", None if x[1] == "c" else x[1]))
        else:
            texts.append(tensor(x))
    outs = []
    for y in outputs:
        y, mark = y if isinstance(y, tuple) else (y, None)
        outs.append(tensor(y, sized=mark == "sized", quant=None if mark == "sized" else mark))
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


def views():
    x = counted((2, 3, 4), "int16")
    row("by input", "RESHAPE", [x, const([-1, 0, 2], "int64")], [x.reshape(4, 3, 2)], "reshape.zero_copies = true")
    row("scalar", "RESHAPE", [np.full((1, 1), 7, "int8")], [np.int8(7)])
    y = counted((1, 3, 1, 2), "float32")
    row("all of 1", "SQUEEZE", [y], [y.squeeze()])
    row("some", "SQUEEZE", [y, const([-2], "int64")], [y.squeeze(2)])
    row("its own axes", "SQUEEZE", [y], [y.squeeze(0)], "axes = { 1, { 0 } }")
    row("two", "EXPAND_DIMS", [x, const([0, -1], "int64")], [x.reshape(1, 2, 3, 4, 1)])
    row("one", "EXPAND_DIMS", [x, const(1)], [x.reshape(2, 1, 3, 4)])
    for axis, shape in ((0, (1, 24)), (1, (2, 12)), (-1, (6, 4)), (3, (24, 1))):
        row(f"axis {axis}", "FLATTEN", [x], [x.reshape(shape)], f"axis = {axis}")


def repeats():
    x = counted((2, 1, 3), "int16")
    row("stretched", "BROADCAST_TO", [x, const([2, 2, 4, 3], "int64")], [np.broadcast_to(x, (2, 2, 4, 3))])
    row("both ways", "BROADCAST_TO", [x, const([4, 1])], [np.broadcast_to(x, (2, 4, 3))])
    row("repeats", "TILE", [x, const([2, 3, 2])], [np.tile(x, (2, 3, 2))])
    row("once", "TILE", [x, const([1, 1, 1], "int64")], [x])
    y = counted((2, 3, 4), "float32")
    for axes in ([1], [0, 2], [-1]):
        row(f"axes {axes}", "REVERSE", [y, const(axes)], [np.flip(y, axes)])
    lengths = [2, 0, 9]
    want = counted((4, 3, 2)).copy()
    for b, n in enumerate(lengths):
        want[:n, b] = want[:n, b][::-1]
    row("lengths", "REVERSE_SEQUENCE", [counted((4, 3, 2)), np.array(lengths, "int64")], [want], "sequence = { 1, 0 }")


def blocks():
    x = counted((2, 8, 2, 3))  # NCHW
    dcr = x.reshape(2, 2, 2, 2, 2, 3).transpose(0, 3, 4, 1, 5, 2).reshape(2, 2, 4, 6)
    crd = x.reshape(2, 2, 2, 2, 2, 3).transpose(0, 1, 4, 2, 5, 3).reshape(2, 2, 4, 6)
    row("DCR", "DEPTH_TO_SPACE", [x], [dcr], "blocks = { 2, false, true }")
    row("CRD", "DEPTH_TO_SPACE", [x], [crd], "blocks = { 2, true, true }")
    row("DCR", "SPACE_TO_DEPTH", [dcr], [x], "blocks = { 2, false, true }")
    nhwc = x.transpose(0, 2, 3, 1)
    row("NHWC", "DEPTH_TO_SPACE", [nhwc], [dcr.transpose(0, 2, 3, 1)], "blocks.size = 2")
    row("NHWC", "SPACE_TO_DEPTH", [dcr.transpose(0, 2, 3, 1)], [nhwc], "blocks.size = 2")
    for shape, block, border in (((1, 4, 4, 1), (2, 2), ((0, 0), (0, 0))), ((2, 3, 4, 2), (2, 3), ((1, 0), (0, 2))),
                                 ((1, 5, 2), (3,), ((0, 1),)), ((1, 2, 2, 1), (4, 1), ((1, 1), (0, 0)))):
        x = counted(shape)
        padded = np.pad(x, [(0, 0), *border, *[(0, 0)] * (len(shape) - 1 - len(block))], constant_values=-5)
        parts = []
        for k in np.ndindex(*block):
            parts.append(padded[(slice(None), *[slice(a, None, b) for a, b in zip(k, block)])])
        batches = np.concatenate(parts)
        row(f"{shape} by {block}", "SPACE_TO_BATCH_ND", [(x, (.5, -5)), const(block), const(border)], [(batches, (.5, -5))])
        row(f"{shape} by {block}", "BATCH_TO_SPACE_ND", [batches, const(block), const(border)], [x])


def gathers():
    x = counted((3, 4, 2), "int16")
    i = np.array([[2, 0], [-1, 1]], "int32")
    for axis in (0, 1, -1):
        j = i % x.shape[axis]
        row(f"axis {axis}", "GATHER", [x, j.astype("int64")], [np.take(x, j, axis)], f"gather.axis = {axis}")
    row("from the end", "GATHER", [x, i], [np.take(x, i, 0)])
    row("scalar", "GATHER", [x, np.int64(1)], [x[1]])
    row("clamped", "GATHER", [x, np.array([9, -9], "int32")], [x[[2, 0]]])
    b = np.array([[0, 3], [1, 1], [2, 0]], "int32")
    row("batches", "GATHER", [x, b], [np.stack([x[k][b[k]] for k in range(3)])], "gather = { 1, 1 }")
    t = np.array([[0, 1], [2, -1]], "int64")
    row("tuples", "GATHER_ND", [x, t], [x[t[:, 0], t[:, 1]]])
    row("elements", "GATHER_ND", [x, np.array([[[2, 3, 1]]], "int32")], [x[2, 3, 1].reshape(1, 1)])
    row("batches", "GATHER_ND", [x, np.array([[3], [0], [1]], "int32")], [np.stack([x[0, 3], x[1, 0], x[2, 1]])],
        "gather.batch_dims = 1")
    e = np.array([[[1, 0]], [[2, 3]]], "int64")
    row("elements", "GATHER_ELEMENTS", [x, e], [np.take_along_axis(x[:2], e, 1)], "axis = 1")


def scatters():
    x = counted((4, 2), "float32")
    i, u = np.array([[3], [1], [1]], "int64"), np.array([[10, 20], [30, 40], [50, 60]], "float32")
    for way, fn in (("REPLACE", None), ("ADD", np.add), ("MUL", np.multiply), ("MAX", np.maximum), ("MIN", np.minimum)):
        for dtype in ("float32", "int32"):
            y = x.astype(dtype)
            if fn:
                fn.at(y, i[:, 0], u.astype(dtype))
            else:
                for k in range(3):
                    y[i[k, 0]] = u[k]
            row(f"{way} {dtype}", "SCATTER_ND", [x.astype(dtype), i, u.astype(dtype)], [y], f"scatter.way = SEDGE_SCATTER_{way}")
    outside = np.array([[4], [-5]], "int32")
    row("out of range", "SCATTER_ND", [x, outside, u[:2]], [x])
    e = np.array([[0, 1], [3, -1]], "int64")
    y = x.copy()
    y[[0, 3], 0] = u[:2, 0]
    y[[1, 3], 1] = u[:2, 1]
    row("elements", "SCATTER_ELEMENTS", [x, e, u[:2]], [y])
    z = x.copy()
    np.add.at(z, (np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1])), u[:2].ravel())
    row("sums", "SCATTER_ELEMENTS", [x, np.array([[1, 1], [0, -1]], "int32"), u[:2]], [z], "scatter = { 1, SEDGE_SCATTER_ADD }")


def selections():
    a, b = counted((2, 3), "float32"), -counted((3,), "float32")
    c = np.array([[True], [False]])
    row("stretched", "SELECT", [c, a, b], [np.where(c, a, b)])
    c = np.array([[True, False, True], [False, False, True]])
    row("each", "SELECT", [c, a.astype("int8"), -a.astype("int8")], [np.where(c, a, -a).astype("int8")])
    row("rows", "SELECT", [np.array([False, True]), a, -a], [np.stack([-a[0], a[1]])], "select_rows = true")
    x = counted((2, 3, 4), "int16")
    for k in (0, 1, -2):
        row(f"upper {k}", "TRILU", [x, const(k, "int64")], [np.triu(x, k)], "diagonal.upper = true")
        row(f"lower {k}", "TRILU", [x, const(k, "int64")], [np.tril(x, k)])


def made():
    x = counted((2, 3, 4))
    row("all", "SHAPE", [x], [np.array([2, 3, 4], "int64")])
    row("elements", "SIZE", [x], [np.int64(24)])
    row("dimensions", "RANK", [x], [np.int32(3)])
    row("value", "FILL", [const([2, 3]), const(7, "int16")], [np.full((2, 3), 7, "int16")])
    row("up", "RANGE", [const(2), const(11), const(3)], [np.arange(2, 11, 3, "int32")])
    row("down", "RANGE", [const(5, "int64"), const(-2, "int64"), const(-2, "int64")], [np.arange(5, -2, -2, "int64")])
    row("parts", "RANGE", [const(0, "float32"), const(1, "float32"), const(.25, "float32")], [np.arange(0, 1, .25, "float32")])
    i = np.array([[1, -1], [3, 0]], "int32")
    hot = np.where(np.arange(3) == i[..., None], 5, -2).astype("int8")
    row("last", "ONE_HOT", [i, const(3), const(5, "int8"), const(-2, "int8")], [hot], "axis = -1")
    row("first", "ONE_HOT", [i, const(3), const(5, "int8"), const(-2, "int8")], [np.moveaxis(hot, 2, 0)])
    both = np.where(np.arange(3) == np.array([[1, 2], [9, 0]])[..., None], 1, 0).astype("float32")
    row("from the end", "ONE_HOT", [i.astype("int64"), const([3], "int64"), const([0, 1], "float32")], [both], "axis = -1")
    row("diagonal", "EYE_LIKE", [counted((2, 4), "float32")], [np.eye(2, 4, 1, "float32")], "diagonal.k = 1")


def places():
    x = np.array([[3, 7, 7, -1], [0, 0, -5, 0]])
    for dtype in ("float32", "int8", "int64", "uint8"):
        v = (x % 251 if dtype == "uint8" else x).astype(dtype)
        row(f"{dtype}", "ARG_MAX", [v, const(-1)], [v.argmax(1).astype("int32")])
        row(f"{dtype}", "ARG_MIN", [v, const(0)], [v.argmin(0).astype("int64")])
    v = x.astype("float32")
    row("kept", "ARG_MAX", [v], [v.argmax(1).reshape(2, 1)], "arg = { 1, true, false }")
    row("last", "ARG_MAX", [v], [np.array([2, 3])], "arg = { 1, false, true }")
    long = np.random.default_rng(1).normal(size=(2, 150)).astype("float32")
    row("long", "ARG_MIN", [long], [long.argmin(1)], "arg.axis = -1")
    for k in (1, 3, 150):
        order = np.argsort(-long, 1, kind="stable")[:, :k]
        row(f"best {k}", "TOP_K", [long, const([k], "int64")], [np.take_along_axis(long, order, 1), order], "top_k.axis = -1")
    order = np.argsort(x, 0, kind="stable")[:1]
    row("smallest", "TOP_K", [x.astype("int16"), const(1)], [np.take_along_axis(x, order, 0).astype("int16"), order.astype("int32")],
        "top_k = { 0, true }")


def casts():
    f = np.array([-2.5, -1, 0, .75, 3.99, 100])
    names = ["float32", "float64", "float16", "int8", "int16", "int32", "int64"]
    for a in names + ["uint8"]:
        for b in names + ["bool", "uint16"]:
            v = (abs(f) if "u" in a + b else f).astype(a)
            if a != b:
                row(f"{a} to {b}", "CAST", [v], [v.astype(b)])
    row("by the other", "CAST", [np.array([1.5, -2.5], "float32"), np.array([1], "int8")], [np.array([1, -2], "int8")])


def sizes(a):
    return np.array(a.shape, "int32")


def sized():
    for dtype in ("float32", "bool", "int64"):
        x = (counted((2, 3, 4)) % 3).astype(dtype)
        y = np.array(np.nonzero(x), "int64")
        row(f"{dtype}", "NON_ZERO", [x], [(y, "sized"), sizes(y)])
    x = counted((2, 3, 2), "int16")
    for axis in (None, 0, 1, -1):
        c = np.array([False, True, True][:2 if axis in (0, -1) else 3])
        y = np.compress(c, x, axis)
        row(f"axis {axis}", "COMPRESS", [x, c], [(y, "sized"), sizes(y)],
            f"compress = {{ {axis or 0}, {str(axis is not None).lower()} }}")
    for x in (np.array([2., 1, 1, 3, 4, 3], "float32"), counted((3, 4)) % 5, np.zeros((2, 2), "int64")):
        y, first, inverse, counts = np.unique(x, True, True, True)
        row("ascending", "UNIQUE", [x], [(y, "sized"), (first, "sized"), inverse.ravel(), (counts, "sized"), sizes(y), sizes(y)])
        o = np.argsort(first)
        back = np.argsort(o)
        row("in order", "UNIQUE", [x], [(y[o], "sized"), (first[o], "sized"), back[inverse.ravel()], (counts[o], "sized"), sizes(y),
                                        sizes(y)], "unique.in_order = true")
    x = np.array([[1, 0, 0], [1, 0, 0], [2, 3, 4]], "int16")
    for axis in (0, 1):
        y, first, inverse, counts = np.unique(x, True, True, True, axis)
        row(f"axis {axis}", "UNIQUE", [x], [(y, "sized"), (first, "sized"), inverse.ravel(), (counts, "sized"), sizes(y), sizes(first)],
            f"unique = {{ {axis}, true, false }}")


def einsum():
    cases = [("ij,jk->ik", (2, 3), (3, 4)), ("ij->ji", (2, 3)), ("ii->i", (3, 3)), ("ii", (3, 3)), ("ij->", (2, 3)),
             ("i,j->ij", (3,), (2,)), (" b i j , b j k ", (2, 2, 3), (2, 3, 2)), ("...ij,...jk->...ik", (3, 2, 2), (2, 2)),
             ("i...->...", (3, 2, 2)), ("...,...", (2, 1, 3), (4, 1)), ("ij,jk,kl->il", (2, 2), (2, 3), (3, 2)),
             ("ij,jk->ki", (1, 70), (70, 2)), ("iij->ji", (2, 2, 3)), ("Ab,b->A", (2, 3), (3,))]
    for equation, *shapes in cases:
        for dtype in ("float32", "int32", "float64"):
            xs = [counted(s, dtype, k + 1) % 7 for k, s in enumerate(shapes)]
            y = np.einsum(equation.replace(" ", ""), *xs)
            row(equation, "EINSUM", xs, [y], f'einsum = {{ "{equation}", {len(equation)} }}')


print("/* SPDX-License-Identifier: Apache-2.0 */")
print(f"/* Made by tests/vectors/make_moves.py with numpy {np.__version__}. */")
for family in (transpose, concatenation, parts, pad, slices, views, repeats, blocks, gathers, scatters, selections, made, places,
               casts, sized, einsum):
    print(f"/* {family.__name__} */")
    family()
