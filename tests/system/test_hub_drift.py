# SPDX-License-Identifier: Apache-2.0
"""Alarms on drift and retraining jobs, with devices that are not ours. What the jobs run is written here: a `sedge` that
does as it is told, so that every way a step can end is seen; the real one runs in test_loop.py and in `make demo`."""
import json
import stat
import struct
import sys

import cbor2
import pytest
from conftest import Hub, wait_for
from device import SAMPLES
from test_hub_rollout import GOLDEN, Fleet, deploy, make_bundle, push

BASELINE, DRIFTED, GONE = [4] * 16, [0] * 12 + [16] * 4, [0] * 15 + [64]  # PSI 0, 2.3 and 4.0
THRESHOLD = 1.5
SCHEMA = b"version: 1\nseparator: ';'\ncolumns:\n  - {name: time, role: time}\n  - {name: P, role: channel}\n"


def monitor(features=2, rows=64, rate=0.001, threshold=THRESHOLD):
    """src/monitor/format.h"""
    out = b"SDGM" + struct.pack("<IIIdQ", 1, features, rows, rate, 1600)
    for _ in range(features):
        out += struct.pack("<d", threshold) + struct.pack("<15f", *range(15)) + struct.pack("<16I", *[100] * 16)
    return out


def files(release):
    return {"model.tflite": b"m%d" % release, "features.bin": b"f", "golden.bin": GOLDEN, "monitor.bin": monitor(),
            "schema.yaml": SCHEMA, "train.yaml": b"version: 1\n", "optimize.yaml": b"version: 1\n"}


def zstd_stored(data):
    """A frame whose blocks are not compressed (RFC 8878)."""
    out, at = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(data)), 0
    while True:
        block = data[at:at + (1 << 17)]
        at += len(block)
        out += struct.pack("<I", (len(block) << 3) | (at >= len(data)))[:3] + block
        if at >= len(data):
            return out


def planes(rows):
    """Byte k of every value, then byte k + 1."""
    return b"".join(bytes(r[k] for r in rows) for k in range(len(rows[0])))


def samples(device, request, rows):
    """Times as differences, then one channel P; src/proto/samples.c."""
    times, values = [1000 * i for i in range(len(rows))], [struct.pack("<f", r) for r in rows]
    deltas = [struct.pack("<Q", t - (times[i - 1] if i else 0)) for i, t in enumerate(times)]
    body = {0: 1, 1: device.id, 2: bytes.fromhex(request), 3: "pump", 4: 1, 5: [{1: "P"}], 6: len(rows),
            7: zstd_stored(planes(deltas) + planes(values))}
    return device.post("/device/v1/samples", device.sign(SAMPLES, cbor2.dumps(body)))


def reports(fleet, drifted=(), times=1, how=DRIFTED):
    for _ in range(times):
        for d in fleet.devices:
            counts = how if d in drifted else BASELINE
            d.report(d.model("pump", d.runs, window=d.window(features=[BASELINE, counts])))


def alerts(hub, state="open"):
    return [a for a in hub.call("GET", "/api/v1/alerts")["items"] if a["state"] == state]


@pytest.fixture
def fleet(hub, tmp_path):
    """Four devices that run release 1, which has a baseline of 64 vectors an evaluation."""
    fleet = Fleet(hub, tmp_path, 4)
    push(hub, "pump", files=files(1))
    deploy(hub, phases=[{"share": 100}], retrain={"consecutive": 2})
    fleet.roll_out(1)
    return fleet


def evaluations(hub, n):
    """Waits until every device's counts were judged n times."""
    return wait_for(lambda: hub.call("GET", "/api/v1/stats?model=pump&release=1")["drift"]["evaluations"] >= n, f"{n} evaluations")


def test_a_quiet_fleet_raises_nothing(hub, fleet):
    for i in range(4):
        reports(fleet)
        evaluations(hub, i + 1)
    assert hub.call("GET", "/api/v1/alerts")["items"] == []


def test_drift_on_one_device_is_seen_after_two_evaluations_and_goes(hub, fleet):
    odd = fleet.devices[2]
    reports(fleet, {odd})
    evaluations(hub, 1)
    assert alerts(hub) == []
    reports(fleet, {odd})
    wait_for(lambda: any(a["device"] == odd.id for a in alerts(hub)), "the device's alarm")
    alarm = next(a for a in alerts(hub) if a["device"] == odd.id)
    assert alarm["feature"] == "1" and alarm["value"] > alarm["threshold"] == THRESHOLD and "feature" in alarm["text"]
    assert not any(a["device"] not in ("", odd.id) for a in alerts(hub))
    assert any(e["kind"] == "alert.raised" and e["device"] == odd.id for e in hub.call("GET", "/api/v1/events")["items"])
    reports(fleet)
    wait_for(lambda: not alerts(hub), "the alarms are cleared")


def test_strong_drift_is_not_waited_out(hub, fleet):
    odd = fleet.devices[1]
    reports(fleet, {odd}, how=GONE)
    wait_for(lambda: any(a["device"] == odd.id for a in alerts(hub)), "the alarm after one evaluation")


def test_what_was_counted_survives_a_restart(hub, fleet):
    odd = fleet.devices[0]
    reports(fleet, {odd})
    evaluations(hub, 1)
    hub.kill()
    hub.start()
    reports(fleet, {odd})
    wait_for(lambda: any(a["device"] == odd.id for a in alerts(hub)), "the alarm")


# ---- jobs

STAND_IN = """#!{python}
import json, os, sys, urllib.request, ssl
args = sys.argv[1:]
with open({log!r}, "a") as f:
    f.write(json.dumps(args) + "\\n")
plan = json.load(open({plan!r}))
name = args[0] if args[0] in ("train", "optimize") else " ".join(args[:2])
if name == plan.get("fails"):
    print("the gate said no", file=sys.stderr)
    sys.exit(1)
if name == plan.get("hangs"):
    import time
    open({plan!r} + ".hangs", "w").close()
    time.sleep(600)
def call(method, path, body=None, raw=None):
    request = urllib.request.Request(os.environ["SEDGE_HUB_URL"] + path, method=method, data=raw or (json.dumps(body).encode() if body else None),
                                     headers={{"Authorization": "Bearer " + os.environ["SEDGE_HUB_TOKEN"]}})
    return json.load(urllib.request.urlopen(request, context=ssl.create_default_context(cafile=os.environ["SEDGE_HUB_CA"])))
if name == "registry push":
    sys.path.insert(0, {tests!r})
    from test_hub_rollout import make_bundle
    from test_hub_drift import files
    n = int(call("POST", "/api/2.0/mlflow/model-versions/create", {{"name": "pump", "source": "x"}})["model_version"]["version"])
    call("PUT", "/api/v1/models/pump/versions/%d/bundle" % n, raw=make_bundle("pump", n, files(n)))
    print(json.dumps({{"release": n}}))
"""


class Jobs:
    """A hub whose jobs run a sedge of ours."""

    def __init__(self, folder):
        self.log, self.plan, self.program = folder / "calls", folder / "plan", folder / "sedge"
        import conftest
        self.program.write_text(STAND_IN.format(python=sys.executable, log=str(self.log), plan=str(self.plan),
                                                tests=str(conftest.ROOT / "tests/system")))
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)
        self.set()
        self.hub = Hub(folder / "hub")
        at = self.hub.args.index("--sedge") if "--sedge" in self.hub.args else len(self.hub.args)
        self.hub.args[at:at + 2] = ["--sedge", str(self.program)]
        self.hub.start()
        self.fleet = Fleet(self.hub, folder, 4)
        push(self.hub, "pump", files=files(1), lineage={"run_id": "0" * 32})
        deploy(self.hub, phases=[{"share": 100}],
               retrain={"enabled": True, "consecutive": 1, "rows": 5, "min_devices": 2, "max_devices": 2, "wait_s": 1})
        self.fleet.roll_out(1)
        self.put_dataset()

    def set(self, **plan):
        self.plan.write_text(json.dumps(plan))

    def calls(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def put_dataset(self):
        import hashlib
        import requests

        manifest = b'{"type":"sedge-dataset"}'
        digest = "sha256:" + hashlib.sha256(manifest).hexdigest()
        assert requests.put(f"{self.hub.url}/api/v1/blobs/{digest}", data=manifest, verify=self.hub.ca, timeout=60,
                            headers={"Authorization": f"Bearer {self.hub.token}"}).status_code == 201
        self.hub.call("POST", "/api/v1/datasets", {"name": "pump", "manifest": digest}, 201)
        self.dataset = digest

    def drift(self):
        """An alarm, so a job; returns its id."""
        reports(self.fleet, set(self.fleet.devices[:1]))
        return wait_for(lambda: self.hub.call("GET", "/api/v1/jobs")["items"], "a job")[0]["id"]

    def answer(self, job):
        """Devices that are asked send their rows."""
        for d in self.fleet.devices:
            wanted = d.desired().get("samples")
            if wanted:
                assert (wanted["request"], wanted["model"], wanted["rows"]) == (job, "pump", 5)
                samples(d, job, [1.5, float("nan"), 2.5, 3.5, 4.5])
                assert "samples" not in d.desired()

    def job(self, job, *states):
        return wait_for(lambda: (lambda j: j if j["state"] in states else None)(self.hub.call("GET", f"/api/v1/jobs/{job}")),
                        f"job is {states}", 60)


@pytest.fixture
def jobs(tmp_path):
    jobs = Jobs(tmp_path)
    yield jobs
    jobs.hub.stop()


def test_drift_becomes_a_retrained_fleet_without_a_hand(jobs):
    job = jobs.drift()
    asked = [d for d in jobs.fleet.devices if "samples" in d.desired()]
    assert len(asked) == 2 and jobs.fleet.devices[0] in asked
    jobs.answer(job)
    done = jobs.job(job, "done", "failed")
    assert done["state"] == "done" and done["new_release"] == 2, done
    assert [s["name"] for s in done["steps"]] == ["data fetch", "data add", "train", "optimize", "registry push"]
    assert all(s["state"] == "done" for s in done["steps"])
    calls = {(c[0] if c[0] in ("train", "optimize") else " ".join(c[:2])): c for c in jobs.calls()}
    assert calls["data fetch"][2] == jobs.dataset and calls["data add"][2:5] == ["pump", "--parent", jobs.dataset]
    assert sum(a.endswith(".csv") for a in calls["data add"]) == 2
    assert calls["train"][2:4] == ["--data", "pump"] and "--parent-run" in calls["train"]
    assert jobs.fleet.watch(done["rollout"])["state"] == "done"
    assert {d.runs for d in jobs.fleet.devices} == {2}
    assert not alerts(jobs.hub)
    tokens = [t for t in jobs.hub.call("GET", "/api/v1/tokens")["items"] if t["role"] == "job"]
    assert tokens and all(t["revoked_ms"] for t in tokens)


def test_a_retrained_fleet_is_calm_until_it_drifts_otherwise(jobs):
    """The device that had drifted stays unlike the new baseline, but the new release was made for it."""
    job = jobs.drift()
    jobs.answer(job)
    jobs.fleet.watch(jobs.job(job, "done", "failed")["rollout"])
    odd = jobs.fleet.devices[0]
    for n in (1, 2):
        reports(jobs.fleet, {odd})
        wait_for(lambda n=n: jobs.hub.call("GET", "/api/v1/stats?model=pump&release=2")["drift"]["evaluations"] >= n, f"{n} evaluations")
        assert not alerts(jobs.hub)
    reports(jobs.fleet, {odd}, how=list(reversed(GONE)))
    alarm = wait_for(lambda: [a for a in alerts(jobs.hub) if a["device"] == odd.id], "the alarm of another drift")[0]
    assert alarm["feature"] == "1" and alarm["threshold"] == 2 * THRESHOLD


def test_a_gate_that_says_no_ends_the_job_with_its_sentence(jobs):
    jobs.set(fails="optimize")
    job = jobs.drift()
    jobs.answer(job)
    failed = jobs.job(job, "failed")
    assert "optimize: exit code 1: the gate said no" in failed["reason"]
    assert failed["steps"][-1]["state"] == "failed" and "the gate said no" in failed["steps"][-1]["log"]
    assert len(jobs.hub.call("GET", "/api/v1/rollouts")["items"]) == 1
    reports(jobs.fleet, set(jobs.fleet.devices[:1]), 2)
    assert len(jobs.hub.call("GET", "/api/v1/jobs")["items"]) == 1


@pytest.mark.parametrize("hangs", ["train", "registry push"])
def test_a_killed_hub_begins_the_job_again(jobs, hangs):
    jobs.set(hangs=hangs)
    job = jobs.drift()
    jobs.answer(job)
    wait_for(lambda: (jobs.plan.parent / "plan.hangs").exists(), f"{hangs} runs")
    jobs.hub.kill()
    jobs.set()
    jobs.hub.start()
    done = jobs.job(job, "done", "failed")
    assert done["state"] == "done" and len(jobs.hub.call("GET", "/api/v1/rollouts")["items"]) == 2


def test_a_stopped_hub_ends_the_step_and_begins_again(jobs):
    jobs.set(hangs="train")
    job = jobs.drift()
    jobs.answer(job)
    wait_for(lambda: (jobs.plan.parent / "plan.hangs").exists(), "train runs")
    jobs.hub.stop()
    jobs.set()
    jobs.hub.start()
    assert jobs.job(job, "done", "failed")["state"] == "done"
