"""SaltGUI, unmodified, served by the master itself, in a headless Chromium.

    SALTGUI=/path/to/checkout PLAYWRIGHT_FROM=/folder/with/node_modules tests/clients/saltgui.py

Without SALTGUI the public repository is cloned, without PLAYWRIGHT_FROM playwright-core is installed into a scratch folder.
Chromium is /usr/bin/chromium, or $CHROMIUM. Pictures of the pages go to $SHOTS, when that is set.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from lab import PASSWORD, Lab, fetch, not_here  # noqa: E402

REPOSITORY = "https://github.com/erwindon/SaltGUI"
FURTHER = """
saltgui_public_pillars: ['^colour$']
saltgui_templates: {ping: {description: Ping all, target: '*', command: test.ping}}
reactor: [{'salt/nothing': [salt://reactor/nothing.sls]}]
"""
# As Salt 3008 does, a minion shows stars for values of its pillar unless it is told otherwise; this one is, so that they can be looked at.
MINION = """
pillar_mask_output: false
beacons: {memusage: [{percent: 99%}, {interval: 600}]}
schedule: {nightly: {function: test.ping, seconds: 86400}}
mine_functions: {test.ping: []}
"""


def main():
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not os.path.exists(chromium):
        not_here(f"there is no {chromium}; CHROMIUM names one, on Debian it is the package chromium")
    if not shutil.which("node"):
        not_here("there is no node; on Debian it is the package nodejs")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="saltgui-"))
    try:
        source = os.environ.get("SALTGUI")
        if not source:
            source = scratch / "SaltGUI"
            clone = ["git", "-c", "credential.helper=", "clone", "-q", "--depth", "1", REPOSITORY, source]
            fetch("SaltGUI", clone, "SALTGUI names a checkout")
        # A copy, so that the file which names our backend changes nobody's checkout; SaltGUI reads it where a shop has put it.
        gui = scratch / "gui"
        shutil.copytree(pathlib.Path(source) / "saltgui", gui)
        (gui / "static/salt-auth.txt").write_text("sylvite\n")
        modules = os.environ.get("PLAYWRIGHT_FROM")
        if not modules:
            modules = scratch
            npm = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--fetch-retries=1", "--prefix", scratch, "playwright-core"]
            fetch("playwright-core", npm, "PLAYWRIGHT_FROM names a folder that has it")
        api = {"port": 0, "host": "127.0.0.1", "disable_ssl": True, "app": str(gui / "index.html"), "static": str(gui / "static")}
        with Lab(api, minions=(), further=FURTHER) as lab:
            for name in ("web1", "web2"):
                lab.minion(name, MINION)
            lab.until("the minions are there", lambda: lab.online() >= {"web1", "web2"})
            # Its key waits for somebody to accept it.
            lab.minion("new1")
            lab.until("a key is pending", lambda: "new1" in lab.run("sylvite", "key", "list", "--state", "pending").stdout)
            environment = {**os.environ, "URL_OF_API": lab.url(), "PASSWORD": PASSWORD, "PLAYWRIGHT_FROM": str(modules)}
            script = pathlib.Path(__file__).with_suffix(".mjs")
            done = subprocess.run(["node", script], env=environment, timeout=560)
            if done.returncode:
                sys.exit("SaltGUI: not all is well")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("SaltGUI: all is well")


if __name__ == "__main__":
    main()
