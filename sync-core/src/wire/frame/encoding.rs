//! How frames are written and read. Owns the order and the width of every field; what they mean is said where they
//! are declared, in [`super`].

use super::*;

const NAME_BYTES_MAX: usize = 256;

/// 2020-01-01T00:00:00Z: receipt times travel relative to it.
const RECEIVED_ZERO_UNIX_S: i64 = 1_577_836_800;

impl Hello {
    /// Everything but the signature, as it travels.
    pub fn signed_fields(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.uint(self.version)
            .uint(self.capabilities)
            .raw(&self.device.0)
            .uint(self.counter);
        out.uint(self.epoch)
            .uint(self.grant_version)
            .uint(self.cursors.len() as u64);
        write_cursors(&mut out, &self.cursors);
        let health = &self.health;
        out.str(&health.app_version)
            .int(health.clock_ms)
            .uint(health.unsent);
        out.uint(health.unsent_age_s).uint(health.storage_left_mib);
        out.0
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let version = input.uint("version")?;
        let capabilities = input.uint("capabilities")?;
        let device = DeviceId(input.array("device")?);
        let counter = input.uint("counter")?;
        let epoch = input.uint("epoch")?;
        let grant_version = input.uint("grant version")?;
        let cursors = read_cursors(input)?;
        let health = Health {
            app_version: input.str(64, "app version")?.to_owned(),
            clock_ms: input.int("clock")?,
            unsent: input.uint("unsent")?,
            unsent_age_s: input.uint("unsent age")?,
            storage_left_mib: input.uint("storage left")?,
        };
        let signature = input.array("signature")?;
        Ok(Hello {
            version,
            capabilities,
            device,
            counter,
            epoch,
            grant_version,
            cursors,
            health,
            signature,
        })
    }
}

fn write_cursors(out: &mut Writer, cursors: &[(FeedNo, Cursor)]) {
    for (feed, cursor) in cursors {
        out.uint(*feed);
        cursor.write(out);
    }
}

fn read_cursors(input: &mut Reader<'_>) -> Result<Vec<(FeedNo, Cursor)>, Malformed> {
    let count = input.count(limits::HELLO_CURSORS_MAX, "cursors")?;
    (0..count)
        .map(|_| Ok((input.uint("feed")?, Cursor::read(input)?)))
        .collect()
}

impl Creation {
    /// Appends it.
    pub fn write(&self, out: &mut Writer) {
        out.str(self.id.as_str())
            .u8(self.kind.code())
            .opt_str(self.village.as_deref());
        out.opt_str(self.household.as_ref().map(DocId::as_str))
            .uint(u64::from(self.year.unwrap_or(0)));
    }

    /// Reads what [`Creation::write`] wrote.
    ///
    /// # Errors
    /// On anything malformed.
    pub fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Creation {
            id: read_doc_id(input)?,
            kind: read_kind(input)?,
            village: input.opt_str(64, "village")?.map(str::to_owned),
            household: input
                .opt_str(64, "household")?
                .map(DocId::parse)
                .transpose()
                .map_err(|_| Malformed("household"))?,
            year: match u16::try_from(input.uint("year")?).map_err(|_| Malformed("year"))? {
                0 => None,
                year => Some(year),
            },
        })
    }
}

fn read_doc_id(input: &mut Reader<'_>) -> Result<DocId, Malformed> {
    DocId::parse(input.str(64, "document name")?).map_err(|_| Malformed("document name"))
}

fn read_kind(input: &mut Reader<'_>) -> Result<Kind, Malformed> {
    Ok(Kind::from_code(input.u8("kind")?))
}

fn read_generation(input: &mut Reader<'_>) -> Result<Generation, Malformed> {
    Generation::try_from(input.uint("generation")?).map_err(|_| Malformed("generation"))
}

impl Envelope {
    fn write(&self, out: &mut Writer) {
        out.uint(self.counter)
            .int(self.claimed_time_s)
            .uint(self.changes.len() as u64);
        for change in &self.changes {
            match &change.doc {
                DocRef::No(no) => {
                    out.uint(*no);
                }
                DocRef::New(creation) => {
                    out.uint(0);
                    creation.write(out);
                }
            }
            out.uint(u64::from(change.generation)).bytes(&change.body);
        }
        out.raw(&self.signature);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let counter = input.uint("counter")?;
        let claimed_time_s = input.int("claimed time")?;
        let count = input.count(limits::ENVELOPE_CHANGES_MAX, "changes")?;
        let mut changes = Vec::with_capacity(count);
        for _ in 0..count {
            let doc = match input.uint("document")? {
                0 => DocRef::New(Creation::read(input)?),
                no => DocRef::No(no),
            };
            let generation = read_generation(input)?;
            let body = input.bytes(limits::CHANGE_SIZE_BYTES_MAX, "change")?.to_vec();
            changes.push(PushedChange {
                doc,
                generation,
                body,
            });
        }
        Ok(Envelope {
            counter,
            claimed_time_s,
            changes,
            signature: input.array("signature")?,
        })
    }
}

impl Verdict {
    /// Appends it.
    pub fn write(&self, out: &mut Writer) {
        match self {
            Verdict::Accepted { doc, version } => out.u8(0).uint(*doc).uint(*version),
            Verdict::Duplicate { doc, version } => out.u8(1).uint(*doc).uint(*version),
            Verdict::Parked => out.u8(2),
            Verdict::Quarantined => out.u8(3),
            Verdict::Rejected(reason) => out.u8(4).u8(reason.wire()),
        };
    }

    /// Reads what [`Verdict::write`] wrote.
    ///
    /// # Errors
    /// On anything malformed.
    pub fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match input.u8("verdict")? {
            0 => Verdict::Accepted {
                doc: input.uint("doc")?,
                version: input.uint("version")?,
            },
            1 => Verdict::Duplicate {
                doc: input.uint("doc")?,
                version: input.uint("version")?,
            },
            2 => Verdict::Parked,
            3 => Verdict::Quarantined,
            4 => Verdict::Rejected(read_reason(input)?),
            _ => return Err(Malformed("verdict")),
        })
    }
}

fn read_reason(input: &mut Reader<'_>) -> Result<Reason, Malformed> {
    Reason::from_wire(input.u8("reason")?).ok_or(Malformed("reason"))
}

impl GrantFrame {
    fn write(&self, out: &mut Writer) {
        out.uint(self.version)
            .u8(self.status as u8)
            .uint(self.author)
            .u8(self.role.wire());
        out.str(&self.person)
            .str(&self.name)
            .uint(self.villages.len() as u64);
        for village in &self.villages {
            out.str(village);
        }
        out.opt_str(self.unit.as_deref()).uint(self.feeds.len() as u64);
        for (no, name) in &self.feeds {
            out.uint(*no).str(name);
        }
        out.int(self.expires_ms)
            .uint(self.offline_grace_h)
            .str(&self.token);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let version = input.uint("grant version")?;
        let status = DeviceStatus::from_wire(input.u8("status")?).ok_or(Malformed("status"))?;
        let author = input.uint("author")?;
        let role = Role::from_wire(input.u8("role")?).ok_or(Malformed("role"))?;
        let person = input.str(NAME_BYTES_MAX, "person")?.to_owned();
        let name = input.str(NAME_BYTES_MAX, "name")?.to_owned();
        let count = input.count(limits::HELLO_CURSORS_MAX, "villages")?;
        let villages = (0..count)
            .map(|_| Ok(input.str(64, "village")?.to_owned()))
            .collect::<Result<_, Malformed>>()?;
        let unit = input.opt_str(64, "unit")?.map(str::to_owned);
        let count = input.count(limits::HELLO_CURSORS_MAX, "feeds")?;
        let feeds = (0..count)
            .map(|_| {
                Ok((
                    input.uint("feed")?,
                    input.str(NAME_BYTES_MAX, "feed name")?.to_owned(),
                ))
            })
            .collect::<Result<_, Malformed>>()?;
        Ok(GrantFrame {
            version,
            status,
            author,
            role,
            person,
            name,
            villages,
            unit,
            feeds,
            expires_ms: input.int("expiry")?,
            offline_grace_h: input.uint("grace")?,
            token: input.str(8 * 1024, "token")?.to_owned(),
        })
    }
}

impl Row {
    fn write(&self, out: &mut Writer) {
        out.uint(self.doc)
            .str(self.id.as_str())
            .u8(self.kind.code())
            .uint(self.fields.len() as u64);
        for (key, value) in &self.fields {
            out.uint(u64::from(*key));
            match value {
                Scalar::Null => out.u8(0),
                Scalar::Bool(value) => out.u8(1 + u8::from(*value)),
                Scalar::Int(value) => out.u8(3).int(*value),
                Scalar::Str(value) => out.u8(4).str(value),
            };
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let doc = input.uint("doc")?;
        let id = read_doc_id(input)?;
        let kind = read_kind(input)?;
        let count = input.count(64, "row fields")?;
        let fields = (0..count)
            .map(|_| {
                let key = u16::try_from(input.uint("row key")?).map_err(|_| Malformed("row key"))?;
                let value = match input.u8("row value")? {
                    0 => Scalar::Null,
                    1 => Scalar::Bool(false),
                    2 => Scalar::Bool(true),
                    3 => Scalar::Int(input.int("row value")?),
                    4 => Scalar::Str(input.str(limits::TEXT_SIZE_BYTES_MAX, "row value")?.to_owned()),
                    _ => return Err(Malformed("row value")),
                };
                Ok((key, value))
            })
            .collect::<Result<_, Malformed>>()?;
        Ok(Row {
            doc,
            id,
            kind,
            fields,
        })
    }
}

impl Entry {
    /// Appends `code, length, body`.
    pub fn write(&self, out: &mut Writer) {
        let mut body = Writer::new();
        let code = match self {
            Entry::Author(author) => {
                body.uint(author.no)
                    .raw(&author.device.0)
                    .str(&author.person)
                    .str(&author.name);
                body.u8(author.role.wire());
                code::ENTRY_AUTHOR
            }
            Entry::Change {
                doc,
                generation,
                version,
                author,
                received_s,
                body: change,
            } => {
                body.uint(*doc)
                    .uint(u64::from(*generation))
                    .uint(*version)
                    .uint(*author);
                body.int(received_s - RECEIVED_ZERO_UNIX_S).raw(change);
                code::ENTRY_CHANGE
            }
            Entry::Snapshot {
                doc,
                id,
                kind,
                generation,
                version,
                body: snapshot,
            } => {
                body.uint(*doc)
                    .str(id.as_str())
                    .u8(kind.code())
                    .uint(u64::from(*generation));
                body.uint(*version).raw(snapshot);
                code::ENTRY_SNAPSHOT
            }
            Entry::Joined { doc, id } => {
                body.uint(*doc).str(id.as_str());
                code::ENTRY_JOINED
            }
            Entry::Leave { doc } => {
                body.uint(*doc);
                code::ENTRY_LEAVE
            }
            Entry::Unknown { code, body: unknown } => {
                body.raw(unknown);
                *code
            }
        };
        out.u8(code).bytes(&body.0);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let code = input.u8("entry")?;
        let mut body = Reader::new(input.bytes(limits::FRAME_SIZE_BYTES_MAX, "entry")?);
        Ok(match code {
            code::ENTRY_AUTHOR => Entry::Author(Author {
                no: body.uint("author")?,
                device: DeviceId(body.array("device")?),
                person: body.str(NAME_BYTES_MAX, "person")?.to_owned(),
                name: body.str(NAME_BYTES_MAX, "name")?.to_owned(),
                role: Role::from_wire(body.u8("role")?).ok_or(Malformed("role"))?,
            }),
            code::ENTRY_CHANGE => Entry::Change {
                doc: body.uint("doc")?,
                generation: read_generation(&mut body)?,
                version: body.uint("version")?,
                author: body.uint("author")?,
                received_s: body
                    .int("received")?
                    .checked_add(RECEIVED_ZERO_UNIX_S)
                    .ok_or(Malformed("received"))?,
                body: body.rest().to_vec(),
            },
            code::ENTRY_SNAPSHOT => Entry::Snapshot {
                doc: body.uint("doc")?,
                id: read_doc_id(&mut body)?,
                kind: read_kind(&mut body)?,
                generation: read_generation(&mut body)?,
                version: body.uint("version")?,
                body: body.rest().to_vec(),
            },
            code::ENTRY_JOINED => Entry::Joined {
                doc: body.uint("doc")?,
                id: read_doc_id(&mut body)?,
            },
            code::ENTRY_LEAVE => Entry::Leave {
                doc: body.uint("doc")?,
            },
            code => Entry::Unknown {
                code,
                body: body.rest().to_vec(),
            },
        })
    }
}

impl Entries {
    fn write(&self, out: &mut Writer) {
        out.uint(self.feed);
        self.after.write(out);
        out.uint(self.progress.0)
            .uint(self.progress.1)
            .uint(self.entries.len() as u64);
        for entry in &self.entries {
            entry.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let feed = input.uint("feed")?;
        let after = Cursor::read(input)?;
        let progress = (input.uint("done")?, input.uint("total")?);
        let count = input.count(limits::FRAME_ENTRIES_MAX, "entries")?;
        let entries = (0..count).map(|_| Entry::read(input)).collect::<Result<_, _>>()?;
        Ok(Entries {
            feed,
            entries,
            progress,
            after,
        })
    }
}

impl Frame {
    /// Whether a device may send frames of this code. Unknown codes below 32 are a device's, too.
    pub fn is_from_device(code: u8) -> bool {
        code < code::WELCOME
    }

    /// Appends the frame to a buffer.
    pub fn write(&self, out: &mut Writer) {
        let mut body = Writer::new();
        let code = match self {
            Frame::Hello(hello) => {
                body.raw(&hello.signed_fields()).raw(&hello.signature);
                code::HELLO
            }
            Frame::Envelope(envelope) => {
                envelope.write(&mut body);
                code::ENVELOPE
            }
            Frame::Fetch(docs) => {
                body.uint(docs.len() as u64);
                for doc in docs {
                    body.uint(*doc);
                }
                code::FETCH
            }
            Frame::Repair(repair) => {
                body.uint(repair.feed).uint(repair.buckets.len() as u64);
                for bucket in &repair.buckets {
                    body.raw(&bucket.to_be_bytes());
                }
                code::REPAIR
            }
            Frame::Cursors(cursors) => {
                body.uint(cursors.len() as u64);
                write_cursors(&mut body, cursors);
                code::CURSORS
            }
            Frame::Welcome(welcome) => {
                body.uint(welcome.version)
                    .uint(welcome.capabilities)
                    .uint(welcome.epoch);
                body.int(welcome.server_time_ms)
                    .uint(welcome.counter)
                    .uint(welcome.restored.len() as u64);
                for (feed, head) in &welcome.restored {
                    body.uint(*feed).uint(*head);
                }
                code::WELCOME
            }
            Frame::Grant(grant) => {
                grant.write(&mut body);
                code::GRANT
            }
            Frame::Verdicts(verdicts) => {
                let marked = verdicts.groups.iter().any(|group| group.mark.is_some());
                body.uint(verdicts.after).uint(verdicts.groups.len() as u64);
                for group in &verdicts.groups {
                    body.uint(group.counter);
                    if marked {
                        body.raw(&group.mark.unwrap_or(0).to_be_bytes());
                    }
                    body.uint(group.first).uint(group.verdicts.len() as u64);
                    for verdict in &group.verdicts {
                        verdict.write(&mut body);
                    }
                }
                if marked {
                    code::MARKED_VERDICTS
                } else {
                    code::VERDICTS
                }
            }
            Frame::Rows(rows) => {
                body.uint(rows.len() as u64);
                for row in rows {
                    row.write(&mut body);
                }
                code::ROWS
            }
            Frame::Entries(entries) => {
                entries.write(&mut body);
                code::ENTRIES
            }
            Frame::CaughtUp(sums) => {
                body.uint(sums.len() as u64);
                for sum in sums {
                    body.uint(sum.feed)
                        .uint(sum.head)
                        .uint(sum.documents)
                        .raw(&sum.digest);
                }
                code::CAUGHT_UP
            }
            Frame::RepairList(list) => {
                body.uint(list.feed).uint(list.buckets.len() as u64);
                for bucket in &list.buckets {
                    body.uint(*bucket);
                }
                body.uint(list.documents.len() as u64);
                for (doc, id, digest) in &list.documents {
                    body.uint(*doc).str(id.as_str()).raw(&digest.to_be_bytes());
                }
                code::REPAIR_LIST
            }
            Frame::Order(order) => {
                body.u8(order.kind as u8)
                    .u8(order.reason.wire())
                    .raw(&order.signature);
                code::ORDER
            }
            Frame::Refused {
                reason,
                retry_after_s,
            } => {
                body.u8(reason.wire()).uint(*retry_after_s);
                code::REFUSED
            }
            Frame::Unknown { code, body: unknown } => {
                body.raw(unknown);
                *code
            }
        };
        out.u8(code).bytes(&body.0);
    }

    /// The frame alone, as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        self.write(&mut out);
        out.0
    }

    /// Reads a frame's body. Every byte must be used, except in frames and entries of later versions.
    ///
    /// # Errors
    /// On anything malformed or over a bound.
    pub fn read(code: u8, body: &[u8]) -> Result<Frame, Malformed> {
        let input = &mut Reader::new(body);
        let frame = match code {
            code::HELLO => Frame::Hello(Hello::read(input)?),
            code::ENVELOPE => Frame::Envelope(Envelope::read(input)?),
            code::FETCH => {
                let count = input.count(limits::FETCH_DOCS_MAX, "fetch")?;
                Frame::Fetch((0..count).map(|_| input.uint("doc")).collect::<Result<_, _>>()?)
            }
            code::REPAIR => {
                let feed = input.uint("feed")?;
                let count = input.count(limits::REPAIR_BUCKETS, "buckets")?;
                let buckets = (0..count)
                    .map(|_| input.array("bucket").map(u64::from_be_bytes))
                    .collect::<Result<_, _>>()?;
                Frame::Repair(RepairDigests { feed, buckets })
            }
            code::CURSORS => Frame::Cursors(read_cursors(input)?),
            code::WELCOME => {
                let version = input.uint("version")?;
                let capabilities = input.uint("capabilities")?;
                let epoch = input.uint("epoch")?;
                let server_time_ms = input.int("server time")?;
                let counter = input.uint("counter")?;
                let count = input.count(limits::HELLO_CURSORS_MAX, "restored")?;
                let restored = (0..count)
                    .map(|_| Ok((input.uint("feed")?, input.uint("head")?)))
                    .collect::<Result<_, Malformed>>()?;
                Frame::Welcome(Welcome {
                    version,
                    capabilities,
                    epoch,
                    server_time_ms,
                    counter,
                    restored,
                })
            }
            code::GRANT => Frame::Grant(GrantFrame::read(input)?),
            code::VERDICTS | code::MARKED_VERDICTS => {
                let after = input.uint("after")?;
                let count = input.count(limits::EXCHANGE_ENVELOPES_MAX, "groups")?;
                let mut groups = Vec::with_capacity(count);
                for _ in 0..count {
                    let counter = input.uint("counter")?;
                    let mark = match code {
                        code::MARKED_VERDICTS => Some(u64::from_be_bytes(input.array("mark")?)),
                        _ => None,
                    };
                    let first = input.uint("first")?;
                    let count = input.count(limits::ENVELOPE_CHANGES_MAX, "verdicts")?;
                    let verdicts = (0..count)
                        .map(|_| Verdict::read(input))
                        .collect::<Result<_, _>>()?;
                    groups.push(VerdictGroup {
                        counter,
                        mark,
                        first,
                        verdicts,
                    });
                }
                Frame::Verdicts(Verdicts { groups, after })
            }
            code::ROWS => {
                let count = input.count(limits::FRAME_ENTRIES_MAX, "rows")?;
                Frame::Rows((0..count).map(|_| Row::read(input)).collect::<Result<_, _>>()?)
            }
            code::ENTRIES => Frame::Entries(Entries::read(input)?),
            code::CAUGHT_UP => {
                let count = input.count(limits::HELLO_CURSORS_MAX, "feeds")?;
                let sums = (0..count)
                    .map(|_| {
                        Ok(FeedSum {
                            feed: input.uint("feed")?,
                            head: input.uint("head")?,
                            documents: input.uint("documents")?,
                            digest: input.array("digest")?,
                        })
                    })
                    .collect::<Result<_, Malformed>>()?;
                Frame::CaughtUp(sums)
            }
            code::REPAIR_LIST => {
                let feed = input.uint("feed")?;
                let count = input.count(limits::REPAIR_BUCKETS, "buckets")?;
                let buckets = (0..count)
                    .map(|_| input.uint("bucket"))
                    .collect::<Result<_, _>>()?;
                let count = input.count(limits::FRAME_SIZE_BYTES_MAX, "documents")?;
                let documents = (0..count)
                    .map(|_| {
                        Ok((
                            input.uint("doc")?,
                            read_doc_id(input)?,
                            u64::from_be_bytes(input.array("digest")?),
                        ))
                    })
                    .collect::<Result<_, Malformed>>()?;
                Frame::RepairList(RepairList {
                    feed,
                    buckets,
                    documents,
                })
            }
            code::ORDER => {
                let kind = match input.u8("order")? {
                    1 => OrderKind::Wipe,
                    2 => OrderKind::Suspend,
                    _ => return Err(Malformed("order")),
                };
                Frame::Order(Order {
                    kind,
                    reason: read_reason(input)?,
                    signature: input.array("signature")?,
                })
            }
            code::REFUSED => Frame::Refused {
                reason: read_reason(input)?,
                retry_after_s: input.uint("retry after")?,
            },
            code => {
                return Ok(Frame::Unknown {
                    code,
                    body: body.to_vec(),
                });
            }
        };
        input.end("trailing bytes in a frame")?;
        Ok(frame)
    }
}
