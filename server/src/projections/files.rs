//! What attachments a document names: in the events of applications and cases, and where a notice was posted.

use sync_core::attachment::parse_files;
use sync_core::document::Document;
use sync_core::schema::Kind;

use super::strings;

/// Names of the attachments of one document, small pictures included, back to back in ascending order.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Files(pub(crate) Vec<u8>);

impl Files {
    /// `None` for kinds that have no field for them.
    pub(crate) fn of(document: &Document) -> Option<Files> {
        let container = match document.kind() {
            Kind::Application | Kind::Case => "events",
            Kind::Notice => "postings",
            _ => return None,
        };
        let fields = strings(document, container, "files");
        let files = fields.values().flat_map(|text| parse_files(text));
        let mut names: Vec<_> = files
            .flat_map(|file| [Some(file.hash), file.thumb])
            .flatten()
            .collect();
        names.sort_unstable();
        names.dedup();
        Some(Files(names.concat()))
    }
}
