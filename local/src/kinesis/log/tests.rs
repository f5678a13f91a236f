//! A log in a folder: read, cut, trimmed and found again.

use std::fs::{self, File};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::shard_log::segment_files;
use super::*;
use crate::kinesis::clock::Millis;

#[test]
fn records_come_back_in_order_across_segments_and_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = small_log(folder.path());
    let written: Vec<String> = (0..40).map(|nth| format!("record {nth}")).collect();
    for (nth, text) in written.iter().enumerate() {
        assert_eq!(append(&log, text, 10), FIRST_OFFSET + nth as u64);
    }
    assert!(segment_files(folder.path()).unwrap().len() > 3);
    assert_eq!(all(&log), written);
    assert_eq!(all(&ShardLog::open(folder.path().into()).unwrap()), written);
}

#[test]
fn a_log_without_a_folder_behaves_the_same() {
    let log = ShardLog::empty(None);
    append(&log, "one", 10);
    append(&log, "two", 11);
    assert_eq!(all(&log), ["one", "two"]);
}

#[test]
fn a_torn_tail_is_cut_and_the_log_goes_on_behind_the_last_whole_record() {
    let folder = tempfile::tempdir().unwrap();
    let log = ShardLog::empty(Some(folder.path().into()));
    append(&log, "whole", 10);
    append(&log, "torn", 11);
    let (_, file) = segment_files(folder.path()).unwrap().remove(0);
    let size = fs::metadata(&file).unwrap().len();
    File::options().write(true).open(&file).unwrap().set_len(size - 1).unwrap();

    let log = ShardLog::open(folder.path().into()).unwrap();
    assert_eq!(all(&log), ["whole"]);
    append(&log, "next", 12);
    assert_eq!(all(&ShardLog::open(folder.path().into()).unwrap()), ["whole", "next"]);
}

#[test]
fn damage_in_the_middle_is_an_error_and_not_a_loss() {
    let folder = tempfile::tempdir().unwrap();
    let log = small_log(folder.path());
    (0..40).for_each(|nth| _ = append(&log, &format!("record {nth}"), 10));
    let (_, first) = segment_files(folder.path()).unwrap().remove(0);
    let mut bytes = fs::read(&first).unwrap();
    bytes[20] ^= 1;
    fs::write(&first, bytes).unwrap();
    let error = ShardLog::open(folder.path().into()).unwrap_err();
    assert!(matches!(error, LogError::Damaged { at: 0, .. }), "{error}");
}

#[test]
fn a_missing_segment_is_an_error_and_not_a_loss() {
    let folder = tempfile::tempdir().unwrap();
    let log = small_log(folder.path());
    (0..40).for_each(|nth| _ = append(&log, &format!("record {nth}"), 10));
    let (_, second) = segment_files(folder.path()).unwrap().remove(1);
    fs::remove_file(second).unwrap();
    assert!(matches!(ShardLog::open(folder.path().into()), Err(LogError::Gap { .. })));
}

#[test]
fn trimming_deletes_files_and_keeps_counting() {
    let folder = tempfile::tempdir().unwrap();
    let log = small_log(folder.path());
    (0..40).for_each(|nth| _ = append(&log, &format!("record {nth}"), 10 + nth));
    log.trim(Millis(40)).unwrap();
    assert!(segment_files(folder.path()).unwrap().len() < 3);
    assert_eq!(texts(&log.read(FIRST_OFFSET, Millis(40), 100, 1 << 20).unwrap())[0], "record 30");

    log.trim(Millis(1000)).unwrap();
    assert_eq!(segment_files(folder.path()).unwrap().len(), 1);
    assert_eq!(ShardLog::open(folder.path().into()).unwrap().end(), FIRST_OFFSET + 40);
}

#[test]
fn a_read_respects_its_limits_but_never_starves() {
    let log = ShardLog::empty(None);
    (0..10).for_each(|_| _ = append(&log, &"x".repeat(1000), 10));
    let counted = |records, bytes| texts(&log.read(FIRST_OFFSET, Millis(0), records, bytes).unwrap()).len();
    assert_eq!(counted(3, 1 << 20), 3);
    assert_eq!(counted(100, 1 << 20), 10);
    assert_eq!(counted(100, 2500), 2);
    assert_eq!(counted(100, 1), 1);
}

#[test]
fn a_moment_is_found_by_arrival() {
    let log = ShardLog::empty(None);
    for arrival in [10, 20, 20, 30] {
        append(&log, "x", arrival);
    }
    let offsets = [0, 10, 11, 20, 21, 30, 31].map(|moment| log.offset_at(Millis(moment)));
    assert_eq!(offsets, [1, 1, 2, 2, 4, 4, 5]);
}

#[test]
fn arrivals_never_go_back() {
    let log = ShardLog::empty(None);
    append(&log, "a", 20);
    append(&log, "b", 10);
    assert_eq!(log.offset_at(Millis(15)), FIRST_OFFSET);
    assert_eq!(log.read(FIRST_OFFSET, Millis(0), 1, 1 << 20).unwrap().next_arrival, Some(Millis(20)));
}

fn small_log(folder: &Path) -> ShardLog {
    let mut log = ShardLog::empty(Some(folder.into()));
    log.segment_bytes = 200;
    log
}

fn append(log: &ShardLog, text: &str, arrival: i64) -> u64 {
    let mut batch = Batch::default();
    batch.push("key", &STANDARD.encode(text), false).unwrap();
    log.append(&mut batch, Millis(arrival)).unwrap()
}

fn texts(excerpt: &Excerpt) -> Vec<String> {
    Frames::of(&excerpt.bytes).map(|frame| String::from_utf8(frame.data.to_vec()).unwrap()).collect()
}

fn all(log: &ShardLog) -> Vec<String> {
    let mut read = Vec::new();
    let mut from = FIRST_OFFSET;
    while from < log.end() {
        let excerpt = log.read(from, Millis(0), 7, 1 << 20).unwrap();
        read.extend(texts(&excerpt));
        from = excerpt.next;
    }
    read
}
