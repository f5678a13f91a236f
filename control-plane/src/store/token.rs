//! Tokens, by the hash of their secret.

use fanner_audit::{Action, Noun};
use fanner_model::{Role, Scope, TeamName, Token, TokenId, TokenSpec};
use jiff::Timestamp;

use super::audit::{Author, Deed, change};
use super::column::{from_word, parsed, timestamp, to_word};
use super::{Pool, Store, StoreError, on, transact};

impl Store {
    /// Stores a token that ends at `expires_at`.
    pub(crate) async fn insert_token(
        &self,
        author: &Author,
        token: &Token,
        expires_at: Timestamp,
        secret_hash: &str,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "insert into token (id, secret_hash, team, role, scope, created_at, expires_at) \
                           values ($1, $2, $3, $4, $5, $6, $7)";
        change!(self.writing, author, tx => {
            sqlx::query(SQL)
                .bind(token.id.to_string())
                .bind(secret_hash)
                .bind(token.spec.team.as_str())
                .bind(to_word(&token.spec.role))
                .bind(to_word(&token.spec.scope))
                .bind(token.created_at.as_microsecond())
                .bind(expires_at.as_microsecond())
                .execute(&mut *tx).await?;
            Deed::made(Action::Create, Noun::Tokens, token.id, token)
        })
    }

    /// The token whose secret has this hash, unless it was revoked.
    pub(crate) async fn token_by_hash(&self, secret_hash: &str) -> Result<Option<Token>, StoreError> {
        const SQL: &str = "select id, team, role, scope, created_at, last_used_at, expires_at from token \
                           where secret_hash = $1 and revoked_at is null";
        let row: Option<TokenRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(secret_hash).fetch_optional(db).await)?;
        row.map(Token::try_from).transpose()
    }

    /// Tokens that were not revoked, in the order of their ids.
    pub(crate) async fn tokens(&self, after: &str, limit: u32) -> Result<Vec<Token>, StoreError> {
        const SQL: &str = "select id, team, role, scope, created_at, last_used_at, expires_at from token \
                           where id > $1 and revoked_at is null order by id limit $2";
        let rows: Vec<TokenRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(after).bind(i64::from(limit)).fetch_all(db).await)?;
        rows.into_iter().map(Token::try_from).collect()
    }

    /// One token that was not revoked.
    pub(crate) async fn token(&self, id: TokenId) -> Result<Option<Token>, StoreError> {
        const SQL: &str = "select id, team, role, scope, created_at, last_used_at, expires_at from token where id = $1 and revoked_at is null";
        let row: Option<TokenRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(id.to_string()).fetch_optional(db).await)?;
        row.map(Token::try_from).transpose()
    }

    /// Notes that a token was presented at `now`.
    pub(crate) async fn note_token_use(&self, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
        const SQL: &str = "update token set last_used_at = $2 where id = $1";
        on!(self.writing, db => sqlx::query(SQL).bind(id.to_string()).bind(now.as_microsecond())
            .execute(db).await.map(drop))?;
        Ok(())
    }

    /// Whether there was such a token to revoke.
    pub(crate) async fn revoke_token(&self, author: &Author, id: TokenId) -> Result<bool, StoreError> {
        const SQL: &str = "update token set revoked_at = $2 where id = $1 and revoked_at is null";
        change!(self.writing, author, tx => {
            let revoked = sqlx::query(SQL).bind(id.to_string()).bind(author.at.as_microsecond()).execute(&mut *tx).await?;
            if revoked.rows_affected() == 0 {
                return Ok(false);
            }
            Deed::ended(Action::Revoke, Noun::Tokens, id)
        })
    }
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: String,
    team: String,
    role: String,
    scope: String,
    created_at: i64,
    last_used_at: Option<i64>,
    expires_at: i64,
}

impl TryFrom<TokenRow> for Token {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let TokenRow { id, team, role, scope, created_at, last_used_at, expires_at } = row;
        let team: TeamName = parsed("token.team", &team)?;
        let role: Role = from_word("token.role", &role)?;
        let scope: Scope = from_word("token.scope", &scope)?;
        let expires_at = Some(timestamp("token.expires_at", expires_at)?);
        Ok(Self {
            id: parsed("token.id", &id)?,
            created_at: timestamp("token.created_at", created_at)?,
            last_used_at: last_used_at.map(|at| timestamp("token.last_used_at", at)).transpose()?,
            spec: TokenSpec { team, role, scope, expires_at },
        })
    }
}
