//! Runs that are stopped, and go on.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::helpers::{Folder, HTML, LISTICLE, gzip, record};

/// Lines of pages to keep and to drop, each with an id of its own.
fn lines(pages: usize) -> String {
    (0..pages).map(|n| record(&format!("p{n}"), "html", if n % 3 == 0 { LISTICLE } else { HTML })).collect()
}

fn names_without(folder: &Folder, ending: &str) -> bool {
    folder.names().iter().all(|name| !name.ends_with(ending))
}

#[test]
fn a_run_killed_at_random_moments_loses_and_repeats_nothing() {
    let folder = Folder::new();
    let stream = lines(2500);
    folder.write("a.jsonl", &stream).write("b.jsonl.gz", gzip(lines(500).as_bytes()));
    let arguments = [
        "gate",
        "a.jsonl",
        "b.jsonl.gz",
        "--keep-to",
        "kept.jsonl",
        "--drop-to",
        "dropped.jsonl.gz",
        "--threads",
        "1",
    ];
    let started = Instant::now();
    let whole = folder.run(&arguments).expect(0);
    let time = started.elapsed();
    let (kept, dropped) = (folder.read("kept.jsonl"), unzip(&folder.read("dropped.jsonl.gz")));
    std::fs::remove_file(folder.path("kept.jsonl")).unwrap();
    std::fs::remove_file(folder.path("dropped.jsonl.gz")).unwrap();
    let resumed = [&arguments[..], &["--resume"]].concat();
    let mut kills = 0;
    let mut times_gone_on = 0;
    let mut state = u64::from(std::process::id());
    let last = loop {
        let mut child = folder.command(&resumed).stderr(Stdio::piped()).spawn().unwrap();
        if kills < 20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // On a busy machine only those runs come anywhere that are waited for.
            if kills % 2 == 1 {
                wait_for_checkpoint(&folder, &mut child);
            }
            // Twenty of these together are half of what a run takes, however fast the machine.
            std::thread::sleep(time * (state >> 40) as u32 / (1 << 24) / 20);
            child.kill().unwrap();
            kills += 1;
        }
        let output = child.wait_with_output().unwrap();
        if output.status.code().is_none() && names_without(&folder, ".journal") {
            remove_parts(&folder);
        }
        let told = String::from_utf8(output.stderr).unwrap();
        times_gone_on += usize::from(told.contains("going on after"));
        if output.status.code() == Some(0) {
            break told;
        }
        assert!(output.status.code().is_none(), "{told}");
        assert!(
            !folder.path("kept.jsonl").exists() || !folder.path("dropped.jsonl.gz").exists() || kills > 1
        );
    };
    assert!(times_gone_on > 0, "no run came as far as a checkpoint");
    assert_eq!(folder.read("kept.jsonl"), kept);
    assert_eq!(unzip(&folder.read("dropped.jsonl.gz")), dropped);
    assert!(last.ends_with(&whole.stderr), "{last}\n{}", whole.stderr);
    assert!(names_without(&folder, ".part") && names_without(&folder, ".journal"), "{:?}", folder.names());
}

/// Removes what a run left that was killed before its first checkpoint: nobody knows whose it is.
fn remove_parts(folder: &Folder) {
    for name in folder.names() {
        if Path::new(&name).extension().is_some_and(|extension| extension == "part") {
            std::fs::remove_file(folder.path(&name)).unwrap();
        }
    }
}

/// Waits until a run has made a checkpoint, or has come to its end.
fn wait_for_checkpoint(folder: &Folder, run: &mut Child) {
    while run.try_wait().unwrap().is_none() && names_without(folder, ".journal") {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut unpacked).unwrap();
    unpacked
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let folder = Folder::new();
    let stream = lines(6000);
    folder.write("in.jsonl", &stream);
    let arguments = ["gate", "in.jsonl", "--keep-to", "kept.jsonl", "--threads", "1"];
    let told = interrupted(&folder, &arguments);
    assert!(told.contains("interrupted after ") && told.contains("--resume goes on from here"), "{told}");
    assert!(!folder.path("kept.jsonl").exists());
    let other =
        folder.run(&["gate", "in.jsonl", "--keep-to", "kept.jsonl", "--threads", "2", "--resume"]).expect(2);
    assert!(other.stderr.contains("other arguments"), "{}", other.stderr);
    let run = folder.run(&[&arguments[..], &["--resume"]].concat()).expect(0);
    assert!(run.stderr.contains("going on after "), "{}", run.stderr);
    let kept: String =
        stream.split_inclusive('\n').enumerate().filter(|(n, _)| n % 3 != 0).map(|(_, line)| line).collect();
    assert!(folder.read("kept.jsonl") == kept.as_bytes());
    assert_eq!(folder.names(), ["in.jsonl", "kept.jsonl"]);
}

/// Interrupts a run of `arguments` after its first checkpoint, and gives what it says.
#[cfg(unix)]
fn interrupted(folder: &Folder, arguments: &[&str]) -> String {
    let mut run = folder.command(arguments).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_checkpoint(folder, &mut run);
    interrupt(run.id());
    let output = run.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{told}");
    told
}

#[cfg(unix)]
#[test]
fn what_was_read_is_not_read_again() {
    let lines: Vec<Vec<u8>> = lines(4000).split_inclusive('\n').map(Vec::from).collect();
    let members: Vec<Vec<u8>> = (0..4000)
        .map(|n| {
            let page = if n % 3 == 0 { LISTICLE } else { HTML };
            let head = format!(
                "WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:test:{n}>\r\nContent-Type: text/html\r\n\
                 Content-Length: {}\r\n\r\n",
                page.len()
            );
            gzip([&head, page, "\r\n\r\n"].concat().as_bytes())
        })
        .collect();
    for (name, records, blank) in [("in.jsonl", lines, b'\n'), ("in.warc.gz", members, 0)] {
        let folder = Folder::new();
        folder.write(name, records.concat());
        let arguments = ["gate", name, "--keep-to", "kept", "--from"];
        let arguments = [&arguments[..], &[name.split('.').nth(1).unwrap(), "--threads", "1"]].concat();
        assert!(interrupted(&folder, &arguments).contains("interrupted after "));
        // Who counted the records from the start would miss one now.
        let mut altered = records.concat();
        altered[records[0].len()..records[0].len() + records[1].len()].fill(blank);
        folder.write(name, altered);
        folder.run(&[&arguments[..], &["--resume"]].concat()).expect(0);
        let kept = records.iter().enumerate().filter(|(n, _)| n % 3 != 0).map(|(_, record)| &record[..]);
        let read = folder.read("kept");
        let whole: Vec<u8> = kept.collect::<Vec<_>>().concat();
        if name == "in.jsonl" {
            assert!(read == whole);
        } else {
            assert!(read == unzip(&whole));
        }
    }
}

#[cfg(unix)]
#[test]
fn requests_that_wait_for_their_page_are_not_lost() {
    let member = |kind: &str, name: &str, page: &str| {
        let head = format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <{name}>\r\nWARC-Concurrent-To: <r{name}>\r\n\
             Content-Type: text/html\r\nContent-Length: {}\r\n\r\n",
            page.len()
        );
        gzip([&head, page, "\r\n\r\n"].concat().as_bytes())
    };
    // All requests of thirty pages, then the pages: wherever the run stops, some have come and others not.
    let groups = (0..60).map(|group| {
        let pages = (0..30).map(|n| format!("{}", 30 * group + n));
        let requests: Vec<u8> =
            pages.clone().flat_map(|name| member("request", &format!("r{name}"), "GET /")).collect();
        [requests, pages.flat_map(|name| member("resource", &name, HTML)).collect()].concat()
    });
    let folder = Folder::new();
    folder.write("in.warc.gz", groups.collect::<Vec<_>>().concat());
    let arguments = ["gate", "in.warc.gz", "--keep-to", "kept.warc", "--threads", "1"];
    folder.run(&arguments).expect(0);
    let whole = folder.read("kept.warc");
    let requests = String::from_utf8_lossy(&whole).matches("WARC-Type: request").count();
    assert_eq!(requests, 1800);
    std::fs::remove_file(folder.path("kept.warc")).unwrap();
    assert!(interrupted(&folder, &arguments).contains("interrupted after "));
    folder.run(&[&arguments[..], &["--resume"]].concat()).expect(0);
    assert!(folder.read("kept.warc") == whole);
}

#[cfg(unix)]
#[test]
fn an_interrupted_pipe_ends_after_a_record() {
    let folder = Folder::new();
    let mut child = folder
        .command(&["gate"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, record("a", "html", HTML).repeat(3).as_bytes()).unwrap();
    let mut line = String::new();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    // What came in comes out, though the pipe stays open.
    std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    assert_eq!(line, record("a", "html", HTML));
    interrupt(child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8(output.stderr).unwrap().contains("interrupted after 3 records"));
    drop(stdin);
}

#[cfg(unix)]
fn interrupt(process: u32) {
    let status = std::process::Command::new("kill").args(["-INT", &process.to_string()]).status().unwrap();
    assert!(status.success());
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_stops_a_run_that_can_go_on() {
    use std::process::Command;
    let folder = Folder::new();
    let stream = lines(3000);
    folder.write("in.jsonl", &stream);
    let binary = env!("CARGO_BIN_EXE_pagesieve");
    let gate = format!("exec {binary} gate in.jsonl --drop-to d.jsonl --output kept.jsonl");
    // A file may have 1,000 blocks of 512 or 1,024 bytes; what goes beyond is an error of writing, as on a full disk.
    let limited = format!("ulimit -f 1000; trap '' XFSZ; {gate}");
    let output = Command::new("sh").args(["-c", &limited]).current_dir(folder.path("")).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("cannot write it") && told.contains("--resume goes on from there"), "{told}");
    assert!(!folder.path("kept.jsonl").exists() && !folder.path("d.jsonl").exists());
    let again = format!("{gate} --resume");
    let output = Command::new("sh").args(["-c", &again]).current_dir(folder.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let [kept, dropped] = ["kept.jsonl", "d.jsonl"].map(|name| String::from_utf8(folder.read(name)).unwrap());
    assert_eq!(kept.lines().count() + dropped.lines().count(), 3000);
    assert!(kept.lines().chain(dropped.lines()).all(|line| stream.contains(line)));
    assert_eq!(folder.names(), ["d.jsonl", "in.jsonl", "kept.jsonl"]);
}

#[test]
fn outputs_that_are_there_are_not_made_again() {
    let folder = Folder::new();
    folder
        .write("in/a.jsonl", record("a", "html", HTML))
        .write("in/b/c.jsonl.gz", gzip(record("c", "html", HTML).as_bytes()));
    folder.write("kept/a.jsonl", "done before");
    let arguments = ["gate", "in", "--output-dir", "kept", "--drop-to", "dropped"];
    let run = folder.run(&arguments).expect(0);
    assert!(run.stderr.contains("1 of 2 inputs had their output already"), "{}", run.stderr);
    assert_eq!(folder.read("kept/a.jsonl"), b"done before");
    assert_eq!(unzip(&folder.read("kept/b/c.jsonl.gz")), record("c", "html", HTML).as_bytes());
    assert_eq!(unzip(&folder.read("dropped/b/c.jsonl.gz")), b"");
    folder.write("in2/a.jsonl", "");
    folder.run(&["gate", "in/a.jsonl", "in2/a.jsonl", "--output-dir", "kept"]).expect(2);
    folder.run(&["gate", "--output-dir", "kept"]).expect(2);
    folder.run(&["gate", "in", "--resume"]).expect(2);
    folder.run(&["extract", "in", "--output-dir", "texts"]).expect(0);
    assert!(folder.path("texts/b/c.jsonl.gz").exists());
}

#[test]
fn progress_is_told_to_whoever_asks() {
    let folder = Folder::new();
    folder.write("in.jsonl", lines(9000));
    let run = folder.run(&["gate", "in.jsonl", "--progress", "always", "--threads", "1"]).expect(0);
    let line = run.stderr.lines().next().unwrap();
    for word in [" of ", "pages/s", " kept, ", " dropped, ", " unsure", " left"] {
        assert!(line.contains(word), "{word}: {line}");
    }
    assert!(folder.run(&["gate", "in.jsonl"]).expect(0).stderr.starts_with("keep"));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = Folder::new();
    folder.write("in.jsonl", lines(300));
    let classify = |threads: &str| {
        folder.run(&["classify", "in.jsonl", "--format", "jsonl", "--threads", threads]).expect(0).stdout
    };
    assert!(classify("1") == classify("4"));
}
