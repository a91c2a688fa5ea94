//! What only the start of this program needs of its code.
//!
//! The start reads half of the program: the compiler of plugins, the configuration, the database's schema. Serving needs a
//! tenth. The pages between stay resident until the system is short of memory, and count towards the process until then.

use std::fs;
use std::path::Path;
use std::ptr::without_provenance_mut;

use rustix::mm::{Advice, madvise};

/// A part of the address space to which a file is mapped.
#[derive(Debug, PartialEq, Eq)]
struct Mapping {
    start: usize,
    length: usize,
}

/// Lets go of the program's code and constants. What is used again comes back from the system's cache of files, 64 KB at
/// a time.
pub(crate) fn let_go() {
    let (Ok(program), Ok(maps)) = (fs::read_link("/proc/self/exe"), fs::read_to_string("/proc/self/maps")) else {
        return;
    };
    for Mapping { start, length } in maps.lines().filter_map(|line| unwritten(line, &program)) {
        #[expect(unsafe_code, reason = "the advice could as well be given for memory that is written")]
        // SAFETY: these pages are as they are in the file, because the mapping was never writable: read again, they are
        // the same. The addresses are those of a mapping that lasts as long as the process.
        let given = unsafe { madvise(without_provenance_mut(start), length, Advice::LinuxDontNeed) };
        if let Err(error) = given {
            tracing::debug!("code that only the start needs stays resident: {error}");
        }
    }
}

/// The mapping of this line of `/proc/self/maps` (proc(5)), if it is of `program` and was never writable: its code, and
/// what is before that. Constants with addresses in them are behind the code, and were written by the linker.
fn unwritten(line: &str, program: &Path) -> Option<Mapping> {
    let mut fields = line.split_ascii_whitespace();
    let (range, access, offset) = (fields.next()?, fields.next()?, fields.next()?);
    let is_first = access == "r--p" && offset.bytes().all(|digit| digit == b'0');
    if !(access == "r-xp" || is_first) || fields.nth(2).map(Path::new) != Some(program) {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    let [start, end] = [start, end].map(|address| usize::from_str_radix(address, 16).ok());
    Some(Mapping {
        start: start?,
        length: end?.checked_sub(start?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_what_is_before_it_was_never_written() {
        let lines = [
            "55d000000000-55d000001000 r--p 00000000 08:02 7 /bin/jackfield",
            "55d000001000-55d000004000 r-xp 00001000 08:02 7 /bin/jackfield",
            "55d000004000-55d000005000 r--p 00004000 08:02 7 /bin/jackfield",
            "55d000005000-55d000006000 rw-p 00005000 08:02 7 /bin/jackfield",
            "7f0000000000-7f0000001000 r-xp 00000000 08:02 8 /lib/libc.so.6",
            "7f0000002000-7f0000003000 r--p 00000000 00:00 0",
            "",
        ];
        let program = Path::new("/bin/jackfield");
        let found: Vec<Mapping> = lines.iter().filter_map(|line| unwritten(line, program)).collect();
        let mapping = |start, length| Mapping { start, length };
        assert_eq!(
            found,
            [mapping(0x55d0_0000_0000, 0x1000), mapping(0x55d0_0000_1000, 0x3000)]
        );
    }

    #[test]
    fn this_program_goes_on_without_it() {
        let_go();
        code_and_what_is_before_it_was_never_written();
    }
}
