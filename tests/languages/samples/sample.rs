// Copyright 2024 Somebody

//! Pages in memory.
//!
//! See [`Cache`].
#![doc(html_root_url = "x")]
//! And more.

#![allow(dead_code)]

use std::collections::HashMap;

/// Most pages.
pub const LIMIT: usize = 10;

/// A cache of pages.
#[derive(Debug, Clone)]
pub struct Cache<'a, T> {
    pages: HashMap<String, &'a T>, // by key
}

pub struct Unit;

/// Kinds.
#[derive(Debug)]

pub enum Kind {
    Small,
    Large { size: u32 },
}

/// What can be stored.
pub trait Store: Send {
    type Item;
    /// Reads one.
    fn get(&self, key: &str) -> Option<Self::Item>;
    fn size(&self) -> usize {
        0
    }
}

impl<'a, T: Clone> Store for Cache<'a, T> {
    type Item = T;

    fn get(&self, key: &str) -> Option<T> {
        self.pages.get(key).map(|page| (*page).clone())
    }
}

impl<T> Cache<'_, T> {
    /// Makes a cache.
    #[inline]
    pub async fn new() -> Self {
        fn helper() -> u32 {
            let one = 1;
            one
        }
        Self { pages: HashMap::new() }
    }
}

/// Builds a map.
#[macro_export]
macro_rules! map {
    ($($key:expr => $value:expr),*) => {{ HashMap::new() }};
}

pub type Pages = HashMap<String, u8>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_works() {
        assert_eq!(2 + 2, 4);
    }
}

pub(crate) const fn largest(a: u8) -> u8 { a }
