//! Codes for what a file names without one.

use kernel::text;

/// Longest code that is made of a name, in characters.
const MAX_MADE_CODE: usize = 40;

/// A code made of a name, the same one each time: `Savon Kitoko 400 g` is `SAVON-KITOKO-400-G`.
pub fn code_of(name: &str) -> Option<String> {
    let folded = text::fold(name).to_uppercase();
    let words = folded.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let code: String = words.join("-").chars().take(MAX_MADE_CODE).collect();
    (!code.is_empty()).then_some(code)
}
