//! The walls inside the crates, read from the code: which features of `sales` a feature uses, which one
//! writes a table, and that nothing uses itself in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::locks::{crates, shipped_code};

/// What every feature of `sales` works with: used without a row.
const GROUND: &[&str] = &[
    "error",
    "conditions",
    "names",
    "search",
    "ledger_time",
    "paging",
    "positions",
    "changes",
    "actor",
    "idempotency",
    "shop_reader",
    "context",
];

/// The ground and the features of `sales`, from below upwards, each with the features that it uses.
/// Those come before it, so no use goes upwards and none is circular. The list of arrows may only
/// become shorter.
const FEATURES: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("conditions", &[]),
    ("names", &[]),
    ("search", &[]),
    ("ledger_time", &[]),
    ("paging", &[]),
    ("positions", &[]),
    ("changes", &[]),
    ("actor", &[]),
    ("idempotency", &[]),
    ("shop_reader", &[]),
    ("audit", &[]),
    ("context", &["audit"]),
    ("rollups", &[]),
    ("clock", &["audit"]),
    ("shop", &["audit", "rollups"]),
    ("people", &["audit", "shop"]),
    ("inventory", &["audit", "rollups"]),
    ("catalogue", &["audit", "inventory"]),
    ("orders", &["audit", "inventory", "rollups", "shop"]),
    (
        "imports",
        &["audit", "catalogue", "inventory", "orders", "rollups"],
    ),
    ("exports", &["catalogue", "inventory", "orders"]),
    ("live", &["orders"]),
    (
        "audit_log",
        &[
            "audit",
            "catalogue",
            "imports",
            "inventory",
            "orders",
            "people",
            "shop",
        ],
    ),
    ("readers", &["rollups"]),
];

/// The feature that writes each table. Other features call that feature.
const TABLES: &[(&str, &[&str])] = &[
    ("audit", &["audit_log"]),
    (
        "catalogue",
        &[
            "categories",
            "changed_products",
            "favourite_products",
            "product_barcodes",
            "products",
        ],
    ),
    ("clock", &["clock_corrections"]),
    ("idempotency", &["idempotency_keys"]),
    (
        "imports",
        &[
            "import_files",
            "import_products",
            "import_rows",
            "import_shapes",
            "imports",
        ],
    ),
    (
        "inventory",
        &[
            "locations",
            "price_changes",
            "stock_documents",
            "stock_levels",
            "stock_movement_actors",
            "stock_movement_index",
            "stock_movement_index_state",
            "stock_movements",
        ],
    ),
    (
        "orders",
        &[
            "counters",
            "payments",
            "refund_lines",
            "refund_payments",
            "refunds",
            "sale_index_state",
            "sale_index_things",
            "sale_index_words",
            "sale_lines",
            "sales",
        ],
    ),
    (
        "people",
        &[
            "known_places",
            "recovery_codes",
            "refresh_tokens",
            "sessions",
            "setup",
            "users",
        ],
    ),
    (
        "rollups",
        &[
            "rollup_days",
            "rollup_hours",
            "rollup_payments",
            "rollup_products",
            "rollup_state",
        ],
    ),
    ("shop", &["payment_accounts", "rates", "settings"]),
];

/// Writes into the table of another feature, each with its reason. The list may only become shorter.
const FOREIGN_WRITES: &[(&str, &str)] = &[
    // The average cost moves with the goods, under the lock that orders every movement of a product.
    ("inventory", "products"),
];

/// Files that name the table of a write by a parameter: one of their own feature.
const NAMED_BY_PARAMETER: &[&str] = &[
    "src/sales/catalogue/products/codes.rs",
    "src/sales/rollups/stored.rs",
];

/// Names that a library needs in every file: migrations.
const NAMES_OF_LIBRARIES: &[&str] = &["Migration"];

/// Names of several types in one crate. The list may only become shorter.
const KNOWN_NAMES: &[(&str, &[&str])] =
    &[("files", &["Record", "Records", "Row", "Source", "Table"])];

/// Parts of a folder that use each other in a circle. The list may only become shorter.
const KNOWN_CIRCLES: &[(&str, &[&str])] = &[];

/// The names and signs of a source that a path may consist of, texts left out; any other sign is a dot.
fn tokens(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            3 + raw.find("\"#").unwrap() + 2
        } else if first == '"' {
            end_of_text(rest)
        } else if first == '\'' {
            // A character, or else a lifetime.
            let is_escaped = rest[1..].starts_with('\\');
            let is_character = is_escaped || rest.chars().nth(2) == Some('\'');
            let mut inside = rest[1..].char_indices().skip(1 + usize::from(is_escaped));
            let closed = inside.find(|(_, c)| is_character && *c == '\'');
            closed.map_or(1, |(at, _)| at + 2)
        } else if is_word(first) {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            found.push(&rest[..end]);
            end
        } else {
            let length = if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                let sign = &rest[..length];
                let is_of_path = ["::", "{", "}", ",", ";"].contains(&sign);
                found.push(if is_of_path { sign } else { "." });
            }
            length
        };
        rest = &rest[length..];
    }
    found
}

fn end_of_text(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// Every path of a source, those of a `use` written out.
fn paths(tokens: &[&str]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            at = use_tree(tokens, at + 1, &[], &mut found);
        } else if tokens.get(at + 1) == Some(&"::") {
            at = use_tree(tokens, at, &[], &mut found).max(at + 1);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads a path, or a tree of them, behind a prefix; returns the place of what follows.
fn use_tree(
    tokens: &[&str],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(at) {
            Some(&"{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    at = use_tree(tokens, at, &path, found).max(at + 1);
                    while tokens
                        .get(at)
                        .is_some_and(|token| ![",", "}"].contains(token))
                    {
                        at += 1;
                    }
                    at += usize::from(tokens.get(at) == Some(&","));
                }
                return at + 1;
            }
            Some(word) if word.starts_with(|c: char| c.is_alphanumeric() || c == '_') => {
                path.push((*word).to_owned());
                at += 1;
            }
            _ => break,
        }
        if tokens.get(at) != Some(&"::") {
            break;
        }
        at += 1;
    }
    found.push(path);
    at
}

/// A module of a crate, by the names from its root.
type Module = Vec<String>;

/// Which modules of a crate, one for each file, use which.
fn uses(root: &Path, files: &[(PathBuf, String)]) -> BTreeSet<(Module, Module)> {
    let folder = root.parent().unwrap();
    let module_of = |path: &Path| -> Module {
        let inside = path.strip_prefix(folder).unwrap().with_extension("");
        let names = inside
            .iter()
            .map(|name| name.to_string_lossy().into_owned());
        if path == root {
            Module::new()
        } else {
            names.collect()
        }
    };
    let modules: BTreeSet<Module> = files.iter().map(|(path, _)| module_of(path)).collect();
    let read = |path: &Path| files.iter().find(|(known, _)| known == path);
    let roots_own = read(root)
        .map(|(_, code)| paths(&tokens(code)))
        .unwrap_or_default();
    let mut found = BTreeSet::new();
    for (path, code) in files {
        let from = module_of(path);
        for path in paths(&tokens(code)) {
            let mut base = from.clone();
            let mut names = path.as_slice();
            match names.first().map(String::as_str) {
                Some("crate") => base.clear(),
                Some("super") => {
                    base.pop();
                }
                Some("self") => {}
                _ => continue,
            }
            names = &names[1..];
            while names.first().is_some_and(|name| name == "super") {
                base.pop();
                names = &names[1..];
            }
            // What the root shows under its own name is elsewhere.
            let shown = roots_own.iter().find(|shown| shown.last() == names.first());
            if let (true, [name], Some(shown)) = (base.is_empty(), names, shown)
                && !modules.contains(&vec![name.clone()])
            {
                base.clone_from(shown);
            } else {
                base.extend_from_slice(names);
            }
            while !base.is_empty() && !modules.contains(&base) {
                base.pop();
            }
            if base != from {
                found.insert((from.clone(), base));
            }
        }
    }
    found
}

/// The files of one crate, and its root.
fn sources(name: &str) -> (PathBuf, Vec<(PathBuf, String)>) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let relative = |path: &Path| path.strip_prefix(here).unwrap_or(path).to_owned();
    let all = crates();
    let folder_of = |root: &Path| relative(root.parent().unwrap());
    let folders: BTreeSet<PathBuf> = all.iter().map(|one| folder_of(&one.roots[0])).collect();
    let one = all.iter().find(|one| one.name == name).unwrap();
    let folder = folder_of(&one.roots[0]);
    let is_elsewhere = |path: &Path| {
        let mut others = folders.iter().filter(|other| **other != folder);
        others.any(|other| other.starts_with(&folder) && path.starts_with(other))
    };
    let mut files = shipped_code(&folder);
    files.retain(|(path, _)| !is_elsewhere(path));
    (relative(&one.roots[0]), files)
}

#[test]
fn features_of_sales_use_only_those_below_them() {
    let (root, files) = sources("sales");
    let place = |name: &str| {
        let found = FEATURES.iter().position(|(feature, _)| *feature == name);
        found.unwrap_or_else(|| panic!("{name} has no row in FEATURES of tests/it/walls.rs"))
    };
    let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let uses = uses(&root, &files);
    let tops = uses
        .iter()
        .filter_map(|(from, to)| Some((from.first()?, to.first()?)));
    for (from, to) in tops.filter(|(from, to)| from != to) {
        assert!(
            place(to) < place(from),
            "{from} uses {to}, which stands above it"
        );
        if !GROUND.contains(&to.as_str()) {
            arrows.entry(from).or_default().insert(to);
        }
    }
    for (feature, allowed) in FEATURES {
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let used = arrows.remove(feature).unwrap_or_default();
        assert_eq!(
            used, allowed,
            "{feature} uses, and may use (FEATURES of tests/it/walls.rs)"
        );
    }
}

/// The words behind a keyword of SQL, or behind another sign that a table follows.
fn words_behind<'a>(code: &'a str, sign: &str) -> Vec<&'a str> {
    let is_word = |c: char| c.is_ascii_lowercase() || c == '_' || c == '{';
    let behind = code.split(sign).skip(1);
    behind
        .map(|rest| {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            &rest[..end]
        })
        .collect()
}

#[test]
fn each_table_of_the_shop_is_written_by_one_feature() {
    let (_, files) = sources("sales");
    let known: BTreeSet<&str> = TABLES
        .iter()
        .flat_map(|(_, tables)| *tables)
        .copied()
        .collect();
    let mut writers = BTreeSet::new();
    let mut by_parameter = BTreeSet::new();
    for (path, code) in &files {
        let inside = path.strip_prefix("src/sales").unwrap().with_extension("");
        let feature = inside.iter().next().unwrap().to_string_lossy().into_owned();
        let statements = ["INSERT INTO ", "DELETE FROM ", "UPDATE "];
        let constants = ["const TABLE: &'static str = \"", "    name: \""];
        let written = statements.iter().chain(&constants);
        let mut tables: Vec<&str> = written.flat_map(|sign| words_behind(code, sign)).collect();
        tables.extend(words_behind(code, "insert_from_json(tx.dialect(), \""));
        if tables.iter().any(|table| table.starts_with('{')) {
            by_parameter.insert(path.display().to_string());
        }
        writers.extend(
            tables
                .into_iter()
                .filter(|table| known.contains(table))
                .map(|table| (feature.clone(), table.to_owned())),
        );
    }
    let owned = TABLES
        .iter()
        .flat_map(|(feature, tables)| tables.iter().map(move |one| (*feature, *one)));
    let allowed: BTreeSet<(String, String)> = owned
        .chain(FOREIGN_WRITES.iter().copied())
        .map(|(feature, table)| (feature.to_owned(), table.to_owned()))
        .collect();
    assert_eq!(
        writers, allowed,
        "who writes which table, and who may (tests/it/walls.rs)"
    );
    assert_eq!(
        by_parameter,
        NAMED_BY_PARAMETER
            .iter()
            .copied()
            .map(str::to_owned)
            .collect()
    );
}

/// The tables that the migrations make and that `sales` writes are all in the list.
#[test]
fn every_table_has_its_feature() {
    let outside = [
        "analytics_notes",
        "answers",
        "changes",
        "happenings",
        "job_schedules",
        "job_steps",
        "jobs",
        "ledger",
        "schedules",
    ];
    let owned = TABLES.iter().flat_map(|(_, tables)| *tables).copied();
    let known: BTreeSet<&str> = owned.chain(outside).collect();
    for entry in fs::read_dir("migration/src").unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for table in words_behind(&text, "CREATE TABLE ") {
            let table = table.strip_suffix("_new").unwrap_or(table);
            assert!(
                known.contains(table) || table.is_empty(),
                "{table} has no feature: see TABLES of tests/it/walls.rs"
            );
        }
    }
}

/// The parts of a folder are its files, each with the folder of its name. What a part says to its parent
/// or hears from it makes no circle.
#[test]
fn no_parts_of_a_folder_use_each_other_in_a_circle() {
    let mut found = BTreeSet::new();
    for one in crates() {
        let (root, files) = sources(&one.name);
        let mut arrows: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (from, to) in uses(&root, &files) {
            let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if let (Some(user), Some(used)) = (from.get(shared), to.get(shared)) {
                let folder = arrows.entry(from[..shared].to_vec()).or_default();
                folder.entry(user.clone()).or_default().insert(used.clone());
            }
        }
        for (folder, mut parts) in arrows {
            // What uses nothing that is left, or is used by none of it, stands in no circle.
            loop {
                let left: BTreeSet<String> = parts.keys().cloned().collect();
                for uses in parts.values_mut() {
                    uses.retain(|one| left.contains(one));
                }
                let used: BTreeSet<String> = parts.values().flatten().cloned().collect();
                parts.retain(|part, uses| !uses.is_empty() && used.contains(part));
                if parts.len() == left.len() {
                    break;
                }
            }
            if !parts.is_empty() {
                let place = std::iter::once(one.name.clone()).chain(folder);
                let place: Vec<String> = place.collect();
                found.insert((place.join("/"), parts.into_keys().collect::<Vec<_>>()));
            }
        }
    }
    let known = KNOWN_CIRCLES.iter().map(|(place, parts)| {
        let parts = parts.iter().copied().map(str::to_owned);
        ((*place).to_owned(), parts.collect::<Vec<_>>())
    });
    assert_eq!(
        found,
        known.collect(),
        "circles, and those that are known (tests/it/walls.rs)"
    );
}

/// The name of the type that a line of code declares.
fn declared_type(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    // An indented `type` is that of a trait.
    let is_keyword = |word: &&str| {
        ["struct", "enum", "trait", "union"].contains(word)
            || (*word == "type" && !line.starts_with(' '))
    };
    let is_visibility =
        |word: &str| word == "pub" || word.starts_with("pub(") || word.ends_with(')');
    let at = words.iter().position(is_keyword)?;
    if !words[..at].iter().all(|word| is_visibility(word)) {
        return None;
    }
    let name = words
        .get(at + 1)?
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()?;
    (!name.is_empty()).then_some(name)
}

#[test]
fn a_type_name_means_one_thing_in_a_crate() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in crates() {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (_, code) in sources(&one.name).1 {
            for name in code.lines().filter_map(declared_type) {
                *places.entry(name.to_owned()).or_default() += 1;
            }
        }
        let several: BTreeSet<String> = places
            .into_iter()
            .filter(|(name, count)| *count > 1 && !NAMES_OF_LIBRARIES.contains(&name.as_str()))
            .map(|(name, _)| name)
            .collect();
        if !several.is_empty() {
            found.insert(one.name.clone(), several);
        }
    }
    let known = KNOWN_NAMES
        .iter()
        .map(|(name, types)| {
            (
                (*name).to_owned(),
                types.iter().map(|one| (*one).to_owned()).collect(),
            )
        })
        .collect();
    assert_eq!(
        found, known,
        "names of several types in a crate, and those of KNOWN_NAMES"
    );
}
