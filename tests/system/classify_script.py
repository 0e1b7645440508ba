# SPDX-License-Identifier: Apache-2.0
"""A script as people run it on devices, written for LiteRT: test_wheel.py changes its one import.

usage: classify_script.py MODEL INPUT.npy OUTPUT.npy     the first axis of INPUT counts samples
"""
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter

interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
inputs = interpreter.get_input_details()
outputs = interpreter.get_output_details()
samples = np.load(sys.argv[2])
results = []
for sample in samples:
    interpreter.set_tensor(inputs[0]["index"], sample.reshape(inputs[0]["shape"]).astype(inputs[0]["dtype"]))
    interpreter.invoke()
    results.append(interpreter.get_tensor(outputs[0]["index"])[0])
np.save(sys.argv[3], np.array(results))
scale, zero_point = outputs[0]["quantization"]
print(outputs[0]["name"], outputs[0]["dtype"].__name__, scale, zero_point)
