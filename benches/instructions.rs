//! How many instructions the main pieces of work take: a guard against slowing down that no busy machine disturbs.
//!
//! Comes in: pages and rows of the repository, and the counts on record in `instructions.tsv`. Goes out: today's counts
//! beside them, counted by valgrind, which this program runs itself under; it fails if one has grown by more than
//! [`TOLERANCE`]. `cargo bench --bench instructions -- --refresh` puts today's counts on record. Counts hold for one
//! compiler and kind of processor, which stand in the record; elsewhere nothing is compared.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a report is what it is for

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use pagesieve::labelled::{CsvPages, LabelNames, LabelledPage};
use pagesieve::train::{Options, Trainer};
use pagesieve::{Classifier, input};

/// By how much a count may grow, as a share.
const TOLERANCE: f64 = 0.05;

/// The argument before the name of the work, within valgrind.
const WORK: &str = "--work";

/// The pieces of work.
const WORKS: [(&str, fn()); 3] =
    [("text to regions", text), ("HTML to regions", html), ("training on 600 rows", train)];

/// What is counted: nothing outside of this. By name, so it must stay a function.
#[inline(never)]
fn counted(mut work: impl FnMut()) {
    work();
    // Something after the call, so that it is none of the kind that returns on behalf of its caller.
    black_box(());
}

fn text() {
    let pages = support::training_pages(&mut LabelNames::default()).into_iter();
    let texts: Vec<String> = pages.map(|page| page.document.text_of(|_| true)).collect();
    let classifier = Classifier::new(support::model());
    counted(|| {
        for text in &texts {
            black_box(classifier.classify(&input::text::read(text)));
        }
    });
}

fn html() {
    let pages = support::golden();
    let classifier = Classifier::new(support::model());
    counted(|| {
        for page in pages.iter().filter(|page| page.document.has_markup()) {
            black_box(classifier.classify(&input::html::read(&page.page)));
        }
    });
}

fn train() {
    let mut rows = "label,text\n".to_owned();
    for n in 0..600 {
        let (label, text) = match n % 3 {
            0 => ("news", "The council voted on Tuesday to close bridge"),
            1 => ("listicle", "The best blender you can buy today is number"),
            _ => ("boilerplate", "Sign in, subscribe, share this page, item"),
        };
        writeln!(rows, "{label},\"{text} {n} {}\"", n * 7919 % 613).expect("memory takes all");
    }
    counted(|| {
        let mut trainer = Trainer::new(Options::default());
        let mut pages = CsvPages::new(rows.as_bytes()).expect("the header is ours");
        let mut page = LabelledPage::default();
        while pages.read_page(trainer.names(), &mut page).expect("the rows are ours") {
            trainer.add(&page);
        }
        black_box(trainer.finish().expect("there are three labels"));
    });
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == WORK) {
        let name = arguments.get(at + 1).map(String::as_str);
        let work = WORKS.iter().find(|(known, _)| Some(*known) == name);
        work.expect("the name is one of ours").1();
        return ExitCode::SUCCESS;
    }
    let place = taken_with();
    if arguments.iter().any(|argument| argument == "--refresh") {
        let counts = WORKS.map(|(name, _)| format!("{name}\t{}\n", count(name)));
        let record = format!("{place}\n{}", counts.concat());
        std::fs::write(record_path(), record).expect("the record can be written");
        return ExitCode::SUCCESS;
    }
    let record = std::fs::read_to_string(record_path()).expect("the record is there");
    let mut lines = record.lines();
    let recorded_with = lines.next().unwrap_or_default();
    if recorded_with != place {
        println!("skipped: counts were taken with {recorded_with}, and this is {place}");
        return ExitCode::SUCCESS;
    }
    let mut has_grown = false;
    for (name, _) in WORKS {
        let known = lines.clone().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        let known = known.unwrap_or_else(|| panic!("{name:?} is not on record; run with --refresh"));
        let counted = count(name);
        let change = counted as f64 / known as f64 - 1.0;
        let verdict = match change {
            _ if change > TOLERANCE => "  TOO MANY",
            _ if change < -TOLERANCE => "  fewer: put it on record with --refresh",
            _ => "",
        };
        has_grown |= change > TOLERANCE;
        println!("{name:<24}{counted:>14} instructions, {:+.1} % on {known}{verdict}", 100.0 * change);
    }
    if has_grown {
        eprintln!(
            "The work above takes more instructions than benches/instructions.tsv allows. If that is meant, put today's \
             counts on record: cargo bench --bench instructions -- --refresh"
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn record_path() -> PathBuf {
    support::folder("benches").join("instructions.tsv")
}

/// What counts depend on besides the source: the compiler, and what the processor can.
fn taken_with() -> String {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(compiler).arg("--version").output().expect("there is a compiler");
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    #[cfg(target_arch = "x86_64")]
    let kind = if std::arch::is_x86_feature_detected!("avx2") { " with AVX2" } else { "" };
    #[cfg(not(target_arch = "x86_64"))]
    let kind = "";
    format!("{version}, {}{kind}", std::env::consts::ARCH)
}

/// The instructions of one piece of work.
fn count(name: &str) -> u64 {
    let program = std::env::current_exe().expect("a program knows where it is");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted*"]);
    let run = valgrind.arg(program).args([WORK, name]).output();
    let run = run.expect("valgrind counts instructions; install its Debian package");
    let told = String::from_utf8_lossy(&run.stderr);
    let collected = told.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    collected.filter(|count| *count > 0).unwrap_or_else(|| panic!("valgrind counted nothing: {told}"))
}
