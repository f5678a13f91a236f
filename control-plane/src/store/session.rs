//! Sessions by the hash of their secret, and the proofs that began them, so that none is used too often.

use fanner_audit::{Action, Noun};
use fanner_model::{CallerId, Role, Scope, TeamName};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::audit::{Author, Deed, change};
use super::column::{from_word, parsed, timestamp, to_word};
use super::{Pool, Store, StoreError, on, transact};

/// A session.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SessionRecord {
    pub caller: CallerId,
    pub team: TeamName,
    pub role: Role,
    pub scope: Scope,
    pub expires_at: Timestamp,
}

/// One use of a proof.
#[derive(Clone, Debug)]
pub(crate) struct ProofUse {
    /// The same for every copy of the proof, and for no other.
    pub id: String,
    /// How often it may be used.
    pub times: u32,
    /// From when on it would be refused for its age.
    pub until: Timestamp,
}

/// How long what is over is kept: the clock of another control plane may be behind.
const SPARE: SignedDuration = SignedDuration::from_mins(10);

impl Store {
    /// Uses a proof once more and stores the session that it begins; `false`, and nothing happens, if it is used up.
    pub(crate) async fn begin_session(
        &self,
        author: &Author,
        session: &SessionRecord,
        secret_hash: &str,
        proof: &ProofUse,
    ) -> Result<bool, StoreError> {
        const USE: &str = "insert into proof (id, uses, expires_at) values ($1, 1, $2) \
                           on conflict (id) do update set uses = proof.uses + 1 where proof.uses < $3";
        const BEGIN: &str = "insert into session (secret_hash, caller, team, role, scope, created_at, expires_at) \
                             values ($1, $2, $3, $4, $5, $6, $7)";
        const FORGET: [&str; 2] =
            ["delete from proof where expires_at < $1", "delete from session where expires_at < $1"];
        let SessionRecord { caller, team, role, scope, expires_at } = session;
        let now = author.at;
        let over = now.saturating_sub(SPARE).unwrap_or(Timestamp::MIN);
        change!(self.writing, author, tx => {
            let used = sqlx::query(USE).bind(&proof.id).bind(proof.until.as_microsecond()).bind(i64::from(proof.times))
                .execute(&mut *tx).await?.rows_affected();
            if used == 0 {
                return Ok(false);
            }
            sqlx::query(BEGIN).bind(secret_hash).bind(caller.as_str()).bind(team.as_str()).bind(to_word(role))
                .bind(to_word(scope)).bind(now.as_microsecond()).bind(expires_at.as_microsecond())
                .execute(&mut *tx).await?;
            for forget in FORGET {
                sqlx::query(forget).bind(over.as_microsecond()).execute(&mut *tx).await?;
            }
            Deed::made(Action::Create, Noun::Sessions, caller, session)
        })
    }

    /// The session whose secret has this hash.
    pub(crate) async fn session_by_hash(&self, secret_hash: &str) -> Result<Option<SessionRecord>, StoreError> {
        const SQL: &str = "select caller, team, role, scope, expires_at from session where secret_hash = $1";
        let row: Option<SessionRow> =
            on!(self.reading, db => sqlx::query_as(SQL).bind(secret_hash).fetch_optional(db).await)?;
        row.map(SessionRecord::try_from).transpose()
    }
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    caller: String,
    team: String,
    role: String,
    scope: String,
    expires_at: i64,
}

impl TryFrom<SessionRow> for SessionRecord {
    type Error = StoreError;

    fn try_from(SessionRow { caller, team, role, scope, expires_at }: SessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            caller: parsed("session.caller", &caller)?,
            team: parsed("session.team", &team)?,
            role: from_word("session.role", &role)?,
            scope: from_word("session.scope", &scope)?,
            expires_at: timestamp("session.expires_at", expires_at)?,
        })
    }
}
