//! The two templates, and their links.

use cedar_policy::{
    Effect, PolicyId, PolicySet, SlotId, Template, TemplatePrincipalConstraint, TemplateResourceConstraint,
};

use crate::schema::everything;

/// The template that standing permissions link.
pub(crate) const STANDING: &str = "tpl.standing";

/// The template that quarantines link.
pub(crate) const QUARANTINE: &str = "tpl.quarantine";

/// Whether a template is one of the two, and its slots are where links put a team and events: then it depends on nothing but
/// the link which pairs the link is about.
pub(crate) fn check(id: &str, template: &Template) -> Result<(), String> {
    let effect = match id {
        STANDING => Effect::Permit,
        QUARANTINE => Effect::Forbid,
        _ => {
            return Err(format!(
                "nothing links template `{id}`; only `{STANDING}` and `{QUARANTINE}` can be templates"
            ));
        }
    };
    let principal = template.principal_constraint() == TemplatePrincipalConstraint::In(None);
    let resource = template.resource_constraint() == TemplateResourceConstraint::In(None);
    match principal && resource && template.effect() == effect {
        true => Ok(()),
        false => Err(format!("template `{id}` cannot be linked: {}", example(id))),
    }
}

/// What a template starts like.
pub(crate) fn example(id: &str) -> String {
    let effect = if id == QUARANTINE { "forbid" } else { "permit" };
    format!("write `{effect} (principal in ?principal, action == Fanner::Action::\"Receive\", resource in ?resource)`")
}

/// The set with one of its templates linked, so that it is about every pair.
pub(crate) fn linked(set: &PolicySet, template: &str) -> PolicySet {
    let mut set = set.clone();
    let slots = [(SlotId::principal(), everything()), (SlotId::resource(), everything())];
    set.link(PolicyId::new(template), PolicyId::new(link_id(template)), slots.into())
        .expect("reading made sure of the template and its slots");
    set
}

/// One of the set's templates by itself, linked in the same way.
pub(crate) fn alone(set: &PolicySet, template: &str) -> PolicySet {
    let mut alone = PolicySet::new();
    let template_of_set = set.template(&PolicyId::new(template)).expect("reading made sure of the template");
    alone.add_template(template_of_set.clone()).expect("the set is empty");
    linked(&alone, template)
}

/// What a link is called in Cedar, where it cannot have its template's id: the template's with a `:`, which no `@id` has.
fn link_id(template: &str) -> String {
    format!("{template}:")
}

/// The `@id` of a policy that Cedar names.
pub(crate) fn id_of(policy: &PolicyId) -> String {
    policy.to_string().trim_end_matches(':').to_owned()
}
