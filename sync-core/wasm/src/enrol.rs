//! Before there is an engine: the device's identity, what it signs to be let in, and the words to compare.

use serde_json::json;
use sync_core::checkwords;
use sync_core::enrol::Request;
use sync_core::id::DeviceId;
use wasm_bindgen::prelude::*;

use crate::convert;
use crate::failure::{Failed, bad_input};

/// Id of a device, 32 hex characters, from its public key (SEC1, 65 bytes) and the nonce of the install (16 bytes).
///
/// # Errors
/// `bad_input` for other lengths.
#[wasm_bindgen(js_name = deviceId)]
pub fn device_id(public_key: &[u8], nonce: &[u8]) -> Result<String, Failed> {
    let nonce: [u8; 16] = nonce.try_into().map_err(|_| bad_input("nonce"))?;
    if public_key.len() != 65 {
        return Err(bad_input("publicKey"));
    }
    Ok(DeviceId::derive(public_key, &nonce).to_hex())
}

/// The bytes that the device key signs to prove that the request is its own (ECDSA P-256 over SHA-256, `r ‖ s`).
#[wasm_bindgen(js_name = enrolProof)]
pub fn enrol_proof(
    invite_code: &str,
    public_key: &[u8],
    nonce: &[u8],
    model: &str,
    app_version: &str,
) -> Vec<u8> {
    let request = Request {
        invite_code,
        public_key,
        nonce,
        model,
        app_version,
    };
    request.proof_message()
}

/// The six words an administrator compares; `invitation` is the invitation's id, empty for a walk-up request.
///
/// # Errors
/// None in practice: words always convert.
#[wasm_bindgen(js_name = checkWords, unchecked_return_type = "Label[]")]
pub fn check_words(public_key: &[u8], invitation: &str, server_public_key: &[u8]) -> Result<JsValue, Failed> {
    let words = checkwords::derive(public_key, invitation, server_public_key);
    let words = words.map(|(zh, en)| json!({ "zh": zh, "en": en }));
    convert::out(&words)
}
