//! Runs the program in a folder of its own.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A page of HTML with a headline, news, a menu and a footer.
pub const HTML: &str = "<!doctype html><html><head><title>Ferry runs aground off Skarvoy</title></head><body>
<nav><ul><li><a href=/>Home</a></li><li><a href=/sport>Sport</a></li></ul></nav>
<article><h1>Ferry runs aground off Skarvoy</h1>
<p>SKARVOY, March 4 (NTB) - A passenger ferry with 112 people on board ran aground on Monday morning off the island of Skarvoy, the coast guard said.</p>
<p>All passengers were taken ashore by the lifeboat within two hours, and nobody was hurt, said Ingrid Haugen, a spokeswoman for the coast guard.</p>
<p>The ferry had left the mainland at 7:15 a.m. in thick fog. The police have opened an inquiry, and divers will look at the hull on Tuesday, Haugen told reporters.</p></article>
<footer><p>Copyright 2024 The Skarvoy Post. All rights reserved.</p></footer></body></html>
";

/// The same as plain text.
pub const TEXT: &str = "Home
Sport

Ferry runs aground off Skarvoy
SKARVOY, March 4 (NTB) - A passenger ferry with 112 people on board ran aground on Monday morning off the island of Skarvoy, the coast guard said.
All passengers were taken ashore by the lifeboat within two hours, and nobody was hurt, said Ingrid Haugen, a spokeswoman for the coast guard.
The ferry had left the mainland at 7:15 a.m. in thick fog. The police have opened an inquiry, and divers will look at the hull on Tuesday, Haugen told reporters.

Copyright 2024 The Skarvoy Post. All rights reserved.
";

/// A page that no policy for news keeps.
pub const LISTICLE: &str = "<title>10 Best Air Fryers</title><article><h1>10 Best Air Fryers You Can Buy Right Now</h1>
<p>Looking for the best air fryer? We tested dozens, so that you don't have to. Here are our top picks.</p>
<h2>1. CrispMaster 3000</h2><p>If you want crispy fries every time, this is the one to buy. Check price on Amazon.</p>
<h2>2. AirWhiz Pro</h2><p>A great choice if you are on a budget and love easy cleaning. Check price on Amazon.</p>
<h2>3. FryDay Deluxe</h2><p>Our favourite pick for families, with tips and recipes included. Check price on Amazon.</p></article>";

/// What a run gave.
pub struct Run {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// Standard output as JSON Lines.
    pub fn records(&self) -> Vec<serde_json::Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stderr: {}", self.stderr);
        self
    }
}

/// A folder that is deleted in the end.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The names of all files in the folder.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pagesieve"));
        command.current_dir(self.0.path()).args(arguments);
        command.env_remove("PAGESIEVE_CORPUS").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    /// Runs the program with nothing on standard input.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.pipe(arguments, b"")
    }

    /// Runs the program with `input` on standard input.
    pub fn pipe(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A program that does not read its input closes it, which is its right.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Run { code: status.code().unwrap(), stdout, stderr: String::from_utf8(stderr).unwrap() }
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A line of JSON with a page.
pub fn record(id: &str, field: &str, page: &str) -> String {
    format!("{}\n", serde_json::json!({ "id": id, field: page, "url": format!("https://{id}/") }))
}

/// `text` with every probability replaced by "0.##", so that tests outlive the model.
pub fn masked(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let is_probability = |at: usize| {
        signs[at..].len() >= 4
            && matches!(signs[at], '0' | '1')
            && signs[at + 1] == '.'
            && signs[at + 2..at + 4].iter().all(char::is_ascii_digit)
            && (at == 0 || signs[at - 1] == ' ')
    };
    let mut masked = String::new();
    let mut at = 0;
    while at < signs.len() {
        if is_probability(at) {
            masked.push_str("0.##");
            at += 4;
        } else {
            masked.push(signs[at]);
            at += 1;
        }
    }
    masked
}
