"""What the typed client of SUSE (salt-netapi-client) and the plugin of Jenkins read, asked as they ask it.

Both parse replies into fixed types; this goes through the calls they make and the fields those types have. It needs nothing installed.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from lab import Lab, check  # noqa: E402

START_TIME = re.compile(r"^\d{4}, (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d\d \d\d:\d\d:\d\d\.\d{3,6}$")
JID = re.compile(r"^[2-9]\d{3}[01]\d[0-3]\d[0-2]\d[0-5]\d[0-5]\d{7}$")


def netapi(lab, token):
    """SUSE: one POST a call; results are a list; numbers of a login are floats."""

    def low(client, fun, **fields):
        status, _, body = lab.ask("POST", "/", [{"client": client, "fun": fun, **fields}], token)
        check(f"{client} {fun} answers 200", status == 200, body)
        return body["return"]

    def local(fun, target="web1", **fields):
        return low("local", fun, tgt=target, tgt_type="glob", **fields)[0]

    check("test.ping", local("test.ping", "*") == {"web1": True, "web2": True})
    grains = local("grains.items")["web1"]
    check("grains are of their kinds", isinstance(grains["num_cpus"], int) and isinstance(grains["ipv4"], list) and isinstance(grains["os"], str))
    run = local("cmd.run_all", arg=["printf out; printf err >&2; exit 3"])["web1"]
    check("cmd.run_all", run["stdout"] == "out" and run["stderr"] == "err" and run["retcode"] == 3 and isinstance(run["pid"], int), run)
    check("a function that is not there", local("no.such")["web1"].startswith("'no.such' is not available."))
    load = local("status.loadavg")["web1"]
    check("status.loadavg", set(load) >= {"1-min", "5-min", "15-min"} and all(isinstance(value, float) for value in load.values()), load)
    packages = local("pkg.version", arg=["bash"])["web1"]
    check("pkg.version", isinstance(packages, str) and packages, packages)
    check("file.file_exists", local("file.file_exists", arg=["/etc/passwd"])["web1"] is True)
    check("saltutil.sync_all", all(isinstance(value, list) for value in local("saltutil.sync_all")["web1"].values()))
    batch = low("local_batch", "test.ping", tgt="*", tgt_type="glob", batch="1")
    check("a batch is a list of one-key mappings", all(len(one) == 1 for one in batch) and len(batch) == 2, batch)
    started = low("local_async", "test.ping", tgt="*", metadata={"suma": True})[0]
    check("a started job", JID.match(started["jid"]) and started["minions"] == ["web1", "web2"], started)
    jobs = low("runner", "jobs.list_jobs")[0]
    job = jobs[started["jid"]]
    wanted = {"Function", "Arguments", "Target", "Target-type", "User", "StartTime", "Metadata"}
    check("jobs.list_jobs", set(job) == wanted and START_TIME.match(job["StartTime"]) and job["Metadata"] == {"suma": True}, job)
    found = low("runner", "jobs.list_jobs", search_metadata={"suma": True})[0]
    check("jobs by metadata", list(found) == [started["jid"]], found)
    lab.until("both have returned", lambda: len(low("runner", "jobs.list_job", jid=started["jid"])[0]["Result"]) == 2)
    job = low("runner", "jobs.list_job", jid=started["jid"])[0]
    check("jobs.list_job", job["Minions"] == ["web1", "web2"] and job["Result"]["web1"]["return"] is True and job["jid"] == started["jid"], job)
    unknown = low("runner", "jobs.list_job", jid="20200101000000000000")[0]
    check("a job that is not known", "Error" in unknown and unknown["Result"] == {}, unknown)
    lookup = low("runner", "jobs.lookup_jid", jid=started["jid"])[0]
    check("jobs.lookup_jid", lookup == {"web1": True, "web2": True}, lookup)
    check("jobs.active", isinstance(low("runner", "jobs.active")[0], dict))
    status = low("runner", "manage.status")[0]
    check("manage.status", status == {"up": ["web1", "web2"], "down": []}, status)
    versions = low("runner", "manage.versions")[0]
    check("manage.versions", isinstance(versions["Master"], str) and all(isinstance(value, (str, dict)) for value in versions.values()), versions)

    def wheel(fun, **fields):
        data = low("wheel", fun, **fields)[0]["data"]
        wanted = {"fun", "jid", "tag", "user", "return", "success"}
        check(f"wheel {fun} tells of itself", set(data) >= wanted and data["success"] is True, data)
        return data["return"]

    keys = wheel("key.list_all")
    check("key.list_all", set(keys) >= {"minions", "minions_pre", "minions_rejected", "minions_denied"}, keys)
    finger = wheel("key.finger", match="*")
    check("key.finger", re.match("^[0-9a-f:]+$", finger["minions"]["web1"]), finger)
    made = wheel("key.gen", keysize=2048)
    check("key.gen", set(made) == {"pub", "priv"} and made["priv"].startswith("-----BEGIN"))
    made = wheel("key.gen_accept", id_="made1", keysize=2048)
    check("key.gen_accept", set(made) == {"pub", "priv"} and "made1" in wheel("key.list_all")["minions"])
    check("minions.connected", wheel("minions.connected") == ["web1", "web2"])
    state = local("state.apply", arg=["hello"])["web1"]
    (name, result), = state.items()
    wanted = {"name": str, "changes": dict, "result": bool, "comment": str, "__sls__": str, "__id__": str, "__run_num__": int, "start_time": str, "duration": (int, float)}
    check("a state's result", len(name.split("_|-")) == 4 and all(isinstance(result[key], kind) for key, kind in wanted.items()), result)
    failed = local("state.apply", arg=["nosuch"])["web1"]
    check("a failed compile is a list of texts", isinstance(failed, list) and all(isinstance(text, str) for text in failed), failed)


def jenkins(lab, token):
    """Jenkins: starts a job and asks /jobs/<jid> until as many have returned as are meant."""
    status, _, body = lab.ask("POST", "/minions", [{"tgt": "web*", "fun": "state.apply", "arg": ["hello"]}], token)
    jid = body["return"][0]["jid"]
    check("/minions answers 202 with a link", status == 202 and body["_links"]["jobs"][0]["href"] == f"/jobs/{jid}", body)

    def job():
        return lab.ask("GET", f"/jobs/{jid}", token=token)[2]

    first = job()
    check("the minions are known at once", sorted(first["info"][0].get("Minions", [])) == ["web1", "web2"], first)
    lab.until("all have returned", lambda: len(job()["return"][0]) == len(job()["info"][0]["Minions"]))
    returns = job()["return"][0]
    check("returns are bare", all(isinstance(one, dict) and all("_|-" in key for key in one) for one in returns.values()), returns)
    status, _, body = lab.ask("POST", "/hook/jenkins/build", {"build": 7}, token)
    check("/hook", status == 200 and body == {"success": True}, body)


def main():
    with Lab({"port": 0, "host": "127.0.0.1", "disable_ssl": True}) as lab:
        token = lab.login()
        netapi(lab, token)
        jenkins(lab, token)
    print("shapes: all is well")


if __name__ == "__main__":
    main()
