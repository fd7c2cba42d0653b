//! Accounts and open logins: the same statements in every store that speaks SQL.

/// Implements the traits of accounts and logins for a store.
#[macro_export]
macro_rules! shared_accounts {
    ($store:ident, $connection:ident, $reader:ident) => {
        #[async_trait::async_trait]
        impl $crate::Accounts for $store {
            async fn insert_account(&self, account: &$crate::Account) -> $crate::Result<()> {
                let failed = self.failed("write an account");
                let mut transaction = self.begin("write an account").await?;
                let made = sqlx::query($crate::sql::INSERT_ACCOUNT)
                    .bind(account.id.0.as_str())
                    .bind($crate::clean_text(&account.name).into_owned())
                    .bind($crate::rows::account_kind_number(account.kind))
                    .bind($crate::rows::account_state_number(account.state))
                    .bind($crate::clean_text(&account.source).into_owned())
                    .bind($crate::clean_text(&account.full_name).into_owned())
                    .bind($crate::clean_text(&account.email).into_owned())
                    .bind(account.password.as_ref().map(|hash| hash.reveal().clone()))
                    .bind(account.made.micros())
                    .bind($crate::clean_text(&account.made_by).into_owned())
                    .bind(account.changed.micros())
                    .bind(account.last_login.map(model::Timestamp::micros))
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
                if made.rows_affected() == 0 {
                    return Err(taken(&account.name));
                }
                write_groups(&mut transaction, account).await.map_err(failed)?;
                transaction.commit().await.map_err(failed)
            }

            async fn update_account(&self, account: &$crate::Account) -> $crate::Result<bool> {
                let failed = self.failed("change an account");
                let mut transaction = self.begin("change an account").await?;
                let name = $crate::clean_text(&account.name).into_owned();
                let holder: Option<String> = sqlx::query_scalar($crate::sql::ACCOUNT_ID)
                    .bind(name.clone())
                    .fetch_optional(&mut *transaction)
                    .await
                    .map_err(failed)?;
                if holder.is_some_and(|holder| holder != account.id.0) {
                    return Err(taken(&account.name));
                }
                let changed = sqlx::query($crate::sql::UPDATE_ACCOUNT)
                    .bind(account.id.0.as_str())
                    .bind(name)
                    .bind($crate::rows::account_kind_number(account.kind))
                    .bind($crate::rows::account_state_number(account.state))
                    .bind($crate::clean_text(&account.source).into_owned())
                    .bind($crate::clean_text(&account.full_name).into_owned())
                    .bind($crate::clean_text(&account.email).into_owned())
                    .bind(account.password.as_ref().map(|hash| hash.reveal().clone()))
                    .bind(account.changed.micros())
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
                if changed.rows_affected() == 0 {
                    return Ok(false);
                }
                sqlx::query($crate::sql::DELETE_ACCOUNT_GROUPS)
                    .bind(account.id.0.as_str())
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
                write_groups(&mut transaction, account).await.map_err(failed)?;
                transaction.commit().await.map_err(failed)?;
                Ok(true)
            }

            async fn account(&self, name: &str) -> $crate::Result<Option<$crate::Account>> {
                let statement = sqlx::query_as($crate::sql::ACCOUNT).bind($crate::clean_text(name).into_owned());
                match statement.fetch_optional(&self.$reader).await.map_err(self.failed("read an account"))? {
                    Some(row) => self.with_groups(row).await.map(Some),
                    None => Ok(None),
                }
            }

            async fn account_of(&self, source: &str) -> $crate::Result<Option<$crate::Account>> {
                let statement = sqlx::query_as($crate::sql::ACCOUNT_OF).bind($crate::clean_text(source).into_owned());
                match statement.fetch_optional(&self.$reader).await.map_err(self.failed("read an account"))? {
                    Some(row) => self.with_groups(row).await.map(Some),
                    None => Ok(None),
                }
            }

            async fn accounts(&self, page: &$crate::Page) -> $crate::Result<$crate::Paged<$crate::Account>> {
                let after = page.after.as_ref().map_or("", |cursor| cursor.0.as_str());
                let statement = sqlx::query_as($crate::sql::ACCOUNTS).bind(after).bind(page.fetch());
                let mut items = Vec::new();
                for row in statement.fetch_all(&self.$reader).await.map_err(self.failed("list accounts"))? {
                    items.push(self.with_groups(row).await?);
                }
                Ok($crate::Paged::of(items, page, |account| account.name.clone()))
            }

            async fn delete_account(&self, id: &$crate::AccountId) -> $crate::Result<bool> {
                let failed = self.failed("delete an account");
                let mut transaction = self.begin("delete an account").await?;
                for statement in [$crate::sql::DELETE_LOGINS_OF, $crate::sql::DELETE_ACCOUNT_GROUPS] {
                    sqlx::query(statement).bind(id.0.as_str()).execute(&mut *transaction).await.map_err(failed)?;
                }
                let gone = sqlx::query($crate::sql::DELETE_ACCOUNT).bind(id.0.as_str()).execute(&mut *transaction).await.map_err(failed)?;
                transaction.commit().await.map_err(failed)?;
                Ok(gone.rows_affected() > 0)
            }

            async fn note_login(&self, id: &$crate::AccountId, at: model::Timestamp) -> $crate::Result<()> {
                let failed = self.failed("note a login");
                let mut transaction = self.begin("note a login").await?;
                sqlx::query($crate::sql::NOTE_LOGIN)
                    .bind(id.0.as_str())
                    .bind(at.micros())
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
                transaction.commit().await.map_err(failed)
            }
        }

        #[async_trait::async_trait]
        impl $crate::Logins for $store {
            async fn insert_login(&self, login: &$crate::Login) -> $crate::Result<()> {
                let failed = self.failed("write a login");
                let mut transaction = self.begin("write a login").await?;
                sqlx::query($crate::sql::DELETE_OLD_LOGINS).bind(login.made.micros()).execute(&mut *transaction).await.map_err(failed)?;
                let made = sqlx::query($crate::sql::INSERT_LOGIN)
                    .bind(login.hash.0.to_vec())
                    .bind($crate::rows::login_kind_number(login.kind))
                    .bind(login.account.as_ref().map(|id| id.0.clone()))
                    .bind($crate::clean_text(&login.user).into_owned())
                    .bind($crate::clean_text(&login.backend).into_owned())
                    .bind($crate::rows::to_json("groups", &login.groups)?)
                    .bind($crate::clean_text(&login.origin).into_owned())
                    .bind(login.made.micros())
                    .bind(login.expires.micros())
                    .bind($crate::clean_text(&login.name).into_owned())
                    .bind(login.scopes.as_ref().map(|scopes| $crate::rows::to_json("scopes", scopes)).transpose()?)
                    .bind($crate::rows::to_json("networks", &login.networks)?)
                    .bind($crate::clean_text(&login.agent).into_owned())
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
                if made.rows_affected() == 0 {
                    return Err($crate::Error::conflict(format!("a login {} is stored already; make another", login.hash.short())));
                }
                transaction.commit().await.map_err(failed)
            }

            async fn logins(&self, after: model::Timestamp) -> $crate::Result<Vec<$crate::Login>> {
                let statement = sqlx::query_as($crate::sql::LOGINS).bind(after.micros());
                let found = statement.fetch_all(&self.$reader).await.map_err(self.failed("list logins"))?;
                found.into_iter().map($crate::rows::login).collect()
            }

            async fn note_used(&self, used: &[($crate::TokenHash, model::Timestamp)]) -> $crate::Result<()> {
                let failed = self.failed("note when a login was shown");
                let mut transaction = self.begin("note when a login was shown").await?;
                for (hash, at) in used {
                    let statement = sqlx::query($crate::sql::NOTE_USED).bind(hash.0.to_vec()).bind(at.micros());
                    statement.execute(&mut *transaction).await.map_err(failed)?;
                }
                transaction.commit().await.map_err(failed)
            }

            async fn delete_logins(&self, hashes: &[$crate::TokenHash]) -> $crate::Result<u64> {
                let failed = self.failed("end a login");
                let mut transaction = self.begin("end a login").await?;
                let mut gone = 0;
                for hash in hashes {
                    let statement = sqlx::query($crate::sql::DELETE_LOGIN).bind(hash.0.to_vec());
                    gone += statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
                }
                transaction.commit().await.map_err(failed)?;
                Ok(gone)
            }
        }

        impl $store {
            async fn with_groups(&self, row: $crate::rows::AccountRow) -> $crate::Result<$crate::Account> {
                let statement = sqlx::query_scalar($crate::sql::ACCOUNT_GROUPS).bind(row.0.clone());
                let groups = statement.fetch_all(&self.$reader).await.map_err(self.failed("read an account"))?;
                $crate::rows::account(row, groups)
            }
        }

        async fn write_groups(transaction: &mut sqlx::$connection, account: &$crate::Account) -> sqlx::Result<()> {
            for group in &account.groups {
                let statement =
                    sqlx::query($crate::sql::INSERT_ACCOUNT_GROUP).bind(account.id.0.clone()).bind($crate::clean_text(group).into_owned());
                statement.execute(&mut *transaction).await?;
            }
            Ok(())
        }

        fn taken(name: &str) -> $crate::Error {
            $crate::Error::conflict(format!("there is an account `{name}` already; choose another name"))
        }
    };
}
