//! What a phone signs when it asks to be let in, so that nobody can enrol a key that is not theirs.

/// The fields of a request that the proof covers, in the order they are signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The invitation's code as sent, empty for a walk-up request.
    pub invite_code: &'a str,
    /// SEC1, uncompressed, 65 bytes.
    pub public_key: &'a [u8],
    /// The install nonce, 16 bytes.
    pub nonce: &'a [u8],
    /// Make and model, as the phone calls itself.
    pub model: &'a str,
    /// Version of the app.
    pub app_version: &'a str,
}

impl Request<'_> {
    /// The bytes the device key signs (ECDSA P-256 over SHA-256, signature as `r ‖ s`): a domain, then each field with
    /// its length before it.
    pub fn proof_message(&self) -> Vec<u8> {
        let mut message = b"qiao enrol v1\0".to_vec();
        for field in [
            self.invite_code.as_bytes(),
            self.public_key,
            self.nonce,
            self.model.as_bytes(),
            self.app_version.as_bytes(),
        ] {
            message.extend_from_slice(&(field.len() as u64).to_be_bytes());
            message.extend_from_slice(field);
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_cannot_be_moved_into_its_neighbour() {
        let a = Request {
            invite_code: "AB",
            public_key: b"k",
            nonce: b"n",
            model: "xy",
            app_version: "1",
        };
        let b = Request {
            model: "x",
            app_version: "y1",
            ..a
        };
        assert_ne!(a.proof_message(), b.proof_message());
    }
}
