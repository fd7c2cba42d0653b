//! User variables and their changes: the same statements in every store that speaks SQL.

/// Implements the trait of user variables for a store.
#[macro_export]
macro_rules! shared_variables {
    ($store:ident, $reader:ident) => {
        #[async_trait::async_trait]
        impl $crate::Variables for $store {
            async fn change_variables(
                &self,
                changes: &[$crate::VariableChange],
                by: &str,
                at: model::Timestamp,
            ) -> $crate::Result<Option<u64>> {
                let failed = self.failed("change variables");
                let mut transaction = self.begin("change variables").await?;
                // The number first: whoever comes at the same time waits for its row.
                let version: i64 =
                    sqlx::query_scalar($crate::sql::NEXT_VARIABLES_VERSION).fetch_one(&mut *transaction).await.map_err(failed)?;
                let mut has_changed = false;
                for change in changes {
                    let (scope, subject) = $crate::rows::scope_parts(&change.scope);
                    let (subject, name) = ($crate::clean_text(subject).into_owned(), $crate::clean_text(&change.name).into_owned());
                    let new = change.value.as_ref().map(|value| $crate::rows::to_json("a variable", value)).transpose()?;
                    let statement = sqlx::query_scalar($crate::sql::VARIABLE_VALUE).bind(scope).bind(subject.clone()).bind(name.clone());
                    let old: Option<String> = statement.fetch_optional(&mut *transaction).await.map_err(failed)?;
                    if old == new {
                        continue;
                    }
                    has_changed = true;
                    let statement = match &new {
                        Some(value) => sqlx::query($crate::sql::PUT_VARIABLE)
                            .bind(scope)
                            .bind(subject.clone())
                            .bind(name.clone())
                            .bind(version)
                            .bind(at.micros())
                            .bind($crate::clean_text(by).into_owned())
                            .bind(value.clone()),
                        None => sqlx::query($crate::sql::DELETE_VARIABLE).bind(scope).bind(subject.clone()).bind(name.clone()),
                    };
                    statement.execute(&mut *transaction).await.map_err(failed)?;
                    sqlx::query($crate::sql::NOTE_VARIABLE)
                        .bind(version)
                        .bind(scope)
                        .bind(subject)
                        .bind(name)
                        .bind(at.micros())
                        .bind($crate::clean_text(by).into_owned())
                        .bind(old)
                        .bind(new)
                        .execute(&mut *transaction)
                        .await
                        .map_err(failed)?;
                }
                if !has_changed {
                    return Ok(None);
                }
                transaction.commit().await.map_err(failed)?;
                Ok(Some(version.unsigned_abs()))
            }

            async fn variables(&self, page: &$crate::Page) -> $crate::Result<$crate::Paged<$crate::Variable>> {
                let (scope, subject, name): (i16, String, String) = page.place()?.unwrap_or((-1, String::new(), String::new()));
                let statement = sqlx::query_as($crate::sql::VARIABLES).bind(scope).bind(subject).bind(name).bind(page.fetch());
                let found = statement.fetch_all(&self.$reader).await.map_err(self.failed("list variables"))?;
                let items = found.into_iter().map($crate::rows::variable).collect::<$crate::Result<Vec<_>>>()?;
                Ok($crate::Paged::of(items, page, |variable| {
                    let (scope, subject) = $crate::rows::scope_parts(&variable.scope);
                    $crate::Page::cursor_at(&(scope, subject, &variable.name))
                }))
            }

            async fn variable_history(
                &self,
                name: Option<&str>,
                page: &$crate::Page,
            ) -> $crate::Result<$crate::Paged<$crate::VariableEdit>> {
                let before: (i64, i16, String, String) = page.place()?.unwrap_or((i64::MAX, 0, String::new(), String::new()));
                let found = sqlx::query_as($crate::sql::VARIABLE_HISTORY)
                    .bind(name.map(|name| $crate::clean_text(name).into_owned()))
                    .bind(before.0)
                    .bind(before.1)
                    .bind(before.2)
                    .bind(before.3)
                    .bind(page.fetch())
                    .fetch_all(&self.$reader)
                    .await
                    .map_err(self.failed("read the history of variables"))?;
                let items = found.into_iter().map($crate::rows::variable_edit).collect::<$crate::Result<Vec<_>>>()?;
                Ok($crate::Paged::of(items, page, |edit| {
                    let (scope, subject) = $crate::rows::scope_parts(&edit.scope);
                    $crate::Page::cursor_at(&(edit.version, scope, subject, &edit.name))
                }))
            }

            async fn variables_version(&self) -> $crate::Result<u64> {
                let statement = sqlx::query_scalar::<_, i64>($crate::sql::VARIABLES_VERSION);
                let version = statement.fetch_one(&self.$reader).await.map_err(self.failed("read the version of variables"))?;
                Ok(version.unsigned_abs())
            }
        }
    };
}
