//! The locks on analytics and on the crates, read from what is there: a new crate, a new method of a
//! port or a new way to the disk is seen by the test, not by luck.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Which crates of ours each crate may use. A crate without a row fails.
const EDGES: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("migration", &["kernel"]),
    ("forecasting", &[]),
    ("files", &["kernel"]),
    ("platform", &["kernel"]),
    ("store", &["kernel", "migration"]),
    ("sales", &["files", "kernel", "platform", "store"]),
    ("analytics", &["files", "forecasting", "kernel", "platform"]),
    (
        "salesflow",
        &[
            "analytics",
            "files",
            "forecasting",
            "kernel",
            "platform",
            "sales",
            "store",
        ],
    ),
];

/// Every method of every read port. A line is added with the question that the method answers, and
/// never for a method that changes anything: analytics can call it, and so can everybody who may
/// request a figure.
const PORTS: &[(&str, &[&str])] = &[
    (
        "CatalogRead",
        &["categories", "products", "products_by_id", "shop"],
    ),
    (
        "IrregularRead",
        &[
            "cashier_days",
            "count_losses",
            "empty_spells",
            "hours",
            "line_sizes",
            "lines_below_cost",
            "lines_like",
            "people",
            "refund_lines",
            "sales_in_hours",
            "voids",
        ],
    ),
    (
        "SalesRead",
        &[
            "bought_together",
            "cashier_names",
            "daily_totals",
            "daily_totals_of",
            "hourly_totals",
            "last_sales",
            "payments",
            "position",
            "product_days",
            "product_weeks",
            "span",
            "taxes",
            "totals_by_cashier",
            "totals_by_local_hour",
            "totals_by_location",
            "totals_by_product",
        ],
    ),
    (
        "StockRead",
        &[
            "corrections",
            "first_entries",
            "levels",
            "levels_at",
            "locations",
            "losses",
            "receipts",
            "stock_outs",
        ],
    ),
];
/// Methods that need no bound of their own: they return one row.
const ONE_ROW: &[&str] = &["position", "shop"];
/// What limits a query: a period, a limit, or a list of ids.
const BOUNDS: &[&str] = &["&Period", "u32", "&["];

/// Names through which a program reaches the disk, another program or the net. Analytics keeps what
/// it computes through `kernel::notes` only.
const WAYS_OUT: &[&str] = &[
    "fs",
    "File",
    "OpenOptions",
    "from_path",
    "to_path",
    "process",
    "Command",
    "TcpListener",
    "TcpStream",
    "UdpSocket",
    "UnixStream",
];

/// More names that `files` does not need: what waits, what is asked for, and the functions of its
/// libraries that open files.
const PORTS_AND_STREAMS: &[&str] = &[
    "async",
    "await",
    "env",
    "Path",
    "PathBuf",
    "load",
    "save",
    "from_files",
    "render_to_file",
    "stdin",
    "stdout",
    "stderr",
    "CatalogRead",
    "Readers",
];

/// A crate of the workspace.
pub struct Crate {
    /// Its name.
    pub name: String,
    /// The crates of ours that it is built from, without those of its tests.
    uses: BTreeSet<String>,
    /// The roots of what is shipped.
    pub roots: Vec<PathBuf>,
}

/// The crates of the workspace.
pub fn crates() -> Vec<Crate> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--no-deps"])
        .args(["--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let ours = dependencies.filter(|one| !one["path"].is_null() && one["kind"] != "dev");
            let targets = package["targets"].as_array().unwrap().iter();
            let shipped = targets.filter(|target| {
                let kinds = target["kind"].as_array().unwrap();
                kinds.iter().any(|kind| kind == "lib" || kind == "bin")
            });
            Crate {
                name: text(&package["name"]),
                uses: ours.map(|one| text(&one["name"])).collect(),
                roots: shipped
                    .map(|target| PathBuf::from(text(&target["src_path"])))
                    .collect(),
            }
        })
        .collect()
}

#[test]
fn every_crate_uses_only_the_crates_below_it() {
    let crates = crates();
    assert!(crates.len() >= 7, "the workspace was not read");
    let allowed: BTreeMap<_, _> = EDGES.iter().copied().collect();
    for one in crates {
        let row = allowed.get(one.name.as_str()).unwrap_or_else(|| {
            panic!(
                "{} is a new crate: say in EDGES of tests/it/locks.rs what it may use",
                one.name
            )
        });
        for used in &one.uses {
            assert!(
                row.contains(&used.as_str()),
                "{} uses {used}, a wall that EDGES of tests/it/locks.rs keeps",
                one.name
            );
        }
        for permitted in *row {
            assert!(
                one.uses.iter().any(|used| used == permitted),
                "{} does not use {permitted} any more: take it out of EDGES of tests/it/locks.rs",
                one.name
            );
        }
    }
}

/// The fourth lock on analytics, and a rule for everybody.
#[test]
fn every_root_that_is_shipped_forbids_unsafe_code() {
    let roots: Vec<PathBuf> = crates().into_iter().flat_map(|one| one.roots).collect();
    assert!(roots.len() >= 8, "{roots:?}");
    for root in roots {
        let text = fs::read_to_string(&root).unwrap();
        let forbids = text.contains("#![forbid(unsafe_code)]");
        assert!(forbids, "{}", root.display());
    }
}

/// The files of a folder, without their unit tests and comments.
pub fn shipped_code(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_of_tests = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() {
            found.extend(shipped_code(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") && !is_of_tests {
            let text = fs::read_to_string(&path).unwrap();
            // `mod tests;` stands among the other modules, above the code.
            let mut units = text.match_indices("#[cfg(test)]\nmod ");
            let end = units.find(|(at, _)| text[*at..].lines().nth(1).unwrap().ends_with('{'));
            let lines = text[..end.map_or(text.len(), |(at, _)| at)].lines();
            let code: Vec<&str> = lines
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect();
            found.push((path, code.join("\n")));
        }
    }
    found
}

/// A method of a port: its name, and its arguments and result as they are written.
struct Method {
    name: String,
    signature: String,
}

/// The traits of a file with their supertraits and methods.
fn traits(code: &str) -> Vec<(String, String, Vec<Method>)> {
    let mut found = Vec::new();
    for part in code.split("pub trait ").skip(1) {
        let (head, rest) = part.split_once('{').unwrap();
        let (name, supertraits) = head.split_once(':').unwrap_or((head, ""));
        let body = rest.split("\n}").next().unwrap();
        let methods = body.split("fn ").skip(1).map(|method| {
            let (name, rest) = method.split_once('(').unwrap();
            let signature = rest.split([';', '{']).next().unwrap();
            Method {
                name: name.to_owned(),
                signature: signature.split_whitespace().collect::<Vec<_>>().join(" "),
            }
        });
        found.push((
            name.trim().to_owned(),
            supertraits.trim().to_owned(),
            methods.collect(),
        ));
    }
    found
}

/// The second lock on analytics.
#[test]
fn the_read_ports_have_these_methods_and_no_other() {
    let mut files = shipped_code(Path::new("src/kernel/read"));
    let root = Path::new("src/kernel/read.rs");
    if root.exists() {
        files.push((root.to_owned(), fs::read_to_string(root).unwrap()));
    }
    let known: BTreeMap<&str, BTreeSet<&str>> = PORTS
        .iter()
        .map(|(port, methods)| (*port, methods.iter().copied().collect()))
        .collect();
    let mut ports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, supertraits, methods) in files.iter().flat_map(|(_, code)| traits(code)) {
        assert_eq!(supertraits, "Send + Sync", "{name}");
        for method in &methods {
            let signature = &method.signature;
            let place = format!("{name}::{}({signature}", method.name);
            let (arguments, result) = signature.rsplit_once("->").unwrap_or((signature, ""));
            assert!(arguments.starts_with("&self"), "{place} takes itself");
            assert!(result.contains("ReadError"), "{place} is no question");
            let is_bounded = BOUNDS.iter().any(|bound| arguments.contains(bound));
            let is_one_row = ONE_ROW.contains(&method.name.as_str());
            assert!(is_bounded || is_one_row, "{place} has no bound");
        }
        ports.insert(name, methods.into_iter().map(|one| one.name).collect());
    }
    let ports: BTreeMap<&str, BTreeSet<&str>> = ports
        .iter()
        .map(|(port, methods)| (port.as_str(), methods.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(
        ports, known,
        "the read ports changed (found, then known): change PORTS of tests/it/locks.rs with them if \
         the method only reads, and say in the commit which question it answers"
    );
}

/// Refuses a folder of sources that has one of the words.
fn refuse_words(folder: &str, at_least: usize, banned: &[&str], reason: &str) {
    let files = shipped_code(Path::new(folder));
    assert!(files.len() >= at_least, "the sources were not found");
    for (path, code) in files {
        let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        for word in words {
            let place = path.display();
            assert!(!banned.contains(&word), "{place} has `{word}`: {reason}");
        }
    }
}

#[test]
fn analytics_has_no_way_to_the_disk() {
    let reason = "analytics keeps what it computes through `kernel::notes`";
    refuse_words("src/analytics", 50, WAYS_OUT, reason);
}

#[test]
fn files_reads_and_writes_memory_only() {
    let reason =
        "what files needs is handed to it as bytes and facts, and it returns bytes and facts";
    refuse_words("src/files", 20, WAYS_OUT, reason);
    refuse_words("src/files", 20, PORTS_AND_STREAMS, reason);
}

/// Who can sign a token can act as anybody: the users of the shop keep the signer to themselves, and no
/// handler is among these files.
#[test]
fn nobody_but_the_users_of_the_shop_signs_tokens() {
    let mut found = BTreeSet::new();
    for (path, code) in shipped_code(Path::new("src")) {
        if code.contains("TokenSigner") || code.contains("EncodingKey") {
            found.insert(path.display().to_string());
        }
    }
    let known = ["src/platform/tokens/signer.rs", "src/sales/people.rs"];
    assert_eq!(found, known.map(str::to_owned).into());
    let people = fs::read_to_string("src/sales/people.rs").unwrap();
    assert!(
        people.contains("    signer: Arc<TokenSigner>,"),
        "the signer is a private field"
    );
}
