"""The API of a Sylvite master: its shapes, and one method for each operation.

Generated from the OpenAPI document by generate.py; change that, or the document.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Literal, Optional, TypedDict, Union

from .transport import Transport, quote


class Absent(TypedDict, total=False):
    """A minion that is meant but not there."""

    minion: str
    reason: Optional[str]
    since: Optional[str]


class Account(TypedDict, total=False):
    """An account; its password is never told."""

    changed: str
    email: str
    full_name: str
    groups: List[str]
    has_password: bool
    id: str
    last_login: Optional[str]
    made: str
    made_by: str
    name: str
    service: bool
    source: str
    state: AccountState

AccountState = Literal['active', 'disabled']


class AddAccount(TypedDict, total=False):
    """Make an account: `POST /accounts`."""

    email: str
    full_name: str
    groups: List[str]
    name: str
    password: Optional[str]
    service: bool


class Batch(TypedDict, total=False):
    """How a job is sent to a part of its minions at a time."""

    failhard: bool
    safe_limit: Optional[int]
    size: str
    wait: Optional[float]


class Call(TypedDict, total=False):
    """One function call."""

    args: List[Any]
    function: str
    kwargs: Dict[str, Any]


class ChangeAccount(TypedDict, total=False):
    """Change an account: `PATCH /accounts/{name}`. What is missing stays. A new password, new groups and another state end its logins."""

    email: Optional[str]
    full_name: Optional[str]
    groups: Optional[List[str]]
    password: Optional[str]
    state: Optional[AccountState]


class ChangeKeys(TypedDict, total=False):
    """Change keys: `POST /keys/change`."""

    action: KeyAction
    dry_run: bool
    fingerprint: Optional[str]
    minions: List[str]
    states: List[str]

Counts = Dict[str, int]


class CreateToken(TypedDict, total=False):
    """Make a join token: `POST /join-tokens`."""

    lifetime: float
    note: str
    pattern: str
    uses: int


class ErrorBody(TypedDict, total=False):
    """Body of every answer that is no success."""

    code: ErrorCode
    error: str
    hint: Optional[str]

ErrorCode = Literal['invalid', 'unauthenticated', 'forbidden', 'not_found', 'conflict', 'unsupported', 'unavailable', 'internal']


class Event(TypedDict, total=False):
    """Something that happened."""

    at: str
    data: Dict[str, Any]
    sequence: int
    tag: str


class EventFilter(TypedDict, total=False):
    """Which events to follow: query of `GET /events`."""

    after: Optional[int]
    tag: Optional[str]

EventItem = Any


class Explain(TypedDict, total=False):
    """May somebody do this? `POST /policy/explain`. With `target` it is about minions, otherwise about a runner, or a wheel function."""

    call: Call
    eauth: Optional[str]
    groups: List[str]
    target: Optional[Target]
    user: str
    wheel: bool


class Explained(TypedDict, total=False):
    """What the policy would say."""

    allowed: bool
    minions: int
    reason: str


class Finding(TypedDict, total=False):
    """One thing that was looked at: items of `GET /doctor`."""

    hint: Optional[str]
    level: Level
    message: str
    subject: str


class FireEvent(TypedDict, total=False):
    """Fire an event: `POST /events`."""

    data: Dict[str, Any]
    tag: str


class Fired(TypedDict, total=False):
    """A fired event."""

    sequence: int


class GrainChange(TypedDict, total=False):
    """One change of a grain."""

    at: str
    new: Optional[Dict[str, Any]]
    old: Optional[Dict[str, Any]]
    path: str


class GrainFilter(TypedDict, total=False):
    """Which changes of grains to tell: query of `GET /minions/{id}/grains/history`."""

    limit: Optional[int]
    path: Optional[str]

JobEvent = Any


class JobFilter(TypedDict, total=False):
    """Which jobs to list: query of `GET /jobs`."""

    active: bool
    cursor: Optional[str]
    function: Optional[str]
    limit: Optional[int]
    minion: Optional[str]
    since: Optional[str]
    target: Optional[str]
    until: Optional[str]
    user: Optional[str]


class JobSummary(TypedDict, total=False):
    """A job in a list."""

    calls: List[Call]
    counts: Counts
    finished: Optional[str]
    id: str
    made: str
    metadata: Optional[Dict[str, Any]]
    target: Target
    user: str


class JobView(TypedDict, total=False):
    """A job with every minion of it."""

    job: JobSummary
    minions: List[MinionJob]


class JoinToken(TypedDict, total=False):
    """A join token, without its secret."""

    expires: str
    id: str
    made: str
    made_by: str
    note: str
    pattern: str
    uses_left: int


class Key(TypedDict, total=False):
    """A key that was offered for an id, and what became of it."""

    changed: str
    changed_by: str
    fingerprint: str
    first_seen: str
    minion: str
    public: str
    state: str

KeyAction = Literal['accept', 'reject', 'delete']

KeyChange = Any


class KeyFilter(TypedDict, total=False):
    """Which keys to list: query of `GET /keys`."""

    minion: Optional[str]
    state: Optional[str]


class KeyHistoryFilter(TypedDict, total=False):
    """Which changes of keys to tell: query of `GET /keys/history`."""

    limit: Optional[int]
    minion: Optional[str]


class KeysChanged(TypedDict, total=False):
    """Which keys were changed (or would be)."""

    keys: List[Key]
    unmatched: List[str]

Level = Literal['fine', 'warning', 'error']


class Login(TypedDict, total=False):
    """Log in by a backend of `external_auth`: `POST /login`."""

    eauth: str
    password: str
    token_expire: Optional[float]
    username: str


class LoginView(TypedDict, total=False):
    """An open login, without its token."""

    eauth: str
    expires: str
    groups: List[str]
    id: str
    made: str
    origin: str
    user: str


class MasterKey(TypedDict, total=False):
    """The master's own key: `GET /keys/master`."""

    fingerprint: str
    public: str


class MinionFilter(TypedDict, total=False):
    """Which minions to list: query of `GET /minions`."""

    cursor: Optional[str]
    kind: Optional[str]
    limit: Optional[int]
    online: Optional[bool]
    target: Optional[str]


class MinionJob(TypedDict, total=False):
    """One minion of a job."""

    minion: str
    progress: Progress
    returned: Optional[Return]


class MinionSummary(TypedDict, total=False):
    """A minion in a list."""

    grains_at: Optional[str]
    id: str
    key: Optional[str]
    os: str
    presence: Presence
    version: str


class MinionView(TypedDict, total=False):
    """A minion with its grains."""

    grains: Dict[str, Any]
    minion: MinionSummary


class NewToken(TypedDict, total=False):
    """A new join token; the only answer that ever holds the secret."""

    secret: str
    token: JoinToken


class OpenLogin(TypedDict, total=False):
    """An open login. Requests show its token in the header `X-Auth-Token`."""

    eauth: str
    expire: str
    perms: List[Dict[str, Any]]
    start: str
    token: str
    user: str

OutputStream = Literal['stdout', 'stderr']

Presence = Any


class Preview(TypedDict, total=False):
    """Whom a target means now: answer of `POST /targets/preview`."""

    matched: List[str]
    offline: List[Absent]
    refused: List[Refused]


class Progress(TypedDict, total=False):
    """Where a job stands on one minion."""

    reason: Optional[str]
    since: str
    stage: str


class Refused(TypedDict, total=False):
    """A minion that is meant but does not get the job."""

    minion: str
    reason: str


class Return(TypedDict, total=False):
    """What came back from one minion for one job."""

    finished: str
    function: str
    job: str
    minion: str
    notes: List[str]
    out: Optional[str]
    retcode: int
    started: str
    success: bool
    value: Any

RunFunction = Any


class RunJob(TypedDict, total=False):
    """Run one or more functions on minions: `POST /jobs`."""

    batch: Optional[Batch]
    calls: List[Call]
    deadline: Optional[float]
    metadata: Optional[Dict[str, Any]]
    queue_offline: Optional[float]
    returners: List[str]
    stream: bool
    subset: Optional[int]
    target: Target


class RunQuery(TypedDict, total=False):
    """How to answer: query of `POST /jobs`."""

    until_done: bool
    watch: bool


class RunResult(TypedDict, total=False):
    """What a function of the master gave."""

    job: Optional[str]
    out: Optional[str]
    retcode: int
    success: bool
    value: Dict[str, Any]

Signal = Literal['terminate', 'kill']


class SignalJob(TypedDict, total=False):
    """Signal a running job: `POST /jobs/{id}/signal`."""

    minions: List[str]
    signal: Signal


class Signalled(TypedDict, total=False):
    """Whom a signal went to."""

    sent: List[str]
    skipped: List[Refused]


class Status(TypedDict, total=False):
    """The master at a glance: `GET /status`."""

    accepted: int
    active_jobs: int
    listen: str
    master: str
    online: int
    pending: int
    started: str
    store: StoreStatus
    version: str


class StoreStatus(TypedDict, total=False):
    """How the database is doing."""

    kind: str
    problem: Optional[str]
    reachable: bool


class Submitted(TypedDict, total=False):
    """What became of a request to run a job."""

    batch: Optional[int]
    job: Optional[str]
    matched: List[str]
    offline: List[Absent]
    refused: List[Refused]


class Target(TypedDict, total=False):
    """Whom a job is for."""

    delimiter: str
    expression: str
    kind: str


class WatchJob(TypedDict, total=False):
    """How to watch: query of `GET /jobs/{id}/watch`."""

    until_done: bool


class Api(Transport):
    """One method for each operation."""

    def post_jobs(self, body: RunJob, *, until_done: Optional[bool] = None, watch: Optional[bool] = None) -> Any:
        """Run functions on minions; with `watch`, follow the job in the same answer."""
        return self._follow("POST", "/api/v1/jobs", {'until_done': until_done, 'watch': watch}, body) if watch else self._ask("POST", "/api/v1/jobs", {'until_done': until_done, 'watch': watch}, body)

    def get_jobs(self, *, active: Optional[bool] = None, cursor: Optional[str] = None, function: Optional[str] = None, limit: Optional[int] = None, minion: Optional[str] = None, since: Optional[str] = None, target: Optional[str] = None, until: Optional[str] = None, user: Optional[str] = None) -> Dict[str, Any]:
        """List jobs, newest first."""
        return self._ask("GET", "/api/v1/jobs", {'active': active, 'cursor': cursor, 'function': function, 'limit': limit, 'minion': minion, 'since': since, 'target': target, 'until': until, 'user': user}, None)

    def get_jobs_id(self, id: str) -> JobView:
        """Show a job with all its minions and returns."""
        return self._ask("GET", f"/api/v1/jobs/{quote(id)}", {}, None)

    def get_jobs_id_watch(self, id: str, *, until_done: Optional[bool] = None) -> Iterator[JobEvent]:
        """Follow a job."""
        return self._follow("GET", f"/api/v1/jobs/{quote(id)}/watch", {'until_done': until_done}, None)

    def post_jobs_id_signal(self, id: str, body: SignalJob) -> Signalled:
        """Signal the processes of a job."""
        return self._ask("POST", f"/api/v1/jobs/{quote(id)}/signal", {}, body)

    def get_keys(self, *, minion: Optional[str] = None, state: Optional[str] = None) -> List[Key]:
        """List keys of minions."""
        return self._ask("GET", "/api/v1/keys", {'minion': minion, 'state': state}, None)

    def post_keys_change(self, body: ChangeKeys) -> KeysChanged:
        """Accept, reject or delete keys."""
        return self._ask("POST", "/api/v1/keys/change", {}, body)

    def get_keys_history(self, *, limit: Optional[int] = None, minion: Optional[str] = None) -> List[KeyChange]:
        """Changes of keys, newest first."""
        return self._ask("GET", "/api/v1/keys/history", {'limit': limit, 'minion': minion}, None)

    def get_keys_master(self) -> MasterKey:
        """The master's own key."""
        return self._ask("GET", "/api/v1/keys/master", {}, None)

    def get_join_tokens(self) -> List[JoinToken]:
        """Join tokens that still live."""
        return self._ask("GET", "/api/v1/join-tokens", {}, None)

    def post_join_tokens(self, body: CreateToken) -> NewToken:
        """Make a join token; the answer is the only one with its secret."""
        return self._ask("POST", "/api/v1/join-tokens", {}, body)

    def delete_join_tokens_id(self, id: str) -> None:
        """End a join token."""
        return self._ask("DELETE", f"/api/v1/join-tokens/{quote(id)}", {}, None)

    def get_minions(self, *, cursor: Optional[str] = None, kind: Optional[str] = None, limit: Optional[int] = None, online: Optional[bool] = None, target: Optional[str] = None) -> Dict[str, Any]:
        """List minions."""
        return self._ask("GET", "/api/v1/minions", {'cursor': cursor, 'kind': kind, 'limit': limit, 'online': online, 'target': target}, None)

    def get_minions_id(self, id: str) -> MinionView:
        """Show a minion with its grains."""
        return self._ask("GET", f"/api/v1/minions/{quote(id)}", {}, None)

    def get_minions_id_grains_history(self, id: str, *, limit: Optional[int] = None, path: Optional[str] = None) -> List[GrainChange]:
        """Changes of a minion's grains, newest first."""
        return self._ask("GET", f"/api/v1/minions/{quote(id)}/grains/history", {'limit': limit, 'path': path}, None)

    def post_targets_preview(self, body: Target) -> Preview:
        """Whom a target means now."""
        return self._ask("POST", "/api/v1/targets/preview", {}, body)

    def post_runners(self, body: RunFunction) -> RunResult:
        """Call a runner."""
        return self._ask("POST", "/api/v1/runners", {}, body)

    def post_wheel(self, body: RunFunction) -> RunResult:
        """Call a wheel function."""
        return self._ask("POST", "/api/v1/wheel", {}, body)

    def get_events(self, *, after: Optional[int] = None, tag: Optional[str] = None) -> Iterator[EventItem]:
        """Follow the event bus; `Last-Event-ID` resumes."""
        return self._follow("GET", "/api/v1/events", {'after': after, 'tag': tag}, None)

    def post_events(self, body: FireEvent) -> Fired:
        """Fire an event."""
        return self._ask("POST", "/api/v1/events", {}, body)

    def post_login(self, body: Login) -> OpenLogin:
        """Log in by a backend of `external_auth`."""
        return self._ask("POST", "/api/v1/login", {}, body)

    def post_logout(self) -> None:
        """End a login."""
        return self._ask("POST", "/api/v1/logout", {}, None)

    def post_policy_explain(self, body: Explain) -> Explained:
        """Why somebody may or may not do something."""
        return self._ask("POST", "/api/v1/policy/explain", {}, body)

    def get_accounts(self) -> List[Account]:
        """Accounts of this system's own."""
        return self._ask("GET", "/api/v1/accounts", {}, None)

    def post_accounts(self, body: AddAccount) -> Account:
        """Make an account."""
        return self._ask("POST", "/api/v1/accounts", {}, body)

    def get_accounts_id(self, id: str) -> Account:
        """Show an account, by its name."""
        return self._ask("GET", f"/api/v1/accounts/{quote(id)}", {}, None)

    def patch_accounts_id(self, id: str, body: ChangeAccount) -> Account:
        """Change an account; its logins end when its password, groups or state change."""
        return self._ask("PATCH", f"/api/v1/accounts/{quote(id)}", {}, body)

    def delete_accounts_id(self, id: str) -> None:
        """Delete an account and end its logins."""
        return self._ask("DELETE", f"/api/v1/accounts/{quote(id)}", {}, None)

    def get_logins(self) -> List[LoginView]:
        """Logins that are open."""
        return self._ask("GET", "/api/v1/logins", {}, None)

    def delete_logins_id(self, id: str) -> None:
        """End a login."""
        return self._ask("DELETE", f"/api/v1/logins/{quote(id)}", {}, None)

    def get_status(self) -> Status:
        """The master at a glance."""
        return self._ask("GET", "/api/v1/status", {}, None)

    def get_doctor(self) -> List[Finding]:
        """What the master finds when it looks at the usual faults."""
        return self._ask("GET", "/api/v1/doctor", {}, None)

    def get_openapi_json(self) -> Dict[str, Any]:
        """This document."""
        return self._ask("GET", "/api/v1/openapi.json", {}, None)
