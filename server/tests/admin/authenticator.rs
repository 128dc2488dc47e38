//! A key such as phones and computers hold: makes passkeys and signs with them, as WebAuthn lays it down.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::base64;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const NEW_KEY: u8 = 0x40;

/// One authenticator with one passkey.
#[derive(Clone)]
pub(crate) struct Authenticator {
    key: SigningKey,
    id: [u8; 16],
    user: Vec<u8>,
    pub(crate) counter: u32,
    /// Whether its owner was recognised: a finger, a face, a PIN.
    pub(crate) verifies: bool,
    pub(crate) origin: &'static str,
}

impl Authenticator {
    pub(crate) fn new(origin: &'static str) -> Authenticator {
        Authenticator {
            key: SigningKey::from_slice(&rand::random::<[u8; 32]>()).unwrap(),
            id: rand::random(),
            user: Vec::new(),
            counter: 0,
            verifies: true,
            origin,
        }
    }

    /// Answers the question for a new passkey.
    pub(crate) fn make(&mut self, question: &Value) -> Value {
        let options = &question["options"];
        let user = options["user"]["id"].as_str().unwrap();
        self.user = data_encoding::BASE64URL_NOPAD.decode(user.as_bytes()).unwrap();
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), NEW_KEY);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        data.extend(self.public_key());
        // {"fmt": "none", "attStmt": {}, "authData": bytes} in CBOR.
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.extend([0x58, u8::try_from(data.len()).unwrap()]);
        object.extend(data);
        let told = self.client_data("webauthn.create", options);
        json!({ "question": question["question"], "credential": {
            "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key",
            "response": { "attestationObject": base64(&object), "clientDataJSON": base64(&told) },
        } })
    }

    /// Answers the question for a passkey it holds.
    pub(crate) fn sign(&mut self, question: &Value) -> Value {
        self.counter += 1;
        let options = &question["options"];
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let told = self.client_data("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&told));
        let signature: DerSignature = self.key.sign(&signed);
        json!({ "question": question["question"], "credential": {
            "id": base64(&self.id), "rawId": base64(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": base64(&data), "clientDataJSON": base64(&told),
                "signature": base64(signature.as_bytes()), "userHandle": base64(&self.user),
            },
        } })
    }

    fn data(&self, party: &str, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = Sha256::digest(party.as_bytes()).to_vec();
        data.push(PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    /// COSE: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y} in CBOR.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32];
        key.extend(&point.as_bytes()[1..33]);
        key.extend([0x22, 0x58, 32]);
        key.extend(&point.as_bytes()[33..]);
        key
    }
}
