//! The names that policies use, as Cedar's types. `policies/fanner.cedarschema` says what is behind them.

use std::sync::LazyLock;

use cedar_policy::{EntityId, EntityTypeName, EntityUid, Schema};
use fanner_model::Approval;

/// What policies may look at, and what is checked against it.
pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let (schema, warnings) = Schema::from_cedarschema_str(include_str!("../policies/fanner.cedarschema"))
        .expect("the schema ships with this crate, and a test reads it");
    debug_assert_eq!(warnings.count(), 0, "the schema ships with this crate without warnings");
    schema
});

/// A kind of entity that policies speak of.
pub(crate) struct Kind(LazyLock<EntityTypeName>);

/// Declares a kind by its name in the schema.
macro_rules! kind {
    ($NAME:ident = $name:literal) => {
        pub(crate) static $NAME: Kind =
            Kind(LazyLock::new(|| concat!("Fanner::", $name).parse().expect("the name is one of the schema's")));
    };
}

kind!(CLASSIFICATION = "Classification");
kind!(APPROVAL = "Approval");
kind!(ROLE = "Role");
kind!(ORG = "Org");
kind!(TEAM = "Team");
kind!(STREAM = "Stream");
kind!(EVENT_TYPE = "EventType");
kind!(USER = "User");
kind!(REQUEST = "Request");
kind!(ACTION = "Action");

impl Kind {
    /// The entity of this kind that is called `id`.
    pub(crate) fn called(&self, id: impl AsRef<str>) -> EntityUid {
        EntityUid::from_type_name_and_id(self.0.clone(), EntityId::new(id))
    }

    /// Whether `entity` is of this kind.
    pub(crate) fn includes(&self, entity: &EntityUid) -> bool {
        entity.type_name() == &*self.0
    }
}

/// Everybody and everything.
pub(crate) fn everything() -> EntityUid {
    ORG.called("all")
}

/// The action of receiving an event.
pub(crate) fn receiving() -> EntityUid {
    ACTION.called("Receive")
}

/// The action of approving in this role.
pub(crate) fn approving(role: Approval) -> EntityUid {
    ACTION.called(match role {
        Approval::Owner => "ApproveAsOwner",
        Approval::Security => "ApproveAsSecurity",
    })
}
