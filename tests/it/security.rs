//! The page about security names tests that exist.

use std::{collections::BTreeSet, fs, path::Path};

fn texts(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// The last cells of the tables of both lists: the tests.
fn named_tests(page: &str) -> BTreeSet<&str> {
    let (_, behind) = page.split_once("\n## ASVS").unwrap();
    let (lists, _) = behind.split_once("\n## Data").unwrap();
    let rows = lists.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    // Parts outside and inside backticks take turns.
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|word| word.matches('_').count() >= 2)
        .collect()
}

#[test]
fn every_test_that_the_page_about_security_names_exists() {
    let page = fs::read_to_string("docs/security.md").unwrap();
    let mut code = String::new();
    texts(Path::new("tests/it"), &mut code);
    let names = named_tests(&page);
    assert!(names.len() > 60, "{} tests were found", names.len());
    for name in names {
        let is_a_test = [
            format!("fn {name}("),
            format!("!({name},"),
            format!("    {name},\n"),
        ]
        .iter()
        .any(|form| code.contains(form));
        assert!(is_a_test, "docs/security.md names {name}, which is no test");
    }
}
