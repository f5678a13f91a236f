//! `fanner_policy`: a document of access policies, as code.

use fanner_client::{Client, Error, Guard, IdempotencyKey};
use fanner_model::{Policy, PolicyChange, PolicyName, PolicySpec};

use super::document::{self, Document};
use super::impact;
use crate::plugin::diagnostics::{Diagnostic, Severity};
use crate::plugin::field::{Field, block};
use crate::plugin::parse;
use crate::plugin::provider::{Applied, Context, Resource};
use crate::plugin::schema::{Attribute, Schema};
use crate::session::Session;

block! {
    /// The block `fanner_policy`.
    pub struct PolicyModel {
        pub id: Field<String>,
        pub name: Field<String>,
        pub description: Field<String>,
        pub text: Field<String>,
        pub version: Field<i64>,
    }
}

/// The resource type `fanner_policy`.
#[derive(Clone, Copy, Debug)]
pub struct PolicyResource;

impl Resource for PolicyResource {
    type Session = Session;
    type Model = PolicyModel;

    const NAME: &'static str = "fanner_policy";

    fn schema(&self) -> Schema {
        let attributes = vec![
            Attribute::text(
                "name",
                "The document's name: a lower-case letter, then `a-z`, `0-9` and `-`, at most 64 characters. `default` \
                 stands in place of the document that ships with fanner, which is in force again when this is destroyed. \
                 Another name is another document.",
            )
            .required()
            .replaces()
            .parsed_as::<PolicyName>(),
            Attribute::text(
                "text",
                "The policies, in Cedar, each with an `@id` that no other policy has. Best kept in a file: \
                 `file(\"${path.module}/cards.cedar\")`.",
            )
            .required(),
            Attribute::text("description", "What the policies are for, for other people."),
            Attribute::text("id", "The same as `name`.").computed().stable(),
            Attribute::integer("version", "How often the document has changed, from 1 up.").computed(),
        ];
        let description = "A document of access policies. All documents decide together: what no `permit` allows is denied, \
                           and a `forbid` beats every `permit`. Only security changes policies, and what is in force is \
                           always sound: a document with a mistake is refused, with the place of each.";
        Schema { version: 0, description, attributes }
    }

    fn is_settled(&self, prior: &PolicyModel) -> bool {
        document::is_settled::<Policy>(prior)
    }

    async fn review(
        &self,
        context: &Context<Session>,
        prior: Option<&PolicyModel>,
        planned: &PolicyModel,
    ) -> Vec<Diagnostic> {
        let (Ok(name), Field::Known(text)) = (Policy::name(planned), &planned.text) else { return Vec::new() };
        let renamed = prior.and_then(|prior| Policy::name(prior).ok()).filter(|before| *before != name);
        let change = PolicyChange { put: [(name, text.clone())].into(), remove: renamed.into_iter().collect() };
        impact::review(context, &change, text).await
    }

    async fn review_destroy(&self, context: &Context<Session>, prior: &PolicyModel) -> Vec<Diagnostic> {
        let Ok(name) = Policy::name(prior) else { return Vec::new() };
        impact::review(context, &PolicyChange { remove: [name].into(), ..PolicyChange::default() }, "").await
    }

    async fn create(&self, context: &Context<Session>, planned: PolicyModel) -> Applied<PolicyModel> {
        document::create::<Policy>(context, planned).await
    }

    async fn read(
        &self,
        context: &Context<Session>,
        state: PolicyModel,
    ) -> Result<Option<PolicyModel>, Vec<Diagnostic>> {
        document::read::<Policy>(context, state).await
    }

    async fn update(
        &self,
        context: &Context<Session>,
        prior: PolicyModel,
        planned: PolicyModel,
    ) -> Applied<PolicyModel> {
        document::update::<Policy>(context, prior, planned).await
    }

    async fn delete(&self, context: &Context<Session>, prior: PolicyModel) -> Result<(), Vec<Diagnostic>> {
        document::delete::<Policy>(context, prior).await
    }

    fn import(&self, id: &str) -> Result<PolicyModel, Diagnostic> {
        document::import::<Policy>(id)
    }
}

impl Document for Policy {
    type Model = PolicyModel;
    type Name = PolicyName;
    type Spec = PolicySpec;

    const NOUN: &'static str = "policy";
    const ATTRIBUTES: &'static [&'static str] = PolicyModel::ATTRIBUTES;
    /// Made anew, the policies would for a moment not be in force.
    const UNANSWERED: Severity = Severity::Warning;

    async fn put(client: &Client, name: &PolicyName, spec: &PolicySpec, guard: Guard) -> Result<Self, Error> {
        client.put_policy(name, spec, guard).await
    }

    async fn made(client: &Client, name: &PolicyName, key: IdempotencyKey) -> Result<Option<Self>, Error> {
        client.made_policy(name, key).await
    }

    async fn delete(client: &Client, name: &PolicyName) -> Result<(), Error> {
        client.delete_policy(name).await
    }

    fn id(state: &PolicyModel) -> &Field<String> {
        &state.id
    }

    fn name(model: &PolicyModel) -> Result<PolicyName, Diagnostic> {
        document::named(&model.name)
    }

    fn spec(_: &Session, model: &PolicyModel) -> Result<PolicySpec, Diagnostic> {
        let text = parse::required("text", &model.text)?;
        Ok(PolicySpec { description: model.description.known().cloned(), text })
    }

    fn applied(&self, planned: PolicyModel) -> PolicyModel {
        PolicyModel { id: self.name.as_str().into(), version: document::version(self.version), ..planned }
    }

    fn unclear(_: &PolicySpec, planned: PolicyModel) -> PolicyModel {
        PolicyModel { id: Field::Null, version: Field::Null, ..planned }
    }

    fn seen(&self, _: &Session, _: &PolicyModel) -> PolicyModel {
        let PolicySpec { description, text } = &self.spec;
        PolicyModel {
            id: self.name.as_str().into(),
            name: self.name.as_str().into(),
            description: description.clone().into(),
            text: text.as_str().into(),
            version: document::version(self.version),
        }
    }

    fn imported(name: &PolicyName) -> PolicyModel {
        PolicyModel { name: name.as_str().into(), ..PolicyModel::default() }
    }
}
