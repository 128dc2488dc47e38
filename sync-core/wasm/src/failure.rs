//! What is thrown: an `Error` named `EngineError` with a `problem`, and what is left of a panic.
//!
//! A panic ends the call with a `RuntimeError` and leaves the module unusable: the host makes the module anew
//! (`__wbg_reset_state`) and opens the engine again from its store. Only the place in the source is kept of it, never
//! its text, which may hold what somebody wrote.

use std::sync::Mutex;

use js_sys::{Array, Error, Reflect};
use sync_core::edit::Refusal;
use sync_core::engine::EngineError;
use sync_core::reason::Reason;
use sync_core::wire::codec::Malformed;
use sync_core::wire::stream::CompressionFailed;
use wasm_bindgen::prelude::*;

/// Why a call could not be carried out.
#[derive(Debug)]
pub struct Failed {
    kind: &'static str,
    code: String,
    reason: Option<Reason>,
    path: Vec<String>,
    retry_after_s: u64,
    doc: Option<String>,
}

impl Failed {
    fn of(kind: &'static str, code: &str) -> Self {
        Failed {
            kind,
            code: code.to_owned(),
            reason: Reason::from_code(code),
            path: Vec::new(),
            retry_after_s: 0,
            doc: None,
        }
    }
}

/// The host passed something else than was asked for.
pub(crate) fn bad_input(what: &str) -> Failed {
    Failed {
        path: vec![what.to_owned()],
        ..Failed::of("input", "bad_input")
    }
}

impl From<EngineError> for Failed {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NotLoaded(doc) => Failed {
                doc: Some(doc.to_string()),
                ..Failed::of("not_loaded", "not_loaded")
            },
            EngineError::Refused(refusal) => refusal.into(),
            EngineError::Malformed(malformed) => malformed.into(),
            EngineError::Server {
                reason,
                retry_after_s,
            } => Failed {
                retry_after_s,
                ..Failed::of("server", reason.code())
            },
            _ => Failed::of("corrupt", "store_damaged"),
        }
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Failed {
            path: refusal.path,
            ..Failed::of("refused", refusal.reason.code())
        }
    }
}

impl From<Malformed> for Failed {
    fn from(_: Malformed) -> Self {
        Failed::of("malformed", "bad_answer")
    }
}

impl From<CompressionFailed> for Failed {
    fn from(_: CompressionFailed) -> Self {
        Failed::of("server", Reason::ServerBusy.code())
    }
}

impl From<Failed> for JsValue {
    fn from(failed: Failed) -> JsValue {
        let problem = js_sys::Object::new();
        let set = |name: &str, value: &JsValue| {
            // A property of a plain object can always be set.
            let _ = Reflect::set(&problem, &name.into(), value);
        };
        set("kind", &failed.kind.into());
        set("code", &failed.code.as_str().into());
        set("zh", &failed.reason.map_or("", Reason::zh).into());
        set("en", &failed.reason.map_or("", Reason::en).into());
        set("path", &failed.path.iter().map(JsValue::from).collect::<Array>());
        set("retryAfterS", &(failed.retry_after_s as f64).into());
        if let Some(doc) = &failed.doc {
            set("doc", &doc.into());
        }
        let error = Error::new(&failed.code);
        error.set_name("EngineError");
        let _ = Reflect::set(&error, &"problem".into(), &problem);
        error.into()
    }
}

static PANICKED_AT: Mutex<Option<String>> = Mutex::new(None);

/// Keeps the place of a panic.
pub(crate) fn remember_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if let (Some(at), Ok(mut place)) = (panic.location(), PANICKED_AT.try_lock()) {
            *place = Some(format!("{}:{}", at.file(), at.line()));
        }
    }));
}

/// Where in the source the engine broke down, if it has: for reports, free of data.
#[wasm_bindgen(js_name = panickedAt)]
pub fn panicked_at() -> Option<String> {
    PANICKED_AT.try_lock().ok()?.clone()
}
