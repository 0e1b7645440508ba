# SPDX-License-Identifier: Apache-2.0
"""A device that is not ours: speaks docs/spec/device-protocol.md with libraries of other people."""
import json
import secrets
import struct
import time

import cbor2
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

STATES = ["none", "downloading", "verifying", "probation", "committed", "rolled_back", "failed"]
REPORT, SAMPLES = ("application/vnd.sedge.report+cbor", "application/vnd.sedge.samples+cbor")


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def packed_counts(features):
    """docs of src/monitor/format.h: features is a list of 16 counts each, all with the same total."""
    out = b"\x01" + varint(len(features)) + varint(sum(features[0])) + b"\0"
    for counts in features:
        filled = [i for i, c in enumerate(counts) if c]
        out += struct.pack("<H", sum(1 << i for i in filled)) + b"".join(varint(counts[i]) for i in filled[:-1])
    return out


class Device:
    def __init__(self, hub, folder):
        self.hub, self.folder = hub, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.key, self.sealing = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        (folder / "key.pem").write_bytes(self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        self.id, self.boot, self.seq, self.rollout = "", secrets.token_hex(16), 0, ""
        self.session = requests.Session()
        self.session.trust_env, self.session.verify = False, hub.ca

    def csr(self, key=None):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "device")])
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key or self.key, hashes.SHA256())
        return request.public_bytes(serialization.Encoding.PEM).decode()

    def enrol(self, token, labels=None, expect=200, **changes):
        sealing = self.sealing.public_key().public_bytes(serialization.Encoding.PEM,
                                                         serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        body = {"version": 1, "token": token, "csr": self.csr(), "sealing_key": sealing, "labels": labels or {},
                "facts": {"arch": "x86_64", "cpus": 2, "memory_bytes": 1 << 30, "agent": "test"}, **changes}
        answer = self.session.post(self.hub.url + "/device/v1/enrol", data=json.dumps(body), timeout=60)
        assert answer.status_code == expect, answer.text
        if expect == 200:
            self.id = answer.json()["device"]
            (self.folder / "cert.pem").write_text(answer.json()["certificate"])
            self.session.cert = (str(self.folder / "cert.pem"), str(self.folder / "key.pem"))
        return answer.json()

    def get(self, path, expect=200, **kw):
        answer = self.session.get(self.hub.url + path, timeout=60, **kw)
        assert answer.status_code == expect, answer.text
        return answer

    def post(self, path, body, expect=204):
        answer = self.session.post(self.hub.url + path, data=body, timeout=60)
        assert answer.status_code == expect, answer.text
        return answer

    def desired(self):
        return self.get("/device/v1/desired").json()

    def wants(self, model):
        """Release that the hub wants of a model here, or 0; remembers the roll-out."""
        for m in self.desired()["models"]:
            if m["name"] == model:
                self.rollout = m["rollout"]
                return m["release"]
        return 0

    def sign(self, kind, payload, device=None):
        """COSE_Sign1, ES256."""
        protected = cbor2.dumps({1: -7, 3: kind, 4: (device or self.id).encode()})
        signed = cbor2.dumps(["Signature1", protected, b"", payload])
        r, s = decode_dss_signature(self.key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, r.to_bytes(32, "big") + s.to_bytes(32, "big")]))

    def model(self, name, release, state="committed", target=None, rollout=None, window=None, error=None):
        m = {1: name, 2: release, 5: STATES.index(state), 6: release if target is None else target}
        rollout = self.rollout if rollout is None else rollout
        if rollout:
            m[7] = bytes.fromhex(rollout)
        if error:
            m[8], m[9] = error
        if window:
            m[10] = window
        return m

    @staticmethod
    def window(rows=100, inferences=100, failures=0, anomalies=0, cpu_us=1000, features=None):
        w = {1: 1, 2: 2, 3: rows, 4: inferences, 5: failures, 6: anomalies, 7: cpu_us, 8: cpu_us, 9: 1.5}
        if features:
            w[11] = packed_counts(features)
        return w

    def report(self, *models, events=(), expect=204, **changes):
        """changes: fields by number as "_3"."""
        self.seq += 1
        message = {0: 1, 1: self.id, 2: bytes.fromhex(self.boot), 3: self.seq, 4: int(time.time() * 1000), 5: 1000, 6: "test",
                   7: 1000 * self.seq, 8: 2000 * self.seq, 9: 9000 * self.seq, 10: list(models), 11: list(events)}
        message.update({int(k[1:]): v for k, v in changes.items()})
        return self.post("/device/v1/report", self.sign(REPORT, cbor2.dumps(message)), expect)
