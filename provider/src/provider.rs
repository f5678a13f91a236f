//! The provider block: where the control plane is, and who is calling.

use std::path::Path;

use fanner_model::{Secret, Tags};

use crate::data_source::{EventTypesData, StreamData, TeamData};
use crate::identity::Identity;
use crate::plugin::diagnostics::Diagnostic;
use crate::plugin::erased::{AnyDataSource, AnyResource};
use crate::plugin::field::{Field, TextMap, block};
use crate::plugin::program::Variable;
use crate::plugin::provider::Provider;
use crate::plugin::schema::{Attribute, Schema};
use crate::problem;
use crate::resource::{
    EventTypeResource, GrantResource, PolicyResource, QuarantineResource, StreamResource, SubscriptionResource,
    TeamResource,
};
use crate::session::Session;

/// Where a control plane on the same machine listens.
const LOCAL: &str = "http://127.0.0.1:7400";

/// The provider `fanner`.
#[derive(Clone, Copy, Debug)]
pub struct Fanner {
    /// Where it looks up what the provider block leaves out.
    pub variable: Variable,
}

block! {
    /// The provider block.
    pub struct Config {
        pub endpoint: Field<String>,
        pub token: Field<String>,
        pub token_file: Field<String>,
        pub default_tags: TextMap,
    }
}

impl Provider for Fanner {
    type Session = Session;
    type Config = Config;

    const ADDRESS: &'static str = "registry.terraform.io/fanner/fanner";

    fn schema(&self) -> Schema {
        let attributes = vec![
            Attribute::text(
                "endpoint",
                "Address of the control plane. Left out, it is the environment variable `FANNER_ENDPOINT`, or \
                 `http://127.0.0.1:7400`.",
            ),
            Attribute::text(
                "token",
                "The token that says which team is calling. Better left out of the configuration: the environment \
                 variable `FANNER_TOKEN` and `token_file` keep it out of version control. In a CI system no token is \
                 needed: left out, the provider presents the OpenID Connect token that HCP Terraform, GitHub Actions or \
                 the environment variable `FANNER_OIDC_TOKEN` gives it.",
            )
            .sensitive(),
            Attribute::text(
                "token_file",
                "A file that holds the token, in place of `token`. It may be an OpenID Connect token as well.",
            ),
            Attribute::map_of_text(
                "default_tags",
                "Tags for everything that this provider manages. A resource's own `tags` win where both name a key.",
            ),
        ];
        let description = "Declare streams of events, and receive what your team may have, without asking anyone for \
                           a pipeline. The provider speaks to a fanner control plane.";
        Schema { version: 0, description, attributes }
    }

    fn resources(&self) -> Vec<Box<dyn AnyResource<Session>>> {
        vec![
            Box::new(StreamResource),
            Box::new(SubscriptionResource),
            Box::new(EventTypeResource),
            Box::new(TeamResource),
            Box::new(PolicyResource),
            Box::new(GrantResource),
            Box::new(QuarantineResource),
        ]
    }

    fn data_sources(&self) -> Vec<Box<dyn AnyDataSource<Session>>> {
        vec![Box::new(StreamData), Box::new(EventTypesData), Box::new(TeamData)]
    }

    async fn configure(&self, config: Config, terraform_version: &str) -> Result<Session, Vec<Diagnostic>> {
        let default_tags = default_tags(&config.default_tags)?;
        let endpoint = self.endpoint(config.endpoint)?;
        let token = self.token(config.token, config.token_file)?;
        let user_agent =
            format!("terraform-provider-fanner/{} terraform/{terraform_version}", env!("CARGO_PKG_VERSION"));
        let audience = (self.variable)("FANNER_AUDIENCE").unwrap_or_else(|| endpoint.clone());
        let client = Identity::find(token, self.variable).client(&endpoint, &audience, &user_agent).await?;
        // One question before all others, so that an address or a token that is wrong is one message and not a thousand.
        let caller = client.caller().await.map_err(|error| problem::connecting(&error))?;
        tracing::info!(team = %caller.team, role = %caller.role, "connected to the control plane");
        Ok(Session::new(client, default_tags))
    }
}

impl Fanner {
    fn endpoint(self, configured: Field<String>) -> Result<String, Vec<Diagnostic>> {
        match configured {
            Field::Known(endpoint) => Ok(endpoint),
            Field::Null => Ok((self.variable)("FANNER_ENDPOINT").unwrap_or_else(|| LOCAL.to_owned())),
            Field::Unknown => Err(not_known_yet("endpoint")),
        }
    }

    fn token(self, token: Field<String>, file: Field<String>) -> Result<Option<Secret>, Vec<Diagnostic>> {
        match (token, file) {
            (Field::Known(_), Field::Known(_)) => {
                let detail = "both `token` and `token_file` are set; use one of them";
                Err(Diagnostic::error("Two tokens", detail).at("token_file").into())
            }
            (Field::Unknown, _) => Err(not_known_yet("token")),
            (_, Field::Unknown) => Err(not_known_yet("token_file")),
            (Field::Known(token), Field::Null) => Ok(Some(Secret::new(token))),
            (Field::Null, Field::Known(file)) => read_token(Path::new(&file)).map(Some),
            (Field::Null, Field::Null) => Ok((self.variable)("FANNER_TOKEN").map(Secret::new)),
        }
    }
}

fn read_token(file: &Path) -> Result<Secret, Vec<Diagnostic>> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Secret::new(text.trim())),
        Err(error) => {
            let detail = format!("the file `{}` cannot be read: {error}", file.display());
            Err(Diagnostic::error("No token", detail).at("token_file").into())
        }
    }
}

fn default_tags(tags: &TextMap) -> Result<Tags, Vec<Diagnostic>> {
    if !tags.is_wholly_known() {
        return Err(not_known_yet("default_tags"));
    }
    let texts = tags.texts().map(|(key, value)| (key.to_owned(), value.to_owned()));
    Tags::try_from(texts.collect::<std::collections::BTreeMap<_, _>>())
        .map_err(|error| Diagnostic::error("Invalid default_tags", error).at("default_tags").into())
}

fn not_known_yet(attribute: &str) -> Vec<Diagnostic> {
    let detail = format!(
        "`{attribute}` comes from something that is not applied yet, and planning needs it. Apply that first \
         (`terraform apply -target=…`), or give a value that is known"
    );
    Diagnostic::error("The provider block is not known yet", detail).at(attribute).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: Fanner = Fanner { variable: |_| None };
    const SET: Fanner = Fanner { variable: |name| Some(format!("the {name}")) };

    #[test]
    fn what_is_left_out_comes_from_the_environment() {
        assert_eq!(SET.endpoint(Field::Null), Ok("the FANNER_ENDPOINT".into()));
        assert_eq!(SET.endpoint("http://configured".into()), Ok("http://configured".into()));
        assert_eq!(BARE.endpoint(Field::Null), Ok(LOCAL.into()));
        assert_eq!(SET.token(Field::Null, Field::Null).unwrap().unwrap().expose(), "the FANNER_TOKEN");
        assert_eq!(BARE.token(Field::Null, Field::Null), Ok(None));
    }

    #[test]
    fn two_tokens_are_one_too_many() {
        let error = BARE.token("a".into(), "b".into()).unwrap_err();
        assert_eq!(error[0].detail, "Both `token` and `token_file` are set; use one of them.");
    }

    #[test]
    fn a_token_file_is_read_without_its_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "secret\n").unwrap();
        let token = BARE.token(Field::Null, Field::Known(file.path().display().to_string())).unwrap().unwrap();
        assert_eq!(token.expose(), "secret");
    }

    #[test]
    fn an_endpoint_that_is_not_known_yet_is_one_clear_error() {
        let error = BARE.endpoint(Field::Unknown).unwrap_err();
        assert!(error[0].detail.starts_with("`endpoint` comes from something that is not applied yet"));
    }
}
