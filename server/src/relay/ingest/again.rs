//! Second looks: parked changes when what they waited for arrives, quarantined ones when an administrator decides.

use std::cell::Cell;

use sync_core::id::DocId;
use sync_core::reason::Reason;
use sync_core::wire::frame::Verdict;

use super::Stop;
use super::batch::Batch;
use super::envelope::{Chain, Decoded, Judged, Origin, Sender};
use crate::relay::review::Decided;
use crate::store::StoreError;
use crate::store::log::{self, KeptRow, KeptState};

impl Batch<'_> {
    /// After an envelope: what waited for its changes is judged now, and gets a second verdict.
    pub(super) async fn judge_parked_again(
        &mut self,
        changes: &[Decoded],
        verdicts: &[Verdict],
        now_ms: i64,
    ) -> Result<(), Stop> {
        if self.state.parked == 0 {
            return Ok(());
        }
        let mut open: Vec<DocId> = Vec::new();
        for (change, verdict) in changes.iter().zip(verdicts) {
            let settled = matches!(verdict, Verdict::Accepted { .. } | Verdict::Rejected(_));
            if settled && !open.contains(&change.creation.id) {
                open.push(change.creation.id.clone());
            }
        }
        while let Some(id) = open.pop() {
            for row in self.parked_at(&id).await? {
                if self.judge_parked(&row, now_ms).await? && !open.contains(&row.creation.id) {
                    open.push(row.creation.id.clone());
                }
            }
        }
        Ok(())
    }

    /// What waits in a document or for it.
    async fn parked_at(&mut self, id: &DocId) -> Result<Vec<KeptRow>, StoreError> {
        let mut rows = log::parked_of_doc(&mut self.tx, id).await?;
        if self.find(id).await? {
            rows.extend(log::parked_behind(&mut self.tx, id).await?);
        }
        let here = |row: &&KeptRow| {
            row.state == KeptState::Parked && (row.creation.id == *id || row.waits_for.as_ref() == Some(id))
        };
        rows.extend(self.rows.kept.iter().filter(here).cloned());
        rows.sort_by_key(|row| row.no);
        rows.dedup_by_key(|row| row.no);
        Ok(rows)
    }

    /// `true` when it no longer waits.
    async fn judge_parked(&mut self, row: &KeptRow, now_ms: i64) -> Result<bool, Stop> {
        let Some((sender, change)) = self.take_up(row, false, now_ms).await? else {
            return Ok(false);
        };
        let origin = Origin {
            envelope: row.envelope,
            counter: row.counter,
            position: row.position,
            received_ms: row.received_ms,
        };
        let verdict = if sender.active {
            match self.judge(&sender, &change, origin).await? {
                Judged::Verdict(verdict) => verdict,
                Judged::Waits(missing, None) => {
                    let pending = self
                        .rows
                        .rejected
                        .iter()
                        .any(|(no, hash)| *no == row.device && missing.contains(hash));
                    if !pending && !log::rejected(&mut self.tx, row.device, &missing).await? {
                        return Ok(false);
                    }
                    Verdict::Rejected(Reason::DependsOnRejected)
                }
                Judged::Waits(_, Some(_)) => return Ok(false),
                Judged::Equivocates => Verdict::Rejected(Reason::Equivocation),
            }
        } else {
            self.state.counters.kept += 1;
            let no = self.state.counters.kept;
            let reason = Reason::QuarantinedLate.code().to_owned();
            self.rows.kept.push(KeptRow {
                no,
                state: KeptState::Quarantined,
                reason,
                waits_for: None,
                ..row.clone()
            });
            Verdict::Quarantined
        };
        if matches!(verdict, Verdict::Rejected(_)) {
            self.rows.rejected.push((row.device, row.hash));
        }
        log::unpark(&mut self.tx, row.no).await?;
        self.rows.kept.retain(|kept| kept.no != row.no);
        self.state.parked = self.state.parked.saturating_sub(1);
        self.answer(row.device, row.counter, row.position, &[verdict])
            .await?;
        Ok(true)
    }

    /// A kept change with its sender as they stand now.
    async fn take_up(
        &mut self,
        row: &KeptRow,
        reviewed: bool,
        now_ms: i64,
    ) -> Result<Option<(Sender, Decoded)>, StoreError> {
        let Some((mut sender, _)) = self.sender(row.device, now_ms).await? else {
            return Ok(None);
        };
        sender.reviewed = reviewed;
        self.prepare(&row.creation, row.generation).await?;
        let relative = Cell::new(false);
        let device = sender.signer.device;
        let change = self
            .decode_body(
                &device,
                row.creation.clone(),
                row.generation,
                &row.body,
                &Chain::default(),
                &relative,
            )
            .await?;
        Ok(change.map(|change| (sender, change)))
    }

    /// Lets a quarantined change through the gate, as by its author's role, or discards it.
    pub(super) async fn decide(
        &mut self,
        no: u64,
        release: bool,
        by: &str,
        now_ms: i64,
    ) -> Result<Decided, Stop> {
        let Some(row) = log::kept_by_no(&mut self.tx, no).await? else {
            return Ok(Decided::Unknown);
        };
        if row.state != KeptState::Quarantined {
            return Ok(Decided::Before);
        }
        if !release {
            let reason = Reason::DiscardedByAdministrator;
            return self
                .close(&row, KeptState::Discarded, Verdict::Rejected(reason), by, now_ms)
                .await;
        }
        let Some((sender, change)) = self.take_up(&row, true, now_ms).await? else {
            return Ok(Decided::Refused(Reason::EngineRefused));
        };
        // Received now: only that decides where the change comes in the log.
        let origin = Origin {
            envelope: row.envelope,
            counter: row.counter,
            position: row.position,
            received_ms: now_ms,
        };
        match self.judge(&sender, &change, origin).await? {
            Judged::Verdict(verdict @ (Verdict::Accepted { .. } | Verdict::Duplicate { .. })) => {
                let closed = self.close(&row, KeptState::Released, verdict, by, now_ms).await?;
                self.judge_parked_again(&[change], &[verdict], now_ms).await?;
                Ok(closed)
            }
            Judged::Verdict(Verdict::Rejected(reason)) => Ok(Decided::Refused(reason)),
            Judged::Equivocates => Ok(Decided::Refused(Reason::Equivocation)),
            _ => Ok(Decided::Refused(Reason::MissingDependency)),
        }
    }

    async fn close(
        &mut self,
        row: &KeptRow,
        state: KeptState,
        verdict: Verdict,
        by: &str,
        now_ms: i64,
    ) -> Result<Decided, Stop> {
        log::decide(&mut self.tx, row.no, state, by, now_ms).await?;
        self.wake.reviews.push(row.device);
        if matches!(verdict, Verdict::Rejected(_)) {
            self.rows.rejected.push((row.device, row.hash));
        }
        self.answer(row.device, row.counter, row.position, &[verdict])
            .await?;
        Ok(Decided::Done)
    }
}
