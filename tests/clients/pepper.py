"""salt-pepper from PyPI against the API: its command line and its library, whole, over TLS.

    tests/clients/pepper.py            installs salt-pepper into a scratch environment
    PEPPER=/path/to/venv ...           takes one that is there
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from lab import PASSWORD, Lab, check, fetch  # noqa: E402

# The library is asked in its own environment; what it says comes back as JSON.
LIBRARY = """
import json, ssl, sys, pepper
ssl._create_default_https_context = ssl._create_unverified_context
url, password = sys.argv[1:]
api = pepper.Pepper(url, ignore_ssl_errors=True)
auth = api.login("boss", password, "sylvite")
said = {"auth": {k: auth[k] for k in ("user", "eauth", "perms")}, "token": len(auth["token"])}
said["local"] = api.local("*", "test.ping")
said["arg"] = api.local("web1", "test.arg", arg=["7", "n=7"], kwarg={"k": "v"})
said["list"] = api.local(["web1"], "test.ping", expr_form="list")
said["async"] = api.local_async("*", "test.ping")
said["batch"] = api.local_batch("*", "test.ping", batch="1")
jid = said["async"]["return"][0]["jid"]
said["lookup"] = api.lookup_jid(jid)
said["runner"] = api.runner("manage.up")
said["wheel"] = api.wheel("key.list_all")
said["low"] = api.low([{"client": "local", "tgt": "web2", "fun": "test.ping"}])
# What --fail-any and its like look at; the program itself does so only where it can import Salt.
from pepper.retcode import PepperRetcode
check = PepperRetcode()
def full(target, fun, *arg):
    return api.low([{"client": "local", "tgt": target, "fun": fun, "arg": list(arg), "full_return": True}])["return"]
good, bad, mixed = full("*", "test.ping"), full("*", "cmd.run", "false"), full("*", "cmd.run", "test $(cat /dev/null)x = y || exit 3")
said["good"] = [check.validate_fail_any(good), check.validate_fail_all(good), check.validate_fail_any_none(good), check.validate_fail_all_none(good)]
said["bad"] = [check.validate_fail_any(bad), check.validate_fail_all(bad), check.validate_fail_any_none(mixed), check.validate_fail_all_none(mixed)]
try:
    pepper.Pepper(url, ignore_ssl_errors=True).login("boss", "wrong", "sylvite")
except pepper.PepperException as error:
    said["refused"] = str(error)
print(json.dumps(said))
"""


def environment():
    given = os.environ.get("PEPPER")
    if given:
        return pathlib.Path(given), None
    folder = tempfile.mkdtemp(prefix="pepper-")
    venv.create(folder, with_pip=True)
    pip = [f"{folder}/bin/pip", "install", "-q", "--retries", "1", "--timeout", "10", "salt-pepper"]
    try:
        fetch("salt-pepper", pip, "PEPPER names an environment that has it")
    except SystemExit:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return pathlib.Path(folder), folder


def main():
    place, scratch = environment()
    with Lab({"port": 0, "host": "127.0.0.1"}) as lab:
        home = lab.folder / "home"
        home.mkdir()
        base = {"PATH": os.environ["PATH"], "HOME": str(home)}

        def pepper(*words, user="boss", password=PASSWORD, **extra):
            settings = {"SALTAPI_URL": lab.url("https"), "SALTAPI_USER": user, "SALTAPI_PASS": password, "SALTAPI_EAUTH": "sylvite"}
            command = [str(place / "bin/pepper"), "--ignore-ssl-errors", *words]
            return subprocess.run(command, env={**base, **settings, **extra}, capture_output=True, text=True, timeout=120)

        def said(*words, **options):
            done = pepper(*words, **options)
            check(f"pepper {' '.join(words)}", done.returncode == 0, done)
            return json.loads(done.stdout)

        check("full returns by minion", {name: one["ret"] for name, one in said("*", "test.ping")["return"][0].items()} == {"web1": True, "web2": True})
        args = said("web1", "test.arg", "7", "n=7")["return"][0]["web1"]["ret"]
        check("words stay text and named ones are read", args == {"args": ["7"], "kwargs": {"n": 7}}, args)
        for words in (("-L", "web1,web2"), ("-C", "web* and not web3"), ("-N", "webs"), ("-E", "web[12]"), ("-G", "id:web*"), ("-I", "colour:green")):
            check(f"target {words[0]}", len(said(*words, "test.ping")["return"][0]) == 2)
        check("nobody", said("nobody", "test.ping")["return"] == [{}])
        started = said("--client=local_async", "*", "test.ping")["return"][0]
        check("a job that is not waited for", len(started["jid"]) == 20 and started["minions"] == ["web1", "web2"], started)
        batch = said("--client=local_batch", "--batch=1", "*", "test.ping")["return"]
        check("a batch gives one element a minion", sorted(name for one in batch for name in one) == ["web1", "web2"], batch)
        up = said("--client=runner", "manage.up")["return"][0]
        check("a runner's full return", up["data"]["return"] == ["web1", "web2"] and up["tag"].endswith("/ret"), up)
        lookup = said("--client=runner", "jobs.lookup_jid", f"jid={started['jid']}")["return"][0]["data"]["return"]
        check("arguments of a runner", lookup == {"web1": True, "web2": True}, lookup)
        keys = said("--client=wheel", "key.list_all")["return"][0]["data"]["return"]
        check("a wheel function", keys["minions"] == ["web1", "web2"], keys)
        low = said("--json", json.dumps([{"client": "local", "tgt": "web1", "fun": "test.ping"}]))["return"]
        check("low by --json", low[0]["web1"]["ret"] is True, low)
        check("--fail-if-incomplete with all", pepper("--fail-if-incomplete", "*", "test.ping").returncode == 0)
        check("a token that is kept", said("-T", "*", "test.ping")["return"] and (home / ".peppercache").exists())
        check("a kept token is enough", said("-T", "*", "test.ping", password="wrong")["return"])
        check("a token for /run", said("-r", "*", "test.ping")["return"])
        refused = pepper("*", "test.ping", password="wrong")
        check("a wrong password", refused.returncode != 0 and "Authentication denied" in refused.stderr + refused.stdout, refused)
        refused = pepper("*", "cmd.run", "id", user="fred")
        check("a function that is not allowed", refused.returncode != 0, refused)
        command = [str(place / "bin/python"), "-c", LIBRARY, lab.url("https"), PASSWORD]
        done = subprocess.run(command, env=base, cwd=home, capture_output=True, text=True, timeout=120)
        check("the library runs to its end", done.returncode == 0, done)
        said = json.loads(done.stdout)
        check("login", said["auth"] == {"user": "boss", "eauth": "sylvite", "perms": [".*", "@runner", "@wheel"]} and said["token"] == 40, said["auth"])
        both = [{"web1": True, "web2": True}]
        check("local", said["local"]["return"] == both, said["local"])
        check("arguments", said["arg"]["return"] == [{"web1": {"args": ["7"], "kwargs": {"n": 7, "k": "v"}}}], said["arg"])
        check("a list under its old name", said["list"]["return"] == [{"web1": True}], said["list"])
        check("batch", len(said["batch"]["return"]) == 2, said["batch"])
        check("lookup_jid", said["lookup"]["return"] == both, said["lookup"])
        check("runner", said["runner"]["return"] == [["web1", "web2"]], said["runner"])
        check("wheel", said["wheel"]["return"][0]["data"]["success"] is True, said["wheel"])
        check("low", said["low"]["return"] == [{"web2": True}], said["low"])
        check("--fail-any and its like with good returns", said["good"] == [0, 0, 0, 0], said["good"])
        check("--fail-any and its like with bad returns", said["bad"] == [1, 1, 3, 3], said["bad"])
        check("a refusal", "Authentication denied" in said["refused"], said["refused"])
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)
    print("pepper: all is well")


if __name__ == "__main__":
    main()
