//! The catalogue: the same statements in every store that speaks SQL.

/// Implements the catalogue for a store.
#[macro_export]
macro_rules! shared_objects {
    ($store:ident, $connection:ident, $reader:ident) => {
        #[async_trait::async_trait]
        impl $crate::Objects for $store {
            async fn write_objects(
                &self,
                writes: &[$crate::ObjectWrite],
                entries: &[$crate::AuditEntry],
            ) -> $crate::Result<$crate::AuditHead> {
                let failed = self.failed("write the catalogue");
                let mut transaction = self.begin("write the catalogue").await?;
                for write in writes {
                    self.write_object(&mut transaction, write).await?;
                }
                let head = self.append(&mut transaction, entries).await?;
                transaction.commit().await.map_err(failed)?;
                Ok(head)
            }

            async fn objects(&self, after: &str, limit: u32) -> $crate::Result<Vec<$crate::Object>> {
                let failed = self.failed("read the catalogue");
                let statement = sqlx::query_as($crate::sql::OBJECTS).bind(after).bind(i64::from(limit.min($crate::Page::MAX)));
                let found: Vec<$crate::rows::ObjectRow> = statement.fetch_all(&self.$reader).await.map_err(failed)?;
                let (Some(first), Some(last)) = (found.first(), found.last()) else { return Ok(Vec::new()) };
                let statement = sqlx::query_as($crate::sql::USES).bind(first.0.clone()).bind(last.0.clone());
                let uses = statement.fetch_all(&self.$reader).await.map_err(failed)?;
                $crate::rows::objects(found, uses)
            }
        }

        impl $store {
            async fn write_object(&self, connection: &mut sqlx::$connection, write: &$crate::ObjectWrite) -> $crate::Result<()> {
                let failed = self.failed("write the catalogue");
                let object = match write {
                    $crate::ObjectWrite::Insert(object) => object,
                    $crate::ObjectWrite::Update(object) => object,
                    $crate::ObjectWrite::Delete { id, version } => {
                        let statement = sqlx::query_as($crate::sql::USER_OF).bind(id.0.as_str());
                        let user: Option<(String, String)> = statement.fetch_optional(&mut *connection).await.map_err(failed)?;
                        if let Some((kind, name)) = user {
                            return Err($crate::Error::conflict(format!("the {kind} `{name}` still uses it; change or delete that first")));
                        }
                        sqlx::query($crate::sql::DELETE_USES).bind(id.0.as_str()).execute(&mut *connection).await.map_err(failed)?;
                        let statement = sqlx::query($crate::sql::DELETE_OBJECT).bind(id.0.as_str()).bind(number(*version));
                        let gone = statement.execute(&mut *connection).await.map_err(failed)?;
                        return if gone.rows_affected() == 0 { Err(stale()) } else { Ok(()) };
                    }
                };
                let (id, name) = (object.id.0.as_str(), $crate::clean_text(&object.name).into_owned());
                let project = $crate::rows::object_id_text(object.project.as_ref());
                let body = $crate::rows::to_json("an object", &$crate::clean_map(&object.body))?;
                let statement = sqlx::query_scalar($crate::sql::OBJECT_OF_NAME).bind(object.kind.as_str()).bind(project).bind(name.clone());
                let holder: Option<String> = statement.fetch_optional(&mut *connection).await.map_err(failed)?;
                if holder.is_some_and(|holder| holder != id) {
                    return Err($crate::Error::conflict(format!(
                        "there is a {} `{}` already; choose another name",
                        object.kind, object.name
                    )));
                }
                let written = match write {
                    $crate::ObjectWrite::Insert(_) => sqlx::query($crate::sql::INSERT_OBJECT)
                        .bind(id)
                        .bind(object.kind.as_str())
                        .bind(project)
                        .bind(name)
                        .bind(number(object.version))
                        .bind(body)
                        .bind(object.made.micros())
                        .bind($crate::clean_text(&object.made_by).into_owned()),
                    _ => sqlx::query($crate::sql::UPDATE_OBJECT).bind(id).bind(project).bind(name).bind(number(object.version)).bind(body),
                };
                let written = written.bind(object.changed.micros()).bind($crate::clean_text(&object.changed_by).into_owned());
                if written.execute(&mut *connection).await.map_err(failed)?.rows_affected() == 0 {
                    return Err(stale());
                }
                sqlx::query($crate::sql::DELETE_USES).bind(id).execute(&mut *connection).await.map_err(failed)?;
                for used in &object.uses {
                    sqlx::query($crate::sql::INSERT_USE).bind(id).bind(used.0.as_str()).execute(&mut *connection).await.map_err(failed)?;
                }
                Ok(())
            }
        }

        fn number(version: u64) -> i64 {
            i64::try_from(version).unwrap_or(i64::MAX)
        }

        fn stale() -> $crate::Error {
            $crate::Error::conflict("somebody else has written it meanwhile; read it again")
        }
    };
}
