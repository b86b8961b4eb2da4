//! The fonts of a PDF, cut down to the letters that it uses.
//!
//! genpdf embeds four whole fonts, whatever is written with them. What is drawn names glyphs by
//! their numbers in the whole font; those stay, and a map leads from them to the few that are left
//! (`CIDToGIDMap`). Fonts that draw nothing are taken out.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, content::Content};
use subsetter::GlyphRemapper;

/// Why a document could not be cut down.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The document cannot be read back.
    #[error("the document cannot be read: {0}")]
    Pdf(#[from] lopdf::Error),
    /// The document cannot be written.
    #[error("the document cannot be written: {0}")]
    Write(#[from] std::io::Error),
    /// The font cannot be cut.
    #[error("the font cannot be cut: {0}")]
    Font(#[from] subsetter::Error),
}

/// The glyphs that are drawn, by font, each with its width in thousandths of the size of the letters.
#[derive(Debug, Default)]
pub(super) struct Glyphs {
    pub(super) regular: BTreeMap<u16, i64>,
    pub(super) bold: BTreeMap<u16, i64>,
}

/// The name of the regular font on a page: genpdf numbers the fonts in the order in which it gets them.
pub(super) const REGULAR: &str = "F0";
/// The name of the bold font on a page.
pub(super) const BOLD: &str = "F1";

/// The same document with a title in any script, small fonts, and packed.
pub(super) fn cut_fonts(bytes: &[u8], title: &str) -> Result<Vec<u8>, EmbedError> {
    let document = Document::load_mem(bytes)?;
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    let mut used: BTreeMap<ObjectId, BTreeSet<u16>> = BTreeMap::new();
    let mut lists = BTreeSet::new();
    for page in pages {
        let (list, fonts) = fonts_of(&document, page)?;
        lists.insert(list);
        let content = Content::decode(&document.get_page_content(page)?)?;
        collect_glyphs(&content, &fonts, &mut used);
    }
    finish(document, title, &lists, &used)
}

/// The same document with what lies on its pages, of which the glyphs are known.
pub(super) fn fill_pages(
    mut bytes: Vec<u8>,
    title: &str,
    contents: Vec<Vec<u8>>,
    glyphs: &Glyphs,
) -> Result<Vec<u8>, EmbedError> {
    blank_widths(&mut bytes);
    let mut document = Document::load_mem(&bytes)?;
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    let mut used: BTreeMap<ObjectId, BTreeSet<u16>> = BTreeMap::new();
    let mut lists = BTreeSet::new();
    for (page, content) in pages.into_iter().zip(contents) {
        let (list, fonts) = fonts_of(&document, page)?;
        lists.insert(list);
        for (name, glyphs) in [(REGULAR, &glyphs.regular), (BOLD, &glyphs.bold)] {
            let font = *fonts.get(name.as_bytes()).ok_or(lopdf::Error::Type)?;
            if !glyphs.is_empty() && !used.contains_key(&font) {
                used.insert(font, glyphs.keys().copied().collect());
                set_widths(&mut document, font, glyphs)?;
            }
        }
        let content = document.add_object(Stream::new(Dictionary::new(), content));
        let page = document.get_object_mut(page)?.as_dict_mut()?;
        page.set("Contents", Object::Reference(content));
    }
    finish(document, title, &lists, &used)
}

fn finish(
    mut document: Document,
    title: &str,
    lists: &BTreeSet<ObjectId>,
    used: &BTreeMap<ObjectId, BTreeSet<u16>>,
) -> Result<Vec<u8>, EmbedError> {
    for list in lists {
        let fonts = document.get_object_mut(*list)?.as_dict_mut()?;
        let idle: Vec<Vec<u8>> = fonts
            .iter()
            .filter(|(_, font)| !font.as_reference().is_ok_and(|id| used.contains_key(&id)))
            .map(|(name, _)| name.clone())
            .collect();
        for name in idle {
            fonts.remove(&name);
        }
    }
    for (font, glyphs) in used {
        cut(&mut document, *font, glyphs)?;
    }
    set_title(&mut document, title)?;
    document.prune_objects();
    document.compress();
    let mut cut = Vec::new();
    document.save_to(&mut cut)?;
    Ok(cut)
}

/// Writes blanks over the widths of all glyphs of all fonts: to read them takes longer than to draw a
/// thousand rows. The bytes are those of a document with empty pages, so nobody's text is among them.
fn blank_widths(bytes: &mut [u8]) {
    const START: &[u8] = b"/W[";
    let mut from = 0;
    while let Some(found) = bytes
        .get(from..)
        .and_then(|rest| rest.windows(5).position(|window| window == b"/W[0["))
    {
        from += found + START.len();
        let mut depth = 1;
        for byte in bytes.iter_mut().skip(from) {
            match byte {
                b'[' => depth += 1,
                b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            *byte = b' ';
        }
    }
}

/// Gives a font the widths of some glyphs.
fn set_widths(
    document: &mut Document,
    font: ObjectId,
    glyphs: &BTreeMap<u16, i64>,
) -> Result<(), lopdf::Error> {
    let widths: Vec<Object> = glyphs
        .iter()
        .flat_map(|(glyph, width)| {
            let width = Object::Array(vec![Object::Integer(*width)]);
            [Object::Integer(i64::from(*glyph)), width]
        })
        .collect();
    let font = document.get_object_mut(font)?.as_dict_mut()?;
    let Object::Array(descendants) = font.get_mut(b"DescendantFonts")? else {
        return Err(lopdf::Error::Type);
    };
    let descendant = descendants.first_mut().ok_or(lopdf::Error::Type)?;
    descendant.as_dict_mut()?.set("W", Object::Array(widths));
    Ok(())
}

/// The list of fonts of a page, and its fonts by name.
fn fonts_of(
    document: &Document,
    page: ObjectId,
) -> Result<(ObjectId, BTreeMap<Vec<u8>, ObjectId>), lopdf::Error> {
    let resources = document
        .get_dictionary(page)?
        .get_deref(b"Resources", document)?
        .as_dict()?;
    let list = resources.get(b"Font")?.as_reference()?;
    let fonts = document
        .get_dictionary(list)?
        .iter()
        .filter_map(|(name, font)| Some((name.clone(), font.as_reference().ok()?)))
        .collect();
    Ok((list, fonts))
}

/// Notes which glyphs of which font a page draws.
fn collect_glyphs(
    content: &Content<Vec<lopdf::content::Operation>>,
    fonts: &BTreeMap<Vec<u8>, ObjectId>,
    used: &mut BTreeMap<ObjectId, BTreeSet<u16>>,
) {
    let mut font = None;
    for operation in &content.operations {
        match operation.operator.as_str() {
            "Tf" => {
                let name = operation
                    .operands
                    .first()
                    .and_then(|name| name.as_name().ok());
                font = name.and_then(|name| fonts.get(name)).copied();
            }
            "Tj" | "TJ" => {
                let Some(font) = font else { continue };
                let glyphs = used.entry(font).or_default();
                operation
                    .operands
                    .iter()
                    .for_each(|operand| collect_numbers(operand, glyphs));
            }
            _ => {}
        }
    }
}

/// Text is written as two bytes a glyph.
fn collect_numbers(operand: &Object, glyphs: &mut BTreeSet<u16>) {
    match operand {
        Object::String(bytes, _) => {
            let pairs = bytes.chunks_exact(2);
            glyphs.extend(pairs.filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?))));
        }
        Object::Array(parts) => parts.iter().for_each(|part| collect_numbers(part, glyphs)),
        _ => {}
    }
}

/// Puts the few glyphs in the place of the whole font.
fn cut(document: &mut Document, font: ObjectId, glyphs: &BTreeSet<u16>) -> Result<(), EmbedError> {
    let whole = document.get_dictionary(font)?;
    let to_unicode = whole.get(b"ToUnicode")?.as_reference()?;
    let [descendant] = whole.get(b"DescendantFonts")?.as_array()?.as_slice() else {
        return Err(lopdf::Error::Type.into());
    };
    let descendant = descendant.as_dict()?.clone();
    let descriptor = descendant.get(b"FontDescriptor")?.as_reference()?;
    let file = document
        .get_dictionary(descriptor)?
        .get(b"FontFile2")?
        .as_reference()?;
    let data = unpacked(document.get_object(file)?.as_stream()?);

    let mut remapper = GlyphRemapper::new();
    for glyph in glyphs {
        remapper.remap(*glyph);
    }
    let subset = subsetter::subset(&data, 0, &remapper)?;
    let highest = glyphs.last().copied().unwrap_or(0);
    let map: Vec<u8> = (0..=highest)
        .flat_map(|glyph| remapper.get(glyph).unwrap_or(0).to_be_bytes())
        .collect();
    let map = document.add_object(Stream::new(Dictionary::new(), map));

    let mut descendant = descendant;
    descendant.set("CIDToGIDMap", Object::Reference(map));
    let widths = cut_widths(descendant.get(b"W")?.as_array()?, glyphs);
    descendant.set("W", Object::Array(widths));
    let length = i64::try_from(subset.len()).unwrap_or(i64::MAX);
    let lengths = Dictionary::from_iter([("Length1", Object::Integer(length))]);
    *document.get_object_mut(file)? = Object::Stream(Stream::new(lengths, subset));

    let words = document.get_object_mut(to_unicode)?.as_stream_mut()?;
    let cut = cut_words(&unpacked(words), glyphs);
    words.set_plain_content(cut);
    let whole = document.get_object_mut(font)?.as_dict_mut()?;
    whole.set("DescendantFonts", Object::Array(vec![descendant.into()]));
    Ok(())
}

/// What a stream holds. The library packs its streams in builds without debug assertions only.
fn unpacked(stream: &Stream) -> Vec<u8> {
    stream
        .decompressed_content()
        .unwrap_or_else(|_| stream.content.clone())
}

/// `[first [width width …] …]`, of these glyphs only.
fn cut_widths(widths: &[Object], glyphs: &BTreeSet<u16>) -> Vec<Object> {
    let mut cut = Vec::new();
    for run in widths.chunks_exact(2) {
        let [Object::Integer(first), Object::Array(run)] = run else {
            continue;
        };
        for (glyph, width) in (*first..).zip(run) {
            if u16::try_from(glyph).is_ok_and(|glyph| glyphs.contains(&glyph)) {
                cut.push(Object::Integer(glyph));
                cut.push(Object::Array(vec![width.clone()]));
            }
        }
    }
    cut
}

/// The characters that a reader copies for a glyph: lines of `<glyph> <character>` in blocks, each with
/// its number of lines.
fn cut_words(map: &[u8], glyphs: &BTreeSet<u16>) -> Vec<u8> {
    let map = String::from_utf8_lossy(map);
    let (mut cut, mut block) = (String::new(), None::<Vec<&str>>);
    for line in map.lines() {
        let line = line.trim_end();
        if line.ends_with("beginbfchar") {
            block = Some(Vec::new());
        } else if line == "endbfchar" {
            let lines = block.take().unwrap_or_default();
            if !lines.is_empty() {
                cut.push_str(&format!("{} beginbfchar\n", lines.len()));
                for line in lines {
                    cut.push_str(line);
                    cut.push('\n');
                }
                cut.push_str("endbfchar\n");
            }
        } else if let Some(lines) = &mut block {
            let glyph = line
                .get(1..5)
                .and_then(|hex| u16::from_str_radix(hex, 16).ok());
            if glyph.is_some_and(|glyph| glyphs.contains(&glyph)) {
                lines.push(line);
            }
        } else {
            cut.push_str(line);
            cut.push('\n');
        }
    }
    cut.into_bytes()
}

/// Writes the title as PDF wants it beyond ASCII, and drops the claim of a printing standard that
/// the library makes for every document.
fn set_title(document: &mut Document, title: &str) -> Result<(), lopdf::Error> {
    let info = document.trailer.get(b"Info")?.as_reference()?;
    let mark = [0xfe, 0xff];
    let units = title.encode_utf16().flat_map(u16::to_be_bytes);
    let title = Object::string_literal(mark.into_iter().chain(units).collect::<Vec<u8>>());
    let info = document.get_object_mut(info)?.as_dict_mut()?;
    info.set("Title", title);
    let catalog = document.trailer.get(b"Root")?.as_reference()?;
    let catalog = document.get_object_mut(catalog)?.as_dict_mut()?;
    catalog.remove(b"Metadata");
    Ok(())
}

#[cfg(test)]
mod tests {
    use genpdf::elements::Paragraph;

    use super::{
        super::{fonts, pages::print_pages},
        *,
    };

    /// What the fonts of a document say that their glyphs mean.
    fn meanings(bytes: &[u8]) -> Vec<String> {
        let document = Document::load_mem(bytes).unwrap();
        let page = *document.get_pages().values().next().unwrap();
        let (_, fonts) = fonts_of(&document, page).unwrap();
        fonts
            .values()
            .map(|font| {
                let font = document.get_dictionary(*font).unwrap();
                let map = font.get_deref(b"ToUnicode", &document).unwrap();
                String::from_utf8(unpacked(map.as_stream().unwrap())).unwrap()
            })
            .collect()
    }

    #[test]
    fn text_can_be_copied_from_a_document_whose_streams_were_packed_before() {
        let mut document = genpdf::Document::new(fonts().unwrap());
        document.push(Paragraph::new("A"));
        let mut bytes = Vec::new();
        document.render(&mut bytes).unwrap();
        let mut packed = Document::load_mem(&bytes).unwrap();
        packed.compress();
        let mut bytes = Vec::new();
        packed.save_to(&mut bytes).unwrap();
        let meanings = meanings(&cut_fonts(&bytes, "A").unwrap());
        assert!(meanings.concat().contains("<0041>"), "{meanings:?}");
    }

    #[test]
    fn a_page_that_we_write_says_what_its_letters_mean() {
        let face = super::super::pages::Face {
            weight: crate::write::Weight::Plain,
            points: 8,
            ink: super::super::pages::Ink(0, 0, 0),
        };
        let bytes = print_pages("A", |_| {
            let mut page = super::super::pages::Canvas::default();
            page.text(10.0, 10.0, face, "A");
            vec![page]
        });
        assert!(meanings(&bytes.unwrap()).concat().contains("<0041>"));
    }
}
