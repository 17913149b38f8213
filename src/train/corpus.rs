//! The corpus reader: folders of labelled pages from elsewhere.
//!
//! Comes in: JSON Lines, one page a line, plain or compressed. Goes out: [`LabelledPage`]s. The forms it knows are told
//! apart by their fields:
//!
//! - `html` and `gold_text`: a page and its main text; blocks whose words are in the text, in order, have the label
//!   `content`, all others are boilerplate;
//! - `html` and `blocks` (`text`, `label`): a page and all of its blocks;
//! - `lines` (`text`, `label`): plain text, line by line;
//! - `text` and `label`: one line;
//! - `text` and `format`: a plain-text page of which only the kind is known.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::document::{Document, DocumentBuilder};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::input::{html, source};
use crate::label::{BOILERPLATE, LabelSet};
use crate::labelled::{LabelNames, LabelledPage};
use crate::token::{TokenKind, hash_bytes, tokens};
use crate::train::alignment;

/// The prefix of the names of files to train on.
const TRAINING_FILES: &str = "train-";

/// The files of a corpus folder to train on: those whose names start with `train-` and end with `.jsonl`,
/// `.jsonl.gz` or `.jsonl.zst`, in all folders below, sorted by path.
///
/// # Errors
/// If a folder cannot be listed, or there is no such file.
pub fn training_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    if files.is_empty() {
        let message =
            format!("the corpus folder has no file named {TRAINING_FILES}*.jsonl, .jsonl.gz or .jsonl.zst");
        return Err(Error::new(ErrorKind::Data, message).at(folder));
    }
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |error| Error::io(folder, "list the corpus folder", error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            collect(&path, files)?;
        } else if name.starts_with(TRAINING_FILES)
            && [".jsonl", ".jsonl.gz", ".jsonl.zst"].iter().any(|ending| name.ends_with(ending))
        {
            files.push(path);
        }
    }
    Ok(())
}

/// A line of a corpus file.
#[derive(Deserialize)]
struct Record {
    id: String,
    domain: Option<String>,
    html: Option<String>,
    gold_text: Option<String>,
    blocks: Option<Vec<Line>>,
    lines: Option<Vec<Line>>,
    text: Option<String>,
    label: Option<String>,
    format: Option<String>,
    content: Option<String>,
    content_sure: Option<bool>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    label: String,
}

/// Reads the pages of one corpus file and passes them to `take`.
///
/// # Errors
/// If the file cannot be read or a line is of none of the forms above.
pub fn read_file(path: &Path, names: &mut LabelNames, mut take: impl FnMut(LabelledPage)) -> Result<()> {
    let mut input = source::open(path)?;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if input.read_until(b'\n', &mut line).map_err(|error| Error::io(path, "read it", error))? == 0 {
            break;
        }
        let record: Record = serde_json::from_slice(&line).map_err(|error| {
            let message = format!("the line is no corpus record ({error})");
            Error::new(ErrorKind::Format, message).on_line(number).at(path)
        })?;
        if let Some(page) = labelled(&record, names).map_err(|error| error.on_line(number).at(path))? {
            take(page);
        }
    }
    Ok(())
}

/// Pages aligned with a main text are many, and aligned by a machine: a page labelled for this project counts more.
const PAGE_WEIGHT: f32 = 0.15;
/// A headline counts little: there are many, and they are not pages.
const HEADLINE_WEIGHT: f32 = 0.2;
/// Pages labelled line by line are few, and the only ones that look as plain text does.
const LINES_WEIGHT: f32 = 1.0;
/// Pages of which only the kind is known have blocks that it does not hold for.
const FORMAT_WEIGHT: f32 = 0.03;

fn labelled(record: &Record, names: &mut LabelNames) -> Result<Option<LabelledPage>> {
    let kinds = Kinds::new(names)?;
    let group = hash_bytes(record.domain.as_ref().unwrap_or(&record.id).as_bytes());
    let content = match record.content.as_deref() {
        Some(_) if record.content_sure == Some(false) => kinds.either,
        content => kinds.of(content.unwrap_or("other")),
    };
    let page = |document: Document, labels: Vec<LabelSet>, content, weight| {
        Ok(Some(LabelledPage { name: record.id.clone(), group, document, labels, content, weight }))
    };
    if let Some(html) = &record.html {
        let document = html::read(html);
        let labels = if let Some(gold) = &record.gold_text {
            labels_from_text(&document, gold, content, &kinds)
        } else if let Some(blocks) = &record.blocks {
            labels_from_blocks(&document, blocks, content, &kinds)
        } else {
            return Err(unknown_form());
        };
        return page(document, labels, Some(content), PAGE_WEIGHT);
    }
    if let Some(lines) = &record.lines {
        let texts = lines.iter().filter(|line| !line.text.trim().is_empty());
        let labels: Vec<LabelSet> = texts.clone().map(|line| kinds.of(&line.label)).collect();
        return page(document(texts.map(|line| line.text.trim())), labels, None, LINES_WEIGHT);
    }
    match (&record.text, &record.label, &record.format) {
        (Some(text), Some(label), _) => {
            let labels = vec![kinds.of(label)];
            page(document([text.trim()].into_iter()), labels, None, HEADLINE_WEIGHT)
        }
        (Some(text), None, Some(format)) => {
            let content = match format.as_str() {
                "News Article" | "News (Organization)" => kinds.news,
                "Listicle" | "Spam / Ads" | "Tutorial" => kinds.listicle,
                _ => return Ok(None),
            };
            let document = crate::input::text::read(text);
            // Of a page whose kind is known, prose is of that kind; what its short lines are nobody said.
            let features = Features::of(&document);
            let labels = features
                .facts()
                .iter()
                .map(|facts| if facts.is_prose() { content } else { UNKNOWN })
                .collect();
            page(document, labels, Some(content), FORMAT_WEIGHT)
        }
        _ => Err(unknown_form()),
    }
}

fn unknown_form() -> Error {
    let message =
        "the line has neither html with gold_text or blocks, nor lines, nor text with label or format";
    Error::new(ErrorKind::Format, message)
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
}

fn document<'a>(lines: impl Iterator<Item = &'a str>) -> Document {
    let mut builder = DocumentBuilder::new(false);
    let mut at = 0;
    for line in lines {
        builder.block(line, at..at + line.len(), None, 0, false);
        at += line.len() + 1;
    }
    builder.finish()
}

/// The words of a text, as hashes: what two versions of it are aligned by.
fn words(text: &str) -> impl Iterator<Item = u64> {
    tokens(text).filter(|token| token.kind != TokenKind::Sign).map(|token| token.hash)
}

/// For each word of each block of `document` the index of the word of `gold` it is aligned with.
fn aligned(document: &Document, gold: &[u64]) -> Vec<Vec<Option<usize>>> {
    let page: Vec<Vec<u64>> = document.blocks().map(|block| words(block.text()).collect()).collect();
    let flat: Vec<u64> = page.iter().flatten().copied().collect();
    let mut partners = alignment::align(&flat, gold).into_iter();
    page.iter().map(|words| partners.by_ref().take(words.len()).collect()).collect()
}

/// Share of a block's words that must be aligned with the main text for it to be content.
const ALIGNED_SHARE: f32 = 0.6;

fn labels_from_text(document: &Document, gold: &str, content: LabelSet, kinds: &Kinds) -> Vec<LabelSet> {
    let gold: Vec<u64> = words(gold).collect();
    let partners = aligned(document, &gold);
    let label = |(block, partners): (crate::document::Block<'_>, &Vec<Option<usize>>)| {
        let matched: Vec<usize> = partners.iter().flatten().copied().collect();
        // Words strewn over the main text are there by chance.
        let close = match (matched.first(), matched.last()) {
            (Some(first), Some(last)) => last - first < 2 * matched.len() + 2,
            _ => false,
        };
        let share = matched.len() as f32 / partners.len().max(1) as f32;
        if block.is_headline() || close && share >= ALIGNED_SHARE {
            content
        } else if share > 0.3 && partners.len() > 8 {
            // Some of it: the page's cut and the reader's differ.
            UNKNOWN
        } else {
            kinds.boilerplate
        }
    };
    document.blocks().zip(&partners).map(label).collect()
}

fn labels_from_blocks(document: &Document, gold: &[Line], content: LabelSet, kinds: &Kinds) -> Vec<LabelSet> {
    let mut gold_words = Vec::new();
    let mut owners = Vec::new();
    for (index, block) in gold.iter().enumerate() {
        gold_words.extend(words(&block.text));
        owners.resize(gold_words.len(), index);
    }
    let label = |partners: Vec<Option<usize>>| {
        let mut votes: Vec<(LabelSet, usize)> = Vec::new();
        for word in partners.iter().flatten() {
            let set = match gold[owners[*word]].label.as_str() {
                "headline" => content,
                label => kinds.of(label),
            };
            match votes.iter_mut().find(|(known, _)| *known == set) {
                Some((_, count)) => *count += 1,
                None => votes.push((set, 1)),
            }
        }
        let most = votes.into_iter().max_by_key(|(_, count)| *count);
        most.filter(|(_, count)| 2 * count >= partners.len()).map_or(UNKNOWN, |(set, _)| set)
    };
    aligned(document, &gold_words).into_iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(json: &str) -> Vec<String> {
        let mut names = LabelNames::default();
        let page = labelled(&serde_json::from_str(json).unwrap(), &mut names).unwrap().unwrap();
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
    fn unknown_forms_are_refused() {
        let record = serde_json::from_str(r#"{"id":"a","html":"<p>x"}"#).unwrap();
        assert!(labelled(&record, &mut LabelNames::default()).is_err());
    }
}
