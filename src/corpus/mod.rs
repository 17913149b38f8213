//! The corpus reader: folders of labelled pages from elsewhere.
//!
//! Comes in: JSON Lines, one page a line, plain or compressed. Goes out: [`Record`]s, to be measured, and
//! [`LabelledPage`]s, to be trained on. The forms it knows are told apart by their fields:
//!
//! - `html` and `gold_text`: a page and its main text; blocks whose words are in the text, in order, have the label
//!   `content`, all others are boilerplate;
//! - `html` and `blocks` (`text`, `label`): a page and all of its blocks;
//! - `html`, `with` and `without`: a page and strings that its main text holds and does not hold; not trained on;
//! - `lines` (`text`, `label`): plain text, line by line;
//! - `text` and `label`: one line;
//! - `text` and `format`: a plain-text page of which only the kind is known.

mod alignment;
mod labels;
mod line_labels;
mod record;

use std::path::{Path, PathBuf};

use crate::document::Document;
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::input::jsonl::Lines;
use crate::input::source;
use crate::label::{BOILERPLATE, LabelSet};
use crate::labelled::{LabelNames, LabelledPage};
use crate::token::mix;
use labels::{labels_from_blocks, labels_from_text};
pub use line_labels::LineLabels;
pub use record::{Gold, Line, Record};

/// The prefix of the names of files to train on.
pub const TRAINING_FILES: &str = "train-";
/// The prefix of the names of files to measure on, and never to train on.
pub const DEVELOPMENT_FILES: &str = "dev-";

/// How the names of corpus files end.
const ENDINGS: [&str; 3] = [".jsonl", ".jsonl.gz", ".jsonl.zst"];

/// The files of a corpus folder whose names start with `prefix` and end with `.jsonl`, `.jsonl.gz` or `.jsonl.zst`, in
/// all folders below, sorted by path.
///
/// # Errors
/// If a folder cannot be listed, or there is no such file.
pub fn files(folder: &Path, prefix: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, prefix, &mut files)?;
    files.sort();
    if files.is_empty() {
        let message = format!("the corpus folder has no file named {prefix}*.jsonl, .jsonl.gz or .jsonl.zst");
        return Err(Error::new(ErrorKind::Data, message).at(folder));
    }
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |error| Error::io(folder, "list the corpus folder", error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            collect(&path, prefix, files)?;
        } else if name.starts_with(prefix) && ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
    Ok(())
}

/// What a corpus file is called: its name without the ending.
pub fn set_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bare = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    bare.unwrap_or(&name).to_owned()
}

/// The fold that a group of pages belongs to, of as many as `folds` says: pages of one site are in one fold. Training
/// deals pages into folds of its own, which are not these.
pub fn fold_of(group: u64, folds: usize) -> usize {
    (mix(group, 0x0DD_F01D) >> 32) as usize % folds.max(1)
}

/// Reads the pages of one corpus file and passes those to train on to `take`. What `line_labels` says of a plain-text
/// page of which only the kind is known goes before its kind.
///
/// # Errors
/// If the file cannot be read, a line is of none of the forms above, or a page has other lines than `line_labels` says.
pub fn read_file(
    path: &Path,
    line_labels: &LineLabels,
    names: &mut LabelNames,
    mut take: impl FnMut(LabelledPage),
) -> Result<()> {
    for line in Lines::new(source::open(path)?) {
        let line = line.map_err(|unreadable| unreadable.error.at(path))?;
        let page = Record::parse(&line.bytes).and_then(|record| record.labelled(line_labels, names));
        if let Some(page) = page.map_err(|error| error.on_line(line.number).at(path))? {
            take(page);
        }
    }
    Ok(())
}

/// Pages of our own have the forms that this is for, half a list of posts and half a story among them, and beside a corpus they
/// are few.
const OWN_WEIGHT: f32 = 2.0;
/// Pages aligned with a main text are many, and aligned by a machine: a page labelled for this project counts more.
const PAGE_WEIGHT: f32 = 0.1;
/// A headline counts little: there are many, and they are not pages.
const HEADLINE_WEIGHT: f32 = 0.15;
/// How much more one of news counts. Collections of headlines are made half of clickbait; in the wild it is rarer, and to
/// take news for it is the worse mistake. With this a third of listicles becomes a fifth.
const NEWS_HEADLINE_WEIGHT: f32 = 2.0;
/// Pages labelled line by line are the only ones that look as plain text does. Weighed more, they take what they are, all
/// news or all of posts, for what pages are: 0.8 gave 0.01 more on held-out lines, and lost 0.03 of what is right on pages
/// of both.
const LINES_WEIGHT: f32 = 0.28;
/// Pages of which only the kind is known have blocks that it does not hold for.
const FORMAT_WEIGHT: f32 = 0.03;

/// A page of labelled rows as it counts beside those of a corpus.
pub fn own_page(page: &LabelledPage) -> LabelledPage {
    let LabelledPage { weight, content_weight, .. } = page;
    let (weight, content_weight) = (weight * OWN_WEIGHT, content_weight * OWN_WEIGHT);
    LabelledPage { weight, content_weight, ..page.clone() }
}

impl Record {
    /// The page with the labels of its blocks; none if nothing is known of any block.
    ///
    /// # Errors
    /// If `names` has no room for the labels news, listicle and boilerplate, or the page has other lines than
    /// `line_labels` says.
    pub fn labelled(&self, line_labels: &LineLabels, names: &mut LabelNames) -> Result<Option<LabelledPage>> {
        let kinds = Kinds::new(names)?;
        let content = if self.is_torn() { kinds.either } else { kinds.of(self.content().unwrap_or("other")) };
        let document = self.document();
        let (labels, content, weight) = match self.gold() {
            Gold::Text(text) => {
                (labels_from_text(&document, text, content, &kinds), Some(content), PAGE_WEIGHT)
            }
            Gold::Blocks(blocks) => {
                (labels_from_blocks(&document, blocks, content, &kinds), Some(content), PAGE_WEIGHT)
            }
            Gold::Lines(lines) => {
                let lines = lines.iter().filter(|line| !line.text.trim().is_empty());
                (lines.map(|line| kinds.of(&line.label)).collect(), None, LINES_WEIGHT)
            }
            Gold::Label(label) => {
                let more = if label == "news" { NEWS_HEADLINE_WEIGHT } else { 1.0 };
                (vec![kinds.of(label); document.len()], None, HEADLINE_WEIGHT * more)
            }
            Gold::Format { name, .. } => match line_labels.of(self.id()) {
                Some(lines) if lines.len() == document.len() => {
                    (lines.iter().map(|label| kinds.of(label)).collect(), None, LINES_WEIGHT)
                }
                Some(lines) => return Err(self.other_lines(lines.len(), document.len())),
                None if kinds.of_format(name).is_empty() => return Ok(None),
                None => {
                    let content = kinds.of_format(name);
                    (labels_of_prose(&document, content), Some(content), FORMAT_WEIGHT)
                }
            },
            Gold::Strings { .. } => return Ok(None),
        };
        let content_weight = match self.gold() {
            // What kind of page it is, is what was judged of it.
            Gold::Format { confidence, .. } if content.is_some() => confidence as f32,
            _ => weight,
        };
        let (name, group) = (self.id().to_owned(), self.group());
        Ok(Some(LabelledPage { name, group, document, labels, content, weight, content_weight }))
    }

    /// What is said where the labels of lines are of a page with so many, and this one has others.
    fn other_lines(&self, labelled: usize, lines: usize) -> Error {
        let message =
            format!("{} has {lines} lines, but labels for {labelled}; label its lines anew", self.id());
        Error::new(ErrorKind::Data, message)
    }
}

/// Of a page whose kind is known, prose is of that kind; what its short lines are nobody said.
fn labels_of_prose(document: &Document, content: LabelSet) -> Vec<LabelSet> {
    let features = Features::of(document);
    features.facts().iter().map(|facts| if facts.is_prose() { content } else { UNKNOWN }).collect()
}

/// Nothing is known of a block.
const UNKNOWN: LabelSet = LabelSet::EMPTY;

/// The label sets that the corpus distinguishes.
struct Kinds {
    news: LabelSet,
    listicle: LabelSet,
    boilerplate: LabelSet,
    /// Main content that is neither, or nobody knows which: it teaches what content looks like.
    either: LabelSet,
}

impl Kinds {
    fn new(names: &mut LabelNames) -> Result<Self> {
        let [news, listicle, boilerplate] = ["news", "listicle", BOILERPLATE].map(|name| names.parse(name));
        let (news, listicle, boilerplate) = (news?, listicle?, boilerplate?);
        let either: LabelSet = news.iter().chain(listicle.iter()).collect();
        Ok(Self { news, listicle, boilerplate, either })
    }

    fn of(&self, label: &str) -> LabelSet {
        match label {
            "news" => self.news,
            "listicle" => self.listicle,
            // Readers' comments teach what content is not.
            "boilerplate" | "comment" => self.boilerplate,
            "other" => self.either,
            _ => UNKNOWN,
        }
    }

    /// The label of a page format's prose; none if the format says nothing of it.
    fn of_format(&self, name: &str) -> LabelSet {
        match name {
            "News Article" | "News (Organization)" => self.news,
            "Listicle" | "Spam / Ads" | "Tutorial" => self.listicle,
            _ => UNKNOWN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(json: &str) -> Vec<String> {
        let mut names = LabelNames::default();
        let page = Record::parse(json.as_bytes()).unwrap();
        let page = page.labelled(&LineLabels::default(), &mut names).unwrap().unwrap();
        let cell = |set: &LabelSet| {
            set.iter().map(|label| names.names()[label.index()].clone()).collect::<Vec<_>>().join("|")
        };
        page.labels.iter().map(cell).collect()
    }

    #[test]
    fn main_text_is_found_in_order() {
        let json = r#"{"id":"a","content":"news","html":"<li>Share</li><h1>x</h1><p>A man did bite a dog.</p><li>Share</li><p>The dog will live.</p><p>About us</p>","gold_text":"A man did bite a dog. The dog will live."}"#;
        assert_eq!(
            labels(json),
            ["boilerplate", "boilerplate", "news", "boilerplate", "news", "boilerplate"]
        );
    }

    #[test]
    fn other_content_may_be_either() {
        let json = r#"{"id":"a","content":"other","html":"<p>A man did bite a dog.</p>","gold_text":"A man did bite a dog."}"#;
        assert_eq!(labels(json), ["news|listicle"]);
        let unsure =
            r#"{"id":"a","content":"news","content_sure":false,"html":"<p>A dog.</p>","gold_text":"A dog."}"#;
        assert_eq!(labels(unsure), ["news|listicle"]);
    }

    #[test]
    fn labelled_blocks_and_lines_keep_their_labels() {
        let blocks = r#"{"id":"a","content":"listicle","html":"<h1>Ten tips</h1><p>Sleep well tonight.</p><p>Nice one, Bob</p>","blocks":[{"text":"Ten tips","label":"headline"},{"text":"Sleep well tonight.","label":"listicle"},{"text":"Nice one, Bob","label":"comment"}]}"#;
        assert_eq!(labels(blocks), ["listicle", "listicle", "boilerplate"]);
        let lines =
            r#"{"id":"a","lines":[{"text":"Home","label":"boilerplate"},{"text":"Hm","label":"disputed"}]}"#;
        assert_eq!(labels(lines), ["boilerplate", ""]);
    }

    #[test]
    fn labels_of_lines_go_before_the_kind() {
        let json = r#"{"id":"a","format":"Tutorial","text":"Home\n\nFirst, boil the water well.\nOh dear"}"#;
        let record = Record::parse(json.as_bytes()).unwrap();
        let mut names = LabelNames::default();
        let table = |labels: &str| LineLabels::read(format!("id\tlabels\na\t{labels}\n").as_bytes()).unwrap();
        let page = record.labelled(&table("bl?"), &mut names).unwrap().unwrap();
        let sizes: Vec<usize> = page.labels.iter().map(|set| set.len()).collect();
        assert_eq!((sizes, page.content, page.weight), (vec![1, 1, 0], None, LINES_WEIGHT));
        let error = record.labelled(&table("bl"), &mut names).unwrap_err();
        assert!(error.to_string().contains("a has 3 lines, but labels for 2"), "{error}");
    }

    #[test]
    fn own_pages_count_twice() {
        let page = LabelledPage { name: "a".into(), weight: 0.5, ..LabelledPage::default() };
        let expected = LabelledPage { weight: 1.0, content_weight: 2.0, ..page.clone() };
        assert_eq!(own_page(&page), expected);
    }
}
