//! Layout of the nouns.

use super::{BadBytes, Reader, Wire, Writer};
use crate::{wire_enum, wire_struct};
use model::{
    Call, Env, Failure, FailureKind, Fingerprint, FunctionName, Job, JobId, JobOptions, MinionId, Return, Target, TargetKind, Timestamp,
};

macro_rules! text_id {
    ($($type:ident),*) => {$(
        impl Wire for $type {
            fn put(&self, out: &mut Writer) {
                out.length(self.as_str().len());
                out.bytes(self.as_str().as_bytes());
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
                let length = input.length()?;
                let text = std::str::from_utf8(input.bytes(length)?).map_err(|_| BadBytes::Bad(stringify!($type)))?;
                Self::new(text).map_err(|_| BadBytes::Bad(stringify!($type)))
            }
        }
    )*};
}

text_id!(MinionId, Env, FunctionName);

impl Wire for Timestamp {
    fn put(&self, out: &mut Writer) {
        self.0.put(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        i64::read(input).map(Self)
    }
}

impl Wire for JobId {
    fn put(&self, out: &mut Writer) {
        self.made().put(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        /// The end of the year 9999: beyond it a job id has no twenty digits.
        const END: i64 = 253_402_300_800_000_000;
        match Timestamp::read(input)? {
            moment if (0..END).contains(&moment.0) => Ok(Self::at(moment)),
            _ => Err(BadBytes::Bad("JobId")),
        }
    }
}

impl Wire for Fingerprint {
    fn put(&self, out: &mut Writer) {
        self.0.put(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        Wire::read(input).map(Self)
    }
}

impl Wire for TargetKind {
    fn put(&self, out: &mut Writer) {
        let number = Self::ALL.iter().position(|kind| kind == self).unwrap_or(0);
        out.variant(u32::try_from(number).unwrap_or(0));
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        let number = input.variant()?;
        let known = usize::try_from(number).ok().and_then(|number| Self::ALL.get(number).copied());
        known.ok_or(BadBytes::Unknown { what: "TargetKind", number })
    }
}

wire_struct!(Target { kind, expression, delimiter });
wire_struct!(Call { function, args, kwargs });
/// What a minion has to know of them; the rest is the master's business.
impl Wire for JobOptions {
    fn put(&self, out: &mut Writer) {
        self.deadline.put(out);
        self.queue_offline.put(out);
        self.stream.put(out);
        self.metadata.put(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, BadBytes> {
        Ok(Self {
            deadline: Wire::read(input)?,
            queue_offline: Wire::read(input)?,
            stream: Wire::read(input)?,
            metadata: Wire::read(input)?,
            ..Self::default()
        })
    }
}

wire_struct!(Job { id, target, calls, user, options, expected });
wire_struct!(Return { job, minion, function, value, retcode, success, out, started, finished, notes });
wire_struct!(Failure { kind, message, hint, retcode });
wire_enum!(FailureKind {
    0 NoFunction {},
    1 BadArguments {},
    2 Failed {},
    3 TimedOut {},
    4 Cancelled {},
    5 Refused {},
    6 Unavailable {},
});
