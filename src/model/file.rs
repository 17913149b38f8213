//! The model file.
//!
//! Layout, all numbers little-endian: the magic `PGSV`; u16 format version; u16 tokenizer version; then sections, each
//! a tag of four letters, a u64 length in bytes and the content; last the section `CRC ` with a CRC-32 of all before
//! it. Sections: `META` (JSON: labels, card, policy), `HASH` (u64: the fingerprint of what the model says), `TABL` (i16
//! weights of every view, slot by slot, label by label), `FUSE` (fusions and transitions), `CALB` (calibration; left out
//! if there is none), `CNTS` (counts, zstd), `SMPL` (training pages kept, zstd; may be empty). Nothing in it is executed,
//! every length is checked, and numbers that are not finite are refused. Tables are used as they lie there; counts and
//! pages are unpacked when somebody trains further.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::bytes::{Reader, damaged, write_f32s};
use super::calibration::{Calibration, FORMS, FormCalibration, Rise};
use super::packed::Packed;
use super::{Card, Fusions, Model, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::features::View;
use crate::fusion::{Curve, Fusion, KNOTS};
use crate::gate::Policy;
use crate::label::{Labels, MAX_LABELS};
use crate::segment::Transitions;
use crate::token::{TOKENIZER_VERSION, mix};

const MAGIC: &[u8; 4] = b"PGSV";
/// Goes up whenever the layout, the views or the inputs of the fusions change.
pub(crate) const FORMAT_VERSION: u16 = 4;
/// Bytes of the last section, with its tag and length.
const CHECKSUM_SECTION: usize = 16;

#[derive(Serialize, Deserialize)]
struct Meta {
    labels: Vec<String>,
    card: Card,
    policy: Policy,
}

/// The bytes of a model file.
pub(super) fn write(model: &Model) -> Vec<u8> {
    let (meta, fusions) = (write_meta(model), write_all_fusions(model));
    let calibration = model.calibration.as_ref().map(write_calibration);
    let tables: usize = model.tables.iter().map(|table| table.as_bytes().len()).sum();
    let mut out = Vec::with_capacity(
        tables + model.counts.as_bytes().len() + model.sample.as_bytes().len() + (1 << 17),
    );
    out.extend(MAGIC);
    out.extend(FORMAT_VERSION.to_le_bytes());
    out.extend(TOKENIZER_VERSION.to_le_bytes());
    section(&mut out, *b"META", &[&meta]);
    section(&mut out, *b"HASH", &[&model.hash.to_le_bytes()]);
    section(&mut out, *b"TABL", &model.tables.each_ref().map(Table::as_bytes));
    section(&mut out, *b"FUSE", &[&fusions]);
    if let Some(calibration) = &calibration {
        section(&mut out, *b"CALB", &[calibration]);
    }
    section(&mut out, *b"CNTS", &[model.counts.as_bytes()]);
    section(&mut out, *b"SMPL", &[model.sample.as_bytes()]);
    let checksum = crc32fast::hash(&out);
    section(&mut out, *b"CRC ", &[&checksum.to_le_bytes()]);
    out
}

/// Reads the bytes of a model file, which may be anything.
pub(super) fn read(bytes: &[u8]) -> Result<Model> {
    let sections = Sections::open(bytes)?;
    sections.check(bytes)?;
    sections.read(|bytes| Cow::Owned(bytes.to_vec()))
}

/// Reads the model that was built into the program: its tables stay where they are, and its checksum is not looked at, for
/// which all of it would have to be loaded.
pub(super) fn read_embedded(bytes: &'static [u8]) -> Result<Model> {
    Sections::open(bytes)?.read(Cow::Borrowed)
}

/// A fingerprint of all that decides what a model says: its description, tables and fusions.
pub(super) fn fingerprint(model: &Model) -> u64 {
    let (meta, fusions) = (write_meta(model), write_all_fusions(model));
    let calibration = model.calibration.as_ref().map(write_calibration);
    let tables = model.tables.iter().map(Table::as_bytes);
    let parts = [&*meta].into_iter().chain(tables).chain([&*fusions]).chain(calibration.as_deref());
    parts.fold(0, |hash, part| {
        let (words, rest) = part.as_chunks();
        let words = words.iter().copied().map(u64::from_le_bytes);
        let rest =
            (!rest.is_empty()).then(|| rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        words.chain(rest).fold(mix(hash, part.len() as u64), mix)
    })
}

fn write_meta(model: &Model) -> Vec<u8> {
    let (labels, card, policy) = (model.labels.names().to_vec(), model.card.clone(), model.policy.clone());
    serde_json::to_vec(&Meta { labels, card, policy }).expect("plain strings and numbers always make JSON")
}

fn write_all_fusions(model: &Model) -> Vec<u8> {
    let mut fusions = Vec::new();
    write_fusions(&mut fusions, &model.plain);
    if let Some(markup) = &model.markup {
        write_fusions(&mut fusions, markup);
    }
    fusions
}

/// Writes a section whose content is these parts.
fn section(out: &mut Vec<u8>, tag: [u8; 4], content: &[&[u8]]) {
    let length: usize = content.iter().map(|part| part.len()).sum();
    out.extend(tag);
    out.extend((length as u64).to_le_bytes());
    content.iter().for_each(|part| out.extend_from_slice(part));
}

/// The sections of a model file whose frame was checked.
struct Sections<'a>(&'a [u8]);

impl<'a> Sections<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() < 8 || &bytes[..4] != MAGIC {
            let message = "this is not a pagesieve model; give a file written by `pagesieve train`";
            return Err(Error::new(ErrorKind::Model, message));
        }
        let version = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let (format, tokenizer) = (version(4), version(6));
        if (format, tokenizer) != (FORMAT_VERSION, TOKENIZER_VERSION) {
            let message = format!(
                "the model is of format {format} and tokenizer {tokenizer}, but this pagesieve reads format \
                 {FORMAT_VERSION} and tokenizer {TOKENIZER_VERSION}; train it again, or use the pagesieve that wrote it"
            );
            return Err(Error::new(ErrorKind::Model, message));
        }
        let content = bytes.len().saturating_sub(CHECKSUM_SECTION).max(8);
        Ok(Self(&bytes[8..content]))
    }

    /// Checks the checksum at the end of `bytes`, of which these are the sections.
    fn check(&self, bytes: &[u8]) -> Result<()> {
        let (content, checksum) = bytes.split_at(8 + self.0.len());
        let mut expected = Vec::new();
        section(&mut expected, *b"CRC ", &[&crc32fast::hash(content).to_le_bytes()]);
        if checksum == expected { Ok(()) } else { Err(damaged("its checksum does not match")) }
    }

    /// The model in the sections; `keep` gives their bytes a life as long as the model's.
    fn read(mut self, keep: impl Fn(&'a [u8]) -> Cow<'static, [u8]>) -> Result<Model> {
        let meta: Meta = serde_json::from_slice(self.next(*b"META")?)
            .map_err(|error| damaged(&format!("its description is not readable ({error})")))?;
        let labels = Labels::new(meta.labels)?;
        let count = labels.len();
        meta.policy.check(&labels)?;
        let mut hash = Reader(self.next(*b"HASH")?);
        let (stored, ()) = (hash.array()?, hash.end()?);

        let mut tables = Reader(self.next(*b"TABL")?);
        let of_views = View::ALL.map(|view| {
            let bytes = tables.take(Table::bytes_of(count, view.slots()))?;
            Ok(Table::from_bytes(count, keep(bytes)))
        });
        tables.end()?;
        let of_views: Vec<Table> = of_views.into_iter().collect::<Result<_>>()?;

        let mut fusions = Reader(self.next(*b"FUSE")?);
        let plain = read_fusions(&mut fusions, count)?;
        let markup = if fusions.0.is_empty() { None } else { Some(read_fusions(&mut fusions, count)?) };
        fusions.end()?;
        let calibration = self.next_if(*b"CALB")?.map(|bytes| read_calibration(bytes, count)).transpose()?;
        Ok(Model {
            labels,
            card: meta.card,
            policy: meta.policy,
            tables: of_views.try_into().expect("one table was read for every view"),
            plain,
            markup,
            calibration,
            counts: Packed::from_bytes(keep(self.next(*b"CNTS")?)),
            sample: Packed::from_bytes(keep(self.next(*b"SMPL")?)),
            hash: u64::from_le_bytes(stored),
        })
    }

    /// The content of the next section, which must be `tag`.
    fn next(&mut self, tag: [u8; 4]) -> Result<&'a [u8]> {
        let mut reader = Reader(self.0);
        if reader.take(4)? != tag {
            return Err(damaged(&format!("its section {} is missing", String::from_utf8_lossy(&tag))));
        }
        let length = u64::from_le_bytes(reader.array()?);
        let content = reader.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        self.0 = reader.0;
        Ok(content)
    }

    /// The same, if the next section is `tag`.
    fn next_if(&mut self, tag: [u8; 4]) -> Result<Option<&'a [u8]>> {
        if self.0.starts_with(&tag) { self.next(tag).map(Some) } else { Ok(None) }
    }
}

fn write_fusions(out: &mut Vec<u8>, fusions: &Fusions) {
    let labels = fusions.transitions.labels;
    write_fusion(out, &fusions.evidence, labels);
    out.extend((fusions.around.len() as u32).to_le_bytes());
    fusions.around.iter().for_each(|fusion| write_fusion(out, fusion, labels));
    write_fusion(out, &fusions.page, labels);
    write_f32s(out, fusions.transitions.steps.iter().chain(&fusions.transitions.first));
    write_f32s(out, [&fusions.temperature]);
}

fn read_fusions(reader: &mut Reader<'_>, labels: usize) -> Result<Fusions> {
    let evidence = read_fusion(reader, labels)?;
    let passes = reader.u32()?;
    let around = (0..passes).map(|_| read_fusion(reader, labels)).collect::<Result<_>>()?;
    let page = read_fusion(reader, labels)?;
    let steps = reader.f32s(labels * labels)?;
    let first = reader.f32s(labels)?;
    let temperature = reader.f32()?;
    if temperature <= 0.0 {
        return Err(damaged("its temperature is not above 0"));
    }
    Ok(Fusions { evidence, around, page, transitions: Transitions { labels, steps, first }, temperature })
}

fn write_fusion(out: &mut Vec<u8>, fusion: &Fusion, labels: usize) {
    out.extend((fusion.curves().len() as u32).to_le_bytes());
    write_f32s(out, &fusion.bias());
    for curve in fusion.curves() {
        write_f32s(out, &curve.knots);
        curve.values.iter().for_each(|values| write_f32s(out, &values[..labels]));
    }
}

fn read_fusion(reader: &mut Reader<'_>, labels: usize) -> Result<Fusion> {
    let curves = reader.u32()?;
    let mut bias = [0.0; MAX_LABELS];
    bias.copy_from_slice(&reader.f32s(MAX_LABELS)?);
    let curve = |_| {
        let mut knots = [0.0; KNOTS];
        knots.copy_from_slice(&reader.f32s(KNOTS)?);
        if !knots.is_sorted() {
            return Err(damaged("the knots of a curve do not rise"));
        }
        let mut curve = Curve::flat(knots);
        for values in &mut curve.values {
            values[..labels].copy_from_slice(&reader.f32s(labels)?);
        }
        Ok(curve)
    };
    Ok(Fusion::new(labels, bias, (0..curves).map(curve).collect::<Result<_>>()?))
}

fn write_calibration(calibration: &Calibration) -> Vec<u8> {
    let mut out = Vec::new();
    for form in &calibration.forms {
        write_f32s(&mut out, [&form.temperature]);
        for rise in &form.blocks {
            out.extend((rise.0.len() as u32).to_le_bytes());
            rise.0.iter().for_each(|(at, value)| write_f32s(&mut out, [at, value]));
        }
    }
    out
}

fn read_calibration(bytes: &[u8], labels: usize) -> Result<Calibration> {
    let mut reader = Reader(bytes);
    let mut forms: [FormCalibration; FORMS] = std::array::from_fn(|_| FormCalibration::none(labels));
    for form in &mut forms {
        form.temperature = reader.f32()?;
        if form.temperature <= 0.0 {
            return Err(damaged("a temperature of its calibration is not above 0"));
        }
        for rise in &mut form.blocks {
            let points = reader.u32()?;
            *rise = Rise((0..points).map(|_| Ok((reader.f32()?, reader.f32()?))).collect::<Result<_>>()?);
            let is_rising = rise.0.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
            if !is_rising || rise.0.iter().any(|(at, value)| !is_share(*at) || !is_share(*value)) {
                return Err(damaged("a curve of its calibration does not rise from 0 to 1"));
            }
        }
    }
    reader.end()?;
    Ok(Calibration { forms })
}

fn is_share(value: f32) -> bool {
    (0.0..=1.0).contains(&value)
}
