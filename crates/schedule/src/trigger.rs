//! What makes an entry due.

use crate::{Cron, Moment};
use jiff::{Timestamp, ZonedDateTime};

/// What makes an entry due.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// So many seconds after the last time.
    Every(i64),
    /// At these moments.
    When(Vec<Moment>),
    /// At the minutes of a cron expression.
    Cron(Cron),
    /// Once, at this moment.
    Once(Moment),
    /// Only when asked (`run_explicit`, `schedule.run_job`).
    Asked,
}

impl Trigger {
    /// The first time after `now`, given when it was last due. Seconds since 1970.
    #[must_use]
    pub fn next_after(&self, now: &ZonedDateTime, last: Option<i64>) -> Option<i64> {
        let second = |moment: ZonedDateTime| moment.timestamp().as_second();
        match self {
            Self::Every(seconds) => {
                let seconds = (*seconds).max(1);
                let now = now.timestamp().as_second();
                // Times that passed while nobody looked are not made up for, but the beat stays.
                Some(match last {
                    Some(last) if last <= now => last + ((now - last) / seconds + 1) * seconds,
                    Some(last) if last - now < seconds => last,
                    Some(_) | None => now + seconds,
                })
            }
            Self::When(moments) => moments.iter().filter_map(|moment| moment.next_after(now)).map(second).min(),
            Self::Cron(cron) => cron.next_after(now).map(second),
            Self::Once(moment) => moment.next_after(now).map(second),
            Self::Asked => None,
        }
    }

    /// Whether it comes again and again in the same distance: then it also runs at the start, unless told otherwise.
    #[must_use]
    pub const fn is_interval(&self) -> bool {
        matches!(self, Self::Every(_))
    }
}

/// A number of seconds since 1970 as a moment of a time zone.
pub(crate) fn at(second: i64, like: &ZonedDateTime) -> Option<ZonedDateTime> {
    Timestamp::from_second(second).ok().map(|moment| moment.to_zoned_datetime(like.time_zone().clone()))
}
