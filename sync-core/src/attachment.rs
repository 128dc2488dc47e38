//! How a document names its attachments: photos, signatures and scans, which travel beside the documents.
//!
//! An attachment is called by the SHA-256 of its bytes. A text field `files` holds one line for each; other lines are
//! words of people and stay words. Owns the form of a line; bytes, sending and keeping are the host's.

use crate::limits;

/// SHA-256 of an attachment's bytes.
pub type Hash = [u8; 32];

/// What an attachment is, as its bytes begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// `image/webp`
    Webp,
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `application/pdf`
    Pdf,
}

impl Media {
    /// Every sort that is taken.
    pub const ALL: [Media; 4] = [Media::Webp, Media::Jpeg, Media::Png, Media::Pdf];

    /// The name in a line.
    pub fn as_str(self) -> &'static str {
        match self {
            Media::Webp => "webp",
            Media::Jpeg => "jpeg",
            Media::Png => "png",
            Media::Pdf => "pdf",
        }
    }

    /// Reads what [`Media::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Media> {
        Media::ALL.into_iter().find(|media| media.as_str() == text)
    }

    /// The media type of HTTP.
    pub fn content_type(self) -> &'static str {
        match self {
            Media::Webp => "image/webp",
            Media::Jpeg => "image/jpeg",
            Media::Png => "image/png",
            Media::Pdf => "application/pdf",
        }
    }

    /// What these bytes are. Only their beginning counts, never a name: what claims to be a picture and is a page of
    /// script is none of these.
    pub fn sniff(bytes: &[u8]) -> Option<Media> {
        match bytes {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Media::Webp),
            [0xff, 0xd8, 0xff, ..] => Some(Media::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Media::Png),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Media::Pdf),
            _ => None,
        }
    }
}

/// What it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A photo.
    Photo,
    /// A signature drawn on the screen.
    Signature,
    /// A scan or a file.
    Document,
}

impl Use {
    fn letter(self) -> &'static str {
        match self {
            Use::Photo => "p",
            Use::Signature => "s",
            Use::Document => "d",
        }
    }
}

/// One attachment as a field names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRef {
    /// Its bytes.
    pub hash: Hash,
    /// What it is.
    pub media: Media,
    /// How long it is.
    pub size_bytes: u64,
    /// A small picture of it, an attachment as well.
    pub thumb: Option<Hash>,
    /// What it is for.
    pub used_as: Use,
}

impl FileRef {
    /// The line that names it.
    pub fn line(&self) -> String {
        let thumb = self.thumb.map_or_else(|| "-".to_owned(), |thumb| name_of(&thumb));
        format!(
            "@{} {} {} {thumb} {}",
            name_of(&self.hash),
            self.media.as_str(),
            self.size_bytes,
            self.used_as.letter()
        )
    }

    /// Reads a line; `None` for words of people.
    pub fn parse(line: &str) -> Option<FileRef> {
        let mut parts = line.strip_prefix('@')?.split(' ');
        let hash = parse_name(parts.next()?)?;
        let media = Media::parse(parts.next()?)?;
        let digits = parts.next()?;
        let plain =
            digits.len() <= 7 && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        let size_bytes = plain.then(|| digits.parse().ok())??;
        let thumb = match parts.next()? {
            "-" => None,
            name => Some(parse_name(name)?),
        };
        let used_as = match parts.next()? {
            "p" => Use::Photo,
            "s" => Use::Signature,
            "d" => Use::Document,
            _ => return None,
        };
        parts.next().is_none().then_some(FileRef {
            hash,
            media,
            size_bytes,
            thumb,
            used_as,
        })
    }
}

/// The attachments a field names, in order; those beyond [`limits::ATTACHMENTS_PER_FIELD_MAX`] are not there.
pub fn parse_files(text: &str) -> Vec<FileRef> {
    let lines = text.lines().filter_map(FileRef::parse);
    lines.take(limits::ATTACHMENTS_PER_FIELD_MAX).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The name of an attachment in lines and addresses: base64url without padding, 43 characters.
pub fn name_of(hash: &Hash) -> String {
    let mut name = String::with_capacity(43);
    for chunk in hash.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..=chunk.len() {
            let six = bits >> (18 - 6 * i) & 63;
            name.push(char::from(ALPHABET[six as usize]));
        }
    }
    name
}

/// Reads what [`name_of`] wrote, and nothing else: one hash has one name.
pub fn parse_name(name: &str) -> Option<Hash> {
    if name.len() != 43 {
        return None;
    }
    let mut hash = [0; 32];
    let (mut bits, mut held, mut at) = (0u32, 0, 0);
    for byte in name.bytes() {
        let six = ALPHABET.iter().position(|known| *known == byte)?;
        bits = bits << 6 | u32::try_from(six).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            *hash.get_mut(at)? = (bits >> held & 0xff) as u8;
            at += 1;
        }
    }
    (bits & 0b11 == 0).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> FileRef {
        FileRef {
            hash: std::array::from_fn(|i| 255 - i as u8),
            media: Media::Webp,
            size_bytes: 212_345,
            thumb: Some([7; 32]),
            used_as: Use::Photo,
        }
    }

    #[test]
    fn a_line_is_read_as_it_was_written_among_words() {
        let whole = file();
        let bare = FileRef {
            thumb: None,
            media: Media::Pdf,
            used_as: Use::Document,
            ..whole
        };
        let text = format!("户口本复印件\n{}\n@ 村委会\n{}", whole.line(), bare.line());
        assert_eq!(parse_files(&text), [whole, bare]);
        assert_eq!(whole.line().len(), 102);
    }

    #[test]
    fn one_attachment_has_one_name() {
        let name = name_of(&file().hash);
        assert_eq!(parse_name(&name), Some(file().hash));
        assert_eq!(name_of(&[0; 32]), "A".repeat(43));
        // The same bits with what base64 leaves over.
        assert_eq!(parse_name(&format!("{}B", "A".repeat(42))), None);
        for wrong in [
            "",
            "A",
            &"A".repeat(44),
            &format!("{}=", "A".repeat(42)),
            &"字".repeat(43),
        ] {
            assert_eq!(parse_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_line_is_words() {
        let line = file().line();
        for wrong in [
            line[1..].to_owned(),
            format!("{line} x"),
            line.replace("webp", "html"),
            line.replace("212345", "0212345"),
            line.replace("212345", "21234567"),
            line.replace("212345", "+12345"),
            line.replace(" p", " q"),
        ] {
            assert_eq!(FileRef::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_field_holds_as_many_as_its_text_has_room_for() {
        let largest = FileRef {
            size_bytes: limits::ATTACHMENT_SIZE_BYTES_MAX as u64,
            ..file()
        };
        let lines = vec![largest.line(); limits::ATTACHMENTS_PER_FIELD_MAX].join("\n");
        assert!(lines.len() <= 1_000, "{}", lines.len());
        let more = vec![largest.line(); limits::ATTACHMENTS_PER_FIELD_MAX + 1].join("\n");
        assert_eq!(parse_files(&more).len(), limits::ATTACHMENTS_PER_FIELD_MAX);
    }

    #[test]
    fn bytes_are_what_they_begin_with() {
        assert_eq!(Media::sniff(b"RIFF\x01\x02\x03\x04WEBPVP8 "), Some(Media::Webp));
        assert_eq!(Media::sniff(&[0xff, 0xd8, 0xff, 0xe0]), Some(Media::Jpeg));
        assert_eq!(Media::sniff(b"\x89PNG\r\n\x1a\n"), Some(Media::Png));
        assert_eq!(Media::sniff(b"%PDF-1.7"), Some(Media::Pdf));
        for other in [
            &b"<svg xmlns"[..],
            b"<!doctype html>",
            b"RIFF\0\0\0\0WAVE",
            b"GIF89a",
            b"",
        ] {
            assert_eq!(Media::sniff(other), None);
        }
    }
}
