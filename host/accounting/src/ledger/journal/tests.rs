//! Tests of the journal, on real files.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;
use std::thread;

use super::*;
use crate::ledger::segment::{Contents, names};

/// A journal with one open segment.
fn open(dir: &Path) -> Journal {
    Journal::open(dir, NonZeroUsize::MIN).unwrap()
}

/// The one segment that was written.
fn rotate(journal: &Journal) -> Segment {
    journal.rotate().next().unwrap().unwrap()
}

/// Calls `look` with the contents of a segment.
fn read<T>(segment: &Segment, look: impl FnOnce(Contents) -> T) -> T {
    let batch = segment.read().unwrap().next_batch(usize::MAX).unwrap();
    look(batch.unwrap().contents())
}

fn seqs(segment: &Segment) -> Vec<u64> {
    read(segment, |contents| {
        contents.records.iter().map(|record| record.seq).collect()
    })
}

fn append(journal: &Journal, times: usize) {
    for _ in 0..times {
        journal.append(&mut Record::default()).unwrap();
    }
}

#[test]
fn an_empty_segment_is_not_rotated() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    assert!(journal.rotate().next().is_none());
    append(&journal, 1);
    assert_eq!(journal.rotate().count(), 1);
    assert!(journal.rotate().next().is_none());
}

#[test]
fn sequence_numbers_continue_across_segments() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    append(&journal, 2);
    let first = rotate(&journal);
    append(&journal, 1);
    let second = rotate(&journal);
    assert_eq!((seqs(&first), seqs(&second)), (vec![0, 1], vec![2]));
    assert_eq!((first.node, second.node), (journal.node(), journal.node()));
}

#[test]
fn records_of_many_threads_are_whole_lines_and_each_is_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), NonZeroUsize::new(3).unwrap()).unwrap();
    let (start, mut found) = (Barrier::new(9), Vec::new());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                append(&journal, 500);
            });
        }
        start.wait();
        for _ in 0..20 {
            found.extend(journal.rotate().flat_map(|segment| seqs(&segment.unwrap())));
        }
    });
    found.extend(journal.rotate().flat_map(|segment| seqs(&segment.unwrap())));
    found.sort_unstable();
    assert_eq!(found, (0..4000).collect::<Vec<u64>>());
}

#[test]
fn directory_and_files_are_accessible_only_to_this_user() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/jackfield.journal");
    let journal = open(&dir);
    append(&journal, 1);
    let segment = rotate(&journal);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(segment.path())), (0o700, 0o600));
}

#[test]
fn the_journal_of_a_dead_process_is_found_and_that_of_a_living_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let dead = open(dir.path());
    append(&dead, 3);
    let node = dead.node();
    let next = open(dir.path());
    assert!(next.take_orphans().unwrap().is_empty());
    drop(dead);
    let mut left = next.take_orphans().unwrap();
    // Held by whoever found it first.
    assert!(open(dir.path()).take_orphans().unwrap().is_empty());
    let found = left.remove(0);
    assert_eq!(found.segments.iter().map(|s| s.node).collect::<Vec<_>>(), [node]);
    assert_eq!(seqs(&found.segments[0]), [0, 1, 2]);
}

#[test]
fn segments_without_a_lock_are_found_too() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("12-0.jsonl"), "{}\n").unwrap();
    let journal = open(dir.path());
    assert_eq!(journal.take_orphans().unwrap()[0].segments.len(), 1);
}

#[test]
fn a_drained_journal_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    append(&journal, 1);
    rotate(&journal).remove().unwrap();
    drop(journal);
    assert_eq!(names(dir.path()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_directory_that_cannot_be_created_is_named_with_the_remedy() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let dir = file.path().join("journal");
    let error = Journal::open(&dir, NonZeroUsize::MIN).unwrap_err().to_string();
    let expected = format!("cannot keep the journal in {}: ", dir.display());
    assert!(error.starts_with(&expected), "{error}");
    assert!(error.ends_with("; set `storage.journal` to a directory that this process may write to"));
}

#[test]
fn a_full_segment_is_rotated_and_writing_continues_in_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let mut record = Record {
        model: "m".repeat(SIZE / 3).into(),
        ..Record::default()
    };
    for _ in 0..5 {
        journal.append(&mut record).unwrap();
    }
    let segments: Vec<Segment> = journal.rotate().map(Result::unwrap).collect();
    let found: Vec<Vec<u64>> = segments.iter().map(seqs).collect();
    assert_eq!(found, [vec![0, 1], vec![2, 3], vec![4]]);
}

#[test]
fn a_segment_that_the_store_has_is_reused() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let mut files = Vec::new();
    for round in 0..6 {
        append(&journal, 2);
        let segment = rotate(&journal);
        assert_eq!(seqs(&segment), [2 * round, 2 * round + 1]);
        journal.recycle(&segment).unwrap();
        files.push(segment);
    }
    assert_eq!(files.iter().collect::<BTreeSet<_>>().len(), 2);
    drop(journal);
    assert_eq!(names(dir.path()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_record_larger_than_a_segment_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    let mut long = Record {
        model: "m".repeat(SIZE).into(),
        ..Record::default()
    };
    journal.append(&mut long).unwrap_err();
    append(&journal, 1);
    assert_eq!(
        journal.rotate().flat_map(|s| seqs(&s.unwrap())).collect::<Vec<_>>(),
        [1]
    );
}

#[test]
fn what_a_full_disk_has_no_room_for_waits_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let (here, gone) = (dir.path().join("journal"), dir.path().join("gone"));
    let journal = open(&here);
    append(&journal, 1);
    let mut long = Record {
        model: "m".repeat(SIZE - 100).into(),
        ..Record::default()
    };
    fs::rename(&here, &gone).unwrap();
    let error = journal.append(&mut long).unwrap().unwrap().to_string();
    assert!(error.starts_with("cannot write to the journal in "), "{error}");
    assert!(journal.flush().is_err() && journal.waiting_bytes() > SIZE - 100);
    fs::rename(&gone, &here).unwrap();
    append(&journal, 1);
    journal.flush().unwrap();
    assert_eq!(journal.waiting_bytes(), 0);
    let rotated = journal.rotate().flat_map(|segment| seqs(&segment.unwrap()));
    let mut seqs: Vec<u64> = rotated.collect();
    seqs.sort_unstable();
    assert_eq!(seqs, [0, 1, 2]);
}

#[test]
fn without_room_in_memory_the_record_is_refused_and_others_are_unaffected() {
    let dir = tempfile::tempdir().unwrap();
    let (here, gone) = (dir.path().join("journal"), dir.path().join("gone"));
    let journal = open(&here);
    // So many that no long record fits beside them.
    append(&journal, 5);
    fs::rename(&here, &gone).unwrap();
    let record = || Record {
        model: "m".repeat(SIZE - 300).into(),
        ..Record::default()
    };
    assert!(journal.is_durable());
    let mut kept = 0;
    while journal.append(&mut record()).is_ok() {
        kept += 1;
        assert!(!journal.is_durable());
    }
    assert!(kept > 60, "{kept}");
    fs::rename(&gone, &here).unwrap();
    journal.flush().unwrap();
    assert!(journal.is_durable());
    let rotated = journal.rotate().flat_map(|segment| seqs(&segment.unwrap()));
    assert_eq!(rotated.count(), 5 + kept);
}

#[test]
fn a_line_set_aside_is_kept_whole() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    journal.set_aside(b"one\n").unwrap();
    let path = journal.set_aside(b"two").unwrap();
    assert_eq!(journal.aside(), (2, path.clone()));
    assert_eq!(fs::read(path).unwrap(), b"one\ntwo\n");
}

/// Truncates the only file with records in it to this length.
fn truncate(dir: &Path, length: u64) {
    let segments = names(dir)
        .unwrap()
        .into_iter()
        .filter(|name| Segment::parse(name).is_some());
    for name in segments {
        let file = OpenOptions::new().write(true).open(dir.join(name)).unwrap();
        file.set_len(length).unwrap();
    }
}

fn rotated(journal: &Journal) -> Vec<u64> {
    let segments: Vec<Segment> = journal.rotate().map(Result::unwrap).collect();
    let read = |segment: &Segment| segment.read().unwrap().next_batch(usize::MAX).unwrap();
    let batches = segments.iter().filter_map(read);
    let seqs = batches.flat_map(|batch| {
        let contents = batch.contents();
        contents.records.iter().map(|record| record.seq).collect::<Vec<u64>>()
    });
    seqs.collect()
}

#[test]
fn a_truncated_segment_costs_what_was_in_it_and_nothing_after() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    append(&journal, 2);
    truncate(dir.path(), 0);
    append(&journal, 2);
    assert_eq!(rotated(&journal), [2, 3]);
    assert_eq!(journal.waiting_bytes(), 0);
}

#[test]
fn a_segment_that_is_truncated_behind_its_lines_keeps_them() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    append(&journal, 100);
    truncate(dir.path(), SIZE as u64 / 2);
    append(&journal, 600);
    let mut found = rotated(&journal);
    found.sort_unstable();
    assert_eq!(found, (0..700).collect::<Vec<u64>>());
}

#[test]
fn an_idle_segment_that_is_truncated_or_removed_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    // So short that writing to its first page would raise no signal.
    truncate(dir.path(), 1);
    assert_eq!(journal.rotate().count(), 1);
    append(&journal, 1);
    assert_eq!(rotated(&journal), [0]);
    for name in names(dir.path()).unwrap() {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    assert_eq!(journal.rotate().count(), 1);
    append(&journal, 1);
    assert_eq!(rotated(&journal), [1]);
}

#[test]
fn a_segment_that_is_truncated_while_it_waits_for_the_store_is_not_reused() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path());
    for length in [0, 1, 5000] {
        append(&journal, 1);
        let segment = rotate(&journal);
        truncate(dir.path(), length);
        journal.recycle(&segment).unwrap();
        assert!(!segment.path().exists());
        // The one in use is truncated as well.
        for idle in journal.rotate() {
            journal.recycle(&idle.unwrap()).unwrap();
        }
    }
    drop(journal);
    assert_eq!(names(dir.path()).unwrap(), Vec::<String>::new());
}
