//! A relay on a temporary database, and phones made by hand: small replicas that say exactly what a test wants said.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use automerge::{ActorId, Change, ChangeHash};
use qiao_server::keys::KeyPair;
use qiao_server::registry::grants::GrantKeys;
use qiao_server::relay::exchange::{Intake, Reply};
use qiao_server::relay::{Identity, Relay};
use qiao_server::store::{DATABASE_FILE, Store};
use serde_json::{Value as Json, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use sync_core::change::TypedChange;
use sync_core::document::Document;
use sync_core::edit::{EditOp, normalize};
use sync_core::envelope::{SignedChange, hello_bytes, signed_bytes};
use sync_core::feed::Digest;
use sync_core::id::{DeviceId, DocId, genesis_actor};
use sync_core::schema::Kind;
use sync_core::wire::change::{AuthorRef, Context, PREFIX_BYTES, read_change, write_change};
use sync_core::wire::codec::{Reader, Writer};
use sync_core::wire::frame::{
    Creation, Cursor, DocRef, Entry, Envelope, Frame, Health, Hello, PushedChange, Verdict,
};
use sync_core::wire::snapshot;

pub(crate) const DEPLOYMENT: &str = "d-test";
pub(crate) const START_MS: i64 = 1_795_216_450_000;
pub(crate) const DAY_MS: i64 = 24 * 3600 * 1000;

/// A relay with a township of two villages and two units.
pub(crate) struct World {
    dir: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) relay: Relay,
    pub(crate) now_ms: i64,
    keys: [KeyPair; 2],
    next_no: i64,
}

fn identity(keys: &[KeyPair; 2]) -> Identity {
    let relay_device = DeviceId::derive(&keys[1].public_key(), &[0; 16]);
    Identity {
        deployment: DEPLOYMENT.into(),
        server_key: keys[0].clone(),
        grant_keys: GrantKeys::new(&keys[0]).unwrap(),
        relay_key: keys[1].clone(),
        relay_device,
    }
}

impl World {
    pub(crate) async fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let keys = [KeyPair::generate(), KeyPair::generate()];
        let relay = Relay::start(store.clone(), identity(&keys)).unwrap();
        let world = World {
            dir,
            store,
            relay,
            now_ms: START_MS,
            keys,
            next_no: 2,
        };
        world
            .sql(
                "INSERT INTO places (id, parent, level, name) VALUES ('d1', NULL, 'county', '县'),
                 ('t1', 'd1', 'township', '镇'), ('v1', 't1', 'village', '前村'), ('v2', 't1', 'village', '后村')",
            )
            .await;
        world
            .sql("INSERT INTO units (id, name, kind, county) VALUES ('u1', '一局', 'x', 'd1'), ('u2', '二局', 'x', 'd1')")
            .await;
        let key = world.keys[1].clone();
        world
            .insert_device(1, &key, [0; 16], "relay", "[]", None, None)
            .await;
        world
    }

    /// With a team's phone whose household the server has taken.
    pub(crate) async fn with_household() -> (World, Phone, DocId) {
        let mut world = World::new().await;
        let mut li = world.phone("team", "v1").await;
        let h1 = li.household("h1", "v1", family("沈清华"));
        world.exchange(&mut li).await;
        li.said();
        (world, li, h1)
    }

    /// The same, and a phone of the committee that has the household, too.
    pub(crate) async fn with_household_of_two() -> (World, Phone, Phone, DocId) {
        let (mut world, li, h1) = World::with_household().await;
        let mut wang = world.phone("committee", "v1").await;
        world.exchange(&mut wang).await;
        (world, li, wang, h1)
    }

    /// The process ends and starts again on the same disk.
    pub(crate) async fn restart(&mut self) {
        self.relay.stop().await;
        self.store.close().await;
        self.store = Store::open(self.dir.path()).await.unwrap();
        self.relay = Relay::start(self.store.clone(), identity(&self.keys)).unwrap();
    }

    /// Straight into the database, beside the server: what an administrator's command does in another process.
    pub(crate) async fn sql(&self, sql: &'static str) {
        self.execute(sql, &[]).await;
    }

    pub(crate) async fn execute(&self, sql: &'static str, numbers: &[i64]) {
        let mut db = self.db().await;
        let mut query = sqlx::query(sql);
        for number in numbers {
            query = query.bind(*number);
        }
        query.execute(&mut db).await.unwrap();
        db.close().await.unwrap();
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let mut db = self.db().await;
        let count = sqlx::query_scalar(sql).fetch_one(&mut db).await.unwrap();
        db.close().await.unwrap();
        count
    }

    async fn db(&self) -> SqliteConnection {
        open_database(self.dir.path()).await
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of one row")]
    async fn insert_device(
        &self,
        no: i64,
        key: &KeyPair,
        nonce: [u8; 16],
        role: &str,
        villages: &str,
        unit: Option<&str>,
        township: Option<&str>,
    ) {
        let mut db = self.db().await;
        insert_device(&mut db, no, key, nonce, role, villages, unit, township).await;
        db.close().await.unwrap();
    }

    pub(crate) async fn phone(&mut self, role: &str, village: &str) -> Phone {
        self.device(role, &format!("[\"{village}\"]"), None, None).await
    }

    pub(crate) async fn unit(&mut self, unit: &str) -> Phone {
        self.device("unit", "[]", Some(unit), None).await
    }

    pub(crate) async fn county(&mut self) -> Phone {
        let phone = self.device("county", "[]", None, None).await;
        self.execute(
            "UPDATE devices SET county = 'd1' WHERE no = ?",
            &[phone.no as i64],
        )
        .await;
        phone
    }

    pub(crate) async fn township(&mut self) -> Phone {
        self.device("township", "[]", None, Some("t1")).await
    }

    async fn device(
        &mut self,
        role: &str,
        villages: &str,
        unit: Option<&str>,
        township: Option<&str>,
    ) -> Phone {
        let no = self.next_no;
        self.next_no += 1;
        let key = KeyPair::generate();
        self.insert_device(no, &key, [no as u8; 16], role, villages, unit, township)
            .await;
        Phone::new(no as u64, key, [no as u8; 16])
    }

    pub(crate) async fn set_status(&self, phone: &Phone, status: &'static str) {
        let mut db = self.db().await;
        sqlx::query("UPDATE devices SET status = ?, grant_version = grant_version + 1 WHERE no = ?")
            .bind(status)
            .bind(phone.no as i64)
            .execute(&mut db)
            .await
            .unwrap();
        db.close().await.unwrap();
    }

    /// A contact: everything up, everything down.
    pub(crate) async fn exchange(&self, phone: &mut Phone) -> Vec<Frame> {
        let up = phone.up();
        let down = self.send(up).await;
        phone.take(&down);
        down
    }

    pub(crate) async fn send(&self, up: Vec<Frame>) -> Vec<Frame> {
        let mut reply = self.reply(up).await;
        let mut down = Vec::new();
        while let Some(page) = reply.next().await.unwrap() {
            down.extend(page.frames);
        }
        down
    }

    pub(crate) async fn reply(&self, up: Vec<Frame>) -> Reply {
        let mut intake = Intake::new(self.relay.clone());
        // Through bytes and back: what a test builds must travel.
        let up = up.iter().map(through_bytes).collect();
        intake.take(up, self.now_ms).await.unwrap();
        intake.finish().unwrap()
    }
}

/// A connection beside the server's own.
pub(crate) async fn open_database(dir: &std::path::Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(dir.join(DATABASE_FILE))
        .busy_timeout(std::time::Duration::from_secs(10));
    SqliteConnection::connect_with(&options).await.unwrap()
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
pub(crate) async fn insert_device(
    db: &mut SqliteConnection,
    no: i64,
    key: &KeyPair,
    nonce: [u8; 16],
    role: &str,
    villages: &str,
    unit: Option<&str>,
    township: Option<&str>,
) {
    let id = DeviceId::derive(&key.public_key(), &nonce);
    if role != "relay" {
        sqlx::query("INSERT INTO people (id, name, role, created_ms, updated_ms) VALUES (?, ?, ?, 0, 0)")
            .bind(format!("p{no}"))
            .bind(format!("某{no}"))
            .bind(role)
            .execute(&mut *db)
            .await
            .unwrap();
    }
    sqlx::query(
        "INSERT INTO devices (no, device_id, public_key, nonce, person, role, places, villages, unit, township,
         status, grant_version, grant_expires_ms, created_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', 1, ?, 0)",
    )
    .bind(no)
    .bind(&id.0[..])
    .bind(key.public_key())
    .bind(&nonce[..])
    .bind((role != "relay").then(|| format!("p{no}")))
    .bind(role)
    .bind(villages)
    .bind(villages)
    .bind(unit)
    .bind(township)
    .bind(i64::MAX)
    .execute(&mut *db)
    .await
    .unwrap();
}

pub(crate) fn through_bytes(frame: &Frame) -> Frame {
    let bytes = frame.to_bytes();
    let head = sync_core::wire::frame::FrameHead::peek(&bytes).unwrap().unwrap();
    Frame::read(head.code, &bytes[head.head_bytes..]).unwrap()
}

/// One document as a phone holds it: only what the server has confirmed.
pub(crate) struct Replica {
    pub(crate) document: Document,
    pub(crate) no: u64,
    pub(crate) version: u64,
    pub(crate) feeds: BTreeSet<u64>,
}

/// A device made by hand.
pub(crate) struct Phone {
    pub(crate) no: u64,
    pub(crate) key: KeyPair,
    pub(crate) id: DeviceId,
    pub(crate) counter: u64,
    pub(crate) epoch: u64,
    pub(crate) grant_version: u64,
    /// What its hellos say it can do.
    pub(crate) capabilities: u64,
    pub(crate) cursors: BTreeMap<u64, Cursor>,
    pub(crate) docs: BTreeMap<DocId, Replica>,
    by_no: HashMap<u64, DocId>,
    pub(crate) authors: HashMap<u64, DeviceId>,
    /// Own working copies, edited before anything is sent.
    pub(crate) drafts: BTreeMap<DocId, Document>,
    creations: BTreeMap<DocId, Creation>,
    pub(crate) outbox: Vec<(DocId, TypedChange)>,
    sent: HashMap<(u64, u64), (DocId, Change)>,
    early: HashMap<DocId, BTreeMap<u64, Change>>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) seen: Vec<Frame>,
}

impl Phone {
    pub(crate) fn new(no: u64, key: KeyPair, nonce: [u8; 16]) -> Phone {
        let id = DeviceId::derive(&key.public_key(), &nonce);
        Phone {
            no,
            key,
            id,
            counter: 0,
            epoch: 0,
            grant_version: 0,
            capabilities: 0,
            cursors: BTreeMap::new(),
            docs: BTreeMap::new(),
            by_no: HashMap::new(),
            authors: HashMap::from([(no, id)]),
            drafts: BTreeMap::new(),
            creations: BTreeMap::new(),
            outbox: Vec::new(),
            sent: HashMap::new(),
            early: HashMap::new(),
            verdicts: Vec::new(),
            seen: Vec::new(),
        }
    }

    pub(crate) fn household(&mut self, id: &str, village: &str, value: Json) -> DocId {
        let creation = Creation {
            id: DocId::parse(id).unwrap(),
            kind: Kind::Household,
            village: Some(village.into()),
            household: None,
            year: None,
        };
        self.create(creation, value)
    }

    pub(crate) fn need(&mut self, household: &DocId, value: Json) -> DocId {
        let id = DocId::need(household, &self.id.tag(), self.drafts.len() as u64 + 1).unwrap();
        let household = Some(household.clone());
        self.create(
            Creation {
                id,
                kind: Kind::Need,
                village: None,
                household,
                year: None,
            },
            value,
        )
    }

    pub(crate) fn journal(&mut self, household: &DocId, year: u16, value: Json) -> DocId {
        let id = DocId::journal(household, year).unwrap();
        let household = Some(household.clone());
        self.create(
            Creation {
                id,
                kind: Kind::Journal,
                village: None,
                household,
                year: Some(year),
            },
            value,
        )
    }

    pub(crate) fn create(&mut self, creation: Creation, value: Json) -> DocId {
        let id = creation.id.clone();
        self.drafts.insert(id.clone(), Document::genesis(&creation, 0));
        self.creations.insert(id.clone(), creation);
        let ops = value.as_object().unwrap().iter();
        let ops = ops
            .map(|(key, value)| EditOp::Set {
                path: vec![key.clone()],
                value: value.clone(),
            })
            .collect();
        self.edit(&id, ops);
        id
    }

    /// What a later app calls it when it makes it.
    pub(crate) fn call_it(&mut self, id: &DocId, kind: Kind) {
        self.creations.get_mut(id).unwrap().kind = kind;
    }

    pub(crate) fn set(&mut self, id: &DocId, path: &[&str], value: Json) {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        self.edit(id, vec![EditOp::Set { path, value }]);
    }

    pub(crate) fn edit(&mut self, id: &DocId, ops: Vec<EditOp>) {
        let change = self.draft_change(id, ops);
        self.outbox.push((id.clone(), change));
    }

    pub(crate) fn draft_change(&mut self, id: &DocId, ops: Vec<EditOp>) -> TypedChange {
        if !self.drafts.contains_key(id) {
            self.drafts.insert(id.clone(), self.docs[id].document.clone());
        }
        let draft = self.drafts.get_mut(id).unwrap();
        let actor = self.id.actor(id, draft.generation());
        let mut key = draft.change_count();
        let tag = self.id.tag();
        let ops = normalize(draft.kind(), &ops, || {
            key += 1;
            format!("{tag}{key}")
        })
        .unwrap();
        draft.edit(&actor, START_MS / 1000, &ops).unwrap().unwrap()
    }

    pub(crate) fn hello(&mut self) -> Hello {
        self.counter += 1;
        let mut hello = Hello {
            version: 1,
            capabilities: self.capabilities,
            device: self.id,
            counter: self.counter,
            epoch: self.epoch,
            grant_version: self.grant_version,
            cursors: self
                .cursors
                .iter()
                .map(|(feed, cursor)| (*feed, *cursor))
                .collect(),
            health: Health {
                app_version: "t".into(),
                ..Health::default()
            },
            signature: [0; 64],
        };
        hello.signature = self.key.sign(&hello_bytes(DEPLOYMENT, &hello));
        hello
    }

    /// Hello and outbox.
    pub(crate) fn up(&mut self) -> Vec<Frame> {
        let mut frames = vec![Frame::Hello(self.hello())];
        let outbox = std::mem::take(&mut self.outbox);
        for changes in outbox.chunks(64) {
            frames.push(Frame::Envelope(self.seal(changes)));
        }
        frames
    }

    pub(crate) fn seal(&mut self, changes: &[(DocId, TypedChange)]) -> Envelope {
        self.counter += 1;
        let counter = self.counter;
        let mut pushed = Vec::new();
        let mut signed = Vec::new();
        for (index, (id, change)) in changes.iter().enumerate() {
            let built = change.to_automerge().unwrap();
            let mut body = Writer::new();
            write_change(
                &mut body,
                change,
                &Known {
                    phone: self,
                    id,
                    generation: 0,
                    heads: &[],
                },
            )
            .unwrap();
            let doc = match (self.docs.get(id), self.creations.get(id)) {
                (Some(replica), _) => DocRef::No(replica.no),
                (None, Some(creation)) => DocRef::New(creation.clone()),
                (None, None) => panic!("an unknown document"),
            };
            pushed.push(PushedChange {
                doc,
                generation: 0,
                body: body.0,
            });
            signed.push(SignedChange {
                doc: id.clone(),
                generation: 0,
                hash: built.hash(),
            });
            self.sent.insert((counter, index as u64), (id.clone(), built));
        }
        let claimed_time_s = START_MS / 1000;
        let message = signed_bytes(DEPLOYMENT, &self.id, counter, claimed_time_s, &signed);
        Envelope {
            counter,
            claimed_time_s,
            changes: pushed,
            signature: self.key.sign(&message),
        }
    }

    /// Applies what came down; panics on anything a replica could not take.
    pub(crate) fn take(&mut self, frames: &[Frame]) {
        for frame in frames {
            self.take_one(&through_bytes(frame));
        }
    }

    fn take_one(&mut self, frame: &Frame) {
        self.seen.push(frame.clone());
        match frame {
            Frame::Welcome(welcome) => self.epoch = welcome.epoch,
            Frame::Grant(grant) => self.grant_version = grant.version,
            Frame::Verdicts(verdicts) => {
                for group in &verdicts.groups {
                    for (offset, verdict) in group.verdicts.iter().enumerate() {
                        self.verdicts.push(*verdict);
                        if let Verdict::Accepted { doc, version } | Verdict::Duplicate { doc, version } =
                            verdict
                        {
                            let place = (group.counter, group.first + offset as u64);
                            if let Some((id, change)) = self.sent.get(&place).cloned() {
                                self.own(&id, *doc, *version, change);
                            }
                        }
                    }
                }
                self.cursors.insert(0, Cursor::Tail(verdicts.after));
            }
            Frame::Entries(entries) => {
                for entry in &entries.entries {
                    self.entry(entries.feed, entry);
                }
                if entries.feed != 0 {
                    self.cursors.insert(entries.feed, entries.after);
                }
            }
            Frame::CaughtUp(sums) => {
                for sum in sums {
                    let mut digest = Digest::default();
                    let mut documents = 0;
                    for (id, replica) in &self.docs {
                        if replica.feeds.contains(&sum.feed) {
                            documents += 1;
                            digest.add(Digest::of(
                                id,
                                replica.document.generation(),
                                &replica.document.heads(),
                            ));
                        }
                    }
                    assert_eq!(documents, sum.documents, "documents of feed {}", sum.feed);
                    assert_eq!(digest.to_bytes(), sum.digest, "sum of feed {}", sum.feed);
                    self.cursors.insert(sum.feed, Cursor::Tail(sum.head));
                }
            }
            _ => {}
        }
    }

    fn own(&mut self, id: &DocId, no: u64, version: u64, change: Change) {
        if let Some(creation) = self.creations.get(id).filter(|_| !self.docs.contains_key(id)) {
            let document = Document::genesis(creation, 0);
            self.docs.insert(
                id.clone(),
                Replica {
                    document,
                    no,
                    version: 0,
                    feeds: BTreeSet::new(),
                },
            );
        }
        self.by_no.insert(no, id.clone());
        self.put(id, version, change);
    }

    fn put(&mut self, id: &DocId, version: u64, change: Change) {
        let Some(replica) = self.docs.get_mut(id) else {
            return;
        };
        let early = self.early.entry(id.clone()).or_default();
        early.insert(version, change);
        while let Some(change) = early.remove(&(replica.version + 1)) {
            replica.document.apply(change).unwrap();
            replica.version += 1;
        }
        let version = replica.version;
        early.retain(|waiting, _| *waiting > version);
    }

    fn entry(&mut self, feed: u64, entry: &Entry) {
        match entry {
            Entry::Author(author) => {
                self.authors.insert(author.no, author.device);
            }
            Entry::Change {
                doc,
                generation,
                version,
                author,
                body,
                ..
            } => {
                assert_ne!(*author, self.no, "own changes are not echoed");
                let id = self
                    .by_no
                    .get(doc)
                    .expect("a change of a document not held")
                    .clone();
                let replica = &self.docs[&id];
                assert_eq!(replica.document.generation(), *generation);
                if *version <= replica.version {
                    return;
                }
                assert_eq!(*version, replica.version + 1, "a gap in {id}");
                let heads = replica.document.heads();
                let known = Known {
                    phone: self,
                    id: &id,
                    generation: *generation,
                    heads: &heads,
                };
                let actor = self.authors[author].actor(&id, *generation);
                let change = read_change(&mut Reader::new(body), actor, &known).unwrap();
                let change = change.to_automerge().unwrap();
                self.put(&id, *version, change);
            }
            Entry::Snapshot {
                doc,
                id,
                generation,
                version,
                body,
                ..
            } => {
                let known = Known {
                    phone: self,
                    id,
                    generation: *generation,
                    heads: &[],
                };
                let rebuilt = snapshot::rebuild(body, |author| known.actor(author)).unwrap();
                let document = Document::load(id, *generation, &rebuilt.saved).unwrap();
                let mut feeds = self.docs.get(id).map(|old| old.feeds.clone()).unwrap_or_default();
                feeds.insert(feed);
                self.by_no.insert(*doc, id.clone());
                let old = self
                    .docs
                    .get(id)
                    .map(|old| (old.document.generation(), old.version));
                if old.is_none_or(|old| old < (*generation, *version)) {
                    self.docs.insert(
                        id.clone(),
                        Replica {
                            document,
                            no: *doc,
                            version: *version,
                            feeds,
                        },
                    );
                } else {
                    self.docs.get_mut(id).unwrap().feeds = feeds;
                }
            }
            Entry::Joined { doc, id } => {
                self.by_no.insert(*doc, id.clone());
                self.docs
                    .get_mut(id)
                    .expect("joined, but never held")
                    .feeds
                    .insert(feed);
            }
            Entry::Leave { doc } => {
                let Some(id) = self.by_no.get(doc).cloned() else {
                    return;
                };
                let Some(replica) = self.docs.get_mut(&id) else {
                    return;
                };
                replica.feeds.remove(&feed);
                if replica.feeds.is_empty() {
                    self.docs.remove(&id);
                    self.drafts.remove(&id);
                }
            }
            Entry::Unknown { .. } => panic!("an entry of a later version"),
        }
    }

    pub(crate) fn json(&self, id: &DocId) -> Json {
        self.docs
            .get(id)
            .map_or(Json::Null, |replica| replica.document.json())
    }

    pub(crate) fn holds(&self) -> Vec<String> {
        self.docs.keys().map(ToString::to_string).collect()
    }

    /// Verdicts since the last question.
    pub(crate) fn said(&mut self) -> Vec<Verdict> {
        std::mem::take(&mut self.verdicts)
    }
}

struct Known<'a> {
    phone: &'a Phone,
    id: &'a DocId,
    generation: u32,
    heads: &'a [ChangeHash],
}

impl Context for Known<'_> {
    fn author_ref(&self, actor: &ActorId) -> Option<AuthorRef> {
        if *actor == self.phone.id.actor(self.id, self.generation) {
            return Some(AuthorRef::Own);
        }
        if *actor == genesis_actor(self.id, self.generation) {
            return Some(AuthorRef::Genesis);
        }
        let found = self
            .phone
            .authors
            .iter()
            .find(|(_, device)| device.actor(self.id, self.generation) == *actor);
        found.map(|(no, _)| AuthorRef::No(*no))
    }
    fn actor(&self, author: AuthorRef) -> Option<ActorId> {
        match author {
            AuthorRef::Genesis => Some(genesis_actor(self.id, self.generation)),
            AuthorRef::Own => None,
            AuthorRef::No(no) => Some(self.phone.authors.get(&no)?.actor(self.id, self.generation)),
        }
    }
    fn heads(&self) -> &[ChangeHash] {
        self.heads
    }
    fn previous(&self) -> Option<ChangeHash> {
        None
    }
    fn by_prefix(&self, _: [u8; PREFIX_BYTES]) -> Option<ChangeHash> {
        None
    }
    fn may_prefix(&self, _: &ChangeHash) -> bool {
        false
    }
}

/// A household's first values.
pub(crate) fn family(name: &str) -> Json {
    json!({"householder": name, "group": 3, "phone": "13515926038", "members": [{"name": name, "relation": "户主"}]})
}
