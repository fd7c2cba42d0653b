//! What minion and master say to each other inside a session.
//!
//! The identity of a minion is never in here: it comes from the session that carried the message.

use crate::codec::Wire;
use crate::{wire_enum, wire_struct};
use bytes::Bytes;
use model::{Env, Failure, Job, JobId, Return};
use std::time::Duration;
use value::{Map, Value};

/// From a minion to its master.
#[derive(Clone, Debug, PartialEq)]
pub enum FromMinion {
    /// The grains as they are now; at connect, after every change and on the interval.
    Facts {
        /// All grains.
        grains: Map,
        /// Version of the agent.
        version: String,
    },
    /// The job is on the minion's disk: it will run, and run once.
    Ack {
        /// The job.
        job: JobId,
    },
    /// The job has begun.
    Started {
        /// The job.
        job: JobId,
        /// Process that runs it.
        pid: u32,
    },
    /// A piece of live output.
    Output {
        /// The job.
        job: JobId,
        /// Place in the order of this job's output, from 0.
        sequence: u64,
        /// Which stream wrote it.
        stream: Stream,
        /// What was written.
        bytes: Bytes,
    },
    /// A step of a long job is done, such as one state of a state run.
    Progress {
        /// The job.
        job: JobId,
        /// What happened.
        data: Value,
    },
    /// What came back. It stays in the minion's spool until the master has acknowledged it.
    Return {
        /// The return; the minion in it is replaced by the session's.
        outcome: Return,
        /// Its place in the spool.
        sequence: u64,
    },
    /// Something happened that is worth an event on the master's bus.
    Event {
        /// Tag.
        tag: String,
        /// Data.
        data: Value,
    },
    /// A question; the answer carries the same id.
    Request {
        /// Id of the question, unique in the session.
        id: u64,
        /// What is asked.
        body: RequestBody,
    },
    /// Sent once after connecting: every job that is on the minion's disk and has no acknowledged return. What the master believes to be on
    /// this minion and is not in here is lost.
    Holding {
        /// The jobs.
        jobs: Vec<JobId>,
    },
}

/// From a master to a minion.
#[derive(Clone, Debug, PartialEq)]
pub enum ToMinion {
    /// A job to run. The expected set is left empty: a minion has no business with the others.
    Publish {
        /// The job.
        job: Job,
    },
    /// A signal for the processes of a running job.
    Signal {
        /// The job.
        job: JobId,
        /// The signal.
        signal: Signal,
    },
    /// The return is in the store: the spool may forget it.
    ReturnAck {
        /// The job.
        job: JobId,
    },
    /// Something is to be read or pushed anew.
    Refresh {
        /// What.
        what: Refresh,
    },
    /// The answer to a request.
    Response {
        /// Id of the question.
        id: u64,
        /// The answer, or why there is none.
        body: Result<ResponseBody, Failure>,
    },
    /// The session ends in good order.
    Goodbye {
        /// Why.
        reason: String,
        /// Do not come back before this has passed.
        retry_after: Option<Duration>,
    },
}

/// Which stream a piece of output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a running job is to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// `SIGTERM`.
    Terminate,
    /// `SIGKILL`.
    Kill,
    /// Any signal by its number.
    Number(u8),
}

impl Signal {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Terminate => 15,
            Self::Kill => 9,
            Self::Number(number) => number as i32,
        }
    }
}

/// What is to be refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refresh {
    /// Read the grains anew and push them.
    Grains,
    /// Ask for the pillar anew.
    Pillar,
    /// Sync custom grains and modules.
    Modules,
}

/// What a minion may ask. A closed list: whatever is not in here cannot be asked.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestBody {
    /// The pillar of this minion.
    Pillar {
        /// `saltenv`, if one is set.
        env: Option<Env>,
        /// `pillarenv`, if one is set.
        pillar_env: Option<Env>,
        /// Pillar given on the command line.
        overrides: Map,
        /// The grains to compile with; `None` takes those that were pushed last.
        grains: Option<Map>,
    },
    /// The environments that the file server knows.
    Envs,
    /// All files of an environment with their hashes.
    FileIndex {
        /// The environment.
        env: Env,
        /// Revision of the index that the minion has; the same one is answered with [`ResponseBody::Unchanged`].
        known: Option<[u8; 32]>,
    },
    /// A part of a file. Large files are read as several such requests in flight: the minion asks for what it can take, which is the credit of
    /// the bulk lane.
    FileRead {
        /// The environment.
        env: Env,
        /// Path in it.
        path: String,
        /// First byte.
        offset: u64,
        /// Number of bytes; the master gives at most [`crate::limits::FILE_PART`].
        length: u32,
    },
    /// Several small files whole, such as the SLS files of a run.
    FilesRead {
        /// The environment.
        env: Env,
        /// Paths in it.
        paths: Vec<String>,
    },
    /// Anything else by name, such as `mine.get`; the master decides who may ask what.
    Custom {
        /// Name of the question.
        function: String,
        /// Its data.
        data: Value,
    },
}

/// What a master answers.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseBody {
    /// To [`RequestBody::Pillar`].
    Pillar {
        /// The pillar.
        pillar: Map,
        /// What went wrong while compiling it; `_errors` in Salt.
        errors: Vec<String>,
    },
    /// To [`RequestBody::Envs`].
    Envs {
        /// The environments.
        envs: Vec<Env>,
    },
    /// To [`RequestBody::FileIndex`].
    FileIndex {
        /// Changes whenever a file of the environment does.
        revision: [u8; 32],
        /// The files in order of their paths.
        files: Vec<FileEntry>,
    },
    /// To [`RequestBody::FileIndex`]: what the minion has is what there is.
    Unchanged,
    /// To [`RequestBody::FileRead`].
    FilePart {
        /// Size of the whole file.
        size: u64,
        /// The bytes from the asked offset on; empty at the end.
        bytes: Bytes,
    },
    /// To [`RequestBody::FilesRead`], in the order of the question; `None` where there is no such file, or where the answer would have become
    /// too large: then the file is to be read by parts.
    Files {
        /// Path and content.
        files: Vec<(String, Option<Bytes>)>,
    },
    /// To [`RequestBody::Custom`].
    Value {
        /// The answer.
        value: Value,
    },
}

/// A file of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Path in the environment, with `/`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

/// The three ordered streams of a session. Within a lane messages keep their order; a lane with a smaller number goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Jobs, signals, acknowledgements, questions.
    Control = 0,
    /// Output, progress and returns, in their order: a return never overtakes the output before it.
    Returns = 1,
    /// File content and other large answers.
    Bulk = 2,
}

impl Lane {
    /// Every lane, first served first.
    pub const ALL: [Self; 3] = [Self::Control, Self::Returns, Self::Bulk];

    /// The lane of a number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| *lane as u8 == number)
    }
}

impl FromMinion {
    /// The lane it travels in.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Self::Ack { .. } | Self::Started { .. } | Self::Request { .. } | Self::Holding { .. } | Self::Facts { .. } => Lane::Control,
            Self::Output { .. } | Self::Progress { .. } | Self::Return { .. } | Self::Event { .. } => Lane::Returns,
        }
    }
}

impl ToMinion {
    /// The lane it travels in.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Self::Publish { .. } | Self::Signal { .. } | Self::ReturnAck { .. } | Self::Refresh { .. } | Self::Goodbye { .. } => {
                Lane::Control
            }
            Self::Response { body, .. } => match body {
                Ok(ResponseBody::FilePart { .. } | ResponseBody::Files { .. } | ResponseBody::FileIndex { .. }) => Lane::Bulk,
                _ => Lane::Returns,
            },
        }
    }
}

wire_enum!(FromMinion {
    0 Facts { grains, version },
    1 Ack { job },
    2 Started { job, pid },
    3 Output { job, sequence, stream, bytes },
    4 Progress { job, data },
    5 Return { outcome, sequence },
    6 Event { tag, data },
    7 Request { id, body },
    8 Holding { jobs },
});
wire_enum!(ToMinion {
    0 Publish { job },
    1 Signal { job, signal },
    2 ReturnAck { job },
    3 Refresh { what },
    4 Response { id, body },
    5 Goodbye { reason, retry_after },
});
wire_enum!(Stream { 1 Stdout {}, 2 Stderr {} });
wire_enum!(Refresh { 0 Grains {}, 1 Pillar {}, 2 Modules {} });
wire_enum!(RequestBody {
    0 Pillar { env, pillar_env, overrides, grains },
    1 Envs {},
    2 FileIndex { env, known },
    3 FileRead { env, path, offset, length },
    4 FilesRead { env, paths },
    5 Custom { function, data },
});
wire_enum!(ResponseBody {
    0 Pillar { pillar, errors },
    1 Envs { envs },
    2 FileIndex { revision, files },
    3 Unchanged {},
    4 FilePart { size, bytes },
    5 Files { files },
    6 Value { value },
});
wire_struct!(FileEntry { path, size, mode, sha256 });

impl Wire for Signal {
    fn put(&self, out: &mut crate::codec::Writer) {
        let number = match self {
            Self::Terminate => 15,
            Self::Kill => 9,
            Self::Number(number) => *number,
        };
        number.put(out);
    }

    fn read(input: &mut crate::codec::Reader<'_>) -> Result<Self, crate::codec::BadBytes> {
        Ok(match u8::read(input)? {
            15 => Self::Terminate,
            9 => Self::Kill,
            number => Self::Number(number),
        })
    }
}

/// A message in its bytes, with its lane: encoded once, sent to many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Its lane.
    pub lane: Lane,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Encoded {
    /// A message of a master.
    ///
    /// # Errors
    /// When the message cannot be sent.
    pub fn to_minion(message: &ToMinion) -> Result<Self, crate::codec::BadMessage> {
        Ok(Self { lane: message.lane(), bytes: crate::codec::encode(message)?.into() })
    }

    /// A message of a minion.
    ///
    /// # Errors
    /// When the message cannot be sent.
    pub fn from_minion(message: &FromMinion) -> Result<Self, crate::codec::BadMessage> {
        Ok(Self { lane: message.lane(), bytes: crate::codec::encode(message)?.into() })
    }
}
