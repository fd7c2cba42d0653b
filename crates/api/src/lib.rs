//! Request and response types of the REST API under `/api/v1`, one file per noun, and its OpenAPI document. No server lives here: the
//! `manager` package serves these types and the `client` package speaks them.
//!
//! Moments are ISO 8601 text, spans are seconds as numbers, ids are text. Requests refuse unknown fields; replies may grow new ones.
//! Streams are JSON lines (`application/x-ndjson`), one item each.

mod accounts;
mod audit;
mod error;
mod events;
mod hosts;
mod jobs;
mod keys;
mod lists;
mod minions;
pub mod nouns;
mod openapi;
mod page;
mod paths;
mod people;
mod policy;
mod runners;
mod schema;
mod span;
mod status;
mod tokens;

pub use accounts::{Account, AccountState, AddAccount, ChangeAccount, LoginView};
pub use audit::{AuditEntry, AuditFilter, AuditReport, AuditVerify, Checkpoint};
pub use error::{ErrorBody, ErrorCode, Language};
pub use events::{EventFilter, EventItem, FireEvent, Fired};
pub use hosts::{ChangeHosts, FactChange, FactHistory, Host, HostPatch, HostState, HostTable, HostsChanged, HostsImported, RowFault};
pub use jobs::{
    Absent, Batch, Counts, JobEvent, JobFilter, JobSummary, JobView, MinionJob, OutputStream, Refused, RunJob, RunQuery, Signal, SignalJob,
    Signalled, Submitted, WAITS_FOR_TURN, WatchJob,
};
pub use keys::{ChangeKeys, CreateToken, JoinToken, KeyAction, KeyChange, KeyFilter, KeyHistoryFilter, KeysChanged, MasterKey, NewToken};
pub use lists::{ChangeParams, ListParams, ObjectHead};
pub use minions::{GrainChange, GrainFilter, MinionFilter, MinionSummary, MinionView, Preview};
pub use openapi::openapi;
pub use page::Page;
pub use paths::{Answer, Route, routes};
pub use people::{
    BeginLogin, Begun, DeviceAnswer, DeviceAsk, DevicePoll, DeviceStart, DeviceState, DeviceView, FinishLogin, Me, MeasuredMapping,
    Provider, SecondFactor,
};
pub use policy::{Explain, Explained, Login, OpenLogin};
pub use runners::{RunFunction, RunResult};
pub use span::Span;
pub use status::{Finding, Level, Status, StoreStatus};
pub use tokens::{ApiToken, MadeApiToken, MakeApiToken, Setup};

/// Where every path of this API begins.
pub const BASE: &str = "/api/v1";
