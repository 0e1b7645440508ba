# SPDX-License-Identifier: Apache-2.0
"""The agent against the real hub: features, updates under load, roll-backs, kills, spool, wrong circumstances."""
import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import pytest
import requests
from conftest import Agent, Hub, free_port, program, wait_for

LENGTH, STEP = 16, 4  # of the windows in conftest.FEATURES


class Site:
    """A hub with short periods, one model family, and agents that follow growing files."""

    def __init__(self, hub, sedge, project, folder):
        self.hub, self.sedge, self.project, self.folder, self.agents = hub, sedge, project, folder, []
        sedge.env.update(hub.client_env)
        self.rows = (project / "normal.csv").read_text().splitlines(keepends=True)

    def push(self, model="int8", *extra):
        """The release number of a model folder that was registered."""
        out = self.sedge.ok("registry", "push", self.project / model, "--name", "pump", *extra).out
        return int(re.search(r"release (\d+)", out).group(1))

    def deploy(self, probation_s=0.5, **kw):
        self.hub.call("PUT", "/api/v1/deployments/pump", {
            "model": "pump", "selector": "", "phases": [{"share": 100}], "probation_s": probation_s, **kw})

    def roll_out(self, release):
        """Once the roll-out before it is over."""
        wait_for(lambda: all(r["state"] in ("done", "aborted") for r in self.hub.call("GET", "/api/v1/rollouts")["items"]), "the last roll-out is over")
        return self.hub.call("POST", "/api/v1/rollouts", {"deployment": "pump", "release": release}, 201)["id"]

    def agent(self, name="a", rows=0, extra=(), start=True, **kw):
        token = self.hub.call("POST", "/api/v1/tokens", {"kind": "enrol", "uses": 1}, 201)["token"]
        file = self.folder / f"{name}.csv"
        file.write_text("".join(self.rows[:rows + 1]))
        agent = Agent(self.hub, self.folder / name, token, [f"pump={file}"], extra, **kw)
        agent.file = file
        self.agents.append(agent)
        return agent.start() if start else agent

    def feed(self, agent, first, last):
        """Appends rows first..last-1 of the recording."""
        with open(agent.file, "a") as f:
            f.write("".join(self.rows[first + 1:last + 1]))


@pytest.fixture
def site(tmp_path, sedge, project):
    hub = Hub(tmp_path / "hub")
    hub.env = {"SEDGE_HUB_POLL_INTERVAL": "200ms", "SEDGE_HUB_REPORT_INTERVAL": "300ms", "SEDGE_HUB_TICK": "100ms"}
    hub.start()
    site = Site(hub, sedge, project, tmp_path)
    yield site
    for agent in site.agents:
        agent.stop()
    hub.stop()


def model(agent):
    status = agent.status()
    return status["models"][0] if status and status["running"] and status["models"] else None


def is_at(agent, release, state="committed"):
    m = model(agent)
    return m if m and m["release"] == release and m["state"] == state else None


def reaches(agent, release, state="committed", seconds=30):
    return wait_for(lambda: is_at(agent, release, state), f"release {release} is {state}\n{agent.text()[-3000:]}", seconds)


def done(agent, inferences, seconds=20):
    return wait_for(lambda: (model(agent) or {}).get("totals", {}).get("inferences", 0) >= inferences,
                    f"{inferences} inferences", seconds)


def vectors(rows):
    """How many windows so many rows complete."""
    return 0 if rows < LENGTH else (rows - LENGTH) // STEP + 1


def unix_get(agent, path, method="GET", body=b""):
    """A request by hand over the Unix socket."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(agent.state / "agent.sock"))
        s.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        data = b"".join(iter(lambda: s.recv(65536), b""))
    head, _, rest = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), rest


# ---- features ----

def test_a_recording_through_the_agent_gives_the_bytes_of_the_training_features(site):
    import numpy as np

    release = site.push()
    site.deploy()
    dump = site.folder / "features.bin"
    agent = site.agent(rows=1500, extra=["--dump-features", str(dump)])
    site.roll_out(release)
    reaches(agent, release)
    done(agent, vectors(1500))
    live = np.fromfile(dump, "<f4").reshape(-1, 16)
    card = json.loads((site.project / "int8/model.json").read_text())
    for name in "calibration", "holdout":
        trained = np.load(site.project / f"int8/{name}.npy")[:card[f"{name}_stretches"][0]]  # of normal.csv, the first recording
        starts = [i for i in range(len(live)) if (live[i] == trained[0]).all()]
        assert len(starts) == 1
        ours = live[starts[0]:starts[0] + len(trained)]
        assert len(trained) > 100 and ours.tobytes() == trained.tobytes(), name


# ---- updates ----

def test_an_update_loses_no_row_and_no_request(site):
    first, second = site.push(), site.push("other")
    site.deploy()
    port = free_port()
    agent = site.agent(extra=["--listen", f"127.0.0.1:{port}"])
    site.roll_out(first)
    reaches(agent, first, "probation")
    answers, stop = [], threading.Event()

    def ask():
        body = {"inputs": [{"name": "window", "datatype": "FP32", "shape": [LENGTH, 4], "data": [0.5] * LENGTH * 4}]}
        with requests.Session() as session:
            while not stop.is_set():
                answer = session.post(f"http://127.0.0.1:{port}/v2/models/pump/infer", json=body, timeout=20)
                answers.append((answer.status_code, answer.json().get("model_version")))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for t in asking:
        t.start()
    fed = 0
    for until in range(20, 1200, 20):
        site.feed(agent, fed, until)
        fed = until
        if until == 400:
            reaches(agent, first)
            site.roll_out(second)
        time.sleep(0.02)
    reaches(agent, second)
    site.feed(agent, fed, 1500)
    wait_for(lambda: model(agent)["totals"]["rows"] == 1500, "all rows")
    stop.set()
    for t in asking:
        t.join()
    codes = {code for code, _ in answers}
    assert codes == {200} and {v for _, v in answers} == {str(first), str(second)} and len(answers) > 50
    totals = model(agent)["totals"]
    assert totals["inferences"] - len(answers) == vectors(1500)  # no gap: the new worker's windows were full at once
    assert totals["failures"] == 0


def test_a_slow_model_returns_by_itself(site):
    good = site.push()
    site.deploy()
    agent = site.agent(rows=200)
    site.roll_out(good)
    reaches(agent, good)
    slow = site.push("other", "--max-cpu-us", "1")
    rollout = site.roll_out(slow)
    reaches(agent, slow, "probation")
    site.feed(agent, 200, 400)
    reaches(agent, good, "rolled_back")
    m = model(agent)
    assert m["target_release"] == slow and "processor time" in m["error_text"]
    wait_for(lambda: site.hub.call("GET", f"/api/v1/rollouts/{rollout}")["state"] == "aborted", "the roll-out stops")
    agent.stop()  # the memory of the bad release survives a restart
    agent.start()
    wait_for(lambda: model(agent), "the agent is back")
    time.sleep(1.5)
    assert model(agent)["release"] == good and "event=bundle.fetched model=pump release=%d" % slow not in agent.text().split("agent.stopping")[-1]


def test_a_model_with_wrong_golden_vectors_is_not_installed(site):
    good = site.push()
    site.deploy()
    agent = site.agent(rows=100)
    site.roll_out(good)
    reaches(agent, good)
    golden = site.folder / "golden.bin"
    site.sedge.ok("bundle", site.project / "other", "--name", "pump", "--release", 9, "--out", site.folder / "x.bundle", "--golden-out", golden)
    data = bytearray(golden.read_bytes())
    data[-1] ^= 1
    golden.write_bytes(data)
    bad = site.push("other", "--golden", golden)
    site.roll_out(bad)
    m = reaches(agent, good, "failed")
    assert "golden" in m["error_text"] and m["slot"] == "a" and m["target_release"] == bad


def test_roll_back_by_hand_takes_less_than_a_second(site):
    first, second = site.push(), site.push("other")
    site.deploy()
    agent = site.agent(rows=200)
    for release in first, second:
        site.roll_out(release)
        reaches(agent, release)
    site.hub.kill()  # no network is needed
    begin = time.monotonic()
    run = subprocess.run([program("sedge-agent"), "rollback", "--state", agent.state], capture_output=True, text=True, check=False)
    assert run.returncode == 0 and f"back at release {first}" in run.stdout, run.stderr
    wait_for(lambda: unix_get(agent, "/v2/models/pump/ready")[0] == 200, "it serves again")
    took = time.monotonic() - begin
    m = model(agent)
    assert m["release"] == first and m["slot"] == "a"
    assert took < 1 or "debug" in os.environ.get("SEDGE_BUILD", "debug") and took < 3  # sanitizers start slowly
    again = subprocess.run([program("sedge-agent"), "rollback", "--state", agent.state], capture_output=True, text=True, check=False)
    assert again.returncode == 0  # and forward again: the other slot holds the second release
    site.hub.start()


def test_a_bundle_from_a_stick(site):
    first = site.push()
    site.deploy()
    agent = site.agent(rows=200)
    site.roll_out(first)
    reaches(agent, first)
    second = site.push("other")
    stick = site.folder / "stick.bundle"
    site.sedge.ok("bundle", site.project / "other", "--name", "pump", "--release", second, "--out", stick)
    install = [program("sedge-agent"), "install", "--state", agent.state, stick]

    def refused(args, code, words):
        run = subprocess.run(args, capture_output=True, text=True, check=False)
        assert run.returncode == code and words in run.stderr, run.stderr

    refused(install, 4, "update metadata")  # signed after the device's last look
    brought = site.folder / "metadata"
    brought.mkdir()
    for file in (site.hub.folder / "tuf").glob("*.json"):
        (brought / file.name).write_bytes(file.read_bytes())
    other = site.folder / "other.bundle"
    other.write_bytes(stick.read_bytes()[:-1] + b"\1")
    refused([*install[:-1], other, "--metadata", brought], 3, "bundle")
    run = subprocess.run([*install, "--metadata", brought], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    wait_for(lambda: model(agent)["release"] == second, "the stick's release runs")
    refused(install, 8, "runs already")
    agent.stop()
    back = subprocess.run([program("sedge-agent"), "rollback", "--state", agent.state], capture_output=True, text=True, check=False)
    assert back.returncode == 0, back.stderr
    refused([program("sedge-agent"), "install", "--state", agent.state, site.folder / "none"], 4, "none")
    status = agent.status()
    assert not status["running"] and status["models"][0]["release"] == first


# ---- kills ----

def kill_rounds(site, rng, rounds):
    releases = [site.push(), site.push("other")]
    site.deploy(probation_s=0.3)
    agent = site.agent(rows=300)
    site.roll_out(releases[0])
    reaches(agent, releases[0])
    for n in range(rounds):
        releases.append(site.push(("int8", "other")[n % 2]))
        site.roll_out(releases[-1])
        time.sleep(rng.uniform(0, 0.9))
        agent.kill()
        current = agent.state / "models/pump/current"
        assert current.is_symlink() and (current / "bundle").exists()
        agent.start()
        m = wait_for(lambda: model(agent), "it is back")
        assert m["release"] in releases
        wait_for(lambda: unix_get(agent, "/v2/models/pump/ready")[0] == 200, "a model serves after the kill")
        reaches(agent, releases[-1])


def test_killed_at_any_moment_of_an_update(site, rng):
    kill_rounds(site, rng, 4)


@pytest.mark.long
def test_killed_at_any_moment_of_many_updates(site, rng):
    kill_rounds(site, rng, 40)


def test_a_dead_worker_is_replaced(site):
    release = site.push()
    site.deploy()
    agent = site.agent(rows=100)
    site.roll_out(release)
    m = reaches(agent, release)
    assert not m["error"] and not m["error_text"]
    worker = m["worker"]
    os.kill(worker, 9)
    site.feed(agent, 100, 500)
    wait_for(lambda: model(agent)["totals"]["rows"] == 500, "no row is lost")
    m = model(agent)
    assert m["worker"] != worker and m["release"] == release and m["totals"]["inferences"] == vectors(500)


# ---- reports ----

def fleet_inferences(site):
    """Inferences that the hub has counted, over all windows."""
    stats = site.hub.call("GET", "/api/v1/stats?model=pump")
    return stats["inferences"] if "inferences" in stats else sum(w["inferences"] for w in stats["windows"])


def test_reports_wait_for_the_hub_and_nothing_is_counted_twice(site):
    release = site.push()
    site.deploy()
    agent = site.agent(rows=200)
    site.roll_out(release)
    reaches(agent, release)
    site.hub.kill()
    for n in range(200, 1000, 50):
        site.feed(agent, n, n + 50)
        time.sleep(0.1)
    done(agent, vectors(1000))
    wait_for(lambda: not agent.status().get("online") and agent.status()["spool"]["messages"] > 0, "reports are spooled")
    agent.kill()
    agent.start()
    wait_for(lambda: model(agent), "back without the hub")
    site.feed(agent, 1000, 1500)
    site.hub.start()
    wait_for(lambda: agent.status().get("online") and agent.status()["spool"]["messages"] == 0, "the spool is sent", 60)
    assert agent.text().count("event=hub.offline") <= 3  # once for each change, not once for each try
    time.sleep(1)
    counted = fleet_inferences(site)
    # what was counted after the last spooled report is counted again after the kill, or not at all: at most one report's rows
    assert abs(counted - vectors(1500)) <= vectors(200), counted


# ---- sources ----

def test_sources_grow_break_rotate_and_shrink(site):
    release = site.push()
    site.deploy()
    agent = site.agent(rows=100)
    site.roll_out(release)
    reaches(agent, release)
    with open(agent.file, "a") as f:
        f.write("nonsense;1;2\n")
        f.write(site.rows[101][:20])  # half a line waits for its end
        f.flush()
        time.sleep(0.3)
        f.write(site.rows[101][20:])
    source = lambda: agent.status()["sources"][0]
    wait_for(lambda: source()["rows"] == 101, "the half line's end")
    assert source()["malformed"] == 1 and "line 102" in source()["complaint"]
    agent.file.rename(site.folder / "old.csv")
    with open(site.folder / "old.csv", "a") as f:
        f.write(site.rows[102])
    agent.file.write_text("".join([site.rows[0], *site.rows[103:113]]))
    wait_for(lambda: source()["rows"] == 112, "the old file's end, then the new file")
    agent.file.write_text("".join(site.rows[:6]))  # the same inode, shorter
    wait_for(lambda: source()["rows"] == 117 and source()["restarts"] == 2, "the file that was cut")


def test_standard_input_is_a_source(site):
    release = site.push()
    site.deploy()
    agent = site.agent(start=False)
    agent.args[agent.args.index("--source") + 1] = "pump=-"
    agent.stdin = subprocess.PIPE
    agent.start()
    site.roll_out(release)
    agent.process.stdin.write("".join(site.rows[:501]).encode())
    agent.process.stdin.flush()
    reaches(agent, release)
    done(agent, vectors(500))
    agent.process.stdin.close()
    wait_for(lambda: agent.status()["sources"][0]["ended"], "the end is noticed")


def test_a_restart_goes_on_where_it_was(site):
    release = site.push()
    site.deploy()
    dump = site.folder / "features.bin"
    agent = site.agent(rows=402, extra=["--dump-features", str(dump)])
    site.roll_out(release)
    reaches(agent, release)
    done(agent, vectors(402))
    agent.stop()
    agent.start()
    wait_for(lambda: model(agent), "back")
    site.feed(agent, 402, 800)
    wait_for(lambda: dump.stat().st_size == vectors(800) * 64, f"every window once: {vectors(800)}")


def test_metrics_and_health(site):
    release = site.push()
    site.deploy()
    port = free_port()
    agent = site.agent(rows=200, extra=["--listen", f"127.0.0.1:{port}"])
    url = f"http://127.0.0.1:{port}"
    wait_for(lambda: (agent.status() or {}).get("running"), "the agent answers")
    assert requests.get(url + "/v2/health/live", timeout=5).status_code == 200
    assert requests.get(url + "/v2/health/ready", timeout=5).status_code == 503
    site.roll_out(release)
    reaches(agent, release)
    assert requests.get(url + "/v2/health/ready", timeout=5).status_code == 200
    text = requests.get(url + "/metrics", timeout=5).text
    assert f'sedge_model_release{{model="pump"}} {release}\n' in text and text.endswith("# EOF\n")
    assert "sedge_agent_bytes_sent_total" in text
    assert requests.get(url + "/v1/status", timeout=5).status_code == 404  # by hand on the Unix socket only
    assert requests.post(url + "/v2/models/nobody/infer", json={}, timeout=5).status_code == 404
    assert requests.post(url + "/v2/models/pump/infer", data="{", timeout=5).status_code == 400
    idle = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(100)]  # lock nobody out of the Unix socket
    assert agent.status()["running"]
    for s in idle:
        s.close()


# ---- wrong circumstances ----

def ends(agent, code, *words):
    """The agent ends by itself with this exit code and one sentence."""
    wait_for(lambda: not agent.running, "the agent ends")
    last = agent.text().strip().splitlines()[-1]
    assert agent.process.returncode == code, agent.text()[-2000:]
    for word in words:
        assert word in last, last


def test_wrong_circumstances_have_a_sentence_and_an_exit_code(site, tmp_path):
    agent = site.agent("used")
    wait_for(lambda: (agent.status() or {}).get("online"), "enrolled")
    token = agent.args[agent.args.index("--token") + 1]
    second = Agent(site.hub, tmp_path / "second", token).start()
    ends(second, 5, "the hub answers")
    ends(Agent(site.hub, tmp_path / "none").start(), 2, "--token")
    locked = Agent(site.hub, agent.state, token)
    locked.log = tmp_path / "locked.log"
    ends(locked.start(), 6, "in use by process")
    foreign = tmp_path / "foreign.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9",
                    "-subj", "/CN=someone", "-keyout", tmp_path / "key.pem", "-out", foreign], check=True, capture_output=True)
    stranger = Agent(site.hub, tmp_path / "stranger", "sedge_x")
    stranger.args[stranger.args.index("--ca") + 1] = str(foreign)
    ends(stranger.start(), 5, "certificate")
    untrusted = Agent(site.hub, tmp_path / "untrusted", token)
    untrusted.args[untrusted.args.index("--hub") + 1] = site.hub.url.replace("https", "http")
    ends(untrusted.start(), 2, "not TLS")  # a token never travels in the open
    ends(Agent(site.hub, tmp_path / "bad", token, sources=["nofile"]).start(), 2, "NAME=FILE")
    ends(Agent(site.hub, tmp_path / "open", token, extra=["--listen", "0.0.0.0:1"]).start(), 2, "0.0.0.0")


def test_a_source_without_the_columns_does_not_take_the_model(site):
    release = site.push()
    site.deploy()
    agent = site.agent(start=False)
    agent.file.write_text("datetime;Pressure\n2026-01-01 00:00:00;1\n")
    agent.start()
    site.roll_out(release)
    m = wait_for(lambda: model(agent) if (model(agent) or {}).get("state") == "failed" else None, "refused")
    assert m["release"] == 0 and "no column 'Accelerometer1RMS'" in m["error_text"]


def test_a_source_that_is_no_text_is_said_in_text(site):
    release = site.push()
    site.deploy()
    agent = site.agent(start=False)
    agent.file.write_bytes(b"\xff\xfe\x01;\x80\n\x90;\x91\n")
    agent.start()
    site.roll_out(release)
    m = wait_for(lambda: model(agent) if (model(agent) or {}).get("state") == "failed" else None, "refused, and status says why")
    assert "its columns are ???, ?" in m["error_text"] and agent.log.read_bytes().decode("utf-8")


def test_a_full_disk_keeps_the_old_model(site, small_disk):
    release = site.push()
    site.deploy()
    agent = site.agent(start=False)
    agent.state = pathlib.Path(small_disk) / "state"
    agent.args[agent.args.index("--state") + 1] = str(agent.state)
    site.feed(agent, 0, 200)
    agent.start()
    site.roll_out(release)
    reaches(agent, release)
    ballast = pathlib.Path(small_disk) / "ballast"
    try:
        with open(ballast, "wb") as f:
            while True:
                f.write(b"x" * 4096)
                f.flush()
    except OSError:
        pass
    second = site.push("other")
    site.roll_out(second)
    wait_for(lambda: (model(agent) or {}).get("error") == "no_space", f"it says that the disk is full\n{agent.text()[-2000:]}")
    assert model(agent)["release"] == release and unix_get(agent, "/v2/models/pump/ready")[0] == 200
    ballast.unlink()
    reaches(agent, second, seconds=60)
