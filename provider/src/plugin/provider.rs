//! What a program offers to Terraform: a provider with its resources and data sources. The rest of this folder turns
//! Terraform's requests into calls of these traits, and these traits' answers into Terraform's.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::diagnostics::Diagnostic;
use super::erased::{AnyDataSource, AnyResource};
use super::field::Typed;
use super::schema::Schema;
use super::value::Object;

/// The provider block, and everything that comes with it.
pub trait Provider: Send + Sync + 'static {
    /// What a configured provider hands to its resources.
    type Session: Send + Sync + 'static;
    /// The provider block as Rust.
    type Config: Typed + Send;

    /// The address under which Terraform knows it, such as `registry.terraform.io/fanner/fanner`.
    const ADDRESS: &'static str;

    fn schema(&self) -> Schema;
    fn resources(&self) -> Vec<Box<dyn AnyResource<Self::Session>>>;
    fn data_sources(&self) -> Vec<Box<dyn AnyDataSource<Self::Session>>>;

    /// Opens a session with what the provider block says. Nothing below is called before.
    fn configure(
        &self,
        config: Self::Config,
        terraform_version: &str,
    ) -> impl Future<Output = Result<Self::Session, Vec<Diagnostic>>> + Send;
}

/// What every operation may use.
#[derive(Debug)]
pub struct Context<S> {
    pub session: Arc<S>,
    /// Cancelled when the user interrupts Terraform: whoever waits then stops waiting, and says how far things got.
    pub stop: CancellationToken,
    /// What the object's last [`Applied::private`] was; empty if there was none.
    pub private: Vec<u8>,
}

/// Something that Terraform creates, changes and destroys.
pub trait Resource: Send + Sync + 'static {
    type Session: Send + Sync + 'static;
    /// The resource block as Rust.
    type Model: Typed + Send + Sync;

    /// The type's name in configuration, such as `fanner_stream`.
    const NAME: &'static str;

    fn schema(&self) -> Schema;

    /// Rules between attributes. What is unknown must pass.
    fn validate(&self, config: &Self::Model) -> Vec<Diagnostic> {
        _ = config;
        Vec::new()
    }

    /// Computed attributes whose value is known before apply. `prior` is `None` for a new object.
    fn foresee(&self, session: &Self::Session, prior: Option<&Self::Model>, planned: &Self::Model) -> Object {
        _ = (session, prior, planned);
        Object::new()
    }

    /// Whether the object is finished. One that is not gets an update, though the configuration is unchanged.
    fn is_settled(&self, prior: &Self::Model) -> bool {
        _ = prior;
        true
    }

    /// What there is to say about an object whenever it is read, though nobody changes it.
    fn remarks(&self, found: &Self::Model) -> Vec<Diagnostic> {
        _ = found;
        Vec::new()
    }

    /// Looks at a change before it is shown to the user; may refuse it. `prior` is `None` for a new object.
    fn review(
        &self,
        context: &Context<Self::Session>,
        prior: Option<&Self::Model>,
        planned: &Self::Model,
    ) -> impl Future<Output = Vec<Diagnostic>> + Send {
        _ = (context, prior, planned);
        async { Vec::new() }
    }

    /// Looks at a destruction before it is shown to the user.
    fn review_destroy(
        &self,
        context: &Context<Self::Session>,
        prior: &Self::Model,
    ) -> impl Future<Output = Vec<Diagnostic>> + Send {
        _ = (context, prior);
        async { Vec::new() }
    }

    /// Why this object must not be destroyed, neither for good nor to be replaced.
    fn refuse_destroy(&self, prior: &Self::Model) -> Option<Diagnostic> {
        _ = prior;
        None
    }

    fn create(
        &self,
        context: &Context<Self::Session>,
        planned: Self::Model,
    ) -> impl Future<Output = Applied<Self::Model>> + Send;

    /// The object as it is now; `None` when it is gone.
    fn read(
        &self,
        context: &Context<Self::Session>,
        state: Self::Model,
    ) -> impl Future<Output = Result<Option<Self::Model>, Vec<Diagnostic>>> + Send;

    fn update(
        &self,
        context: &Context<Self::Session>,
        prior: Self::Model,
        planned: Self::Model,
    ) -> impl Future<Output = Applied<Self::Model>> + Send;

    /// Ends well when the object is gone, whoever did it.
    fn delete(
        &self,
        context: &Context<Self::Session>,
        prior: Self::Model,
    ) -> impl Future<Output = Result<(), Vec<Diagnostic>>> + Send;

    /// The little that an import id says about an object; reading it gives the rest.
    fn import(&self, id: &str) -> Result<Self::Model, Diagnostic>;
}

/// How an apply ended: the state to store, if there is an object, and what to tell.
///
/// Terraform destroys a *new* object whose creation reports an error, so an object worth keeping comes with warnings.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied<M> {
    pub state: Option<M>,
    pub diagnostics: Vec<Diagnostic>,
    /// What Terraform stores beside the state and shows to nobody; `None` leaves what is stored.
    pub private: Option<Vec<u8>>,
}

impl<M> Applied<M> {
    /// All went well.
    pub fn done(state: M) -> Self {
        Self { state: Some(state), diagnostics: Vec::new(), private: None }
    }

    /// There is, or may be, an object, and there is something to say about it.
    pub fn done_with(state: M, diagnostic: Diagnostic) -> Self {
        Self { state: Some(state), diagnostics: vec![diagnostic], private: None }
    }

    /// Nothing was done: no new object, and an old one is as it was.
    pub fn failed(diagnostics: impl Into<Vec<Diagnostic>>) -> Self {
        Self { state: None, diagnostics: diagnostics.into(), private: None }
    }
}

/// Something that Terraform only reads.
pub trait DataSource: Send + Sync + 'static {
    type Session: Send + Sync + 'static;
    /// The data block as Rust.
    type Model: Typed + Send + Sync;

    /// The type's name in configuration.
    const NAME: &'static str;

    fn schema(&self) -> Schema;

    fn read(
        &self,
        context: &Context<Self::Session>,
        config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model, Vec<Diagnostic>>> + Send;
}
