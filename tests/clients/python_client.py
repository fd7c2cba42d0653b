"""The Python package of deploy/clients/python against a running master: over TLS by fingerprint, and over the unix socket."""

import hashlib
import json
import pathlib
import ssl
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parents[1] / "deploy/clients/python"
sys.path[:0] = [str(HERE), str(PACKAGE)]
from lab import PASSWORD, Lab, check  # noqa: E402
from sylvite import Master, SylviteError  # noqa: E402


def main():
    with Lab({"port": 0, "host": "127.0.0.1"}) as lab:
        certificate = ssl.PEM_cert_to_DER_cert((lab.folder / "master/pki/api.crt").read_text())
        fingerprint = hashlib.sha256(certificate).hexdigest()
        url = lab.url("https")
        master = Master(url, fingerprint=fingerprint)
        try:
            Master(url).get_status()
            check("a certificate that nobody knows is refused", False)
        except ssl.SSLError as error:
            check("a certificate that nobody knows is refused", "CERTIFICATE_VERIFY_FAILED" in str(error), error)
        try:
            Master(url, fingerprint="00" * 32).login("boss", PASSWORD)
            check("another certificate is refused", False)
        except ssl.SSLError as error:
            check("another certificate is refused", "another fingerprint" in str(error), error)
        try:
            master.get_status()
            check("nobody is logged in", False)
        except SylviteError as error:
            check("nobody is logged in", error.status == 401 and error.hint, error)
        opened = master.login("boss", PASSWORD)
        check("login", opened["user"] == "boss" and len(master.token) == 40, opened)
        check("status", master.get_status()["online"] == 2)
        returns = {one["minion"]: one["value"] for one in master.run("*", "test.arg", 7, kwargs={"n": 8})}
        check("run", returns == {name: {"args": [7], "kwargs": {"n": 8}} for name in ("web1", "web2")}, returns)
        check("runner", master.runner("manage.up") == ["web1", "web2"])
        check("minions", [one["id"] for one in master.get_minions()["items"]] == ["web1", "web2"])
        check("keys", [key["state"] for key in master.get_keys()] == ["accepted", "accepted"])
        jobs = master.get_jobs(function="test.*", limit=1)
        check("jobs", len(jobs["items"]) == 1, jobs)
        view = master.get_jobs_id(jobs["items"][0]["id"])
        check("a job", len(view["minions"]) == 2, view)
        begun = master.post_events({"tag": "mine/1", "data": {"n": 1}})
        event = next(master.events(tag="mine/*", after=begun["sequence"] - 1))
        check("events", event["tag"] == "mine/1" and event["data"]["n"] == 1, event)
        fred = Master(url, fingerprint=fingerprint)
        fred.login("fred", PASSWORD)
        try:
            fred.post_keys_change({"action": "delete", "minions": ["*"]})
            check("a refusal says by which rule", False)
        except SylviteError as error:
            check("a refusal says by which rule", error.status == 403 and "external_auth:sylvite:fred" in str(error), error)
        master.logout()
        local = Master(str(lab.folder / "master/run/master.sock"))
        check("the unix socket", local.get_status()["master"] == "lab_master")
        document = local.get_openapi_json()
        path = lab.folder / "openapi.json"
        path.write_text(json.dumps(document))
        checked = subprocess.run([sys.executable, PACKAGE / "generate.py", "--check", path], capture_output=True, text=True)
        check("the package is what the master's document makes", checked.returncode == 0, checked)
    print("python: all is well")


if __name__ == "__main__":
    main()
