//! Names of things: documents, devices, actors, and the numbers the server gives them.
//!
//! Identities are derived, never drawn at random: an actor from the device and the document, a journal from its
//! household and year, an entry key from the device that wrote it.

use std::fmt;

use automerge::ActorId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A document, numbered by the server once accepted. 0 is never given.
pub type DocNo = u64;
/// A feed, numbered by the server. [`DEVICE_FEED`] is each device's own feed of verdicts.
pub type FeedNo = u64;
/// A device as an author, numbered by the server. 0 is never given.
pub type AuthorNo = u64;
/// Generation of a document: 0 at first, one more each time its history is cut.
pub type Generation = u32;
/// Position of a change in its document, counted by the server's acceptance within one generation; genesis is 0.
pub type Version = u64;

/// The feed that carries a device's own verdicts.
pub const DEVICE_FEED: FeedNo = 0;

/// A document's name: 1 to 64 ASCII letters, digits, `.`, `_` or `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocId(String);

/// A text that is no document name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a document name is 1 to 64 ASCII letters, digits, '.', '_' or '-'")]
pub struct BadDocId;

impl DocId {
    /// Checks and takes a name.
    pub fn parse(text: &str) -> Result<Self, BadDocId> {
        let ok = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        if ok {
            Ok(DocId(text.to_owned()))
        } else {
            Err(BadDocId)
        }
    }

    /// The journal of a household's visits in one year.
    pub fn journal(household: &DocId, year: u16) -> Result<Self, BadDocId> {
        Self::parse(&format!("{household}.j{year}"))
    }

    /// The card of a household, as units see it.
    pub fn card(household: &DocId) -> Result<Self, BadDocId> {
        Self::parse(&format!("{household}.card"))
    }

    /// A need of a household, named by the device tag and a number of that device.
    pub fn need(household: &DocId, tag: &str, number: u64) -> Result<Self, BadDocId> {
        Self::parse(&format!("{household}.n{tag}{number}"))
    }

    /// An application, case or plan of a household, named by a letter, the device tag and a number of that device.
    pub fn of_household(household: &DocId, letter: char, tag: &str, number: u64) -> Result<Self, BadDocId> {
        Self::parse(&format!("{household}.{letter}{tag}{number}"))
    }

    /// A notice of a village, named by the device tag and a number of that device.
    pub fn notice(village: &str, tag: &str, number: u64) -> Result<Self, BadDocId> {
        Self::parse(&format!("{village}.o{tag}{number}"))
    }

    /// A person's month of attendance in a village.
    pub fn attendance(village: &str, year: u16, month: u8, person: &str) -> Result<Self, BadDocId> {
        Self::parse(&format!("{village}.t{year:04}{month:02}.{person}"))
    }

    /// What offices alone keep of an application or case.
    pub fn check(of: &DocId) -> Result<Self, BadDocId> {
        Self::parse(&format!("{of}.check"))
    }

    /// Year, month and person, when this names a month of attendance in that village.
    pub fn as_attendance(&self, village: &str) -> Option<(u16, u8, &str)> {
        let rest = self.0.strip_prefix(village)?.strip_prefix(".t")?;
        let (when, person) = rest.split_once('.')?;
        if when.len() != 6 || !when.bytes().all(|b| b.is_ascii_digit()) || person.is_empty() {
            return None;
        }
        let month: u8 = when.get(4..)?.parse().ok()?;
        ((1..=12).contains(&month)).then_some((when.get(..4)?.parse().ok()?, month, person))
    }

    /// The application or case whose bank accounts and reports this holds.
    pub fn as_check(&self) -> Option<DocId> {
        DocId::parse(self.0.strip_suffix(".check")?).ok()
    }

    /// Whether this is a name of this letter under a household: `<household>.<letter><tag and number>`.
    pub fn is_of_household(&self, household: &DocId, letter: char) -> bool {
        let rest = self
            .0
            .strip_prefix(household.as_str())
            .and_then(|rest| rest.strip_prefix('.'));
        rest.and_then(|rest| rest.strip_prefix(letter))
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
    }

    /// Household and year, when this names a journal.
    pub fn as_journal(&self) -> Option<(DocId, u16)> {
        let (household, year) = self.0.rsplit_once(".j")?;
        if year.len() != 4 {
            return None;
        }
        Some((DocId::parse(household).ok()?, year.parse().ok()?))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DocId {
    type Error = BadDocId;
    fn try_from(text: String) -> Result<Self, BadDocId> {
        DocId::parse(&text)
    }
}

impl From<DocId> for String {
    fn from(id: DocId) -> String {
        id.0
    }
}

impl fmt::Display for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An installation of the engine on one device: derived from its public key and the nonce of the install.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub [u8; 16]);

impl DeviceId {
    /// `SHA-256("qiao device" ‖ public key (SEC1, 65 bytes) ‖ nonce)`, first 16 bytes.
    pub fn derive(public_key_sec1: &[u8], install_nonce: &[u8; 16]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"qiao device\0");
        hash.update(public_key_sec1);
        hash.update(install_nonce);
        DeviceId(first16(&hash.finalize()))
    }

    /// Lower-case hex, 32 characters.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Reads what [`DeviceId::to_hex`] wrote.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0u8; 16];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
        }
        Some(DeviceId(bytes))
    }

    /// Five characters that prefix the keys and numbers this device makes.
    pub fn tag(&self) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        self.0[..5]
            .iter()
            .map(|b| char::from(ALPHABET[usize::from(b & 31)]))
            .collect()
    }

    /// The one actor under which this device writes to one generation of one document.
    pub fn actor(&self, doc: &DocId, generation: Generation) -> ActorId {
        derive_actor(b"qiao actor\0", &self.0, doc, generation)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// The actor of a document's genesis: nobody's, so that two devices creating the same document agree to the byte.
pub fn genesis_actor(doc: &DocId, generation: Generation) -> ActorId {
    derive_actor(b"qiao genesis\0", &[], doc, generation)
}

fn derive_actor(domain: &[u8], who: &[u8], doc: &DocId, generation: Generation) -> ActorId {
    let mut hash = Sha256::new();
    hash.update(domain);
    hash.update(who);
    hash.update(generation.to_be_bytes());
    hash.update(doc.as_str().as_bytes());
    ActorId::from(&first16(&hash.finalize())[..])
}

fn first16(bytes: &[u8]) -> [u8; 16] {
    let mut out = [0u8; 16];
    out.copy_from_slice(&bytes[..16]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_name_is_bounded_plain_ascii() {
        assert!(DocId::parse("h001.j2026").is_ok());
        for bad in ["", "a b", "户1", "a/b", &"x".repeat(65)] {
            assert_eq!(DocId::parse(bad), Err(BadDocId), "{bad}");
        }
    }

    #[test]
    fn a_journal_names_its_household_and_year() {
        let household = DocId::parse("h.j.7").unwrap();
        let journal = DocId::journal(&household, 2026).unwrap();
        assert_eq!(journal.as_journal(), Some((household, 2026)));
        assert_eq!(DocId::parse("h001").unwrap().as_journal(), None);
    }

    #[test]
    fn a_month_of_attendance_names_its_person() {
        let month = DocId::attendance("v.1", 2026, 3, "p.7").unwrap();
        assert_eq!(month.as_attendance("v.1"), Some((2026, 3, "p.7")));
        for other in ["v.1.t202613.p", "v.1.t20263.p", "v.1.t202603.", "v.1", "v.1.o11"] {
            assert_eq!(DocId::parse(other).unwrap().as_attendance("v.1"), None, "{other}");
        }
        assert_eq!(month.as_attendance("v"), None);
    }

    #[test]
    fn names_under_a_household_tell_what_they_are() {
        let household = DocId::parse("h1").unwrap();
        let application = DocId::of_household(&household, 'a', "1k2m3", 7).unwrap();
        assert!(application.is_of_household(&household, 'a'));
        assert!(!application.is_of_household(&household, 'm'));
        let check = DocId::check(&application).unwrap();
        assert_eq!(check.as_check(), Some(application));
        assert!(!check.is_of_household(&household, 'a'));
    }

    #[test]
    fn actors_differ_by_device_document_and_generation() {
        let (a, b) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let (d, e) = (DocId::parse("d").unwrap(), DocId::parse("e").unwrap());
        let all = [
            a.actor(&d, 0),
            b.actor(&d, 0),
            a.actor(&e, 0),
            a.actor(&d, 1),
            genesis_actor(&d, 0),
        ];
        for (i, x) in all.iter().enumerate() {
            assert!(all.iter().skip(i + 1).all(|y| y != x));
        }
        assert_eq!(DeviceId::from_hex(&a.to_hex()), Some(a));
    }
}
