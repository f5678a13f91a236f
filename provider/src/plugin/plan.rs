//! What Terraform shows before it acts: which values will change, which are not known yet, and what must be replaced.
//!
//! Pure. A plan begins as a [`Draft`] (what was proposed, with defaults); the resource may then say which computed
//! values it knows already, and [`Draft::finish`] decides what becomes unknown and what forces a replacement.
//!
//! Invariant: what the configuration sets is planned as it is; only computed attributes that it leaves out differ.

use super::diagnostics::Path;
use super::schema::{Attribute, Type};
use super::value::{Object, Value};

/// The change that is being planned, with defaults in place.
pub struct Draft<'a> {
    attributes: &'a [Attribute],
    prior: &'a Value,
    config: &'a Value,
    /// The state after apply, as far as configuration and defaults say.
    pub state: Value,
}

/// A finished plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub state: Value,
    /// Attributes whose change means destroying the object and making another.
    pub replace: Vec<Path>,
    /// Whether there is anything to do.
    pub is_change: bool,
}

impl<'a> Draft<'a> {
    /// Starts from what Core proposes: the configuration, with prior computed values where it is silent.
    pub fn new(attributes: &'a [Attribute], prior: &'a Value, config: &'a Value, proposed: Value) -> Self {
        let mut state = proposed;
        set_defaults(attributes, config, &mut state);
        Self { attributes, prior, config, state }
    }

    /// Finishes the plan with the computed values that the resource knows already. An object that is not `settled`
    /// is updated even if nothing else changed.
    pub fn finish(mut self, known: Object, settled: bool) -> Planned {
        for (name, value) in &known {
            set(&mut self.state, name, value.clone());
        }
        let is_change = !settled || self.state != *self.prior;
        if is_change {
            self.mark_unknown(&known);
        }
        let replace = self.replacements();
        Planned { state: self.state, replace, is_change }
    }

    /// Computed values may change with everything else, so they are unknown, unless they are `known` or stable.
    fn mark_unknown(&mut self, known: &Object) {
        for attribute in self.attributes {
            let is_open = attribute.set_by.is_computed()
                && attribute.default.is_none()
                && self.config.attribute(attribute.name).is_null();
            let stays = attribute.is_stable && !self.prior.attribute(attribute.name).is_null();
            if is_open && !stays && !known.contains_key(attribute.name) {
                set(&mut self.state, attribute.name, Value::Unknown);
            }
        }
    }

    fn replacements(&self) -> Vec<Path> {
        let differs = |name| self.prior.attribute(name) != self.state.attribute(name);
        let replaces = |each: &&Attribute| each.replaces && !self.prior.is_null() && differs(each.name);
        self.attributes.iter().filter(replaces).map(|each| Path::from(each.name)).collect()
    }
}

/// Puts defaults where the configuration has null, in nested objects too.
fn set_defaults(attributes: &[Attribute], config: &Value, state: &mut Value) {
    let Value::Map(object) = state else { return };
    for attribute in attributes {
        let configured = config.attribute(attribute.name);
        let planned = object.entry(attribute.name.to_owned()).or_insert(Value::Null);
        match &attribute.default {
            Some(default) if configured.is_null() => *planned = default.clone(),
            _ => set_nested_defaults(&attribute.of, configured, planned),
        }
    }
}

fn set_nested_defaults(of: &Type, config: &Value, state: &mut Value) {
    match (of, config, state) {
        (Type::Object(attributes), config @ Value::Map(_), state) => set_defaults(attributes, config, state),
        (Type::List(of), Value::List(config), Value::List(state)) => {
            config.iter().zip(state).for_each(|(config, state)| set_nested_defaults(of, config, state));
        }
        (Type::Map(of), Value::Map(config), Value::Map(state)) => {
            for (key, state) in state {
                set_nested_defaults(of, config.get(key).unwrap_or(&Value::Null), state);
            }
        }
        _ => (),
    }
}

fn set(state: &mut Value, name: &str, value: Value) {
    if let Value::Map(object) = state {
        object.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn schema() -> Vec<Attribute> {
        vec![
            Attribute::text("name", "").required().replaces(),
            Attribute::integer("hours", "").or(24),
            Attribute::integer("shards", ""),
            Attribute::text("team", "").or_computed().stable(),
            Attribute::text("id", "").computed().stable(),
            Attribute::text("status", "").computed(),
            Attribute::object("options", vec![Attribute::text("mode", "").or("fast")], ""),
        ]
    }

    /// An object of the schema; attributes that are not named are null.
    fn object(attributes: &[(&str, Value)]) -> Value {
        let mut object: Object = schema().iter().map(|each| (each.name.to_owned(), Value::Null)).collect();
        object.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Map(object)
    }

    /// A finished object, and the configuration that made it.
    fn existing() -> (Value, Value) {
        let config = object(&[("name", "a".into())]);
        let state = object(&[
            ("name", "a".into()),
            ("hours", 24.into()),
            ("team", "fraud".into()),
            ("id", "1".into()),
            ("status", "active".into()),
        ]);
        (config, state)
    }

    /// What Core proposes: configuration, and the prior value of a computed attribute that it leaves out.
    fn proposed(prior: &Value, config: &Value) -> Value {
        let attributes = schema().into_iter().map(|each| {
            let configured = config.attribute(each.name);
            let keeps = configured.is_null() && each.set_by.is_computed();
            (each.name.to_owned(), if keeps { prior.attribute(each.name) } else { configured }.clone())
        });
        Value::Map(attributes.collect())
    }

    fn plan(prior: &Value, config: &Value) -> Planned {
        let schema = schema();
        Draft::new(&schema, prior, config, proposed(prior, config)).finish(Object::new(), true)
    }

    #[test]
    fn nothing_changes_when_nothing_changed() {
        let (config, prior) = existing();
        assert_eq!(plan(&prior, &config), Planned { state: prior, replace: vec![], is_change: false });
    }

    #[test]
    fn a_new_object_has_defaults_and_unknown_computed_values() {
        let (config, _) = existing();
        let planned = plan(&Value::Null, &config);
        let expected = object(&[
            ("name", "a".into()),
            ("hours", 24.into()),
            ("team", Value::Unknown),
            ("id", Value::Unknown),
            ("status", Value::Unknown),
        ]);
        assert_eq!(planned, Planned { state: expected, replace: vec![], is_change: true });
    }

    #[test]
    fn a_change_keeps_what_is_stable_and_reopens_the_rest() {
        let (_, prior) = existing();
        let planned = plan(&prior, &object(&[("name", "a".into()), ("shards", 4.into())])).state;
        assert_eq!(planned.attribute("id"), &"1".into());
        assert_eq!(planned.attribute("team"), &"fraud".into());
        assert_eq!(planned.attribute("status"), &Value::Unknown);
    }

    #[test]
    fn leaving_an_attribute_out_takes_its_default_again() {
        let (config, _) = existing();
        let prior = object(&[("name", "a".into()), ("hours", 48.into())]);
        assert_eq!(plan(&prior, &config).state.attribute("hours"), &24.into());
    }

    #[test]
    fn only_a_changed_name_replaces_and_so_does_an_unknown_one() {
        let (_, prior) = existing();
        let renamed = |name: Value| plan(&prior, &object(&[("name", name)])).replace;
        assert_eq!(renamed("a".into()), []);
        assert_eq!(renamed("b".into()), [Path::from("name")]);
        assert_eq!(renamed(Value::Unknown), [Path::from("name")]);
    }

    #[test]
    fn an_unsettled_object_is_updated_though_nothing_changed() {
        let (config, prior) = existing();
        let schema = schema();
        let planned = Draft::new(&schema, &prior, &config, proposed(&prior, &config)).finish(Object::new(), false);
        assert!(planned.is_change);
        assert_eq!(planned.state.attribute("status"), &Value::Unknown);
    }

    #[test]
    fn what_the_resource_knows_already_is_planned_and_counts_as_a_change() {
        let (config, prior) = existing();
        let schema = schema();
        let known = Object::from([("status".to_owned(), "renamed".into())]);
        let planned = Draft::new(&schema, &prior, &config, proposed(&prior, &config)).finish(known, true);
        assert!(planned.is_change);
        assert_eq!(planned.state.attribute("status"), &"renamed".into());
    }

    #[test]
    fn defaults_reach_into_nested_objects() {
        let empty = Value::Map([("mode".to_owned(), Value::Null)].into());
        let planned = plan(&Value::Null, &object(&[("name", "a".into()), ("options", empty)])).state;
        assert_eq!(planned.attribute("options").attribute("mode"), &"fast".into());
    }

    fn any_config() -> impl Strategy<Value = Value> {
        let text =
            || prop_oneof![Just(Value::Null), Just(Value::Unknown), "[ab]".prop_map(|text| text.as_str().into())];
        let integer = || prop_oneof![Just(Value::Null), Just(Value::Unknown), (1..3_i64).prop_map(Value::from)];
        let options = prop_oneof![
            Just(Value::Null),
            Just(Value::Unknown),
            text().prop_map(|mode| Value::Map([("mode".to_owned(), mode)].into())),
        ];
        (text(), integer(), integer(), text(), options).prop_map(|(name, hours, shards, team, options)| {
            object(&[("name", name), ("hours", hours), ("shards", shards), ("team", team), ("options", options)])
        })
    }

    /// What a faithful apply makes of a planned value.
    fn applied(planned: &Value) -> Value {
        match planned {
            Value::Unknown => "computed".into(),
            Value::Map(object) => {
                let settle = |(name, value): (&String, &Value)| {
                    let value = match (name.as_str(), value) {
                        ("hours" | "shards", Value::Unknown) => 7.into(),
                        ("options", Value::Unknown) => Value::Null,
                        (_, value) => applied(value),
                    };
                    (name.clone(), value)
                };
                Value::Map(object.iter().map(settle).collect())
            }
            known => known.clone(),
        }
    }

    /// Core's rule: a configured value is planned as it is; one left out is prior, null, or computed.
    fn obeys_core(attributes: &[Attribute], config: &Value, planned: &Value) -> bool {
        attributes.iter().all(|each| {
            let (config, planned) = (config.attribute(each.name), planned.attribute(each.name));
            match (&each.of, config) {
                (_, Value::Null) => each.set_by.is_computed() || planned.is_null(),
                (Type::Object(nested), Value::Map(_)) => obeys_core(nested, config, planned),
                (_, config) => config == planned,
            }
        })
    }

    proptest! {
        #[test]
        fn any_change_of_configuration_obeys_core_and_then_rests(configs in prop::collection::vec(any_config(), 1..6)) {
            let mut state = Value::Null;
            for config in configs {
                let planned = plan(&state, &config);
                prop_assert!(obeys_core(&schema(), &config, &planned.state));
                for path in &planned.replace {
                    prop_assert_eq!(path, &Path::from("name"));
                }
                let known_config = settled_config(&config, &applied(&planned.state));
                state = applied(&planned.state);
                let again = plan(&state, &known_config);
                prop_assert_eq!(again, Planned { state: state.clone(), replace: vec![], is_change: false });
            }
        }
    }

    /// The configuration once its unknown values have become what apply made of them.
    fn settled_config(config: &Value, state: &Value) -> Value {
        match (config, state) {
            (Value::Unknown, state) => state.clone(),
            (Value::Map(config), state) => {
                let settle =
                    |(name, value): (&String, &Value)| (name.clone(), settled_config(value, state.attribute(name)));
                Value::Map(config.iter().map(settle).collect())
            }
            (known, _) => known.clone(),
        }
    }
}
