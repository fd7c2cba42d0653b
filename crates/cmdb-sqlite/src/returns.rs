//! Returns.

use crate::SqliteStore;
use async_trait::async_trait;
use cmdb::{Page, Paged, Result, Returns, Stored, rows, sql};
use model::{JobId, MinionId, Return, Timestamp};
use sqlx::{query, query_as};
use std::collections::HashSet;

/// Only what the job was meant for is stored, and only the first of each pair; the stored pairs come back.
const INSERT_RETURNS: &str = "INSERT INTO job_return (job, minion, retcode, success, started, finished, outputter, function, value, notes) \
    SELECT jm.job, jm.minion, b.value ->> 2, b.value ->> 3, b.value ->> 4, b.value ->> 5, b.value ->> 6, \
        NULLIF(b.value ->> 7, j.function), b.value -> 8, b.value ->> 9 \
    FROM json_each($1) b JOIN minion m ON m.id = b.value ->> 1 \
    JOIN job_minion jm ON jm.job = b.value ->> 0 AND jm.minion = m.n JOIN job j ON j.id = jm.job \
    WHERE true ON CONFLICT (job, minion) DO NOTHING \
    RETURNING job, (SELECT id FROM minion WHERE n = job_return.minion)";

const FINISH: &str = "UPDATE job_minion SET stage = b.stage, since = $2, reason = NULL \
    FROM (SELECT e.value ->> 0 AS job, m.n AS minion, e.value ->> 2 AS stage \
          FROM json_each($1) e JOIN minion m ON m.id = e.value ->> 1) b \
    WHERE job_minion.job = b.job AND job_minion.minion = b.minion";

const KNOWN: &str = "SELECT r.job, m.id FROM json_each($1) b JOIN minion m ON m.id = b.value ->> 1 \
    JOIN job_return r ON r.job = b.value ->> 0 AND r.minion = m.n";

type Pair = (i64, String);

fn pair(one: &Return) -> Pair {
    (one.job.made().micros(), one.minion.to_string())
}

#[async_trait]
impl Returns for SqliteStore {
    async fn insert_returns(&self, returns: &[Return], at: Timestamp) -> Result<Vec<Stored>> {
        let failed = self.failed("write returns");
        let entries = rows::firsts(returns)
            .into_iter()
            .map(|one| {
                let (job, success) = (one.job.made().micros(), i16::from(one.success));
                let (started, finished) = (one.started.micros(), one.finished.micros());
                let (out, function) = (one.out.as_deref().map(cmdb::clean_text), cmdb::clean_text(&one.function));
                let notes = rows::notes(one)?;
                Ok((job, &one.minion, one.retcode, success, started, finished, out, function, &one.value, notes))
            })
            .collect::<Result<Vec<_>>>()?;
        let entries = rows::to_json("returns", &entries)?;
        let mut transaction = self.begin("write returns").await?;
        let written: Vec<Pair> = query_as(INSERT_RETURNS).bind(entries).fetch_all(&mut *transaction).await.map_err(failed)?;
        let mut fresh: HashSet<Pair> = written.into_iter().collect();
        let (mut ends, mut others, mut answers) = (Vec::new(), Vec::new(), Vec::with_capacity(returns.len()));
        for one in returns {
            // The first of a pair takes it out: a second one in the same batch has come again.
            if fresh.remove(&pair(one)) {
                ends.push((one.job.made().micros(), &one.minion, rows::stage_number(rows::end(one))));
                answers.push(Stored::New);
            } else {
                others.push((one.job.made().micros(), &one.minion));
                answers.push(Stored::Unknown);
            }
        }
        if !ends.is_empty() {
            let statement = query(FINISH).bind(rows::to_json("progress", &ends)?).bind(at.micros());
            statement.execute(&mut *transaction).await.map_err(failed)?;
        }
        if !others.is_empty() {
            let statement = query_as(KNOWN).bind(rows::to_json("pairs", &others)?);
            let known: HashSet<Pair> = statement.fetch_all(&mut *transaction).await.map_err(failed)?.into_iter().collect();
            for (one, answer) in returns.iter().zip(&mut answers) {
                if *answer == Stored::Unknown && known.contains(&pair(one)) {
                    *answer = Stored::Again;
                }
            }
        }
        transaction.commit().await.map_err(failed)?;
        Ok(answers)
    }

    async fn return_of(&self, job: JobId, minion: &MinionId) -> Result<Option<Return>> {
        let statement = query_as(sql::RETURN_OF).bind(job.made().micros()).bind(minion.as_str());
        let found = statement.fetch_optional(&self.reader).await.map_err(self.failed("read a return"))?;
        found.map(rows::job_return).transpose()
    }

    async fn returns(&self, job: JobId, page: &Page) -> Result<Paged<Return>> {
        let found = query_as(sql::RETURNS)
            .bind(job.made().micros())
            .bind(page.after.as_ref().map_or("", |cursor| cursor.0.as_str()))
            .bind(page.fetch())
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("read returns"))?;
        let items = found.into_iter().map(rows::job_return).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |one| one.minion.to_string()))
    }

    async fn returns_of_minion(&self, minion: &MinionId, page: &Page) -> Result<Paged<Return>> {
        let before = page.job()?.map_or(i64::MAX, |job| job.made().micros());
        let found = query_as(sql::RETURNS_OF_MINION)
            .bind(minion.as_str())
            .bind(before)
            .bind(page.fetch())
            .fetch_all(&self.reader)
            .await
            .map_err(self.failed("read returns"))?;
        let items = found.into_iter().map(rows::job_return).collect::<Result<Vec<_>>>()?;
        Ok(Paged::of(items, page, |one| one.job.to_string()))
    }
}
