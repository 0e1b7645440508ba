# SPDX-License-Identifier: Apache-2.0
"""The real programs, started in temporary folders on free loopback ports and stopped by their process id.

Fixtures: `sedge` (run the command line), `hub` (a hub over TLS with its admin token), `fleet` (agents of that hub),
`skab` (real recordings, skipped by name where absent), `rng` (seeded; the seed is printed when a test fails).
"""
import dataclasses
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SEDGE_BUILD", ROOT / "build/debug"))
DATA = pathlib.Path(os.environ.get("SEDGE_TEST_DATA", ROOT / "../shared/data")).resolve()
HOUSE = "src/cli/sedge", "src/hub/sedge-hub", "src/agent/sedge-agent"


def program(name):
    """Path of a program of the build; the test is an error, not a skip, when it was not built."""
    path = next((BUILD / p for p in HOUSE if p.endswith("/" + name)), None)
    assert path and path.exists(), f"{name} is not in {BUILD}: run scripts/build debug"
    return str(path)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, what, seconds=30, every=0.05):
    """What `condition()` returned once it was true; fails with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(every)
    pytest.fail(f"waited {seconds} s in vain: {what}")


@dataclasses.dataclass
class Result:
    """A finished command: exit code, standard output and error."""
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Sedge:
    """Runs `sedge` in a folder of its own."""

    def __init__(self, cwd, env=None):
        self.cwd, self.env = pathlib.Path(cwd), env or {}

    def __call__(self, *args, timeout=120, stdin=None, preexec=None):
        run = subprocess.run([program("sedge"), *map(str, args)], cwd=self.cwd, env={**os.environ, **self.env}, input=stdin,
                             capture_output=True, text=True, timeout=timeout, preexec_fn=preexec, check=False)
        assert "Sanitizer" not in run.stderr and "runtime error" not in run.stderr, run.stderr
        return Result(run.returncode, run.stdout, run.stderr)

    def ok(self, *args, **kw):
        """Runs a command that must succeed."""
        result = self(*args, **kw)
        assert result.code == 0, f"sedge {' '.join(map(str, args))}: exit {result.code}\n{result.err}{result.out}"
        return result

    def refuses(self, *args, code, words, **kw):
        """Runs a command that must fail with this exit code and one sentence that holds these words."""
        result = self(*args, **kw)
        assert result.code == code, f"exit {result.code}, expected {code}\n{result.err}{result.out}"
        lines = [line for line in result.err.splitlines() if line.strip()]
        assert lines and len(lines) == 1, f"one sentence expected, got:\n{result.err}"
        for word in words:
            assert word in lines[0], f"'{word}' is not in: {lines[0]}"
        return result


class Process:
    """A long-running program whose log goes to a file; stopped by its process id."""

    def __init__(self, args, log, cwd, env=None, stdin=subprocess.DEVNULL):
        self.args, self.log, self.cwd, self.env, self.stdin = args, pathlib.Path(log), cwd, env or {}, stdin
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.args, cwd=self.cwd, env={**os.environ, **self.env}, stdin=self.stdin,
                                            stdout=log, stderr=log, start_new_session=True)
        return self

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9, of this process only: its children have to notice by themselves."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=20):
        """SIGTERM; fails the test when the program does not leave in time or a sanitizer spoke."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
                pytest.fail(f"{self.args[0]} did not stop within {seconds} s\n{self.text()[-2000:]}")
        self.check()

    def check(self):
        text = self.text()
        assert "Sanitizer" not in text and "runtime error" not in text, text[-6000:]

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Hub(Process):
    def __init__(self, folder, port=None, plain=False):
        self.folder, self.port, self.plain = pathlib.Path(folder), port or free_port(), plain
        self.url = f"{'http' if plain else 'https'}://127.0.0.1:{self.port}"
        args = [program("sedge-hub"), "serve", "--data", str(self.folder), "--listen", f"127.0.0.1:{self.port}",
                "--sedge", program("sedge"), "--poll-interval", "300ms", "--report-interval", "1s", "--tick", "100ms"]
        super().__init__(args + (["--plain"] if plain else []), f"{folder}.log", self.folder.parent)

    def start(self):
        super().start()
        wait_for(lambda: not self.running or self.answers(), "the hub answers", 60)
        assert self.running, self.text()[-4000:]
        return self

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return self.plain or (self.folder / "admin.token").exists()
        except OSError:
            return False

    @property
    def ca(self):
        return str(self.folder / "ca.pem")

    @property
    def token(self):
        return (self.folder / "admin.token").read_text().strip()

    @property
    def client_env(self):
        """What `sedge` needs in its environment to talk to this hub as its admin."""
        return {"SEDGE_HUB_URL": self.url} if self.plain else {"SEDGE_HUB_URL": self.url, "SEDGE_HUB_TOKEN": self.token, "SEDGE_HUB_CA": self.ca}

    def call(self, method, path, body=None, expect=200, **kw):
        """A request by a client that is not ours; returns the JSON of the answer (or the answer when it has none)."""
        import requests

        headers = {} if self.plain else {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, self.url + path, json=body, headers=headers, verify=False if self.plain else self.ca,
                                  timeout=60, **kw)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer


class Agent(Process):
    def __init__(self, hub, state, token=None, sources=(), extra=()):
        self.state = pathlib.Path(state)
        args = [program("sedge-agent"), "run", "--state", str(self.state), "--hub", hub.url, "--ca", hub.ca]
        args += ["--token", token] if token else []
        for source in sources:
            args += ["--source", source]
        super().__init__(args + list(extra), f"{state}.log", self.state.parent)

    def status(self):
        """What `sedge-agent status --json` says, or None while the agent is away."""
        run = subprocess.run([program("sedge-agent"), "status", "--state", str(self.state), "--json"], capture_output=True,
                             text=True, timeout=30, check=False)
        return json.loads(run.stdout) if run.returncode == 0 else None


@pytest.fixture
def sedge(tmp_path):
    return Sedge(tmp_path)


@pytest.fixture
def hub(tmp_path):
    hub = Hub(tmp_path / "hub")
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def skab():
    path = DATA / "sensors/skab"
    if not path.is_dir():
        pytest.skip(f"{path} is absent")
    return path


@pytest.fixture
def rng(request):
    seed = int(os.environ.get("SEDGE_TEST_SEED", "20240607"))
    print(f"seed {seed} (SEDGE_TEST_SEED)")
    return random.Random(seed)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 256 KiB; only root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a small disk needs root and mount")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False)


@pytest.fixture(autouse=True)
def keep_space(tmp_path):
    """Folders of passed tests are not kept: a fleet's state is large."""
    yield
    if os.environ.get("SEDGE_TEST_KEEP") is None:
        shutil.rmtree(tmp_path, ignore_errors=True)


FEATURES = """version: 1
rate_hz: 1
channels:
  - {name: Accelerometer1RMS, impute: hold}
  - {name: Current, impute: hold}
  - {name: Pressure, impute: mean}
  - {name: Temperature, impute: hold}
window: {length: 16, step: 4}
features:
  - {channels: "*", stats: [mean, std, rms, peak_to_peak]}
scale: standard
"""
TRAIN = """version: 1
name: pump
data: {{files: [normal.csv, bearing.csv]}}
schema: schema.yaml
features: features.yaml
label: anomaly
holdout: 0.3
seed: {seed}
task: {task}
model: {model}
"""
AUTOENCODER = "{kind: dense, hidden: [32, 8, 32], activation: relu, epochs: 20, batch: 32, learning_rate: 0.003}"
TREES = "{kind: trees, rounds: 10, depth: 3}"


def write_project(folder, sedge):
    """Recordings of a simulated pump, schema, features.yaml, train.yaml (autoencoder), trees.yaml in a folder."""
    folder = pathlib.Path(folder)
    for name, fault in ("normal", "none"), ("bearing", "bearing"):
        sedge.ok("simulate", "pump", "--out", folder / f"{name}.csv", "--rows", 1500, "--fault", fault)
    sedge.ok("data", "infer", folder / "normal.csv", "--out", folder / "schema.yaml")
    (folder / "features.yaml").write_text(FEATURES)
    (folder / "train.yaml").write_text(TRAIN.format(seed=1, task="autoencoder", model=AUTOENCODER))
    (folder / "other.yaml").write_text(TRAIN.format(seed=2, task="autoencoder", model=AUTOENCODER))
    (folder / "trees.yaml").write_text(TRAIN.format(seed=1, task="classifier", model=TREES))
    (folder / "optimize.yaml").write_text("version: 1\nquantize: int8\ngates: {max_accuracy_drop: 0.2}\n")


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A project with trained models, made once: net (float), int8, other (int8, another net), trees. Not to be changed."""
    folder = tmp_path_factory.mktemp("project")
    sedge = Sedge(folder)
    write_project(folder, sedge)
    for name in "train", "other":
        sedge.ok("train", f"{name}.yaml", "--out", "net" if name == "train" else "other-net")
    sedge.ok("train", "trees.yaml", "--out", "trees")
    sedge.ok("optimize", "net", "--config", "optimize.yaml", "--out", "int8")
    sedge.ok("optimize", "other-net", "--config", "optimize.yaml", "--out", "other")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
