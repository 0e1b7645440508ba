# SPDX-License-Identifier: Apache-2.0
"""A small fleet for the system tests: agents with their own folders, and the sensors that they follow."""
import threading
import time

from conftest import Agent, Sedge, wait_for


class Sensors(threading.Thread):
    """Appends the rows of a recording to a file per device, round and round, `rate` rows a second each."""

    def __init__(self, recording, files, rate=50):
        super().__init__(daemon=True)
        self.header, *self.rows = recording.read_text().splitlines()
        self.files, self.rate, self.offsets, self.stopped = files, rate, {}, threading.Event()
        for file in files:
            file.write_text(self.header + "\n")

    def shift(self, file, column, offset):
        self.offsets[file] = (self.header.split(";").index(column), offset)

    def row(self, file, n):
        cells = self.rows[n % len(self.rows)].split(";")
        cells[0] = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time()))
        if file in self.offsets:
            column, offset = self.offsets[file]
            cells[column] = str(float(cells[column]) + offset)
        return ";".join(cells)

    def run(self):
        start, written = time.monotonic(), 0
        while not self.stopped.wait(0.05):
            due = int((time.monotonic() - start) * self.rate)
            for k, file in enumerate(self.files):
                with open(file, "a", encoding="ascii") as f:
                    f.write("".join(self.row(file, n + 97 * k) + "\n" for n in range(written, due)))
            written = due


class Fleet:
    def __init__(self, hub, project, folder, n, model="pump"):
        self.hub, self.project, self.model = hub, project, model
        self.sedge = Sedge(folder, hub.client_env)
        files = [folder / f"sensor-{i}.csv" for i in range(n)]
        self.sensors = Sensors(project / "normal.csv", files)
        self.agents = []
        for i, file in enumerate(files):
            token = self.sedge.ok("device", "token", "--json", "--label", f"line={i}").json["token"]
            self.agents.append(Agent(hub, folder / f"agent-{i}", token, [f"{model}={file}"]))

    def __enter__(self):
        self.sensors.start()
        for agent in self.agents:
            agent.start()
        wait_for(lambda: len(self.devices()) == len(self.agents), "all agents enrolled", 60)
        return self

    def __exit__(self, kind, *_):
        self.sensors.stopped.set()
        self.sensors.join()
        for agent in self.agents:
            if kind:
                print(agent.text()[-3000:])
            agent.stop()

    def devices(self):
        return self.hub.call("GET", "/api/v1/devices")["items"]

    def releases(self):
        """Release that each device reports to run, 0 for none."""
        found = []
        for device in self.devices():
            models = (device.get("reported") or {}).get("models") or []
            found.append(next((m["release"] for m in models if m["name"] == self.model), 0))
        return found

    def push(self, folder, *options):
        return self.sedge.ok("registry", "push", self.project / folder, "--json", *options).json["release"]

    def deploy(self, *options):
        self.sedge.ok("rollout", "deploy", self.model, "--model", self.model, "--phases", "1,100", "--soak", "1s",
                      "--probation", "1s", *options)

    def start(self, release):
        return self.sedge.ok("rollout", "start", self.model, "--release", release, "--json").json["id"]

    def rollout(self, rollout):
        return self.hub.call("GET", f"/api/v1/rollouts/{rollout}")

    def wait_over(self, rollout, seconds=90):
        """The roll-out once it is done or aborted."""
        return wait_for(lambda: (r := self.rollout(rollout)) and r["state"] in ("done", "aborted") and r,
                        f"roll-out {rollout} is over", seconds, 0.3)

    def wait_all_on(self, release, seconds=60):
        wait_for(lambda: self.releases() == [release] * len(self.agents), f"all devices on release {release}", seconds, 0.3)
