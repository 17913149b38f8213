//! Parquet in and out; also read and written by others in `tests/interop`.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, Int64Array, LargeBinaryArray, RecordBatch, StringArray, StringViewArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::helpers::{Folder, HTML, LISTICLE, TEXT, record};

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    // Several groups of rows, as large files have them.
    for row in 0..batch.num_rows() {
        writer.write(&batch.slice(row, 1)).unwrap();
        writer.flush().unwrap();
    }
    writer.into_inner().unwrap()
}

fn rows(folder: &Folder, name: &str) -> RecordBatch {
    let file = std::fs::File::open(folder.path(name)).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = Arc::clone(builder.schema());
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    arrow_select::concat::concat_batches(&schema, &batches).unwrap()
}

fn strings(batch: &RecordBatch, column: &str) -> Vec<String> {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>();
    column.iter().map(|value| value.unwrap_or("(null)").to_owned()).collect()
}

fn pages() -> Vec<u8> {
    let pages = vec![Some(HTML.as_bytes()), Some(LISTICLE.as_bytes()), None, Some(HTML.as_bytes())];
    parquet(vec![
        ("note", Arc::new(StringArray::from(vec!["a", "b", "c", "d"]))),
        ("html", Arc::new(LargeBinaryArray::from(pages))),
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ("url", Arc::new(StringViewArray::from(vec!["u1", "u2", "u3", "u4"]))),
    ])
}

#[test]
fn rows_are_classified_and_gated_with_all_their_columns() {
    let folder = Folder::new();
    folder.write("in.parquet", pages());
    let records = folder.run(&["classify", "in.parquet", "--format", "jsonl"]).expect(0).records();
    let ids: Vec<_> = records.iter().map(|record| (record["id"].as_u64(), record["url"].as_str())).collect();
    assert_eq!(
        ids,
        [(Some(1), Some("u1")), (Some(2), Some("u2")), (Some(3), Some("u3")), (Some(4), Some("u4"))]
    );
    folder
        .run(&["gate", "in.parquet", "--keep-to", "kept.parquet", "--drop-to", "dropped.parquet"])
        .expect(0);
    let kept = rows(&folder, "kept.parquet");
    assert_eq!(strings(&kept, "note"), ["a", "d"]);
    assert_eq!(kept.column(1).as_binary::<i64>().value(1), HTML.as_bytes());
    assert_eq!(strings(&kept, "pagesieve_verdict"), ["keep", "keep"]);
    let names: Vec<_> = kept.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names[..4], ["note", "html", "id", "url"]);
    assert_eq!(strings(&rows(&folder, "dropped.parquet"), "pagesieve_reasons")[1], "empty");
    let again = folder.run(&["gate", "kept.parquet"]).expect(4);
    assert!(again.stderr.contains("pagesieve_label"), "{}", again.stderr);
}

#[test]
fn text_is_cut_in_its_column() {
    let folder = Folder::new();
    folder.write("in.parquet", pages());
    folder.run(&["gate", "in.parquet", "--keep-regions", "news", "--keep-to", "kept.parquet"]).expect(0);
    let kept = rows(&folder, "kept.parquet");
    let text = String::from_utf8(kept.column(1).as_binary::<i64>().value(0).to_vec()).unwrap();
    assert!(text.starts_with("Ferry runs aground off Skarvoy\n\nSKARVOY"), "{text}");
}

#[test]
fn other_pages_become_rows() {
    let folder = Folder::new();
    folder.write(
        "in.jsonl",
        record("a", "html", HTML) + &record("b", "text", TEXT) + &record("c", "html", LISTICLE),
    );
    let arguments = [
        "gate",
        "in.jsonl",
        "--format",
        "parquet",
        "--keep-to",
        "kept.parquet",
        "--drop-to",
        "dropped.parquet",
    ];
    folder.run(&arguments).expect(0);
    let kept = rows(&folder, "kept.parquet");
    assert_eq!(
        (strings(&kept, "id"), strings(&kept, "url")[1].as_str()),
        (vec!["a".into(), "b".into()], "https://b/")
    );
    assert!(strings(&kept, "text")[1].contains("SKARVOY, March 4"));
    assert_eq!(strings(&rows(&folder, "dropped.parquet"), "pagesieve_label"), ["listicle"]);
    folder
        .write("none.jsonl", "")
        .run(&["gate", "none.jsonl", "--format", "parquet", "--output", "e.parquet"])
        .expect(0);
    assert_eq!(rows(&folder, "e.parquet").num_rows(), 0);
}

#[test]
fn what_is_no_table_of_pages_is_refused() {
    let folder = Folder::new();
    let whole = pages();
    folder.write("cut.parquet", &whole[..whole.len() / 2]).write("in.parquet", &whole);
    let run = folder.run(&["gate", "cut.parquet", "--from", "parquet"]).expect(4);
    assert!(run.stderr.contains("cut.parquet: "), "{}", run.stderr);
    let run = folder.run(&["gate", "in.parquet", "--html-field", "page"]).expect(4);
    assert!(run.stderr.contains("found: note, html, id, url"), "{}", run.stderr);
    let run = folder.pipe(&["gate"], &whole).expect(4);
    assert!(run.stderr.contains("files only"), "{}", run.stderr);
}
