//! Accounts and open logins.

use crate::PostgresStore;
use async_trait::async_trait;
use cmdb::{Account, AccountId, Accounts, Error, Login, Logins, Page, Paged, Result, TokenHash, clean_text, rows, sql};
use model::Timestamp;
use sqlx::{PgConnection, query, query_as, query_scalar};

#[async_trait]
impl Accounts for PostgresStore {
    async fn insert_account(&self, account: &Account) -> Result<()> {
        let failed = self.failed("write an account");
        let mut transaction = self.begin("write an account").await?;
        let made = query(sql::INSERT_ACCOUNT)
            .bind(account.id.0.as_str())
            .bind(clean_text(&account.name).into_owned())
            .bind(rows::account_kind_number(account.kind))
            .bind(rows::account_state_number(account.state))
            .bind(clean_text(&account.source).into_owned())
            .bind(clean_text(&account.full_name).into_owned())
            .bind(clean_text(&account.email).into_owned())
            .bind(account.password.as_ref().map(|hash| hash.reveal().clone()))
            .bind(account.made.micros())
            .bind(clean_text(&account.made_by).into_owned())
            .bind(account.changed.micros())
            .bind(account.last_login.map(Timestamp::micros))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if made.rows_affected() == 0 {
            return Err(taken(&account.name));
        }
        write_groups(&mut transaction, account).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn update_account(&self, account: &Account) -> Result<bool> {
        let failed = self.failed("change an account");
        let mut transaction = self.begin("change an account").await?;
        let name = clean_text(&account.name).into_owned();
        let holder: Option<String> =
            query_scalar(sql::ACCOUNT_ID).bind(name.clone()).fetch_optional(&mut *transaction).await.map_err(failed)?;
        if holder.is_some_and(|holder| holder != account.id.0) {
            return Err(taken(&account.name));
        }
        let changed = query(sql::UPDATE_ACCOUNT)
            .bind(account.id.0.as_str())
            .bind(name)
            .bind(rows::account_kind_number(account.kind))
            .bind(rows::account_state_number(account.state))
            .bind(clean_text(&account.source).into_owned())
            .bind(clean_text(&account.full_name).into_owned())
            .bind(clean_text(&account.email).into_owned())
            .bind(account.password.as_ref().map(|hash| hash.reveal().clone()))
            .bind(account.changed.micros())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        query(sql::DELETE_ACCOUNT_GROUPS).bind(account.id.0.as_str()).execute(&mut *transaction).await.map_err(failed)?;
        write_groups(&mut transaction, account).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }

    async fn account(&self, name: &str) -> Result<Option<Account>> {
        let statement = query_as(sql::ACCOUNT).bind(clean_text(name).into_owned());
        match statement.fetch_optional(&self.pool).await.map_err(self.failed("read an account"))? {
            Some(row) => self.with_groups(row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn accounts(&self, page: &Page) -> Result<Paged<Account>> {
        let after = page.after.as_ref().map_or("", |cursor| cursor.0.as_str());
        let statement = query_as(sql::ACCOUNTS).bind(after).bind(page.fetch());
        let mut items = Vec::new();
        for row in statement.fetch_all(&self.pool).await.map_err(self.failed("list accounts"))? {
            items.push(self.with_groups(row).await?);
        }
        Ok(Paged::of(items, page, |account| account.name.clone()))
    }

    async fn delete_account(&self, id: &AccountId) -> Result<bool> {
        let failed = self.failed("delete an account");
        let mut transaction = self.begin("delete an account").await?;
        for statement in [sql::DELETE_LOGINS_OF, sql::DELETE_ACCOUNT_GROUPS] {
            query(statement).bind(id.0.as_str()).execute(&mut *transaction).await.map_err(failed)?;
        }
        let gone = query(sql::DELETE_ACCOUNT).bind(id.0.as_str()).execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(gone.rows_affected() > 0)
    }

    async fn note_login(&self, id: &AccountId, at: Timestamp) -> Result<()> {
        let failed = self.failed("note a login");
        let mut transaction = self.begin("note a login").await?;
        query(sql::NOTE_LOGIN).bind(id.0.as_str()).bind(at.micros()).execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}

#[async_trait]
impl Logins for PostgresStore {
    async fn insert_login(&self, login: &Login) -> Result<()> {
        let failed = self.failed("write a login");
        let mut transaction = self.begin("write a login").await?;
        query(sql::DELETE_OLD_LOGINS).bind(login.made.micros()).execute(&mut *transaction).await.map_err(failed)?;
        let made = query(sql::INSERT_LOGIN)
            .bind(login.hash.0.to_vec())
            .bind(rows::login_kind_number(login.kind))
            .bind(login.account.as_ref().map(|id| id.0.clone()))
            .bind(clean_text(&login.user).into_owned())
            .bind(clean_text(&login.backend).into_owned())
            .bind(rows::to_json("groups", &login.groups)?)
            .bind(clean_text(&login.origin).into_owned())
            .bind(login.made.micros())
            .bind(login.expires.micros())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if made.rows_affected() == 0 {
            return Err(Error::conflict(format!("a login {} is stored already; make another", login.hash.short())));
        }
        transaction.commit().await.map_err(failed)
    }

    async fn logins(&self, after: Timestamp) -> Result<Vec<Login>> {
        let statement = query_as(sql::LOGINS).bind(after.micros());
        let found = statement.fetch_all(&self.pool).await.map_err(self.failed("list logins"))?;
        found.into_iter().map(rows::login).collect()
    }

    async fn delete_logins(&self, hashes: &[TokenHash]) -> Result<u64> {
        let failed = self.failed("end a login");
        let mut transaction = self.begin("end a login").await?;
        let mut gone = 0;
        for hash in hashes {
            let statement = query(sql::DELETE_LOGIN).bind(hash.0.to_vec());
            gone += statement.execute(&mut *transaction).await.map_err(failed)?.rows_affected();
        }
        transaction.commit().await.map_err(failed)?;
        Ok(gone)
    }
}

impl PostgresStore {
    async fn with_groups(&self, row: rows::AccountRow) -> Result<Account> {
        let statement = query_scalar(sql::ACCOUNT_GROUPS).bind(row.0.clone());
        let groups = statement.fetch_all(&self.pool).await.map_err(self.failed("read an account"))?;
        rows::account(row, groups)
    }
}

async fn write_groups(transaction: &mut PgConnection, account: &Account) -> sqlx::Result<()> {
    for group in &account.groups {
        let statement = query(sql::INSERT_ACCOUNT_GROUP).bind(account.id.0.clone()).bind(clean_text(group).into_owned());
        statement.execute(&mut *transaction).await?;
    }
    Ok(())
}

fn taken(name: &str) -> Error {
    Error::conflict(format!("there is an account `{name}` already; choose another name"))
}
