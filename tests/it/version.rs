//! What `salesflow --version` says, and where a build takes it from.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{
    app::{Db, TestDatabase},
    services,
};

/// The script of the build, compiled by itself.
struct Script {
    program: PathBuf,
    folder: services::GuardedDirectory,
}

impl Script {
    fn compile() -> Self {
        let folder = services::GuardedDirectory::create(
            &services::fast_directory(),
            "salesflow-build-",
            "TERM",
        );
        let program = folder.path().join("script");
        let rustc = Path::new(env!("CARGO")).with_file_name("rustc");
        let compiled = Command::new(rustc)
            .args(["--edition", "2024", "build.rs", "-o"])
            .arg(&program)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(compiled.status.success(), "{compiled:?}");
        Self { program, folder }
    }

    /// What it prints in a folder, in a build of this profile.
    fn says(&self, folder: &Path, profile: &str, given: &str) -> String {
        let output = Command::new(&self.program)
            .current_dir(folder)
            .env("PROFILE", profile)
            .env("BUILD_COMMIT", given)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self, folder: &Path, profile: &str, given: &str) -> String {
        let said = self.says(folder, profile, given);
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix("cargo:rustc-env=SALESFLOW_BUILT_FROM="));
        line.unwrap_or_else(|| panic!("{said}")).to_owned()
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ana", "-c", "user.email=ana@shop.test"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_version_and_the_commit_are_said() {
    let database = TestDatabase::empty(Db::Sqlite, "").unwrap();
    let output = database.program(&["--version"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let commit = said
        .trim()
        .strip_prefix(&format!("salesflow {version} ("))
        .and_then(|rest| rest.strip_suffix(')'));
    assert!(commit.is_some_and(|commit| !commit.is_empty()), "{said}");
}

#[test]
fn a_build_finds_its_commit_in_git_or_is_told() {
    let script = Script::compile();
    let sources = script.folder.path().join("sources");
    fs::create_dir(&sources).unwrap();
    assert_eq!(script.commit(&sources, "release", ""), "unknown");
    let told = script.commit(&sources, "release", "0123456789abcdef");
    assert_eq!(told, "0123456789ab");
    // What is told becomes a line for cargo: it must stay one.
    let odd = script.commit(&sources, "release", "ab\ncargo:x=1");
    assert_eq!(odd, "abcargox1");

    git(&sources, &["init", "--quiet"]);
    assert_eq!(
        script.commit(&sources, "release", ""),
        "unknown",
        "no commit yet"
    );
    fs::write(sources.join("file"), "one").unwrap();
    git(&sources, &["add", "file"]);
    git(&sources, &["commit", "--quiet", "-m", "One"]);
    let head = git(&sources, &["rev-parse", "HEAD"]);
    assert_eq!(script.commit(&sources, "release", ""), head[..12]);
    assert_eq!(script.commit(&sources, "debug", ""), "debug build");
    // A worktree has a file in the place of the folder.
    let tree = script.folder.path().join("tree");
    let place = tree.to_str().unwrap();
    git(&sources, &["worktree", "add", "--quiet", place]);
    assert_eq!(script.commit(&tree, "release", ""), head[..12]);
}

/// Whatever is watched and does not exist makes cargo build every time.
#[test]
fn a_build_watches_only_files_that_exist_and_change_with_the_commit() {
    let script = Script::compile();
    let sources = script.folder.path().join("watched");
    fs::create_dir(&sources).unwrap();
    fs::create_dir(sources.join("static")).unwrap();
    fs::write(sources.join("build.rs"), "").unwrap();
    git(&sources, &["init", "--quiet"]);
    git(
        &sources,
        &["commit", "--quiet", "--allow-empty", "-m", "One"],
    );
    for profile in ["release", "debug"] {
        let said = script.says(&sources, profile, "");
        let watched: Vec<&str> = said
            .lines()
            .filter_map(|line| line.strip_prefix("cargo:rerun-if-changed="))
            .collect();
        for path in &watched {
            assert!(sources.join(path).exists(), "{profile}: {path}");
        }
        let of_git = watched.iter().filter(|path| path.contains(".git"));
        let expected = if profile == "release" { 2 } else { 0 };
        assert_eq!(of_git.count(), expected, "{profile}: {watched:?}");
    }
}
