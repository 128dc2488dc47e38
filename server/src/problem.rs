//! Errors on the wire: RFC 9457 problem details, in the language the client asks for.
//!
//! A handler returns an [`Error`]; its response carries a [`Refusal`] and no body. The edge
//! (`http/edge.rs`) writes the body, because only it knows the language and the request's id, and
//! gives every other error response (router, extractors, limits) the same form.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Code, Error, FieldError};

/// The body of every error.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:qiao:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:qiao:problem:step_up_needed")]
    pub kind: String,
    /// Stable code.
    pub code: &'static str,
    /// A few words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: &'static str,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Quote this when asking for help.
    pub request_id: String,
}

/// Languages of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// zh-CN, the default.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The better liked of the two in an `Accept-Language` header.
    pub fn from_header(value: Option<&HeaderValue>) -> Language {
        let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
        let weight = |language: &str| {
            text.split(',')
                .filter_map(|part| {
                    let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
                    let primary = tag.trim().split('-').next().unwrap_or("").to_ascii_lowercase();
                    let quality = parameters
                        .trim()
                        .strip_prefix("q=")
                        .map_or(Some(1.0), |q| q.parse::<f32>().ok());
                    (primary == language).then_some(quality?)
                })
                .fold(0.0_f32, f32::max)
        };
        if weight("en") > weight("zh") {
            Language::English
        } else {
            Language::Chinese
        }
    }
}

/// What a response says went wrong, before it is put into words.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Which reason.
    pub code: Code,
    /// What is wrong with which field.
    pub fields: Vec<FieldError>,
}

impl Refusal {
    /// The reason that fits a bare status.
    pub fn from_status(status: StatusCode) -> Refusal {
        let code = match status {
            StatusCode::UNAUTHORIZED => Code::SignedOut,
            StatusCode::FORBIDDEN => Code::NotAllowed,
            StatusCode::NOT_FOUND | StatusCode::GONE => Code::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Code::Timeout,
            StatusCode::CONFLICT => Code::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMedia,
            StatusCode::UNPROCESSABLE_ENTITY => Code::Invalid,
            StatusCode::TOO_MANY_REQUESTS => Code::TooManyRequests,
            StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
            StatusCode::INSUFFICIENT_STORAGE => Code::StorageFull,
            status if status.is_server_error() => Code::Internal,
            _ => Code::Malformed,
        };
        Refusal {
            code,
            fields: Vec::new(),
        }
    }

    /// The body.
    pub fn render(self, language: Language, request_id: &str) -> Problem {
        let code = self.code;
        let (title, detail) = match language {
            Language::Chinese => (code.title_zh(), code.detail_zh()),
            Language::English => (code.title_en(), code.detail_en()),
        };
        Problem {
            kind: format!("urn:qiao:problem:{}", code.as_str()),
            code: code.as_str(),
            title,
            status: code.status(),
            detail,
            errors: self.fields,
            request_id: request_id.to_owned(),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let code = self.code();
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (fields, retry_after_s) = match self {
            Error::Refused {
                fields,
                retry_after_s,
                ..
            } => (fields, retry_after_s),
            // Our own fault: say so in the log, where it is handled.
            Error::Store(error) => {
                tracing::error!(%error, "store");
                (Vec::new(), None)
            }
            Error::Internal(text) => {
                tracing::error!(error = %text, "internal");
                (Vec::new(), None)
            }
        };
        let mut response = status.into_response();
        if let Some(seconds) = retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Refusal { code, fields });
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_unless_english_is_liked_better() {
        let language = |text: &'static str| Language::from_header(Some(&HeaderValue::from_static(text)));
        assert_eq!(Language::from_header(None), Language::Chinese);
        assert_eq!(language("en-GB,en;q=0.9"), Language::English);
        assert_eq!(language("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese);
        assert_eq!(language("en;q=0.2, zh;q=0.1"), Language::English);
        assert_eq!(language("fr"), Language::Chinese);
        assert_eq!(language("en;q=nonsense"), Language::Chinese);
    }
}
