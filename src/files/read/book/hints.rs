//! Which members of an archive hold marks: most sheets do not, and are not read twice.

/// Bytes that are kept between two chunks, so that no word is cut in two.
const OVERLAP: usize = 16;

/// Whether the bytes of a member hold the words of any mark: most sheets do not, and are not looked
/// at twice.
#[derive(Debug, Default)]
pub struct Hints {
    has_words: bool,
    tail: Vec<u8>,
}

impl Hints {
    /// Looks at the next bytes.
    pub fn look_at(&mut self, chunk: &[u8]) {
        if self.has_words {
            return;
        }
        let head = chunk.get(..chunk.len().min(OVERLAP)).unwrap_or(chunk);
        self.tail.extend_from_slice(head);
        self.has_words = has_words(&self.tail) || has_words(chunk);
        if chunk.len() > OVERLAP {
            self.tail.clear();
            self.tail.extend_from_slice(chunk);
        }
        let end = self.tail.len().saturating_sub(OVERLAP);
        self.tail.drain(..end);
    }

    /// True when one of the words occurs.
    #[must_use]
    pub const fn has_words(&self) -> bool {
        self.has_words
    }
}

fn has_words(bytes: &[u8]) -> bool {
    let is_word = |rest: &[u8]| {
        [
            b"hidden=".as_slice(),
            b"mergeCell",
            b"<f>",
            b"<f ",
            b"<f/",
            b":f>",
            b":f ",
        ]
        .iter()
        .any(|word| rest.starts_with(word))
    };
    let mut rest = bytes;
    while let Some(at) = rest
        .iter()
        .position(|byte| matches!(byte, b'h' | b'm' | b'<' | b':'))
    {
        let Some(from) = rest.get(at..) else {
            return false;
        };
        if is_word(from) {
            return true;
        }
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_chunks_are_cut() {
        let text =
            b"<sheetData><row r=\"2\" hidden=\"1\"><c r=\"A2\"><v>1</v></c></row></sheetData>";
        for size in 1..text.len() {
            let mut hints = Hints::default();
            text.chunks(size).for_each(|chunk| hints.look_at(chunk));
            assert!(hints.has_words(), "chunks of {size}");
        }
        let mut hints = Hints::default();
        hints.look_at(b"<sheetData><row r=\"2\"><c r=\"A2\"><v>1</v></c></row></sheetData>");
        assert!(!hints.has_words());
    }
}
