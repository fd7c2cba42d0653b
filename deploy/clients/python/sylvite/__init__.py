"""Client of a Sylvite master.

    from sylvite import Master

    master = Master("https://master.example.com:8000", fingerprint="3f:1a:…")
    master.login("anna", "correct horse")
    print(master.get_status()["online"], "minions are there")
    for item in master.run("web*", "test.ping"):
        print(item["minion"], item["value"])
"""

from typing import Any, Dict, Iterator, Optional

from .api import Api
from .transport import SylviteError

__all__ = ["Master", "SylviteError"]


class Master(Api):
    """A master: one method for each operation of its API, and short forms of what is done most."""

    def run(self, target: str, function: str, *args: Any, kind: str = "glob", kwargs: Optional[Dict[str, Any]] = None) -> Iterator[Dict[str, Any]]:
        """Runs a function on minions; gives the return of each as it comes. Minions that are away are not waited for."""
        job = {"target": {"kind": kind, "expression": target}, "calls": [{"function": function, "args": list(args), "kwargs": kwargs or {}}]}
        for item in self.post_jobs(job, watch=True):
            if item["event"] == "returned":
                yield item["returned"]
            elif item["event"] in ("done", "idle"):
                return

    def runner(self, function: str, *args: Any, **kwargs: Any) -> Any:
        """Calls a runner and gives what it returned."""
        return self.post_runners({"function": function, "args": list(args), "kwargs": kwargs})["value"]

    def events(self, tag: Optional[str] = None, after: Optional[int] = None) -> Iterator[Dict[str, Any]]:
        """Events of the bus as they happen, from a number on when it is given."""
        for item in self.get_events(tag=tag, after=after):
            if item["item"] == "event":
                yield item["event"]
