//! The byte language of all frames: unsigned LEB128 numbers, length-prefixed bytes, nothing else.

use automerge::ChangeHash;

/// A malformed or oversized input, with the place it was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed input at {0}")]
pub struct Malformed(pub &'static str);

/// Appends values to a buffer.
#[derive(Debug, Default, Clone)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// An empty buffer.
    pub fn new() -> Self {
        Writer(Vec::new())
    }
    /// One byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }
    /// An unsigned number, 7 bits a byte, low bits first.
    pub fn uint(&mut self, mut value: u64) -> &mut Self {
        loop {
            let low = (value & 0x7f) as u8;
            value >>= 7;
            if value == 0 {
                self.0.push(low);
                return self;
            }
            self.0.push(low | 0x80);
        }
    }
    /// A signed number, zigzag.
    pub fn int(&mut self, value: i64) -> &mut Self {
        self.uint(((value << 1) ^ (value >> 63)) as u64)
    }
    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }
    /// Length, then bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.uint(bytes.len() as u64).raw(bytes)
    }
    /// Length, then UTF-8.
    pub fn str(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }
    /// Presence, then UTF-8.
    pub fn opt_str(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            None => self.u8(0),
            Some(text) => self.u8(1).str(text),
        }
    }
}

/// Reads values from a buffer; never panics, never allocates more than the input holds.
#[derive(Debug, Clone)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Over the whole input.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }
    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
    /// Whether all has been read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Fails unless all has been read.
    pub fn end(&self, at: &'static str) -> Result<(), Malformed> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Malformed(at))
        }
    }
    /// One byte.
    pub fn u8(&mut self, at: &'static str) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed(at))?;
        self.0 = rest;
        Ok(*first)
    }
    /// An unsigned number in its shortest form.
    pub fn uint(&mut self, at: &'static str) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8(at)?;
            let bits = u64::from(byte & 0x7f);
            if (shift == 63 && bits > 1) || (shift > 0 && byte == 0) {
                return Err(Malformed(at));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed(at))
    }
    /// A signed number, zigzag.
    pub fn int(&mut self, at: &'static str) -> Result<i64, Malformed> {
        let value = self.uint(at)?;
        Ok(((value >> 1) as i64) ^ -((value & 1) as i64))
    }
    /// A count of things of at least one byte each: never more than `max`, never more than the bytes left.
    pub fn count(&mut self, max: usize, at: &'static str) -> Result<usize, Malformed> {
        let n = self.uint(at)?;
        if n > max as u64 || n > self.0.len() as u64 {
            Err(Malformed(at))
        } else {
            Ok(n as usize)
        }
    }
    /// Exactly `n` bytes.
    pub fn raw(&mut self, n: usize, at: &'static str) -> Result<&'a [u8], Malformed> {
        if n > self.0.len() {
            return Err(Malformed(at));
        }
        let (taken, rest) = self.0.split_at(n);
        self.0 = rest;
        Ok(taken)
    }
    /// Exactly `N` bytes.
    pub fn array<const N: usize>(&mut self, at: &'static str) -> Result<[u8; N], Malformed> {
        let mut out = [0u8; N];
        out.copy_from_slice(self.raw(N, at)?);
        Ok(out)
    }
    /// Length-prefixed bytes of at most `max`.
    pub fn bytes(&mut self, max: usize, at: &'static str) -> Result<&'a [u8], Malformed> {
        let n = self.count(max, at)?;
        self.raw(n, at)
    }
    /// Length-prefixed UTF-8 of at most `max` bytes.
    pub fn str(&mut self, max: usize, at: &'static str) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes(max, at)?).map_err(|_| Malformed(at))
    }
    /// Presence, then UTF-8 of at most `max` bytes.
    pub fn opt_str(&mut self, max: usize, at: &'static str) -> Result<Option<&'a str>, Malformed> {
        match self.u8(at)? {
            0 => Ok(None),
            1 => self.str(max, at).map(Some),
            _ => Err(Malformed(at)),
        }
    }
    /// A 32-byte change hash.
    pub fn hash(&mut self, at: &'static str) -> Result<ChangeHash, Malformed> {
        Ok(ChangeHash(self.array(at)?))
    }
}
