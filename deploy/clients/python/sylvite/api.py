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


class ApiToken(TypedDict, total=False):
    """A token of an account, without its secret."""

    account: str
    expires: str
    id: str
    made: str
    name: str
    networks: List[str]
    origin: str
    scopes: List[str]
    used: Optional[str]


class AuditEntry(TypedDict, total=False):
    """Something that somebody did, or was refused."""

    actor: str
    at: str
    detail: Dict[str, Any]
    hash: str
    kind: str
    object: str
    origin: str
    result: str
    sequence: int
    verb: str


class AuditFilter(TypedDict, total=False):
    """Which entries: query of `GET /audit`."""

    actor: Optional[str]
    cursor: Optional[str]
    kind: Optional[str]
    limit: Optional[int]
    object: Optional[str]
    result: Optional[str]
    since: Optional[str]
    until: Optional[str]
    verb: Optional[str]


class AuditReport(TypedDict, total=False):
    """What a check of the log found."""

    checked: int
    checkpoints: int
    end: Optional[Checkpoint]
    faults: List[str]
    whole: bool


class AuditVerify(TypedDict, total=False):
    """Check the log: `POST /audit/verify`."""

    checkpoints: List[Checkpoint]


class Batch(TypedDict, total=False):
    """How a job is sent to a part of its minions at a time."""

    failhard: bool
    safe_limit: Optional[int]
    size: str
    wait: Optional[float]


class Binding(TypedDict, total=False):
    """That somebody has a role somewhere."""

    ends: Optional[str]
    reason: str
    role: str
    scope: Scope
    source: Optional[str]
    starts: Optional[str]
    subject: Subject


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


class ChangeHosts(TypedDict, total=False):
    """Change hosts: `POST /hosts/change`. They are named, or found by a compound target."""

    hosts: List[str]
    patch: HostPatch
    target: Optional[str]


class ChangeKeys(TypedDict, total=False):
    """Change keys: `POST /keys/change`."""

    action: KeyAction
    dry_run: bool
    fingerprint: Optional[str]
    minions: List[str]
    states: List[str]


class ChangeParams(TypedDict, total=False):
    """How a change is to be made: query of the routes that change something."""

    dry_run: Optional[int]


class Checkpoint(TypedDict, total=False):
    """A signed note of where the log ended."""

    at: str
    hash: str
    key: str
    sequence: int
    signature: str

Counts = Dict[str, int]


class CreateToken(TypedDict, total=False):
    """Make a join token: `POST /join-tokens`."""

    lifetime: float
    note: str
    pattern: str
    uses: int


class DeviceAnswer(TypedDict, total=False):
    """Give a command line a login, or refuse it: `POST /login/device/answer`."""

    give: bool
    user_code: str


class DeviceAsk(TypedDict, total=False):
    """A command line asks for a login that somebody gives it in a browser: `POST /login/device`."""

    name: str


class DevicePoll(TypedDict, total=False):
    """Ask whether it was given: `POST /login/device/token`."""

    device_code: str


class DeviceStart(TypedDict, total=False):
    """The answer: what the person types, and what the command line asks with."""

    device_code: str
    expires_in: int
    interval: int
    page: str
    user_code: str

DeviceState = Any


class DeviceView(TypedDict, total=False):
    """What the person is shown: `GET /login/device/{id}`, by the code."""

    made: str
    name: str
    origin: str
    user_code: str


class Environment(TypedDict, total=False):
    """An environment of one project, or of all."""

    color: str
    name: str
    project: Optional[str]
    protected: bool
    rank: int
    title: str


class ErrorBody(TypedDict, total=False):
    """Body of every answer that is no success: `application/problem+json` with `code`, `error` and `hint` beside."""

    code: ErrorCode
    error: str
    errors: Dict[str, str]
    hint: Optional[str]
    status: int
    title: str

ErrorCode = Literal['invalid', 'unauthenticated', 'forbidden', 'not_found', 'conflict', 'stale', 'too_many', 'unsupported', 'unavailable', 'internal']


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


class FactChange(TypedDict, total=False):
    """That a fact of a host has changed."""

    at: str
    host: str
    new: Optional[Dict[str, Any]]
    old: Optional[Dict[str, Any]]
    path: str


class FactHistory(TypedDict, total=False):
    """Which changes of facts: query of `GET /facts/history`."""

    cursor: Optional[str]
    host: Optional[str]
    limit: Optional[int]
    path: Optional[str]
    since: Optional[str]
    until: Optional[str]


class Field(TypedDict, total=False):
    """A field of the users' own. A host without a value has the field's default; to add a field rewrites no host."""

    choices: List[str]
    default: Optional[Dict[str, Any]]
    group: str
    max: Optional[int]
    min: Optional[int]
    name: str
    on: FieldOn
    required: bool
    title: str
    type: FieldType

FieldOn = Literal['host']

FieldType = Literal['text', 'int', 'bool', 'date', 'url', 'enum', 'list', 'json']


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


class Group(TypedDict, total=False):
    """Hosts under one name. With an expression its members are those that match now; otherwise those that are listed."""

    expression: Optional[str]
    members: List[str]
    name: str
    project: Optional[str]
    title: str


class Host(TypedDict, total=False):
    """A host."""

    changed: str
    changed_by: str
    custom: Dict[str, Any]
    environment: Optional[str]
    environment_name: Optional[str]
    facts: Dict[str, Any]
    id: str
    key: Optional[str]
    labels: Dict[str, str]
    made: str
    notes: str
    online: bool
    project: Optional[str]
    project_name: Optional[str]
    reason: str
    services: List[str]
    state: HostState
    status: str
    tags: List[str]
    until: Optional[str]
    version: int
    why: str


class HostPatch(TypedDict, total=False):
    """What to change of what is said of hosts; what is missing stays."""

    add_tags: List[str]
    custom: Dict[str, Any]
    environment: Optional[str]
    labels: Dict[str, Optional[str]]
    notes: Optional[str]
    project: Optional[str]
    reason: Optional[str]
    remove_tags: List[str]
    services: Optional[List[str]]
    state: Optional[HostState]
    until: Optional[str]

HostState = Literal['active', 'maintenance', 'retired']


class HostTable(TypedDict, total=False):
    """Hosts as a table: comma-separated values in UTF-8 with a mark that Excel knows. Columns: `id`, `state`, `until`, `reason`, `project`, `environment`, `services`, `tags` (both separated by `;`), `notes`, `label.NAME`, `custom.NAME`; `fact.NAME` is for people to read."""

    table: str


class HostsChanged(TypedDict, total=False):
    """What became of a change of hosts."""

    changed: List[str]
    matched: int


class HostsImported(TypedDict, total=False):
    """What became of an import."""

    changed: List[str]
    faults: List[RowFault]
    rows: int

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


class ListParams(TypedDict, total=False):
    """What part of a list is wanted: query of the lists that take it. All three are JSON, as `ra-data-simple-rest` sends it."""

    filter: Optional[str]
    range: Optional[str]
    sort: Optional[str]


class Login(TypedDict, total=False):
    """Log in by a backend of `external_auth`: `POST /login`."""

    eauth: str
    otp: Optional[str]
    password: str
    token_expire: Optional[float]
    username: str


class LoginView(TypedDict, total=False):
    """An open login, without its token."""

    agent: str
    eauth: str
    expires: str
    groups: List[str]
    id: str
    made: str
    origin: str
    seen: Optional[str]
    user: str


class MadeApiToken(TypedDict, total=False):
    """A token that was made now."""

    made: ApiToken
    token: str


class MakeApiToken(TypedDict, total=False):
    """Make a token: `POST /tokens`."""

    account: Optional[str]
    lifetime: Optional[float]
    name: str
    networks: List[str]
    scopes: List[str]


class Mapping(TypedDict, total=False):
    """Whoever is in a group or project of a provider, at some level at least, has a role here as long as they are."""

    level: int
    of: MappingOf
    path: str
    provider: str
    reason: str
    role: str
    scope: Scope

MappingOf = Literal['group', 'project']


class MasterKey(TypedDict, total=False):
    """The master's own key: `GET /keys/master`."""

    fingerprint: str
    public: str


class Me(TypedDict, total=False):
    """Who asks: `GET /me`."""

    administrator: bool
    csrf: Optional[str]
    eauth: str
    name: str
    roles: List[str]
    user: str


class MeasuredMapping(TypedDict, total=False):
    """What the mappings of a provider give somebody: `GET /mappings/preview/{id}`."""

    because: str
    role: str
    scope: str


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


class ObjectHead(TypedDict, total=False):
    """What every object has beside its own fields. A request may hold these fields too; they are passed over."""

    builtin: bool
    changed: str
    changed_by: str
    id: str
    made: str
    made_by: str
    version: int


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


class Project(TypedDict, total=False):
    """A project."""

    description: str
    gitlab_id: Optional[int]
    max_hosts: Optional[int]
    name: str
    state: ProjectState
    title: str

ProjectState = Literal['active', 'archived']


class Provider(TypedDict, total=False):
    """Somebody elsewhere who knows the people: GitLab, or another provider of OpenID Connect."""

    login: str
    name: str
    title: str
    trouble: Optional[str]


class Refused(TypedDict, total=False):
    """A minion that is meant but does not get the job."""

    minion: str
    reason: str

Relation = Any


class RelationEnd(TypedDict, total=False):
    """An end of a relation."""

    id: str
    kind: RelationOf

RelationOf = Literal['host', 'service', 'project', 'environment']


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


class Role(TypedDict, total=False):
    """What somebody may do. Which role somebody has, a binding says."""

    denied: List[Dict[str, Any]]
    description: str
    functions: List[Dict[str, Any]]
    name: str
    permissions: List[str]
    title: str


class RowFault(TypedDict, total=False):
    """A row of a table that cannot be used."""

    fault: str
    id: str
    row: int

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


class Scope(TypedDict, total=False):
    """Where."""

    id: Optional[str]
    kind: ScopeKind

ScopeKind = Literal['system', 'project', 'environment', 'group']


class SecondFactor(TypedDict, total=False):
    """A second factor that was made now: `POST /accounts/{id}/otp`."""

    url: str


class Service(TypedDict, total=False):
    """An application."""

    depends_on: List[str]
    description: str
    name: str
    owners: List[str]
    project: str
    repository: str
    title: str


class Setup(TypedDict, total=False):
    """Make the first administrator: `POST /setup`."""

    name: str
    password: str
    token: str

Signal = Any


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


class Subject(TypedDict, total=False):
    """Who."""

    kind: SubjectKind
    name: str

SubjectKind = Literal['user', 'group', 'login', 'login_group', 'host_user', 'host_group']


class Submitted(TypedDict, total=False):
    """What became of a request to run a job."""

    batch: Optional[int]
    job: Optional[str]
    matched: List[str]
    offline: List[Absent]
    refused: List[Refused]


class Tag(TypedDict, total=False):
    """A word that hosts may bear."""

    color: str
    description: str
    name: str


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

    def post_setup(self, body: Setup) -> Account:
        """Make the first administrator, by the link of the first start."""
        return self._ask("POST", "/api/v1/setup", {}, body)

    def get_login_providers(self) -> List[Provider]:
        """Providers where people may log in with a browser."""
        return self._ask("GET", "/api/v1/login/providers", {}, None)

    def post_login_device(self, body: DeviceAsk) -> DeviceStart:
        """A command line asks for a login that a person gives it in a browser."""
        return self._ask("POST", "/api/v1/login/device", {}, body)

    def post_login_device_token(self, body: DevicePoll) -> DeviceState:
        """It asks whether that was given; the login is told once."""
        return self._ask("POST", "/api/v1/login/device/token", {}, body)

    def post_login_device_answer(self, body: DeviceAnswer) -> None:
        """Give a command line a login of one's own, or refuse it."""
        return self._ask("POST", "/api/v1/login/device/answer", {}, body)

    def get_login_device_id(self, id: str) -> DeviceView:
        """Who asks, by the code."""
        return self._ask("GET", f"/api/v1/login/device/{quote(id)}", {}, None)

    def get_me(self) -> Me:
        """Who asks, and what roles they have."""
        return self._ask("GET", "/api/v1/me", {}, None)

    def get_me_logins(self) -> List[LoginView]:
        """One's own open logins."""
        return self._ask("GET", "/api/v1/me/logins", {}, None)

    def delete_me_logins(self) -> None:
        """End one's own logins, but for the one that asks."""
        return self._ask("DELETE", "/api/v1/me/logins", {}, None)

    def delete_me_logins_id(self, id: str) -> None:
        """End one of one's own logins."""
        return self._ask("DELETE", f"/api/v1/me/logins/{quote(id)}", {}, None)

    def post_accounts_id_otp(self, id: str) -> SecondFactor:
        """Make a second factor for an account; the answer is the only one with its secret."""
        return self._ask("POST", f"/api/v1/accounts/{quote(id)}/otp", {}, None)

    def delete_accounts_id_otp(self, id: str) -> None:
        """Take the second factor of an account away."""
        return self._ask("DELETE", f"/api/v1/accounts/{quote(id)}/otp", {}, None)

    def get_mappings_preview_id(self, id: str) -> List[MeasuredMapping]:
        """What the mappings give an account now."""
        return self._ask("GET", f"/api/v1/mappings/preview/{quote(id)}", {}, None)

    def get_tokens(self) -> List[ApiToken]:
        """Tokens that programs show: one's own, or all for whoever may see them."""
        return self._ask("GET", "/api/v1/tokens", {}, None)

    def post_tokens(self, body: MakeApiToken) -> MadeApiToken:
        """Make a token; the answer is the only one with its secret."""
        return self._ask("POST", "/api/v1/tokens", {}, body)

    def delete_tokens_id(self, id: str) -> None:
        """End a token."""
        return self._ask("DELETE", f"/api/v1/tokens/{quote(id)}", {}, None)

    def get_audit(self, *, actor: Optional[str] = None, cursor: Optional[str] = None, kind: Optional[str] = None, limit: Optional[int] = None, object: Optional[str] = None, result: Optional[str] = None, since: Optional[str] = None, until: Optional[str] = None, verb: Optional[str] = None) -> Dict[str, Any]:
        """Entries of the audit log, newest first."""
        return self._ask("GET", "/api/v1/audit", {'actor': actor, 'cursor': cursor, 'kind': kind, 'limit': limit, 'object': object, 'result': result, 'since': since, 'until': until, 'verb': verb}, None)

    def get_audit_export(self, *, actor: Optional[str] = None, cursor: Optional[str] = None, kind: Optional[str] = None, limit: Optional[int] = None, object: Optional[str] = None, result: Optional[str] = None, since: Optional[str] = None, until: Optional[str] = None, verb: Optional[str] = None) -> Iterator[AuditEntry]:
        """All entries of a time, oldest first; `since` is wanted."""
        return self._follow("GET", "/api/v1/audit/export", {'actor': actor, 'cursor': cursor, 'kind': kind, 'limit': limit, 'object': object, 'result': result, 'since': since, 'until': until, 'verb': verb}, None)

    def get_audit_checkpoints(self) -> List[Checkpoint]:
        """Signed notes of where the audit log ended."""
        return self._ask("GET", "/api/v1/audit/checkpoints", {}, None)

    def post_audit_verify(self, body: AuditVerify) -> AuditReport:
        """Check that the audit log is whole."""
        return self._ask("POST", "/api/v1/audit/verify", {}, body)

    def get_hosts(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Host]:
        """Hosts, with filter, order and range."""
        return self._ask("GET", "/api/v1/hosts", {'filter': filter, 'range': range, 'sort': sort}, None)

    def get_hosts_id(self, id: str) -> Host:
        """Show a host."""
        return self._ask("GET", f"/api/v1/hosts/{quote(id)}", {}, None)

    def patch_hosts_id(self, id: str, body: HostPatch, *, dry_run: Optional[int] = None) -> Host:
        """Change what is said of a host; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/hosts/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_hosts_id(self, id: str) -> None:
        """Forget a host."""
        return self._ask("DELETE", f"/api/v1/hosts/{quote(id)}", {}, None)

    def post_hosts_change(self, body: ChangeHosts, *, dry_run: Optional[int] = None) -> HostsChanged:
        """Change many hosts at once."""
        return self._ask("POST", "/api/v1/hosts/change", {'dry_run': dry_run}, body)

    def get_hosts_export(self) -> HostTable:
        """All hosts as a table."""
        return self._ask("GET", "/api/v1/hosts/export", {}, None)

    def post_hosts_import(self, body: HostTable, *, dry_run: Optional[int] = None) -> HostsImported:
        """Change hosts by a table: all of its rows, or none."""
        return self._ask("POST", "/api/v1/hosts/import", {'dry_run': dry_run}, body)

    def get_facts_history(self, *, cursor: Optional[str] = None, host: Optional[str] = None, limit: Optional[int] = None, path: Optional[str] = None, since: Optional[str] = None, until: Optional[str] = None) -> Dict[str, Any]:
        """How facts of hosts have changed, newest first."""
        return self._ask("GET", "/api/v1/facts/history", {'cursor': cursor, 'host': host, 'limit': limit, 'path': path, 'since': since, 'until': until}, None)

    def get_status(self) -> Status:
        """The master at a glance."""
        return self._ask("GET", "/api/v1/status", {}, None)

    def get_doctor(self) -> List[Finding]:
        """What the master finds when it looks at the usual faults."""
        return self._ask("GET", "/api/v1/doctor", {}, None)

    def get_openapi_json(self) -> Dict[str, Any]:
        """This document."""
        return self._ask("GET", "/api/v1/openapi.json", {}, None)

    def get_roles(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List roles, with filter, order and range."""
        return self._ask("GET", "/api/v1/roles", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_roles(self, body: Role, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make a role; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/roles", {'dry_run': dry_run}, body)

    def get_roles_id(self, id: str) -> Dict[str, Any]:
        """Show a role, by its id or name."""
        return self._ask("GET", f"/api/v1/roles/{quote(id)}", {}, None)

    def put_roles_id(self, id: str, body: Role, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write a role anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/roles/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_roles_id(self, id: str, body: Role, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of a role; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/roles/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_roles_id(self, id: str) -> None:
        """Delete a role."""
        return self._ask("DELETE", f"/api/v1/roles/{quote(id)}", {}, None)

    def get_bindings(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List bindings of roles, with filter, order and range."""
        return self._ask("GET", "/api/v1/bindings", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_bindings(self, body: Binding, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make a binding; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/bindings", {'dry_run': dry_run}, body)

    def get_bindings_id(self, id: str) -> Dict[str, Any]:
        """Show a binding, by its id or name."""
        return self._ask("GET", f"/api/v1/bindings/{quote(id)}", {}, None)

    def put_bindings_id(self, id: str, body: Binding, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write a binding anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/bindings/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_bindings_id(self, id: str, body: Binding, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of a binding; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/bindings/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_bindings_id(self, id: str) -> None:
        """Delete a binding."""
        return self._ask("DELETE", f"/api/v1/bindings/{quote(id)}", {}, None)

    def get_projects(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List projects, with filter, order and range."""
        return self._ask("GET", "/api/v1/projects", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_projects(self, body: Project, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make a project; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/projects", {'dry_run': dry_run}, body)

    def get_projects_id(self, id: str) -> Dict[str, Any]:
        """Show a project, by its id or name."""
        return self._ask("GET", f"/api/v1/projects/{quote(id)}", {}, None)

    def put_projects_id(self, id: str, body: Project, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write a project anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/projects/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_projects_id(self, id: str, body: Project, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of a project; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/projects/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_projects_id(self, id: str) -> None:
        """Delete a project."""
        return self._ask("DELETE", f"/api/v1/projects/{quote(id)}", {}, None)

    def get_environments(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List environments, with filter, order and range."""
        return self._ask("GET", "/api/v1/environments", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_environments(self, body: Environment, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make an environment; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/environments", {'dry_run': dry_run}, body)

    def get_environments_id(self, id: str) -> Dict[str, Any]:
        """Show an environment, by its id or name."""
        return self._ask("GET", f"/api/v1/environments/{quote(id)}", {}, None)

    def put_environments_id(self, id: str, body: Environment, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write an environment anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/environments/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_environments_id(self, id: str, body: Environment, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of an environment; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/environments/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_environments_id(self, id: str) -> None:
        """Delete an environment."""
        return self._ask("DELETE", f"/api/v1/environments/{quote(id)}", {}, None)

    def get_services(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List services, with filter, order and range."""
        return self._ask("GET", "/api/v1/services", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_services(self, body: Service, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make a service; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/services", {'dry_run': dry_run}, body)

    def get_services_id(self, id: str) -> Dict[str, Any]:
        """Show a service, by its id or name."""
        return self._ask("GET", f"/api/v1/services/{quote(id)}", {}, None)

    def put_services_id(self, id: str, body: Service, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write a service anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/services/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_services_id(self, id: str, body: Service, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of a service; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/services/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_services_id(self, id: str) -> None:
        """Delete a service."""
        return self._ask("DELETE", f"/api/v1/services/{quote(id)}", {}, None)

    def get_groups(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List groups of hosts, with filter, order and range."""
        return self._ask("GET", "/api/v1/groups", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_groups(self, body: Group, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make a group; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/groups", {'dry_run': dry_run}, body)

    def get_groups_id(self, id: str) -> Dict[str, Any]:
        """Show a group, by its id or name."""
        return self._ask("GET", f"/api/v1/groups/{quote(id)}", {}, None)

    def put_groups_id(self, id: str, body: Group, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write a group anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/groups/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_groups_id(self, id: str, body: Group, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of a group; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/groups/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_groups_id(self, id: str) -> None:
        """Delete a group."""
        return self._ask("DELETE", f"/api/v1/groups/{quote(id)}", {}, None)

    def get_tags(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List tags, with filter, order and range."""
        return self._ask("GET", "/api/v1/tags", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_tags(self, body: Tag, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make a tag; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/tags", {'dry_run': dry_run}, body)

    def get_tags_id(self, id: str) -> Dict[str, Any]:
        """Show a tag, by its id or name."""
        return self._ask("GET", f"/api/v1/tags/{quote(id)}", {}, None)

    def put_tags_id(self, id: str, body: Tag, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write a tag anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/tags/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_tags_id(self, id: str, body: Tag, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of a tag; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/tags/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_tags_id(self, id: str) -> None:
        """Delete a tag."""
        return self._ask("DELETE", f"/api/v1/tags/{quote(id)}", {}, None)

    def get_relations(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List relations, with filter, order and range."""
        return self._ask("GET", "/api/v1/relations", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_relations(self, body: Relation, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make a relation; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/relations", {'dry_run': dry_run}, body)

    def get_relations_id(self, id: str) -> Dict[str, Any]:
        """Show a relation, by its id or name."""
        return self._ask("GET", f"/api/v1/relations/{quote(id)}", {}, None)

    def put_relations_id(self, id: str, body: Relation, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write a relation anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/relations/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_relations_id(self, id: str, body: Relation, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of a relation; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/relations/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_relations_id(self, id: str) -> None:
        """Delete a relation."""
        return self._ask("DELETE", f"/api/v1/relations/{quote(id)}", {}, None)

    def get_fields(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List custom fields, with filter, order and range."""
        return self._ask("GET", "/api/v1/fields", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_fields(self, body: Field, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make a custom field; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/fields", {'dry_run': dry_run}, body)

    def get_fields_id(self, id: str) -> Dict[str, Any]:
        """Show a custom field, by its id or name."""
        return self._ask("GET", f"/api/v1/fields/{quote(id)}", {}, None)

    def put_fields_id(self, id: str, body: Field, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write a custom field anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/fields/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_fields_id(self, id: str, body: Field, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of a custom field; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/fields/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_fields_id(self, id: str) -> None:
        """Delete a custom field."""
        return self._ask("DELETE", f"/api/v1/fields/{quote(id)}", {}, None)

    def get_mappings(self, *, filter: Optional[str] = None, range: Optional[str] = None, sort: Optional[str] = None) -> List[Dict[str, Any]]:
        """List mappings of groups of providers, with filter, order and range."""
        return self._ask("GET", "/api/v1/mappings", {'filter': filter, 'range': range, 'sort': sort}, None)

    def post_mappings(self, body: Mapping, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Make a mapping; `Idempotency-Key` makes it once."""
        return self._ask("POST", "/api/v1/mappings", {'dry_run': dry_run}, body)

    def get_mappings_id(self, id: str) -> Dict[str, Any]:
        """Show a mapping, by its id or name."""
        return self._ask("GET", f"/api/v1/mappings/{quote(id)}", {}, None)

    def put_mappings_id(self, id: str, body: Mapping, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Write a mapping anew; `If-Match` compares versions."""
        return self._ask("PUT", f"/api/v1/mappings/{quote(id)}", {'dry_run': dry_run}, body)

    def patch_mappings_id(self, id: str, body: Mapping, *, dry_run: Optional[int] = None) -> Dict[str, Any]:
        """Change fields of a mapping; `If-Match` compares versions."""
        return self._ask("PATCH", f"/api/v1/mappings/{quote(id)}", {'dry_run': dry_run}, body)

    def delete_mappings_id(self, id: str) -> None:
        """Delete a mapping."""
        return self._ask("DELETE", f"/api/v1/mappings/{quote(id)}", {}, None)
