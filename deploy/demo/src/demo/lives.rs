//! How the people of the story live: village phones wander in and out of signal, offices stay live and answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use qiao_demo::generator::Township;
use qiao_demo::generator::daily::Daily;
use qiao_device::http::lock;
use qiao_device::live::Live;
use serde_json::Value;
use sync_core::edit::Edit;
use sync_core::id::DocId;
use sync_core::policy::Role;
use tokio::sync::{mpsc, watch};

use super::board::{Board, Link};
use super::phone::{Phone, now_s};

/// Households of a village that everybody has something to say about.
const HOT_HOUSEHOLDS: usize = 3;
/// Needs a desk has not looked at yet.
const INBOX_MAX: usize = 1_024;
/// What is written before a line ends goes out with it.
const SETTLE_MAX: Duration = Duration::from_secs(20);

/// What everybody shares.
pub(super) struct World {
    pub(super) township: Township,
    pub(super) board: Arc<Board>,
    pub(super) seed: u64,
    /// Length of all waits: 1 for a person who watches, less for a test.
    pub(super) pace: f64,
}

impl World {
    /// A time between two numbers of seconds, at the pace of this story.
    fn span(&self, from_s: f64, to_s: f64) -> Duration {
        Duration::from_secs_f64(rand::random_range(from_s..to_s) * self.pace)
    }

    fn daily(&self, phone: &Phone) -> Daily {
        Daily::new(self.seed, phone.part.number, &phone.part.person)
    }
}

/// Waits; `false` when it is time to go home.
async fn rest(stop: &mut watch::Receiver<bool>, time: Duration) -> bool {
    tokio::time::timeout(time, stop.wait_for(|stop| *stop))
        .await
        .is_err()
}

/// A phone of the village side, until it is time to go home: out among the households, then back where there is a
/// signal. The committee's office has a line that stays while it is there, the others exchange.
pub(super) async fn wander(
    world: Arc<World>,
    phone: Arc<Phone>,
    mut stop: watch::Receiver<bool>,
) -> Result<()> {
    let number = phone.part.number;
    let mut daily = world.daily(&phone);
    let mut is_first = true;
    loop {
        world.board.link(number, Link::Away);
        let back = Instant::now() + world.span(3.0, 10.0);
        while Instant::now() < back {
            // Everybody begins with the same field of the same household: that cannot go well.
            let edit = if is_first {
                world.first_remark(&phone, &mut daily)
            } else {
                world.next_edit(&phone, &mut daily)?
            };
            is_first = false;
            phone.write(&edit)?;
            if !rest(&mut stop, world.span(0.4, 1.8)).await {
                return Ok(());
            }
        }
        let away = Instant::now() + world.span(3.0, 7.0);
        let goes_on = if phone.part.person.role == Role::Committee {
            at_the_office(&world, &phone, &mut daily, away, &mut stop).await?
        } else {
            in_range(&world, &phone, &mut daily, away, &mut stop).await?
        };
        if !goes_on {
            return Ok(());
        }
    }
}

async fn in_range(
    world: &World,
    phone: &Phone,
    daily: &mut Daily,
    until: Instant,
    stop: &mut watch::Receiver<bool>,
) -> Result<bool> {
    world.board.link(phone.part.number, Link::InRange);
    loop {
        // A line that breaks is part of life; the next exchange goes on from there.
        phone.sync().await;
        if !rest(stop, world.span(0.8, 2.0)).await {
            return Ok(false);
        }
        if Instant::now() >= until {
            return Ok(true);
        }
        if daily.chance(40) {
            phone.write(&world.next_edit(phone, daily)?)?;
        }
    }
}

async fn at_the_office(
    world: &World,
    phone: &Phone,
    daily: &mut Daily,
    until: Instant,
    stop: &mut watch::Receiver<bool>,
) -> Result<bool> {
    let live = Live::start(
        phone.server.clone(),
        Arc::clone(&phone.device),
        phone.live_observer(),
    );
    let shown = tokio::spawn(show_line(
        Arc::clone(&world.board),
        phone.part.number,
        live.state(),
    ));
    let mut goes_on = true;
    while goes_on && Instant::now() < until {
        if daily.chance(40) {
            let edit = world.next_edit(phone, daily)?;
            write_live(world, phone, &live, &edit)?;
        }
        goes_on = rest(stop, world.span(0.6, 1.6)).await;
    }
    if !goes_on {
        live.settled(&phone.device, SETTLE_MAX).await;
    }
    live.stop().await;
    shown.await?;
    Ok(goes_on)
}

/// An office that stays live: a unit plans and answers what is put before it, the township assigns, closes, verifies.
pub(super) async fn sit(world: Arc<World>, phone: Arc<Phone>, mut stop: watch::Receiver<bool>) -> Result<()> {
    let number = phone.part.number;
    let mut daily = world.daily(&phone);
    let (inbox, mut needs) = mpsc::channel(INBOX_MAX);
    world.board.inbox(number, inbox);
    let live = Live::start(
        phone.server.clone(),
        Arc::clone(&phone.device),
        phone.live_observer(),
    );
    let shown = tokio::spawn(show_line(Arc::clone(&world.board), number, live.state()));
    // Time to read before an answer, and time without anything to answer.
    while rest(&mut stop, world.span(0.3, 1.5)).await {
        let heard = tokio::select! {
            heard = tokio::time::timeout(world.span(2.0, 5.0), needs.recv()) => heard,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let edit = match heard {
            Ok(Some(need)) => world.decide(&phone, &mut daily, &need),
            _ if phone.part.person.role == Role::Township => {
                let village = daily.index(world.township.villages.len());
                let household = world.some_household(village, &mut daily);
                Some(daily.verify(&household, now_s()))
            }
            _ => None,
        };
        if let Some(edit) = edit {
            write_live(&world, &phone, &live, &edit)?;
        }
    }
    live.settled(&phone.device, SETTLE_MAX).await;
    live.stop().await;
    shown.await?;
    Ok(())
}

/// Writes and sends at once; how long it takes until others have it is measured.
fn write_live(world: &World, phone: &Phone, live: &Live, edit: &Edit) -> Result<()> {
    if let Edit::Change(change) = edit {
        world.board.takes_off(phone.part.number, &change.doc);
    }
    phone.write(edit)?;
    live.nudge();
    Ok(())
}

/// Shows whether a live connection holds, until it has ended.
async fn show_line(board: Arc<Board>, number: usize, mut state: watch::Receiver<qiao_device::live::State>) {
    loop {
        let (connected, ended) = {
            let state = state.borrow_and_update();
            (state.connected, state.ended)
        };
        board.link(number, if connected { Link::Live } else { Link::Away });
        if ended || state.changed().await.is_err() {
            return;
        }
    }
}

impl World {
    fn village_of(&self, phone: &Phone) -> usize {
        // Only village phones wander.
        phone.part.village.unwrap_or(0)
    }

    fn hot_household(&self, village: usize, daily: &mut Daily) -> DocId {
        let households = &self.township.villages[village].households;
        households[daily.index(HOT_HOUSEHOLDS.min(households.len()))]
            .id
            .clone()
    }

    fn some_household(&self, village: usize, daily: &mut Daily) -> DocId {
        let households = &self.township.villages[village].households;
        households[daily.index(households.len())].id.clone()
    }

    fn first_remark(&self, phone: &Phone, daily: &mut Daily) -> Edit {
        let household = &self.township.villages[self.village_of(phone)].households[0].id;
        daily.remark(household, now_s())
    }

    /// What somebody of the village side writes next.
    fn next_edit(&self, phone: &Phone, daily: &mut Daily) -> Result<Edit> {
        let (index, at) = (self.village_of(phone), now_s());
        let household = self.some_household(index, daily);
        let edit = match daily.index(100) {
            0..30 => {
                let hot = self.hot_household(index, daily);
                daily.remark(&hot, at)
            }
            30..40 => match self.board.open_conflict(phone.part.number) {
                Some((doc, path)) => settled(phone, daily, &doc, &path)?,
                None => daily.field(&household, &self.township.villages[index].name, at),
            },
            40..60 => daily.field(&household, &self.township.villages[index].name, at),
            60..85 if phone.part.person.role == Role::Team => {
                let journal = Daily::journal(&household, at);
                let is_new = !lock(&phone.device).engine().holds(&journal);
                daily.visit(&household, is_new, at)
            }
            _ => {
                let units = &self.township.units;
                let unit = units.get(index % units.len().max(1)).map(|unit| unit.id.as_str());
                let unit = unit.filter(|_| daily.chance(80));
                daily.need(&household, unit, at)
            }
        };
        Ok(edit)
    }

    /// What an office does about a need that has moved, if anything.
    fn decide(&self, phone: &Phone, daily: &mut Daily, need: &DocId) -> Option<Edit> {
        // A need that has left the office meanwhile is nobody's business here.
        let value = lock(&phone.device).json(need).ok()?;
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let (state, at) = (text("state")?, now_s());
        let person = &phone.part.person;
        if person.role == Role::Unit {
            let is_ours = text("unit") == person.unit.as_deref();
            return if is_ours {
                daily.answer(need, state, at)
            } else {
                None
            };
        }
        match (state, text("unit")) {
            ("open", None) => {
                let units = &self.township.units;
                let unit = units.get(daily.index(units.len().max(1)))?;
                Some(daily.assign(need, &unit.id, at))
            }
            ("answered", _) if daily.chance(70) => Some(daily.close(need, at)),
            _ => None,
        }
    }
}

/// Somebody looks at a field that disagrees and writes what it is to be.
fn settled(phone: &Phone, daily: &mut Daily, doc: &DocId, path: &[String]) -> Result<Edit> {
    let conflicts = lock(&phone.device).conflicts(Some(doc))?;
    let conflict = conflicts.iter().find(|conflict| conflict.path == path);
    let kept = conflict
        .and_then(|conflict| conflict.values.last())
        .map(|side| side.value.clone());
    Ok(match kept {
        Some(value) => daily.settle(doc, path, value, now_s()),
        // Somebody else was faster: a remark about it, then.
        None => {
            let name = doc.as_str();
            let household = name.split_once('.').map_or(name, |(household, _)| household);
            daily.remark(
                &DocId::parse(household).context("a document's name begins with its household")?,
                now_s(),
            )
        }
    })
}
