//! Rules of the house that no compiler keeps: the table of refusals, the locks on analytics.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use kernel::Code;

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect()
}

#[test]
fn every_refusal_is_documented_and_nothing_else_is() {
    let page = fs::read_to_string("docs/errors.md").unwrap();
    let documented: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| <a id="))
        .collect();
    assert_eq!(
        documented.len(),
        Code::ALL.len(),
        "docs/errors.md has another number of rows"
    );
    for (code, row) in Code::ALL.iter().zip(documented) {
        let word = code.as_str();
        let start = format!(
            "| <a id=\"{word}\"></a>`{word}` | {} | {} | ",
            code.status(),
            code.title()
        );
        let advice = row.strip_prefix(start.as_str());
        let advice =
            advice.unwrap_or_else(|| panic!("expected a row that begins\n{start}\nfound\n{row}"));
        assert!(advice.len() > 10, "{word} does not say what to do");
    }
}

#[test]
fn every_refusal_is_made_somewhere() {
    let sources = sources();
    let is_made = |code: &Code| {
        let word = format!("Code::{}", code.variant());
        // The table of the entries of a refusal makes none.
        let mut made = sources
            .iter()
            .filter(|(path, _)| !path.ends_with("problem/fields.rs"));
        made.any(|(_, text)| {
            text.match_indices(&word).any(|(at, _)| {
                let next = text[at + word.len()..].chars().next();
                !next.is_some_and(char::is_alphanumeric)
            })
        })
    };
    let unused: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !is_made(code))
        .map(|code| code.as_str())
        .collect();
    assert!(
        unused.is_empty(),
        "documented, but never answered: {unused:?}"
    );
}

/// The first lock on analytics. What it may depend on has no way to the database at any depth.
#[test]
fn analytics_depends_on_nothing_that_can_write() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "-p", "analytics"])
        .args(["-e", "normal,build", "--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(names.first(), Some(&"analytics"));
    assert!(names.contains(&"kernel"), "the tree was not read: {tree}");
    for forbidden in ["sales", "store", "migration", "salesflow"] {
        assert!(
            !names.contains(&forbidden),
            "analytics depends on {forbidden}"
        );
    }
    for family in [
        "sea-orm",
        "sqlx",
        "libsqlite3",
        "tokio-postgres",
        "rusqlite",
    ] {
        let found = names.iter().find(|name| name.starts_with(family));
        assert!(found.is_none(), "analytics depends on {}", found.unwrap());
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//! "),
            "{} does not open with //!",
            path.display()
        );
    }
}

/// A kind of job and the reasons for which it fails are types and constants: everything else names
/// them, and nothing repeats their text.
#[test]
fn the_words_of_a_job_are_written_once() {
    let sources = sources();
    let words = salesflow::openapi::jobs::kinds()
        .into_iter()
        .chain(salesflow::openapi::jobs::failure_codes());
    for word in words {
        let literal = format!("\"{word}\"");
        let places: Vec<String> = sources
            .iter()
            .flat_map(|(path, text)| text.lines().map(move |line| (path, line.trim_start())))
            // An example in a description shows a word; it does not use it.
            .filter(|(_, line)| !line.starts_with("//") && !line.contains("example = "))
            .filter(|(_, line)| line.contains(&literal))
            .map(|(path, line)| format!("{}: {line}", path.display()))
            .collect();
        assert_eq!(places.len(), 1, "{word}: {places:#?}");
    }
}

#[test]
fn rows_are_read_by_the_list_of_their_columns() {
    let mechanism = Path::new("src/store/selection.rs");
    let marks = ["try_get_by", ".try_get(", "EntityTrait"];
    let by_position: Vec<_> = sources()
        .into_iter()
        .filter(|(path, text)| path != mechanism && marks.iter().any(|mark| text.contains(mark)))
        .map(|(path, _)| path)
        .collect();
    assert!(
        by_position.is_empty(),
        "declare a `store::selection!` instead (ADR 0024): {by_position:#?}"
    );
}
