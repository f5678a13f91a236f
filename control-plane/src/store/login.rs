//! Logins of people at the web pages, by the hash of their secret. One that was begun with a token ends with it.

use fanner_audit::{Action, Noun};
use fanner_model::{CallerId, Role, Scope, TeamName, TokenId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::audit::{Author, Deed, change};
use super::column::{from_word, parsed, timestamp, to_word};
use super::{Pool, Store, StoreError, on, transact};

/// A login.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LoginRecord {
    pub caller: CallerId,
    pub team: TeamName,
    pub role: Role,
    pub scope: Scope,
    /// The token that it was begun with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
    pub used_at: Timestamp,
    pub expires_at: Timestamp,
}

/// How long what is over is kept: the clock of another control plane may be behind.
const SPARE: SignedDuration = SignedDuration::from_mins(10);

impl Store {
    /// Stores a login, and forgets those that are over.
    pub(crate) async fn begin_login(
        &self,
        author: &Author,
        login: &LoginRecord,
        secret_hash: &str,
    ) -> Result<bool, StoreError> {
        const BEGIN: &str = "insert into login (secret_hash, token, caller, team, role, scope, created_at, used_at, expires_at) \
                             values ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
        const FORGET: &str = "delete from login where expires_at < $1";
        let over = author.at.saturating_sub(SPARE).unwrap_or(Timestamp::MIN);
        change!(self.writing, author, tx => {
            sqlx::query(BEGIN)
                .bind(secret_hash)
                .bind(login.token.map(|token| token.to_string()))
                .bind(login.caller.as_str())
                .bind(login.team.as_str())
                .bind(to_word(&login.role))
                .bind(to_word(&login.scope))
                .bind(author.at.as_microsecond())
                .bind(login.expires_at.as_microsecond())
                .execute(&mut *tx).await?;
            sqlx::query(FORGET).bind(over.as_microsecond()).execute(&mut *tx).await?;
            Deed::made(Action::Create, Noun::Sessions, &login.caller, login)
        })
    }

    /// The login whose secret has this hash, unless its token was revoked.
    pub(crate) async fn login_by_hash(&self, secret_hash: &str) -> Result<Option<LoginRecord>, StoreError> {
        const SQL: &str = "select login.token, login.caller, login.team, login.role, login.scope, login.used_at, login.expires_at \
                           from login left join token on token.id = login.token \
                           where login.secret_hash = $1 and token.revoked_at is null";
        let row: Option<LoginRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(secret_hash).fetch_optional(db).await)?;
        row.map(LoginRecord::try_from).transpose()
    }

    /// Notes that a login was used at `now`.
    pub(crate) async fn note_login_use(&self, secret_hash: &str, now: Timestamp) -> Result<(), StoreError> {
        const SQL: &str = "update login set used_at = $2 where secret_hash = $1";
        on!(self.writing, db => sqlx::query(SQL).bind(secret_hash).bind(now.as_microsecond())
            .execute(db).await.map(drop))?;
        Ok(())
    }

    /// Whether there was such a login to end.
    pub(crate) async fn end_login(&self, author: &Author, secret_hash: &str) -> Result<bool, StoreError> {
        const SQL: &str = "delete from login where secret_hash = $1";
        change!(self.writing, author, tx => {
            let ended = sqlx::query(SQL).bind(secret_hash).execute(&mut *tx).await?;
            if ended.rows_affected() == 0 {
                return Ok(false);
            }
            Deed::ended(Action::Delete, Noun::Sessions, &author.caller)
        })
    }
}

#[derive(sqlx::FromRow)]
struct LoginRow {
    token: Option<String>,
    caller: String,
    team: String,
    role: String,
    scope: String,
    used_at: i64,
    expires_at: i64,
}

impl TryFrom<LoginRow> for LoginRecord {
    type Error = StoreError;

    fn try_from(row: LoginRow) -> Result<Self, StoreError> {
        let LoginRow { token, caller, team, role, scope, used_at, expires_at } = row;
        Ok(Self {
            caller: parsed("login.caller", &caller)?,
            team: parsed("login.team", &team)?,
            role: from_word("login.role", &role)?,
            scope: from_word("login.scope", &scope)?,
            token: token.map(|token| parsed("login.token", &token)).transpose()?,
            used_at: timestamp("login.used_at", used_at)?,
            expires_at: timestamp("login.expires_at", expires_at)?,
        })
    }
}
