//! The order of modules: a stage knows the stages before it, never one behind it or beside it.
//!
//! Reads `use crate::…` and paths such as `crate::x::y` in `src/` outside test modules and holds them to [`ORDER`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate, first to last: each may import from the rows above its own, and from nothing else.
const ORDER: [&[&str]; 12] = [
    &["error", "tag", "token"],
    &["label", "document"],
    &["labelled", "features", "fusion"],
    &["input"],
    &["context", "segment", "gate", "site", "corpus"],
    &["model"],
    &["classifier"],
    &["evaluate", "explain"],
    &["train", "calibrate"],
    &["schema"],
    &["output"],
    &["cli"],
];

/// The longest source file, in lines.
const LONGEST_FILE: usize = 500;

#[test]
fn modules_import_only_what_comes_before_them() {
    let root = reexports(&code(&read(&source().join("lib.rs"))));
    let mut wrong = Vec::new();
    for file in files() {
        let path = module_path(&file);
        let Some(module) = path.first() else { continue };
        let Some(row) = row(module) else {
            wrong.push(format!("{}: the module `{module}` is not in ORDER", file.display()));
            continue;
        };
        for name in imports(&code(&read(&source().join(&file))), path.len()) {
            // A name that the crate re-exports stands for the module it comes from.
            let imported = root.get(&name).unwrap_or(&name);
            if imported != module && self::row(imported).is_none_or(|imported| imported >= row) {
                wrong.push(format!(
                    "{}: `{module}` imports `{imported}`, which is not above it",
                    file.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against ORDER in tests/architecture.rs:\n{}", wrong.join("\n"));
}

#[test]
fn source_files_stay_short() {
    let long: Vec<String> = files()
        .iter()
        .map(|file| (file, read(&source().join(file)).lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .map(|(file, lines)| format!("{}: {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "files above {LONGEST_FILE} lines:\n{}", long.join("\n"));
}

#[test]
fn imports_are_found_in_every_form() {
    let source = "
use crate::{label::{Label, Labels}, segment, Document};
use super::super::gate::Policy;
use super::sibling::Thing;
// use crate::comment::Ignored;
pub(crate) fn f() -> crate::error::Result<()> { crate::token::mix(0, 0) } // not crate::trailing::x
#[cfg(test)]
mod tests {
    use crate::input::html;
}
fn last() { crate::tag::Tag::OTHER }
";
    let found = imports(&code(source), 2);
    assert_eq!(found, ["label", "segment", "Document", "error", "token", "tag", "gate"]);
    assert_eq!(module_path(Path::new("model/file.rs")), ["model", "file"]);
    assert_eq!(module_path(Path::new("model/mod.rs")), ["model"]);
    let root = reexports("pub use gate::{Policy, Verdict};\npub use document::Document;");
    assert_eq!(root["Verdict"], "gate");
    assert_eq!(root["Document"], "document");
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All source files, relative to `src`.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is listed") {
            let path = entry.expect("the entry is read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path.strip_prefix(source()).expect("it is below src").to_owned());
            }
        }
    }
    files.sort();
    assert!(files.len() > 20, "only {} source files were found", files.len());
    files
}

/// The names of the modules around the code of a file; none for `lib.rs` and `main.rs`.
fn module_path(file: &Path) -> Vec<String> {
    let names = file.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let mut names: Vec<String> = names;
    if names.last().is_some_and(|name| matches!(name.as_str(), "mod" | "lib" | "main")) {
        names.pop();
    }
    names
}

fn row(module: &str) -> Option<usize> {
    ORDER.iter().position(|row| row.contains(&module))
}

/// The source without comments and without what only tests compile.
fn code(source: &str) -> String {
    let mut code = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            // One item: it ends on its first line or, formatted, at a brace in the first column.
            let item = lines.next().unwrap_or_default();
            if !item.ends_with(';') {
                lines.by_ref().find(|line| *line == "}");
            }
        } else if !line.trim_start().starts_with("//") {
            code.push_str(line.split(" // ").next().unwrap_or_default());
            code.push('\n');
        }
    }
    code
}

/// The first names after `crate::`, and after as many `super::` as lead out of a module `depth` deep.
fn imports(code: &str, depth: usize) -> Vec<String> {
    let up = "super::".repeat(depth);
    let roots = ["crate::", up.as_str()];
    let mut names = Vec::new();
    for root in roots {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '$' | ':')) {
                names.extend(heads(&code[at + root.len()..]));
            }
        }
    }
    names
}

/// The first name of a path, or of each path of a group in braces.
fn heads(path: &str) -> Vec<String> {
    let name = |path: &str| -> String {
        path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut depth = 0;
    let mut heads = vec![name(group)];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

/// What `pub use` in the crate's root names, with the module each name comes from.
fn reexports(code: &str) -> BTreeMap<String, String> {
    let uses = code.split(';').filter_map(|item| item.trim().strip_prefix("pub use "));
    let mut names = BTreeMap::new();
    for (module, rest) in uses.filter_map(|path| path.split_once("::")) {
        names.extend(heads(rest).into_iter().map(|name| (name, module.to_owned())));
    }
    names
}
