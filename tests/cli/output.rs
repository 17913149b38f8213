use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::helpers::{Folder, HTML, record};

#[test]
fn files_appear_complete_or_not_at_all() {
    let folder = Folder::new();
    folder.write("page.html", HTML).write("old.txt", "old");
    let run = folder.run(&["extract", "page.html", "--output", "new.txt"]).expect(0);
    assert!(run.stdout.is_empty());
    let printed = folder.run(&["extract", "page.html"]).expect(0);
    assert_eq!(folder.read("new.txt"), printed.stdout);
    // More than one batch, so that there is a checkpoint when the page that makes no sense here comes.
    folder.write("mixed.jsonl", record("a", "html", HTML).repeat(500));
    folder.run(&["gate", "mixed.jsonl", "page.html", "--output", "old.txt", "--dropped", "d.txt"]).expect(2);
    assert_eq!(folder.read("old.txt"), b"old");
    assert_eq!(folder.names(), ["mixed.jsonl", "new.txt", "old.txt", "page.html"]);
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let folder = Folder::new();
    folder.write("page.html", HTML).write("folder/x", "");
    let into_folder = folder.run(&["classify", "page.html", "--output", "folder"]).expect(4);
    assert_eq!(into_folder.stderr, "pagesieve: folder: cannot write it: it is a folder; name a file\n");
    let nowhere = folder.run(&["classify", "page.html", "--output", "no/such/file"]).expect(4);
    assert!(nowhere.stderr.starts_with("pagesieve: no/such/file: cannot write it: "), "{}", nowhere.stderr);
    assert_eq!(folder.names(), ["folder", "page.html"]);
}

#[cfg(unix)]
#[test]
fn links_stay_and_devices_are_written_to() {
    let folder = Folder::new();
    folder.write("page.html", HTML).write("real.txt", "old");
    std::os::unix::fs::symlink("real.txt", folder.path("link.txt")).unwrap();
    folder.run(&["extract", "page.html", "--output", "link.txt"]).expect(0);
    assert!(folder.path("link.txt").is_symlink() && folder.read("real.txt").starts_with(b"Ferry"));
    let piped = folder.run(&["extract", "page.html", "--output", "/dev/stdout"]).expect(0);
    assert_eq!(piped.stdout, folder.read("real.txt"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let folder = Folder::new();
    folder.write("page.html", HTML);
    for arguments in [&["classify", "page.html"][..], &["inspect"], &["--help"], &["completions", "bash"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = folder.command(arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write it"), "{arguments:?}");
    }
}

#[test]
fn a_closed_pipe_is_success_also_in_the_middle() {
    let folder = Folder::new();
    let stream: String = (0..3000).map(|n| record(&n.to_string(), "html", HTML)).collect();
    folder.write("in.jsonl", stream).write("page.html", HTML);
    for arguments in
        [&["classify", "in.jsonl", "--format", "jsonl"][..], &["gate", "in.jsonl"], &["extract", "in.jsonl"]]
    {
        let mut command = folder.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with('{'));
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]), "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["man"], &["classify", "page.html"]] {
        let mut child =
            folder.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]), "{arguments:?}");
    }
}

#[test]
fn usage_errors_are_one_line_and_exit_with_2() {
    let folder = Folder::new();
    for arguments in [
        &[][..],
        &["sort"],
        &["classify", "--frmat", "csv"],
        &["classify", "--threads", "0", "x"],
        &["classify", "--format", "xml", "x"],
        &["completions"],
        &["completions", "cmd"],
        &["train", "x.csv"],
        &["gate", "--min-confidence", "0.2", "x"],
    ] {
        let run = folder.run(arguments).expect(2);
        assert!(run.stderr.starts_with("pagesieve: ") && run.stderr.lines().count() == 1, "{}", run.stderr);
        assert!(run.stdout.is_empty());
    }
}

#[test]
fn every_command_has_help_with_examples() {
    let folder = Folder::new();
    for command in ["classify", "extract", "gate", "train", "eval", "inspect", "completions", "man"] {
        let help = folder.run(&[command, "--help"]).expect(0).text();
        let examples = help.split_once("Examples:\n").expect(command).1;
        assert!(examples.matches("  pagesieve ").count() >= 2, "{help}");
        assert!(help.contains("--threads"), "{command}");
    }
    assert!(folder.run(&["--version"]).expect(0).text().starts_with("pagesieve "));
}

#[test]
fn shells_and_manuals_are_served() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(folder.run(&["completions", shell]).expect(0).text().contains("extract"), "{shell}");
    }
    assert!(folder.run(&["man"]).expect(0).text().contains(".TH pagesieve 1"));
    folder.run(&["man", "--output", "man1"]).expect(0);
    let page = String::from_utf8(folder.read("man1/pagesieve-gate.1")).unwrap();
    assert!(page.contains(".TH pagesieve-gate 1") && page.contains("max\\-listicle"), "{page}");
    assert_eq!(std::fs::read_dir(folder.path("man1")).unwrap().count(), 10);
}

#[test]
fn models_say_what_is_in_them() {
    let folder = Folder::new();
    let text = folder.run(&["inspect"]).expect(0).text();
    for word in ["hash", "news", "listicle", "boilerplate", "container", "min-words", "HTML and plain text"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let model = &folder.run(&["inspect", "--format", "json"]).expect(0).records()[0];
    assert_eq!(model["hash"].as_str().unwrap().len(), 16);
    assert_eq!(model["policy"]["wanted"], "news");
    let mut file = std::fs::File::create(folder.path("foreign.model")).unwrap();
    file.write_all(b"PK\x03\x04 no model").unwrap();
    for (model, told) in [("foreign.model", "not a pagesieve model"), ("missing.model", "No such file")] {
        let run = folder.run(&["inspect", model]).expect(4);
        assert!(
            run.stderr.starts_with(&format!("pagesieve: {model}: ")) && run.stderr.contains(told),
            "{}",
            run.stderr
        );
    }
}
