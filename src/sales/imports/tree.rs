//! The category tree by names, for files.

use std::collections::{HashMap, HashSet};

use kernel::{ids::CategoryId, text::fold};
use store::Tx;

use super::work::Work;
use crate::error::SalesResult;

/// The category tree by names.
pub(super) struct Tree {
    children: HashMap<(Option<CategoryId>, String), CategoryId>,
    nodes: HashMap<CategoryId, (Option<CategoryId>, String)>,
    /// The number of categories that were made.
    pub made: usize,
}

store::selection! {
    struct Node in category { id: CategoryId, parent_id: Option<CategoryId>, name: String }
}

impl Tree {
    pub(super) async fn load(tx: &Tx) -> SalesResult<Self> {
        let mut tree = Self {
            children: HashMap::new(),
            nodes: HashMap::new(),
            made: 0,
        };
        let sql = format!("SELECT {} FROM categories AS category", Node::SELECT);
        for node in tx.select::<Node>(&sql, []).await? {
            tree.add(node.id, node.parent_id, node.name);
        }
        Ok(tree)
    }

    fn add(&mut self, id: CategoryId, parent: Option<CategoryId>, name: String) {
        self.children.insert((parent, fold(&name)), id);
        self.nodes.insert(id, (parent, name));
    }

    /// The names from the root down.
    pub(super) fn path(&self, id: CategoryId) -> Vec<String> {
        let mut names = Vec::new();
        let (mut at, mut seen) = (Some(id), HashSet::new());
        while let Some((parent, name)) = at.and_then(|id| self.nodes.get(&id))
            && seen.insert(at)
        {
            names.push(name.clone());
            at = *parent;
        }
        names.reverse();
        names
    }

    /// The category at the end of a path, if it exists.
    pub(super) fn find(&self, path: &[String]) -> Option<CategoryId> {
        let mut parent = None;
        for name in path {
            parent = Some(*self.children.get(&(parent, fold(name)))?);
        }
        parent
    }

    /// The category at the end of a path. Missing categories are created.
    pub(super) async fn find_or_make(
        &mut self,
        work: Work<'_>,
        path: &[String],
    ) -> SalesResult<Option<CategoryId>> {
        let mut parent = None;
        for name in path {
            let known = self.children.get(&(parent, fold(name))).copied();
            let id = if let Some(id) = known {
                id
            } else {
                let made = work
                    .catalogue
                    .create_category(work.tx, work.actor, name, parent)
                    .await?;
                self.add(made.id, parent, made.name);
                self.made += 1;
                made.id
            };
            parent = Some(id);
        }
        Ok(parent)
    }
}
