//! Tokens, and who the caller is.

use fanner_model::{Caller, NewToken, Page, Token, TokenId, TokenSpec};

use crate::{Client, Error, Precondition};

impl Client {
    /// Who the caller's token says that it is.
    pub async fn caller(&self) -> Result<Caller, Error> {
        self.get(&["caller"], &[]).await
    }

    /// Issues a token. Its secret is in the answer and nowhere else.
    pub async fn issue_token(&self, spec: &TokenSpec) -> Result<NewToken, Error> {
        self.post(&["tokens"], spec).await
    }

    /// The tokens whose ids come after `after`, at most 500, without their secrets.
    pub async fn tokens(&self, after: Option<&str>) -> Result<Page<Token>, Error> {
        self.page("tokens", after).await
    }

    /// Revokes a token: the next request that presents it is refused.
    pub async fn revoke_token(&self, id: TokenId) -> Result<(), Error> {
        self.delete(&["tokens", &id.to_string()], Precondition::None).await
    }
}
