//! Policies as AWS gives them back: the same in more than one form.

use serde_json::Value;

/// The same policy with every list sorted and no list of one: AWS may give back either form.
pub(crate) fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(normal).collect();
            items.sort_by_key(Value::to_string);
            if items.len() == 1 { items.remove(0) } else { Value::Array(items) }
        }
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), normal(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Everybody whom the allowing statements of a policy name.
pub(crate) fn allowed(policy: &Value) -> impl Iterator<Item = String> {
    let statements = list(&policy["Statement"]).into_iter();
    let allowing = statements.filter(|statement| statement["Effect"] == "Allow");
    allowing.flat_map(|statement| principals(&statement["Principal"]))
}

fn principals(principal: &Value) -> Vec<String> {
    match principal {
        Value::Object(kinds) => {
            kinds.values().flat_map(list).filter_map(|item| item.as_str().map(Into::into)).collect()
        }
        other => list(other).iter().filter_map(|item| item.as_str().map(Into::into)).collect(),
    }
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}
