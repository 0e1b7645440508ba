# SPDX-License-Identifier: Apache-2.0
"""Operators of ONNX with options that the published vectors leave out, against ONNX Runtime on random arrays."""
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

TYPES = {"f": TensorProto.FLOAT, "l": TensorProto.INT64, "i": TensorProto.INT32, "b": TensorProto.BOOL,
         "U": TensorProto.STRING}


def normal(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def uniform(*shape, low=0.0, high=1.0, seed=1):
    return np.random.default_rng(seed).uniform(low, high, size=shape).astype(np.float32)


def build(kind, inputs, constants, n_outputs, domain="", version=17, **attributes):
    """A model of one node: inputs are arrays or None (absent), constants the positions that stand in the file."""
    names = [f"x{i}" if a is not None else "" for i, a in enumerate(inputs)]
    outputs = [f"y{i}" for i in range(n_outputs)]
    node = helper.make_node(kind, names, outputs, domain=domain, **attributes)
    given = [helper.make_tensor_value_info(names[i], TYPES[a.dtype.char], a.shape)
             for i, a in enumerate(inputs) if a is not None and i not in constants]
    stored = [numpy_helper.from_array(inputs[i], names[i]) for i in constants if inputs[i] is not None]
    graph = helper.make_graph([node], "g", given, [onnx.ValueInfoProto(name=o) for o in outputs], stored)
    opsets = [helper.make_opsetid("", version)] + ([helper.make_opsetid(domain, 3)] if domain else [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def check(sedge, kind, inputs, constants=(), n_outputs=1, tolerance=1e-4, types=None, **more):
    model = build(kind, inputs, constants, n_outputs, **more)
    for output, element in zip(model.graph.output, types or ["f"] * n_outputs):
        output.type.tensor_type.elem_type = TYPES[element]
    path = sedge.cwd / "model.onnx"
    path.write_bytes(model.SerializeToString())
    feed = {f"x{i}": a for i, a in enumerate(inputs) if a is not None and i not in constants}
    want = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, feed)
    arguments = []
    for name, array in feed.items():
        np.save(sedge.cwd / f"{name}.npy", array)
        arguments += ["--input", f"{name}={sedge.cwd}/{name}.npy"]
    out = sedge.ok("run", path, *arguments, "--output-dir", sedge.cwd / "out", "--json").json
    for o, w in zip(out["outputs"], want):
        got = np.load(o["file"])
        assert got.shape == w.shape
        if w.dtype.kind == "f":
            np.testing.assert_allclose(got, w, rtol=tolerance, atol=tolerance)
        else:
            np.testing.assert_array_equal(got, w.astype(got.dtype))


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("place", ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
                                   "half_pixel_symmetric"])
@pytest.mark.parametrize("sizes", [[1, 2, 7, 9], [1, 2, 3, 4], [1, 2, 10, 2]])
def test_resize(sedge, mode, place, sizes):
    check(sedge, "Resize", [normal(1, 2, 5, 6), None, None, np.array(sizes)], [3], version=19, mode=mode,
          coordinate_transformation_mode=place)


@pytest.mark.parametrize("mode", ["linear", "cubic"])
def test_resize_of_a_part(sedge, mode):
    roi = np.array([0, 0, 0.2, 0.3, 1, 1, 0.9, 1.2], dtype=np.float32)
    check(sedge, "Resize", [normal(1, 1, 6, 6), roi, None, np.array([1, 1, 4, 5])], [1, 3], mode=mode,
          coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=2.5)


def test_resize_without_the_outside(sedge):
    check(sedge, "Resize", [normal(1, 1, 5, 5), None, np.array([1, 1, 1.7, 0.6], dtype=np.float32)], [2], mode="cubic",
          exclude_outside=1, cubic_coeff_a=-0.5)


GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_recurrent(sedge, kind, direction):
    d, rows = 2 if direction == "bidirectional" else 1, GATES[kind] * 5
    inputs = [normal(4, 2, 3), normal(d, rows, 3, seed=2), normal(d, rows, 5, seed=3), normal(d, 2 * rows, seed=4),
              np.array([4, 2], dtype=np.int32), normal(d, 2, 5, seed=5)]
    if kind == "LSTM":
        inputs += [normal(d, 2, 5, seed=6), normal(d, 15, seed=7)]
    constants = [1, 2, 3] + ([7] if kind == "LSTM" else [])
    check(sedge, kind, inputs, constants, 3 if kind == "LSTM" else 2, hidden_size=5, direction=direction)


def test_gru_that_resets_after(sedge):
    inputs = [normal(4, 2, 3), normal(1, 15, 3, seed=2), normal(1, 15, 5, seed=3), normal(1, 30, seed=4)]
    check(sedge, "GRU", inputs, [1, 2, 3], 2, hidden_size=5, linear_before_reset=1)


def test_lstm_with_other_functions(sedge):
    inputs = [normal(4, 1, 3), normal(1, 20, 3, seed=2), normal(1, 20, 5, seed=3)]
    check(sedge, "LSTM", inputs, [1, 2], 3, hidden_size=5, clip=0.7, activations=["HardSigmoid", "Relu", "Softsign"],
          activation_alpha=[0.3], activation_beta=[0.4])


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("corners", [0, 1])
def test_grid_sample(sedge, mode, padding, corners):
    check(sedge, "GridSample", [normal(2, 2, 5, 4), uniform(2, 3, 6, 2, low=-1.4, high=1.4)], mode=mode,
          padding_mode=padding, align_corners=corners)


@pytest.mark.parametrize("mode", ["avg", "max"])
@pytest.mark.parametrize("ratio", [0, 2])
@pytest.mark.parametrize("place", ["half_pixel", "output_half_pixel"])
def test_roi_align(sedge, mode, ratio, place):
    corners = np.sort(uniform(4, 2, 2, high=20), axis=1).reshape(4, 4)
    check(sedge, "RoiAlign", [normal(2, 3, 12, 10), corners, np.array([0, 1, 1, 0])], mode=mode, sampling_ratio=ratio,
          output_height=3, output_width=2, spatial_scale=0.5, coordinate_transformation_mode=place)


@pytest.mark.parametrize("centers", [0, 1])
def test_non_max_suppression(sedge, centers):
    boxes = np.concatenate([uniform(2, 40, 2), uniform(2, 40, 2, low=0.1, high=0.5, seed=2)], axis=2)
    if not centers:
        boxes[..., 2:] += boxes[..., :2]
    inputs = [boxes, uniform(2, 3, 40, seed=3), np.array([6]), np.array([0.4], dtype=np.float32),
              np.array([0.3], dtype=np.float32)]
    check(sedge, "NonMaxSuppression", inputs, [2], types=["l"], center_point_box=centers)


@pytest.mark.parametrize("periodic", [0, 1])
@pytest.mark.parametrize("kind", ["HannWindow", "HammingWindow", "BlackmanWindow"])
def test_windows(sedge, kind, periodic):
    check(sedge, kind, [np.array(11)], [], periodic=periodic)


@pytest.mark.parametrize("inverse, onesided", [(0, 0), (1, 0), (0, 1)])
def test_dft(sedge, inverse, onesided):
    check(sedge, "DFT", [normal(2, 10, 1 if onesided else 2), np.array(12)], [1], axis=1, inverse=inverse,
          onesided=onesided)


def test_texts(sedge):
    labels = np.array(["rot", "grün", "?"])
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node("LabelEncoder", ["x0"], ["y0"], domain="ai.onnx.ml", keys_strings=["rot", "grün"],
                              values_strings=["红", "green"], default_string="none")], "g",
            [helper.make_tensor_value_info("x0", TensorProto.STRING, ["n"])],
            [helper.make_tensor_value_info("y0", TensorProto.STRING, ["n"])]),
        opset_imports=[helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 2)], ir_version=8)
    (sedge.cwd / "m.onnx").write_bytes(model.SerializeToString())
    np.save(sedge.cwd / "x.npy", labels)
    out = sedge.ok("run", "m.onnx", "--input", "0=x.npy", "--output-dir", "out", "--json").json
    np.testing.assert_array_equal(np.load(sedge.cwd / out["outputs"][0]["file"]), ["红", "green", "none"])


def test_a_shape_that_is_an_input(sedge):
    check(sedge, "Reshape", [normal(2, 6), np.array([3, -1])])


def test_sizes_that_depend_on_values(sedge):
    check(sedge, "NonZero", [np.array([[0, 1, 0], [2, 0, 3]], dtype=np.float32)], types=["l"])


def sequence_input():
    node = helper.make_node("SequenceLength", ["x"], ["y"])
    given = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, [2])
    return helper.make_graph([node], "g", [given], [onnx.ValueInfoProto(name="y")])


def loop():
    body = helper.make_graph([helper.make_node("Identity", ["c"], ["d"])], "body",
                             [helper.make_tensor_value_info("i", TensorProto.INT64, []),
                              helper.make_tensor_value_info("c", TensorProto.BOOL, [])],
                             [helper.make_tensor_value_info("d", TensorProto.BOOL, [])])
    node = helper.make_node("Loop", ["n", ""], [], name="again", body=body)
    given = helper.make_tensor_value_info("n", TensorProto.INT64, [])
    return helper.make_graph([node], "g", [given], [helper.make_tensor_value_info("n", TensorProto.INT64, [])])


def external():
    weights = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    weights.external_data.add(key="location", value="weights.bin")
    node = helper.make_node("Add", ["x", "w"], ["y"])
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    return helper.make_graph([node], "g", [given], [onnx.ValueInfoProto(name="y")], [weights])


def of_type(element):
    given = helper.make_tensor_value_info("x", element, [2])
    return helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [given],
                             [onnx.ValueInfoProto(name="y")])


def upsample():
    node = helper.make_node("Upsample", ["x", "s"], ["y"], name="up")
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 2, 2])]
    scales = numpy_helper.from_array(np.ones(4, dtype=np.float32), "s")
    return helper.make_graph([node], "g", given, [onnx.ValueInfoProto(name="y")], [scales])


def quantize_to_4_bits():
    nodes = [helper.make_node("QuantizeLinear", ["x", "s", "z"], ["y"], name="q")]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    scale = numpy_helper.from_array(np.array(0.5, dtype=np.float32), "s")
    zero = TensorProto(name="z", data_type=TensorProto.INT4, raw_data=b"\x00")
    return helper.make_graph(nodes, "g", [given], [onnx.ValueInfoProto(name="y")], [scale, zero])


def dropout_that_trains():
    nodes = [helper.make_node("Dropout", ["x", "", "t"], ["y"], name="d")]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    yes = numpy_helper.from_array(np.array(True), "t")
    return helper.make_graph(nodes, "g", [given], [onnx.ValueInfoProto(name="y")], [yes])


@pytest.mark.parametrize("graph, words", [
    (quantize_to_4_bits(), "node 0 'q': operator QuantizeLinear: an input of 4 bits"),
    (dropout_that_trains(), "node 0 'd': operator Dropout: a dropout that may train"),
    (sequence_input(), "input 'x': it is a sequence, a tensor is needed"),
    (loop(), "node 0 'again': operator Loop is not supported"),
    (external(), "initializer 'w': its values are in another file (external data)"),
    (of_type(TensorProto.BFLOAT16), "element type 16 (bfloat16) is not supported"),
    (upsample(), "node 0 'up': operator Upsample of version 17 is not supported; 9 to 9 are"),
])
def test_what_is_not_supported_is_named(sedge, graph, words):
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (sedge.cwd / "m.onnx").write_bytes(model.SerializeToString())
    sedge.refuses("inspect", "m.onnx", code=3, words=words)
