//! Resources and data sources of different types in one list: each is driven through values here, and typed inside.

use super::diagnostics::{Diagnostic, has_error};
use super::field::{Typed, WrongType};
use super::plan::{Draft, Planned};
use super::provider::{Applied, Context, DataSource, Resource};
use super::schema::{Attribute, Schema};
use super::validate;
use super::value::Value;

/// A resource whose model is hidden.
#[tonic::async_trait]
pub trait AnyResource<S>: Send + Sync {
    fn name(&self) -> &'static str;
    fn schema(&self) -> Schema;
    fn validate(&self, attributes: &[Attribute], config: Value) -> Vec<Diagnostic>;
    async fn plan(&self, context: &Context<S>, attributes: &[Attribute], change: Change) -> Verdict;
    async fn apply(&self, context: &Context<S>, prior: Value, planned: Value) -> Applied<Value>;
    async fn read(&self, context: &Context<S>, state: Value) -> Result<Found, Vec<Diagnostic>>;
    fn import(&self, id: &str) -> Result<Value, Vec<Diagnostic>>;
}

/// What Terraform wants planned. Null before: a new object; null proposed: a destroyed one.
#[derive(Clone, Debug)]
pub struct Change {
    pub prior: Value,
    pub config: Value,
    pub proposed: Value,
}

/// An object as it is, null when it is gone, and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Found {
    pub state: Value,
    pub remarks: Vec<Diagnostic>,
}

/// A plan, and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub planned: Planned,
    pub diagnostics: Vec<Diagnostic>,
}

impl Verdict {
    fn refused(diagnostics: impl Into<Vec<Diagnostic>>) -> Self {
        let planned = Planned { state: Value::Null, replace: Vec::new(), is_change: false };
        Self { planned, diagnostics: diagnostics.into() }
    }
}

#[tonic::async_trait]
impl<R: Resource> AnyResource<R::Session> for R {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn schema(&self) -> Schema {
        Resource::schema(self)
    }

    fn validate(&self, attributes: &[Attribute], config: Value) -> Vec<Diagnostic> {
        let broken = validate::validate(attributes, &config);
        if has_error(&broken) {
            return broken;
        }
        match R::Model::from_value(config) {
            Ok(config) => Resource::validate(self, &config),
            Err(error) => error.into(),
        }
    }

    async fn plan(&self, context: &Context<R::Session>, attributes: &[Attribute], change: Change) -> Verdict {
        let planned = match (&change.prior, &change.proposed) {
            (prior, Value::Null) => plan_destroy(self, context, prior).await,
            _ => plan_change(self, context, attributes, change).await,
        };
        planned.unwrap_or_else(Verdict::refused)
    }

    async fn apply(&self, context: &Context<R::Session>, prior: Value, planned: Value) -> Applied<Value> {
        let applied = match (prior, planned) {
            (prior, Value::Null) => apply_destroy(self, context, prior).await,
            (Value::Null, planned) => match R::Model::from_value(planned) {
                Ok(planned) => Ok(self.create(context, planned).await),
                Err(error) => Err(error.into()),
            },
            (prior, planned) => match (R::Model::from_value(prior), R::Model::from_value(planned)) {
                (Ok(prior), Ok(planned)) => Ok(self.update(context, prior, planned).await),
                (Err(error), _) | (_, Err(error)) => Err(error.into()),
            },
        };
        let Applied { state, diagnostics, private } = applied.unwrap_or_else(Applied::failed);
        Applied { state: state.map(Typed::into_value), diagnostics, private }
    }

    async fn read(&self, context: &Context<R::Session>, state: Value) -> Result<Found, Vec<Diagnostic>> {
        let found = Resource::read(self, context, R::Model::from_value(state)?).await?;
        let remarks = found.as_ref().map(|found| self.remarks(found)).unwrap_or_default();
        Ok(Found { state: found.map_or(Value::Null, Typed::into_value), remarks })
    }

    fn import(&self, id: &str) -> Result<Value, Vec<Diagnostic>> {
        Ok(Resource::import(self, id)?.into_value())
    }
}

async fn plan_destroy<R: Resource>(
    resource: &R,
    context: &Context<R::Session>,
    prior: &Value,
) -> Result<Verdict, Vec<Diagnostic>> {
    refuse_destroy(resource, prior)?;
    let diagnostics = resource.review_destroy(context, &R::Model::from_value(prior.clone())?).await;
    Ok(Verdict::refused(diagnostics))
}

async fn plan_change<R: Resource>(
    resource: &R,
    context: &Context<R::Session>,
    attributes: &[Attribute],
    change: Change,
) -> Result<Verdict, Vec<Diagnostic>> {
    let Change { prior, config, proposed } = change;
    let before = match &prior {
        Value::Null => None,
        prior => Some(R::Model::from_value(prior.clone())?),
    };
    let draft = Draft::new(attributes, &prior, &config, proposed);
    let foreseen = resource.foresee(&context.session, before.as_ref(), &R::Model::from_value(draft.state.clone())?);
    let planned = draft.finish(foreseen, before.as_ref().is_none_or(|before| resource.is_settled(before)));

    let mut diagnostics = Vec::new();
    if !planned.replace.is_empty() {
        diagnostics.extend(before.as_ref().and_then(|before| resource.refuse_destroy(before)));
    }
    if planned.is_change && !has_error(&diagnostics) {
        let after = R::Model::from_value(planned.state.clone())?;
        diagnostics.extend(resource.review(context, before.as_ref(), &after).await);
    }
    Ok(Verdict { planned, diagnostics })
}

async fn apply_destroy<R: Resource>(
    resource: &R,
    context: &Context<R::Session>,
    prior: Value,
) -> Result<Applied<R::Model>, Vec<Diagnostic>> {
    // A replacement that something else asked for was never planned as a destroy, so protection is asked here too.
    refuse_destroy(resource, &prior)?;
    resource.delete(context, R::Model::from_value(prior)?).await?;
    Ok(Applied { state: None, diagnostics: Vec::new(), private: None })
}

fn refuse_destroy<R: Resource>(resource: &R, prior: &Value) -> Result<(), Vec<Diagnostic>> {
    match resource.refuse_destroy(&R::Model::from_value(prior.clone())?) {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// A data source whose model is hidden.
#[tonic::async_trait]
pub trait AnyDataSource<S>: Send + Sync {
    fn name(&self) -> &'static str;
    fn schema(&self) -> Schema;
    async fn read(&self, context: &Context<S>, config: Value) -> Result<Value, Vec<Diagnostic>>;
}

#[tonic::async_trait]
impl<D: DataSource> AnyDataSource<D::Session> for D {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn schema(&self) -> Schema {
        DataSource::schema(self)
    }

    async fn read(&self, context: &Context<D::Session>, config: Value) -> Result<Value, Vec<Diagnostic>> {
        let state = DataSource::read(self, context, D::Model::from_value(config)?).await?;
        Ok(state.into_value())
    }
}

impl From<WrongType> for Vec<Diagnostic> {
    fn from(error: WrongType) -> Self {
        Diagnostic::error("The provider made a mistake", error).into()
    }
}
