//! The files with which the shop is put on a server: what they set exists, what they need is made, and no
//! container has more rights than it needs.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
    process::Command,
};

use salesflow::settings::Settings;

const COMPOSE: &str = "docker-compose.yml";
const COMPOSE_SQLITE: &str = "config/container/docker-compose.sqlite.yml";
const MAKE_SECRETS: &str = "config/container/make-secrets";
const IN_CONTAINER: &str = "/run/secrets/";

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The services of a file of compose, each with its lines.
fn services(text: &str) -> BTreeMap<String, Vec<String>> {
    let (_, behind) = text.split_once("\nservices:\n").unwrap();
    let (all, _) = behind.split_once("\nnetworks:\n").unwrap();
    let mut found = BTreeMap::new();
    let mut name = String::new();
    for line in all.lines() {
        let is_name = line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
        if is_name && !line.contains('#') {
            name = line.trim().trim_end_matches(':').to_owned();
            found.insert(name.clone(), Vec::new());
        } else if !line.trim().is_empty() {
            found.get_mut(&name).unwrap().push(line.to_owned());
        }
    }
    found
}

/// The environment of a service, with the defaults of its variables.
fn environment(lines: &[String]) -> HashMap<String, String> {
    let begin = lines.iter().position(|line| line == "    environment:");
    lines[begin.unwrap() + 1..]
        .iter()
        .take_while(|line| line.starts_with("      "))
        .filter(|line| !line.trim_start().starts_with('#'))
        .map(|line| {
            let (name, value) = line.trim().split_once(": ").unwrap();
            let default = value
                .split_once(":-")
                .map(|(_, rest)| rest.trim_end_matches('}'));
            let value = default.unwrap_or(value).trim_matches('"');
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// A copy of the script in a folder of its own, run there.
fn made_secrets() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(MAKE_SECRETS);
    fs::create_dir_all(copy.parent().unwrap()).unwrap();
    fs::copy(MAKE_SECRETS, &copy).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new("bash").arg(&copy).args(arguments).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    };
    let (is_done, said) = run(&[]);
    assert!(!is_done && said.contains("shop.example.com"), "{said}");
    let (is_done, said) = run(&["shop.example.com"]);
    assert!(is_done, "{said}");
    let first = fs::read_to_string(folder.path().join("secrets/jwt_secret")).unwrap();
    let (is_done, said) = run(&[]);
    assert!(is_done, "{said}");
    let second = fs::read_to_string(folder.path().join("secrets/jwt_secret")).unwrap();
    assert_eq!(first, second, "a second run must not end every session");
    folder
}

/// The settings that the program gets in its container.
fn settings_of(compose: &str, made: &Path) -> Settings {
    let text = read(compose);
    let mut variables = environment(&services(&text)["app"]);
    for line in read("Dockerfile").lines() {
        let words = line
            .trim_start_matches("ENV ")
            .trim_end_matches('\\')
            .trim();
        if let Some((name, value)) = words.split_once('=')
            && name.starts_with("SALESFLOW_")
        {
            variables.insert(name.to_owned(), value.to_owned());
        }
    }
    assert_eq!(variables["SALESFLOW_PROFILE"], "production");
    for value in variables.values_mut() {
        if let Some(secret) = value.strip_prefix(IN_CONTAINER) {
            *value = made.join("secrets").join(secret).display().to_string();
        }
    }
    let settings = Settings::load(Path::new("config"), variables);
    settings.unwrap_or_else(|error| panic!("{compose}: {error}"))
}

#[test]
fn the_program_starts_with_the_settings_of_its_container_without_a_warning() {
    let made = made_secrets();
    for (compose, database) in [
        (COMPOSE, "PostgreSQL /run/postgresql/salesflow"),
        (COMPOSE_SQLITE, "SQLite"),
    ] {
        let settings = settings_of(compose, made.path());
        assert_eq!(settings.warnings(), Vec::<String>::new(), "{compose}");
        let name = store::name_of(settings.database.url.expose());
        assert!(name.starts_with(database), "{compose}: {name}");
        assert!(settings.server.trust_proxy, "{compose}");
        assert_eq!(settings.server.bind.to_string(), "0.0.0.0:8080");
        // With the WORKDIR of the image these are files of its volume.
        assert_eq!(settings.data_directory, Path::new("data"));
    }
    let image = read("Dockerfile");
    for line in ["\nWORKDIR /\n", "\nVOLUME /data\n", "\nUSER 10001:10001\n"] {
        assert!(image.contains(line), "{line}");
    }
}

#[test]
fn no_container_has_more_rights_than_it_needs() {
    for compose in [COMPOSE, COMPOSE_SQLITE] {
        let text = read(compose);
        let (_, hardened) = text.split_once("x-hardened: &hardened\n").unwrap();
        let (hardened, _) = hardened.split_once("\nservices:").unwrap();
        for right in [
            "read_only: true",
            "cap_drop: [ALL]",
            "no-new-privileges:true",
        ] {
            assert!(hardened.contains(right), "{compose}: {right}");
        }
        for (name, lines) in services(&text) {
            let place = format!("{name} of {compose}");
            let has = |line: &str| lines.iter().any(|one| one.trim() == line);
            assert!(has("<<: *hardened"), "{place}");
            for line in &lines {
                let line = line.trim();
                let is_given = ["read_only:", "cap_drop:", "security_opt:", "privileged:"]
                    .iter()
                    .any(|key| line.starts_with(key));
                assert!(!is_given, "{place}: {line}");
                let is_allowed = line == "cap_add: [NET_BIND_SERVICE]" && name == "caddy";
                assert!(
                    !line.starts_with("cap_add") || is_allowed,
                    "{place}: {line}"
                );
                // Only the proxy listens to the world.
                let is_local = line.starts_with("ports: [\"127.0.0.1:");
                let is_port = line.starts_with("ports:");
                assert!(!is_port || is_local || name == "caddy", "{place}: {line}");
            }
            let holds_data = ["postgres", "redis"].contains(&name.as_str());
            assert_eq!(has("network_mode: none"), holds_data, "{place}");
        }
    }
}

#[test]
fn what_the_files_name_is_there() {
    let made = made_secrets();
    for compose in [COMPOSE, COMPOSE_SQLITE] {
        let text = read(compose);
        let (_, declared) = text.rsplit_once("\nsecrets:\n").unwrap();
        let mut secrets = 0;
        for line in text.lines() {
            if let Some(mount) = line.trim().strip_prefix("- ./") {
                let path = mount.split(':').next().unwrap();
                assert!(Path::new(path).exists(), "{compose}: {path}");
            }
            if let Some((_, file)) = line.split_once("{file: ./") {
                let path = made.path().join(file.trim_end_matches('}'));
                assert!(fs::metadata(&path).unwrap().len() >= 24, "{file}");
                secrets += 1;
            }
            if let Some(names) = line.strip_prefix("    secrets: [") {
                for name in names.trim_end_matches(']').split(", ") {
                    assert!(
                        declared.contains(&format!("  {name}: ")),
                        "{compose}: {name}"
                    );
                }
            }
        }
        assert!(secrets > 0, "{compose}: the secrets were not found");
    }
}
