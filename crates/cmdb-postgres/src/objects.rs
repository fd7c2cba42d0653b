//! The catalogue.

use crate::PostgresStore;
use async_trait::async_trait;
use cmdb::{AuditEntry, AuditHead, Error, Object, ObjectWrite, Objects, Page, Result, clean_map, clean_text, rows, sql};
use sqlx::{PgConnection, query, query_as, query_scalar};

#[async_trait]
impl Objects for PostgresStore {
    async fn write_objects(&self, writes: &[ObjectWrite], entries: &[AuditEntry]) -> Result<AuditHead> {
        let failed = self.failed("write the catalogue");
        let mut transaction = self.begin("write the catalogue").await?;
        for write in writes {
            self.write_object(&mut transaction, write).await?;
        }
        let head = self.append(&mut transaction, entries).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(head)
    }

    async fn objects(&self, after: &str, limit: u32) -> Result<Vec<Object>> {
        let failed = self.failed("read the catalogue");
        let statement = query_as(sql::OBJECTS).bind(after).bind(i64::from(limit.min(Page::MAX)));
        let found: Vec<rows::ObjectRow> = statement.fetch_all(&self.pool).await.map_err(failed)?;
        let (Some(first), Some(last)) = (found.first(), found.last()) else { return Ok(Vec::new()) };
        let statement = query_as(sql::USES).bind(first.0.clone()).bind(last.0.clone());
        let uses = statement.fetch_all(&self.pool).await.map_err(failed)?;
        rows::objects(found, uses)
    }
}

impl PostgresStore {
    async fn write_object(&self, connection: &mut PgConnection, write: &ObjectWrite) -> Result<()> {
        let failed = self.failed("write the catalogue");
        let object = match write {
            ObjectWrite::Insert(object) => object,
            ObjectWrite::Update(object) => object,
            ObjectWrite::Delete { id, version } => {
                let statement = query_as(sql::USER_OF).bind(id.0.as_str());
                let user: Option<(String, String)> = statement.fetch_optional(&mut *connection).await.map_err(failed)?;
                if let Some((kind, name)) = user {
                    return Err(Error::conflict(format!("the {kind} `{name}` still uses it; change or delete that first")));
                }
                query(sql::DELETE_USES).bind(id.0.as_str()).execute(&mut *connection).await.map_err(failed)?;
                let statement = query(sql::DELETE_OBJECT).bind(id.0.as_str()).bind(number(*version));
                let gone = statement.execute(&mut *connection).await.map_err(failed)?;
                return if gone.rows_affected() == 0 { Err(stale()) } else { Ok(()) };
            }
        };
        let (id, name) = (object.id.0.as_str(), clean_text(&object.name).into_owned());
        let project = rows::object_id_text(object.project.as_ref());
        let body = rows::to_json("an object", &clean_map(&object.body))?;
        let statement = query_scalar(sql::OBJECT_OF_NAME).bind(object.kind.as_str()).bind(project).bind(name.clone());
        let holder: Option<String> = statement.fetch_optional(&mut *connection).await.map_err(failed)?;
        if holder.is_some_and(|holder| holder != id) {
            return Err(Error::conflict(format!("there is a {} `{}` already; choose another name", object.kind, object.name)));
        }
        let written = match write {
            ObjectWrite::Insert(_) => query(sql::INSERT_OBJECT)
                .bind(id)
                .bind(object.kind.as_str())
                .bind(project)
                .bind(name)
                .bind(number(object.version))
                .bind(body)
                .bind(object.made.micros())
                .bind(clean_text(&object.made_by).into_owned()),
            _ => query(sql::UPDATE_OBJECT).bind(id).bind(project).bind(name).bind(number(object.version)).bind(body),
        };
        let written = written.bind(object.changed.micros()).bind(clean_text(&object.changed_by).into_owned());
        if written.execute(&mut *connection).await.map_err(failed)?.rows_affected() == 0 {
            return Err(stale());
        }
        query(sql::DELETE_USES).bind(id).execute(&mut *connection).await.map_err(failed)?;
        for used in &object.uses {
            query(sql::INSERT_USE).bind(id).bind(used.0.as_str()).execute(&mut *connection).await.map_err(failed)?;
        }
        Ok(())
    }
}

fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn stale() -> Error {
    Error::conflict("somebody else has written it meanwhile; read it again")
}
