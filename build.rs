//! Takes the files of the web app into account, says when there are none, and tells the program the
//! commit that it is built from.
//!
//! The macro that embeds `static/app` sees only changes of files that it embedded before. The folder
//! above is watched, because cargo builds again and again when a watched file does not exist.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The commit for a build without git, such as that of a container. No name of a setting: the program
/// would refuse it at its start.
const COMMIT: &str = "BUILD_COMMIT";
/// Characters of a commit's name that are shown.
const COMMIT_LENGTH: usize = 12;

fn main() {
    println!("cargo:rerun-if-changed=static");
    if !Path::new("static/app/index.html").is_file() {
        println!(
            "cargo:warning=the web app is not in static/app: this program serves the API and /docs only \
             (`make run` builds it; node 20 is needed)"
        );
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={COMMIT}");
    println!("cargo:rustc-env=SALESFLOW_BUILT_FROM={}", commit());
}

/// The commit: what the builder says, or else git. A debug build does not ask git: its tests would be
/// built again after each commit.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment of the build, not of the program"
)]
fn commit() -> String {
    let given = env::var(COMMIT).unwrap_or_default();
    let given: String = given
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(COMMIT_LENGTH)
        .collect();
    if !given.is_empty() {
        return given;
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        return "debug build".to_owned();
    }
    // A folder of sources inside the repository of something else has another commit than its own.
    if !Path::new(".git").exists() {
        return "unknown".to_owned();
    }
    watch_head();
    git(&["rev-parse", "--verify", "HEAD"]).map_or_else(
        || "unknown".to_owned(),
        |commit| commit.chars().take(COMMIT_LENGTH).collect(),
    )
}

/// Builds again when HEAD, its branch or the packed branches change, and at no other change of git.
fn watch_head() {
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    let names = ["HEAD", "packed-refs"].into_iter().map(str::to_owned);
    for name in names.chain(branch) {
        let path = git(&["rev-parse", "--git-path", &name]).map(PathBuf::from);
        if let Some(path) = path.filter(|path| path.is_file()) {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
