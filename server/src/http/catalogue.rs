//! What documents consist of, in words: for pages that show a change or a refusal without a screen of their own for it.
//!
//! The table itself is [`sync_core::schema`]; nothing here is decided.

use axum::Json as Answer;
use serde::Serialize;
use sync_core::reason::Reason;
use sync_core::schema::{self, Field, FieldType, Kind, Node};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::SignedIn;
use crate::app::App;
use crate::problem::Problem;

/// Names of everything a document can hold, and of everything that can be wrong with it.
#[derive(Debug, Serialize, ToSchema)]
struct Catalogue {
    /// Kinds of documents.
    kinds: Vec<KindWords>,
    /// Causes of refusal.
    reasons: Vec<Words>,
}

/// A kind of document.
#[derive(Debug, Serialize, ToSchema)]
struct KindWords {
    /// Its name in interfaces.
    #[schema(example = "household")]
    kind: &'static str,
    /// Its name for people, Chinese.
    zh: &'static str,
    /// What stands at its root.
    nodes: Vec<NodeWords>,
}

/// Something at the root of a document.
#[derive(Debug, Serialize, ToSchema)]
struct NodeWords {
    /// Key.
    name: &'static str,
    /// `field`, `group` (a fixed set of fields) or `entries` (maps of the same fields, each under a key of its own).
    form: &'static str,
    /// Label, Chinese.
    zh: &'static str,
    /// Label, English.
    en: &'static str,
    /// The fields below it; for a field itself.
    fields: Vec<FieldWords>,
}

/// A field.
#[derive(Debug, Serialize, ToSchema)]
struct FieldWords {
    /// Key.
    name: &'static str,
    /// Label, Chinese.
    zh: &'static str,
    /// Label, English.
    en: &'static str,
    /// `text`, `int`, `bool`, `date`, `choice`, `id_number`, `phone`, `doc`, `person`, `place` or `unit`.
    #[serde(rename = "type")]
    ty: &'static str,
    /// Values with names of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Words>,
    /// Sensitive personal information.
    sensitive: bool,
}

/// A code and its meaning.
#[derive(Debug, Serialize, ToSchema)]
struct Words {
    /// As stored and sent.
    code: &'static str,
    /// Chinese.
    zh: &'static str,
    /// English.
    en: &'static str,
}

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Names of kinds, fields, choices and causes of refusal
#[utoipa::path(get, path = "/api/v1/catalogue", tag = "catalogue", operation_id = "getCatalogue",
    responses((status = 200, body = Catalogue), (status = 401, body = Problem)))]
async fn show(_: SignedIn) -> Answer<Catalogue> {
    Answer(Catalogue {
        kinds: Kind::ALL.iter().copied().map(kind).collect(),
        reasons: Reason::ALL
            .iter()
            .map(|reason| Words {
                code: reason.code(),
                zh: reason.zh(),
                en: reason.en(),
            })
            .collect(),
    })
}

fn kind(kind: Kind) -> KindWords {
    KindWords {
        kind: kind.as_str(),
        zh: kind.zh(),
        nodes: schema::nodes(kind).iter().map(node).collect(),
    }
}

fn node(node: &Node) -> NodeWords {
    let (form, zh, en) = match node {
        Node::Field(field) => ("field", field.zh, field.en),
        Node::Group { zh, en, .. } => ("group", *zh, *en),
        Node::Entries { zh, en, .. } => ("entries", *zh, *en),
    };
    NodeWords {
        name: node.name(),
        form,
        zh,
        en,
        fields: node.fields().iter().map(field).collect(),
    }
}

fn field(field: &Field) -> FieldWords {
    let (ty, choices) = match field.ty {
        FieldType::Text { .. } => ("text", &[][..]),
        FieldType::Int { .. } => ("int", &[][..]),
        FieldType::Bool => ("bool", &[][..]),
        FieldType::Date => ("date", &[][..]),
        FieldType::Choice { options, .. } => ("choice", options),
        FieldType::IdNumber => ("id_number", &[][..]),
        FieldType::Phone => ("phone", &[][..]),
        FieldType::DocRef => ("doc", &[][..]),
        FieldType::Person => ("person", &[][..]),
        FieldType::Place => ("place", &[][..]),
        FieldType::Unit => ("unit", &[][..]),
    };
    FieldWords {
        name: field.name,
        zh: field.zh,
        en: field.en,
        ty,
        choices: choices
            .iter()
            .map(|choice| Words {
                code: choice.value,
                zh: choice.zh,
                en: choice.en,
            })
            .collect(),
        sensitive: field.sensitive,
    }
}
