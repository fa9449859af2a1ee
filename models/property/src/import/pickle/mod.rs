//! Reading Python pickles without executing anything.
//!
//! A pickle is a program for a small stack machine. [`parse`] runs the instructions that build data and
//! turns those that would call Python code into inert records: a class or function is only its name, a
//! call is a [`Value::Object`] holding that name and the arguments. What a record means is decided by the
//! caller, who knows the few names he needs.
//!
//! Values live in one arena and refer to each other by number. So shared, self-referential and very
//! deeply nested values cost nothing special, to build or to drop, and memory is at most proportional to
//! the length of the pickle: a reference to a large value is one number, however often it is repeated.
//!
//! Reference: CPython `Lib/pickletools.py` (opcodes of protocols 2 to 5).

mod input;
mod machine;
#[cfg(test)]
mod tests;

pub use machine::{PickleError, parse};

/// Number of a value in its [`Values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id(u32);

/// One value of a pickle.
#[derive(Debug)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits; nothing in a model needs its value.
    HugeInt,
    Float(f64),
    Text(String),
    Bytes,
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Set,
    Dict(Vec<(Id, Id)>),
    /// A class or function: two texts.
    Global {
        module: Id,
        name: Id,
    },
    /// What Python would get by calling `class` (any value) with `arguments` (a tuple).
    Object {
        class: Id,
        arguments: Id,
        /// What `__setstate__` would get.
        state: Option<Id>,
        /// Entries stored into it as into a dictionary.
        entries: Vec<(Id, Id)>,
    },
    /// A reference to data outside of the pickle.
    Persistent(Id),
}

/// All values of one pickle.
#[derive(Debug)]
pub struct Values {
    arena: Vec<Value>,
    root: Id,
}

impl Values {
    /// The value that the pickle stands for.
    pub fn root(&self) -> Id {
        self.root
    }

    /// The value with this number.
    pub fn get(&self, id: Id) -> &Value {
        // Ids are only made by the machine, one for each value of this arena.
        &self.arena[id.0 as usize]
    }

    /// The text, if the value is one.
    pub fn text(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if the value is one that fits.
    pub fn integer(&self, id: Id) -> Option<i64> {
        match self.get(id) {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// Items of a tuple or list.
    pub fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Tuple(items) | Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Module and name of a class or function.
    pub fn global(&self, id: Id) -> Option<(&str, &str)> {
        match self.get(id) {
            Value::Global { module, name } => Some((self.text(*module)?, self.text(*name)?)),
            _ => None,
        }
    }

    /// Class (module, name) and arguments of an object.
    pub fn object(&self, id: Id) -> Option<((&str, &str), &[Id])> {
        match self.get(id) {
            Value::Object { class, arguments, .. } => Some((self.global(*class)?, self.items(*arguments)?)),
            _ => None,
        }
    }

    /// Entries of a dictionary, or of an object of a class derived from one.
    pub fn entries(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.get(id) {
            Value::Dict(entries) => Some(entries),
            Value::Object { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The entry with a text key; the last one wins, as in Python.
    pub fn entry(&self, id: Id, key: &str) -> Option<Id> {
        let entries = self.entries(id)?;
        entries.iter().rev().find(|(k, _)| self.text(*k) == Some(key)).map(|(_, value)| *value)
    }

    /// An attribute of an object that was restored from its attribute dictionary.
    pub fn attribute(&self, id: Id, key: &str) -> Option<Id> {
        match self.get(id) {
            Value::Object { state: Some(state), .. } => match self.get(*state) {
                // Classes with slots store (dictionary, slots).
                Value::Tuple(parts) => parts.iter().find_map(|part| self.entry(*part, key)),
                _ => self.entry(*state, key),
            },
            _ => None,
        }
    }

    /// A short description for messages.
    pub fn describe(&self, id: Id) -> String {
        match self.get(id) {
            Value::None => "None".into(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::HugeInt => "a huge integer".into(),
            Value::Float(value) => value.to_string(),
            Value::Text(text) => format!("`{}`", text.chars().take(80).collect::<String>()),
            Value::Bytes => "bytes".into(),
            Value::Tuple(items) => format!("a tuple of {}", items.len()),
            Value::List(items) => format!("a list of {}", items.len()),
            Value::Set => "a set".into(),
            Value::Dict(entries) => format!("a dictionary of {}", entries.len()),
            Value::Global { .. } => self.describe_global(id),
            Value::Object { class, .. } => format!("an object of {}", self.describe_global(*class)),
            Value::Persistent(_) => "a reference to data outside of the pickle".into(),
        }
    }

    fn describe_global(&self, id: Id) -> String {
        match self.global(id) {
            Some((module, name)) => {
                let full: String = module.chars().chain(".".chars()).chain(name.chars()).take(160).collect();
                format!("class `{full}`")
            }
            None => "an unnamed class".into(),
        }
    }
}
