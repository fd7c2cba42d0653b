"""A master and minions as real processes in a scratch folder, for clients that nobody here wrote.

Everything listens on loopback on free ports, lies below one folder, and is stopped and removed at the end.
The programs are taken from $SYLVITE_BIN, or from target/debug of this tree.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SYLVITE_BIN", ROOT / "target" / "debug"))
PASSWORD = "correct horse"
PATIENCE = 60
# What test programs end with when they could not run: nothing is said of what they test.
NOT_HERE = 77

MASTER = """
interface: 127.0.0.1
port: 0
id: lab_master
keysize: 2048
pki_dir: {folder}/master/pki
cachedir: {folder}/master/cache
sock_dir: {folder}/master/run
file_roots: {{base: [{folder}/states]}}
pillar_roots: {{base: [{folder}/pillar]}}
autosign_file: {folder}/master/autosign
netapi_enable_clients: [local, local_async, local_batch, local_subset, runner, runner_async, wheel, wheel_async]
nodegroups: {{webs: 'web*'}}
external_auth:
  sylvite:
    boss: ['.*', '@runner', '@wheel']
    fred: [test.ping, '@jobs']
{further}
"""


class Lab:
    """The running programs."""

    def __init__(self, api, minions=("web1", "web2"), further=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sylvite-clients-"))
        self.processes = []
        for name in ("states", "pillar", "master"):
            (self.folder / name).mkdir()
        (self.folder / "master/autosign").write_text("web*\n")
        (self.folder / "states/hello.sls").write_text(
            f"hello:\n  file.managed:\n    - name: {self.folder}/hello-{{{{ grains['id'] }}}}\n    - contents: hello\n"
        )
        (self.folder / "states/top.sls").write_text("base:\n  '*': [hello]\n")
        (self.folder / "pillar/top.sls").write_text("base:\n  '*': [basics]\n")
        (self.folder / "pillar/basics.sls").write_text("colour: green\nnested: {depth: 2}\n")
        text = MASTER.format(folder=self.folder, further=f"rest_cherrypy: {json.dumps(api)}\n{further}")
        (self.folder / "master/master").write_text(text)
        self.start("sylvite-master", "master")
        self.until("the master answers", lambda: self.run("sylvite", "status").returncode == 0)
        self.port = int((self.folder / "master/cache/port").read_text())
        self.api_port = int((self.folder / "master/cache/api_port").read_text())
        for user in ("boss", "fred"):
            made = self.run("sylvite", "account", "add", user, "--stdin", input=PASSWORD + "\n")
            assert made.returncode == 0, made
        for name in minions:
            self.minion(name)
        self.until("the minions are there", lambda: self.online() >= set(minions))

    def minion(self, name, further=""):
        folder = self.folder / "minions" / name
        folder.mkdir(parents=True)
        (folder / "minion").write_text(
            f"id: {name}\nmaster: 127.0.0.1:{self.port}\nkeysize: 2048\nacceptance_wait_time: 1\n"
            f"pki_dir: {folder}/pki\ncachedir: {folder}/cache\nsock_dir: {folder}/run\n{further}"
        )
        self.start("sylvite-minion", f"minions/{name}")

    def start(self, program, config):
        folder = self.folder / config
        log = open(folder / "log", "wb")
        command = [str(BIN / program), "-c", str(folder)]
        self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def run(self, program, *words, **options):
        command = [str(BIN / program), "-c", str(self.folder / "master"), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **options)

    def online(self):
        listed = self.run("sylvite", "minion", "list", "--out", "json").stdout
        return {one["id"] for one in json.loads(listed or "[]") if one["presence"]["state"] == "online"}

    def until(self, claim, holds):
        end = time.monotonic() + PATIENCE
        while not holds():
            for process in self.processes:
                if process.poll() is not None:
                    sys.exit(f"a program ended while waiting until {claim}\n{self.logs()}")
            if time.monotonic() > end:
                sys.exit(f"waited in vain until {claim}\n{self.logs()}")
            time.sleep(0.05)

    def logs(self):
        return "\n".join(f"--- {path}\n{path.read_text(errors='replace')}" for path in self.folder.rglob("log"))

    def url(self, scheme="http"):
        return f"{scheme}://localhost:{self.api_port}"

    def ask(self, method, path, body=None, token=None):
        """One request as JSON: status, headers, body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url() + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("X-Auth-Token", token)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def login(self, user="boss"):
        status, _, body = self.ask("POST", "/login", {"username": user, "password": PASSWORD, "eauth": "sylvite"})
        assert status == 200, body
        return body["return"][0]["token"]

    def close(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            print(self.logs(), file=sys.stderr)
        self.close()


def fetch(what, command, instead, patience=90):
    """Gets something from the network; a machine that cannot get it is told so, and nothing is tested."""
    try:
        got = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=patience, stdin=subprocess.DEVNULL)
        why = "" if got.returncode == 0 else (got.stderr or got.stdout).strip().rsplit("\n", 1)[-1] or f"{command[0]} ended with {got.returncode}"
    except FileNotFoundError:
        why = f"there is no {command[0]}"
    except subprocess.TimeoutExpired:
        why = f"nothing came within {patience} s"
    if why:
        not_here(f"{what} cannot be had: {why}; {instead}")


def not_here(why):
    """Ends the program without a verdict."""
    print(why, file=sys.stderr)
    sys.exit(NOT_HERE)


def check(claim, holds, shown=None):
    """One claim; the first that does not hold ends the run."""
    if not holds:
        raise AssertionError(f"{claim}: {shown!r}")
    print(f"ok   {claim}")
