//! The entities of a crate, each under its identifier.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// A reference to an entity.
pub(super) fn reference(id: &str) -> Value {
    json!({ "@id": id })
}

/// References to entities, in the order given; a single one without a list around it.
pub(super) fn references<'a>(ids: impl IntoIterator<Item = &'a String>) -> Value {
    let mut all: Vec<Value> = ids.into_iter().map(|id| reference(id)).collect();
    if all.len() == 1 { all.remove(0) } else { Value::Array(all) }
}

/// Entities by identifier, and references that come together from several places.
#[derive(Debug, Default)]
pub(super) struct Graph {
    entities: BTreeMap<String, Value>,
    links: BTreeMap<(String, &'static str), BTreeSet<String>>,
}

impl Graph {
    /// Adds an entity; one that is there already stays as it is.
    pub(super) fn add(&mut self, id: &str, entity: Value) {
        self.entities.entry(id.to_owned()).or_insert(entity);
    }

    /// Adds a reference from one entity to another.
    pub(super) fn link(&mut self, from: &str, property: &'static str, to: &str) {
        self.links.entry((from.to_owned(), property)).or_default().insert(to.to_owned());
    }

    /// Identifiers of the entities that `is` picks.
    pub(super) fn ids(&self, is: impl Fn(&Value) -> bool) -> Vec<String> {
        self.entities.iter().filter(|(_, entity)| is(entity)).map(|(id, _)| id.clone()).collect()
    }

    /// `first` in their order, then all others by identifier.
    pub(super) fn into_entities(mut self, first: &[&str]) -> Vec<Value> {
        for ((from, property), to) in std::mem::take(&mut self.links) {
            if let Some(entity) = self.entities.get_mut(&from) {
                entity[property] = references(&to);
            }
        }
        for (id, entity) in &mut self.entities {
            entity["@id"] = json!(id);
        }
        let mut ordered: Vec<_> = first.iter().filter_map(|id| self.entities.remove(*id)).collect();
        ordered.extend(self.entities.into_values());
        ordered
    }
}
