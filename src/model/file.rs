//! The model file.
//!
//! Layout, all numbers little-endian: the magic `PGSV`; u16 format version; u16 tokenizer version; then sections, each
//! a tag of four letters, a u64 length in bytes and the content; last the section `CRC ` with a CRC-32 of all before
//! it. Sections: `META` (JSON: labels, card, policy), `TABL` (i16 weights of every view), `FUSE` (fusions and transitions), `CALB` (calibration; left out if there is none),
//! `CNTS` (counts, zstd), `SMPL` (training pages kept, zstd; may be empty). Nothing in it is executed, every length is
//! checked, and numbers that are not finite are refused.

use serde::{Deserialize, Serialize};

use super::calibration::{Calibration, FORMS, FormCalibration, Rise};
use super::{Card, Counts, FOLDS, Fusions, Model, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::features::{VIEWS, View};
use crate::fusion::{Curve, Fusion, KNOTS};
use crate::gate::Policy;
use crate::label::{Labels, MAX_LABELS};
use crate::segment::Transitions;
use crate::token::{TOKENIZER_VERSION, mix};

const MAGIC: &[u8; 4] = b"PGSV";
/// Goes up whenever the layout, the views or the inputs of the fusions change.
pub(crate) const FORMAT_VERSION: u16 = 3;
/// zstd's level for the sections that only further training reads: small enough, and fast to write.
const COMPRESSION: i32 = 1;
/// The most that a compressed section may unpack to, in bytes.
const LARGEST_SECTION: usize = 1 << 30;

#[derive(Serialize, Deserialize)]
struct Meta {
    labels: Vec<String>,
    card: Card,
    policy: Policy,
}

/// The bytes of a model file.
pub(super) fn write(model: &Model) -> Vec<u8> {
    let (meta, tables, fusions) = (write_meta(model), write_tables(&model.tables), write_all_fusions(model));
    let counts = compressed(&write_counts(&model.counts, model.labels.len()));
    let sample = compressed(&model.sample);
    let calibration = model.calibration.as_ref().map(write_calibration);
    let sections = [&meta, &tables, &fusions, &counts, &sample].map(Vec::len).iter().sum::<usize>();
    let mut out = Vec::with_capacity(sections + calibration.as_ref().map_or(0, Vec::len) + 8 + 7 * 16);
    out.extend(MAGIC);
    out.extend(FORMAT_VERSION.to_le_bytes());
    out.extend(TOKENIZER_VERSION.to_le_bytes());
    section(&mut out, *b"META", &meta);
    section(&mut out, *b"TABL", &tables);
    section(&mut out, *b"FUSE", &fusions);
    if let Some(calibration) = &calibration {
        section(&mut out, *b"CALB", calibration);
    }
    section(&mut out, *b"CNTS", &counts);
    section(&mut out, *b"SMPL", &sample);
    let checksum = crc32fast::hash(&out);
    section(&mut out, *b"CRC ", &checksum.to_le_bytes());
    out
}

/// Reads the bytes of a model file.
pub(super) fn read(bytes: &[u8]) -> Result<Model> {
    let mut sections = Sections::open(bytes)?;
    let meta: Meta = serde_json::from_slice(sections.next(*b"META")?)
        .map_err(|error| damaged(&format!("its description is not readable ({error})")))?;
    let labels = Labels::new(meta.labels)?;
    let count = labels.len();

    let tables = read_tables(sections.next(*b"TABL")?, count)?;
    let mut fusions = Reader(sections.next(*b"FUSE")?);
    let plain = read_fusions(&mut fusions, count)?;
    let markup = if fusions.0.is_empty() { None } else { Some(read_fusions(&mut fusions, count)?) };
    fusions.end()?;

    let calibration = sections.next_if(*b"CALB")?.map(|bytes| read_calibration(bytes, count)).transpose()?;
    let counts = read_counts(&decompressed(sections.next(*b"CNTS")?)?, count)?;
    let sample = decompressed(sections.next(*b"SMPL")?)?;
    meta.policy.check(&labels)?;
    let mut model = Model {
        labels,
        card: meta.card,
        policy: meta.policy,
        tables,
        plain,
        markup,
        calibration,
        counts,
        sample,
        hash: 0,
    };
    model.hash = fingerprint(&model);
    Ok(model)
}

/// A fingerprint of all that decides what a model says: its description, tables and fusions.
pub(super) fn fingerprint(model: &Model) -> u64 {
    let parts = [write_meta(model), write_tables(&model.tables), write_all_fusions(model)];
    let calibration = model.calibration.as_ref().map(write_calibration);
    parts.iter().chain(&calibration).fold(0, |hash, part| {
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

fn section(out: &mut Vec<u8>, tag: [u8; 4], content: &[u8]) {
    out.extend(tag);
    out.extend((content.len() as u64).to_le_bytes());
    out.extend(content);
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Model, format!("the model file is damaged: {what}; fetch or train it again"))
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
        let (content, checksum) = bytes.split_at(bytes.len().saturating_sub(16).max(8));
        let mut expected = Vec::new();
        section(&mut expected, *b"CRC ", &crc32fast::hash(content).to_le_bytes());
        if checksum != expected {
            return Err(damaged("its checksum does not match"));
        }
        Ok(Self(&content[8..]))
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

/// Reads numbers off bytes, and never past their end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(bytes).ok_or_else(|| damaged("a section is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("take gives the length asked for"))
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn f32(&mut self) -> Result<f32> {
        let value = f32::from_le_bytes(self.array()?);
        if value.is_finite() { Ok(value) } else { Err(damaged("a number in it is not finite")) }
    }

    fn f32s(&mut self, count: usize) -> Result<Vec<f32>> {
        (0..count).map(|_| self.f32()).collect()
    }

    /// An unsigned number in groups of seven bits, lowest first.
    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.array::<1>()?[0];
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(damaged("a count in it is too large"))
    }

    fn end(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged("a section is too long")) }
    }
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes counts, most of which are small: where a number of them are, all at once.
fn write_varints(out: &mut Vec<u8>, counts: &[u32]) {
    for counts in counts.chunks(32) {
        if counts.iter().fold(0, |bits, count| bits | count) < 0x80 {
            out.extend(counts.iter().map(|count| *count as u8));
        } else {
            counts.iter().for_each(|count| write_varint(out, u64::from(*count)));
        }
    }
}

fn write_f32s<'a>(out: &mut Vec<u8>, values: impl IntoIterator<Item = &'a f32>) {
    values.into_iter().for_each(|value| out.extend(value.to_le_bytes()));
}

fn write_tables(tables: &[Table; VIEWS]) -> Vec<u8> {
    let mut out = Vec::new();
    for rows in tables.iter().map(Table::rows) {
        out.reserve(rows.len() * MAX_LABELS * size_of::<i16>());
        rows.flatten().for_each(|weight| out.extend_from_slice(&weight.to_le_bytes()));
    }
    out
}

fn read_tables(bytes: &[u8], labels: usize) -> Result<[Table; VIEWS]> {
    let mut reader = Reader(bytes);
    let mut tables = Vec::with_capacity(VIEWS);
    for view in View::ALL {
        let pairs = reader.take(2 * labels * view.slots())?.chunks_exact(2);
        let weights = pairs.map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
        tables.push(Table::from_weights(labels, view.slots(), weights));
    }
    reader.end()?;
    tables.try_into().map_err(|_| damaged("it has too few views"))
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

fn write_counts(counts: &Counts, labels: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for fold in (0..FOLDS).map(|fold| counts.fold(fold)) {
        write_varint(&mut out, fold.pages);
        for label in 0..labels {
            write_varint(&mut out, fold.blocks[label]);
            write_varint(&mut out, fold.transitions.first[label]);
            write_varint(&mut out, fold.transitions.all[label]);
            fold.transitions.steps[label][..labels].iter().for_each(|count| write_varint(&mut out, *count));
            for view in View::ALL {
                let features = fold.features(view, label);
                write_varint(&mut out, features.len() as u64);
                write_varints(&mut out, features);
            }
        }
    }
    out
}

fn read_counts(bytes: &[u8], labels: usize) -> Result<Counts> {
    let mut reader = Reader(bytes);
    let mut counts = Counts::default();
    for fold in 0..FOLDS {
        let fold = counts.fold_mut(fold);
        fold.pages = reader.varint()?;
        for label in 0..labels {
            fold.blocks[label] = reader.varint()?;
            fold.transitions.first[label] = reader.varint()?;
            fold.transitions.all[label] = reader.varint()?;
            for to in 0..labels {
                fold.transitions.steps[label][to] = reader.varint()?;
            }
            for view in View::ALL {
                let length = reader.varint()? as usize;
                if length != 0 && length != view.slots() {
                    return Err(damaged("its counts are of another vocabulary"));
                }
                let count =
                    |_| u32::try_from(reader.varint()?).map_err(|_| damaged("a count in it is too large"));
                fold.set_features(view, label, (0..length).map(count).collect::<Result<_>>()?);
            }
        }
    }
    reader.end()?;
    Ok(counts)
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, COMPRESSION).expect("compressing into memory cannot fail")
}

fn decompressed(bytes: &[u8]) -> Result<Vec<u8>> {
    let bound = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten();
    let bound = bound.and_then(|bytes| usize::try_from(bytes).ok()).filter(|bytes| *bytes <= LARGEST_SECTION);
    let bound = bound.ok_or_else(|| damaged("a compressed section is too large"))?;
    zstd::bulk::decompress(bytes, bound)
        .map_err(|error| damaged(&format!("a section does not unpack ({error})")))
}
