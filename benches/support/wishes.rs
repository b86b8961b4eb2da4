//! What somebody asks of a bench with the words behind `--`.

use super::{services, shop::Db};

/// The words.
pub struct Words(Vec<String>);

impl Words {
    pub fn read() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    pub fn has(&self, word: &str) -> bool {
        self.0.iter().any(|given| given == word)
    }

    /// The number behind `name`, such as `rounds=`, or the default.
    pub fn number(&self, name: &str, default: u32) -> u32 {
        let given = self.0.iter().find_map(|word| word.strip_prefix(name));
        given.map_or(default, |given| given.parse().unwrap())
    }

    /// The same as a number of things.
    pub fn amount(&self, name: &str, default: u32) -> usize {
        usize::try_from(self.number(name, default)).unwrap()
    }

    /// The named databases, or both; without PostgreSQL where it is not installed, said loudly.
    pub fn databases(&self, bench: &str) -> Vec<Db> {
        let all = [(Db::Sqlite, "sqlite"), (Db::Postgres, "postgres")];
        let any = all.iter().any(|(_, word)| self.has(word));
        all.into_iter()
            .filter(|(_, word)| !any || self.has(word))
            .map(|(db, _)| db)
            .filter(|db| *db == Db::Sqlite || services::require_postgres(bench))
            .collect()
    }
}
