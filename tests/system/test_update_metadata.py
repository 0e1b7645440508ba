# SPDX-License-Identifier: Apache-2.0
"""The hub's update metadata, read by the reference implementation of TUF as a device would."""
import hashlib

import pytest
from test_hub_rollout import Fleet, make_bundle, push


def client(device, folder):
    """python-tuf's client, fetching through the device's connection."""
    ngclient = pytest.importorskip("tuf.ngclient")
    errors = pytest.importorskip("tuf.api.exceptions")

    class Fetcher(ngclient.FetcherInterface):
        def _fetch(self, url):
            answer = device.session.get(url, timeout=60)
            if answer.status_code != 200:
                raise errors.DownloadHTTPError(answer.text, answer.status_code)
            yield answer.content

    (folder / "targets").mkdir(parents=True)
    return ngclient.Updater(str(folder / "metadata"), device.hub.url + "/tuf/metadata/", str(folder / "targets"),
                            device.hub.url + "/tuf/targets/", fetcher=Fetcher(), bootstrap=device.root.encode())


def test_python_tuf_installs_from_the_hub(hub, tmp_path):
    release = push(hub, "pump")
    device = Fleet(hub, tmp_path, 1).devices[0]
    device.root = device.get("/tuf/metadata/1.root.json").text
    updater = client(device, tmp_path / "tuf")
    updater.refresh()
    info = updater.get_targetinfo(f"pump/{release}.bundle")
    body = make_bundle("pump", release)
    assert info.length == len(body) and info.hashes == {"sha256": hashlib.sha256(body).hexdigest()}
    assert info.custom["release"] == release
    with open(updater.download_target(info), "rb") as f:
        assert f.read() == body
    second = push(hub, "pump")
    later = client(device, tmp_path / "later")
    assert later.get_targetinfo(f"pump/{second}.bundle")
    assert later.get_targetinfo("pump/77.bundle") is None
