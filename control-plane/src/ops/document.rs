//! Documents: teams and policies. Read by name, replaced as a whole, removed; what is special about each is in its own file.

use std::fmt::Display;

use fanner_model::{Code, Page};
use tracing::info;

use super::audit::author;
use super::guard::{Existing, Passage};
use super::{Guard, Part, page};
use crate::access::{Action, Actor, allow};
use crate::app::App;
use crate::error::Error;
use crate::store::{Document, Parts, Record};
use crate::world::World;

/// What a kind of document is called, and who may do what with it.
pub(super) struct Kind {
    pub(super) noun: &'static str,
    pub(super) read: Action,
    pub(super) change: Action,
}

impl Kind {
    /// A document, in words.
    fn what(&self, name: &impl Display) -> String {
        format!("{} `{name}`", self.noun)
    }

    pub(super) async fn list<D: Document<Name: Display>>(
        &self,
        app: &App,
        actor: &Actor,
        part: &Part,
    ) -> Result<Page<D>, Error> {
        allow(actor, self.read)?;
        let documents = app.store.documents::<D>(&part.after, part.limit).await?;
        Ok(page(documents, part, |document| document.to_parts().name.to_string()))
    }

    pub(super) async fn read<D: Document<Name: Display>>(
        &self,
        app: &App,
        actor: &Actor,
        name: &D::Name,
    ) -> Result<D, Error> {
        allow(actor, self.read)?;
        let record = app.store.document::<D>(name).await?;
        record.map(|record| record.document).ok_or_else(|| self.missing(name))
    }

    /// Stores a document in place of the one of its name, if `check` has nothing against it.
    pub(super) async fn put<D>(
        &self,
        app: &App,
        actor: &Actor,
        parts: (&D::Name, &D::Spec),
        guard: &Guard,
        check: impl Fn(&World, &D) -> Result<(), Error>,
    ) -> Result<D, Error>
    where
        D: Document<Name: Display + Clone, Spec: Clone + PartialEq> + Clone,
    {
        allow(actor, self.change)?;
        let (name, spec) = parts;
        let what = self.what(name);
        decided!(app, &what, world => {
            let old = app.store.document::<D>(name).await?;
            let was = old.as_ref().map(|record| record.document.to_parts());
            let version = was.as_ref().map_or(0, |was| was.version);
            let is = old
                .as_ref()
                .map(|record| Existing { generation: version, key: record.idempotency_key.as_deref() });
            let passage = guard.pass(&what, is.as_ref())?;
            match (&old, &was) {
                (Some(old), Some(was)) if passage == Passage::Done || was.spec == spec => {
                    return Ok(Some(old.document.clone()));
                }
                _ => {}
            }
            let now = app.clock.now();
            let document = D::from_parts(Parts {
                name: name.clone(),
                version: version + 1,
                created_at: was.map_or(now, |was| was.created_at),
                updated_at: now,
                spec: spec.clone(),
            });
            check(world, &document)?;
            let new = Record { document, idempotency_key: guard.key.clone() };
            let written = app.store.write_document(&author(app, actor), &new, world.revision()).await?;
            if written {
                info!(%what, version = version + 1, by = %actor.caller, "document was changed");
            }
            Ok(written.then_some(new.document))
        })
    }

    /// Removes a document, if `check` has nothing against that.
    pub(super) async fn delete<D: Document<Name: Display>>(
        &self,
        app: &App,
        actor: &Actor,
        name: &D::Name,
        guard: &Guard,
        check: impl Fn(&World) -> Result<(), Error>,
    ) -> Result<(), Error> {
        allow(actor, self.change)?;
        let what = self.what(name);
        decided!(app, &what, world => {
            let Some(old) = app.store.document::<D>(name).await? else { return Err(self.missing(name)) };
            let generation = old.document.to_parts().version;
            guard.pass(&what, Some(&Existing { generation, key: None }))?;
            check(world)?;
            let deleted = app.store.delete_document::<D>(&author(app, actor), name, world.revision()).await?;
            if deleted {
                info!(%what, by = %actor.caller, "document was removed");
            }
            Ok(deleted.then_some(()))
        })
    }

    fn missing(&self, name: &impl Display) -> Error {
        Error::refused(Code::NotFound, format!("there is no {}", self.what(name)))
    }
}
