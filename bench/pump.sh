#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: bench/pump.sh     trains the example's models and measures them on this machine, each with all kernels and with the scalar ones
set -eu
cd "$(dirname "$0")/.."
sedge=$PWD/build/release/src/cli/sedge
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp examples/pump/*.yaml "$work"
cd "$work"
quiet() {
    "$@" >log 2>&1 || { cat log >&2; exit 1; }
}
for fault in none bearing valve; do
    quiet "$sedge" simulate pump --out "$fault.csv" --fault "$fault" --rows 6000
done
set -- none.csv bearing.csv valve.csv
quiet "$sedge" data infer "$@" --out schema.yaml
data="--data none.csv --data bearing.csv --data valve.csv"
quiet "$sedge" train train.yaml $data --out net
quiet "$sedge" train train-trees.yaml $data --out trees
quiet "$sedge" optimize net --config optimize.yaml --out int8
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
for model in net/model.tflite int8/model.tflite trees/model.onnx; do
    for cpu in all scalar; do
        echo
        echo "$model, $cpu: $(stat -c %s "$model") bytes"
        "$sedge" bench "$model" --cpu "$cpu"
    done
done
