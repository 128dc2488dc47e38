//! Deterministic simulation: real devices and the real server through thousands of bad days, replayable by seed.
//!
//! One seed decides everything: who edits what, where a line breaks to the byte, who loses power and what of the disk
//! survives, which requests arrive twice, late or after those of a later connection, whose clock is years off, who speaks
//! an older or a later version of the protocol, who is revoked, cloned or moved, when the server crashes or comes back
//! from a backup. [`server`] and [`phone`] wrap the product, [`world`] is the place, [`days`] what happens there,
//! [`check`] says what must hold. A failure prints its seed; the same seed at the same commit plays the same days.
//!
//! # What is checked, and when
//!
//! After everything that happens to a device (an edit, an exchange however it ended, a message heard, a restart):
//! its outbox has shrunk by answers only (accepted, returned, or found to be so already), no cursor has gone back except
//! by a restore, and after a restart memory says what it said before. With every answer: it is in the words of the version
//! that is spoken.
//!
//! After every step, against the server's database read from beside: whatever was delivered belongs to its receiver at
//! that moment, a device that has been ended was given nothing, and no change is missing from the log that a device was
//! told is in it (after a restore: told since).
//!
//! Now and then, and at rest: no device holds, and no card shows, what its person may not see.
//!
//! At rest, when everybody has come home and a whole round brings nothing new, because it takes all of every replica:
//! replicas of an audience are equal byte for byte and complete, sums agree, every change has a verdict, no acknowledged
//! statement is missing and none is there twice, and the product's own verification of its log (versions without gaps,
//! signatures, documents that load, sums) finds nothing.
//!
//! # What counts as acknowledged
//!
//! A statement whose document has no unsent edits any more and that was not returned to its author. After a restore it
//! may also be with its author again, waiting or returned; only what a device has written that was ended, or whose copy
//! was, may be lost for good, if the backup did not have it.
//!
//! # What is left out
//!
//! A device listens to one connection at a time, as its host does; what it has said on earlier ones arrives whenever it
//! likes. Wake-ups of live connections are left aside, because their timing is not the seed's: a live device asks for
//! news. A device of version 1 is not cloned: that it may take a verdict on its copy's envelope for its own is why there
//! is a version 2.

pub mod check;
pub mod days;
pub mod phone;
pub mod server;
pub mod world;

pub use world::{Plan, Report, run};
