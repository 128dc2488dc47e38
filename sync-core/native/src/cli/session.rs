//! `session`: commands as JSON lines on standard input, one answer on a line each, for scripts and other languages.
//!
//! A command is `{"cmd": …, "id": any, …}`; its answer is `{"id": …, "ok": …}` or `{"id": …, "error": {…}}`. Between
//! answers come event lines such as `{"event": "changed", "doc": …}`, also while a live connection runs in the
//! background. Commands are carried out one after the other; an answer means that what it speaks of is on the disk.
//!
//! | `cmd` | fields | `ok` |
//! |---|---|---|
//! | `edit` | `edit`: an edit as in `apply` | `{"doc"}` |
//! | `new` | `edit`: `{"new": kind, …}` | `{"doc"}` |
//! | `get` | `doc` | `{"doc", "kind", "generation", "value"}` |
//! | `find` | `text`, `kind`? | places |
//! | `list` | `kind`?, `titles`? | documents |
//! | `status` | | as `qiao device status --json` |
//! | `conflicts` | `doc`? | conflicts |
//! | `returned` | `dismiss`? or `again`? | returned changes, or what was done |
//! | `export` | | all documents, sorted |
//! | `sync` | | as `qiao device sync --json`; while live: waits until all edits are answered, and bytes are those since the last one |
//! | `live` | `on`: true or false | `{"live"}` |
//! | `quit` | | `{}` |

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use sync_core::engine::Event;
use sync_core::id::DocId;
use tokio::sync::mpsc;

use super::output::print;
use super::{edits, may_show, parse_kind, show};
use crate::device::Device;
use crate::enrol::Enrolment;
use crate::http::{Observer, Report, Server, Shared, lock};
use crate::limits;
use crate::live::{Live, State};
use crate::problem::{Code, Problem};

/// Where lines go.
type Print = Arc<dyn Fn(&str) + Send + Sync>;

/// Prints the events of a device on standard output as they come.
pub(super) fn printer() -> Observer {
    Arc::new(|device| print_events(device, &print))
}

fn print_events(device: &mut Device, print: &dyn Fn(&str)) {
    for event in device.take_events() {
        let line = match event {
            Event::Changed(doc) => json!({ "event": "changed", "doc": doc }),
            Event::Removed(doc) => json!({ "event": "removed", "doc": doc }),
            Event::Returned(doc) => json!({ "event": "returned", "doc": doc }),
            Event::Accepted(doc) => json!({ "event": "accepted", "doc": doc }),
            Event::Standing(status) => json!({ "event": "standing", "status": status.as_str() }),
            Event::Wipe => json!({ "event": "wipe" }),
            Event::Progress(done, total) => json!({ "event": "progress", "done": done, "total": total }),
            Event::CaughtUp => json!({ "event": "caught_up" }),
            Event::Diverged(_) => json!({ "event": "repairing" }),
            // Of a later engine: nobody here knows what it means.
            _ => continue,
        };
        print(&line.to_string());
    }
}

/// Prints that a live connection came about or broke.
pub(super) fn print_connection(state: &State, print: &dyn Fn(&str)) {
    let mut line = json!({ "event": "live", "connected": state.connected, "ended": state.ended });
    if let Some(problem) = &state.problem {
        line["error"] = json!(problem);
    }
    print(&line.to_string());
}

struct Session {
    device: Shared,
    live: Option<Live>,
    /// What was last said of the live connection.
    shown: Option<bool>,
    /// Bytes of the live connection that a `sync` has reported already.
    reported: (u64, u64),
    print: Print,
}

/// Runs a session to the end of standard input.
pub(super) async fn run(device: Device) -> Result<ExitCode, Problem> {
    talk(device, lines(), Arc::new(print)).await;
    Ok(ExitCode::SUCCESS)
}

async fn talk(device: Device, mut input: mpsc::Receiver<Result<Vec<u8>, Problem>>, print: Print) {
    let mut session = Session {
        device: Arc::new(Mutex::new(device)),
        live: None,
        shown: None,
        reported: (0, 0),
        print: Arc::clone(&print),
    };
    loop {
        let line = tokio::select! {
            line = input.recv() => line,
            () = session.watch() => continue,
        };
        let Some(line) = line else { break };
        if line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty()) {
            continue;
        }
        let command = line.and_then(|line| {
            serde_json::from_slice::<Json>(&line)
                .ok()
                .filter(Json::is_object)
                .ok_or(Code::BadJson.into())
        });
        let (id, answer) = match command {
            Ok(command) => (command["id"].clone(), session.carry_out(&command).await),
            Err(problem) => (Json::Null, Err(problem)),
        };
        print_events(&mut lock(&session.device), &*print);
        let quit = matches!(&answer, Ok(None));
        print(&match answer {
            Ok(ok) => json!({ "id": id, "ok": ok.unwrap_or(json!({})) }).to_string(),
            Err(problem) => json!({ "id": id, "error": problem }).to_string(),
        });
        if quit {
            break;
        }
    }
    if let Some(live) = session.live.take() {
        live.stop().await;
    }
    print_events(&mut lock(&session.device), &*print);
}

/// Reads standard input on a thread of its own: a read that waits for a line must not hold up the end of the process.
fn lines() -> mpsc::Receiver<Result<Vec<u8>, Problem>> {
    let (send, lines) = mpsc::channel(limits::OUTGOING_MESSAGES_MAX);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = match edits::read_line(&mut input, &mut line) {
                Ok(Some(true)) => Ok(line),
                Ok(Some(false)) => Err(Code::LineTooLong.into()),
                Ok(None) | Err(_) => return,
            };
            if send.blocking_send(read).is_err() {
                return;
            }
        }
    });
    lines
}

impl Session {
    /// Waits for a change of the live connection and prints it. Pends for ever without one.
    async fn watch(&mut self) {
        let Some(live) = &self.live else {
            return std::future::pending().await;
        };
        let mut state = live.state();
        loop {
            let now = state.borrow_and_update().clone();
            if self.shown != Some(now.connected) || now.ended {
                self.shown = Some(now.connected);
                print_connection(&now, &*self.print);
                if now.ended {
                    self.live = None;
                }
                return;
            }
            if state.changed().await.is_err() {
                self.live = None;
                return;
            }
        }
    }

    /// `None` means the end of the session.
    async fn carry_out(&mut self, command: &Json) -> Result<Option<Json>, Problem> {
        let answer = match command["cmd"].as_str().unwrap_or("") {
            "edit" | "new" => {
                let edit = command
                    .get("edit")
                    .ok_or_else(|| Code::BadCommand.at(&["edit"]))?;
                let doc = lock(&self.device).edit(&edits::parse(edit.clone())?)?;
                if let Some(live) = &self.live {
                    live.nudge();
                }
                json!({ "doc": doc })
            }
            "sync" => self.sync().await?,
            "live" => {
                let on = command["on"].as_bool().unwrap_or(true);
                match (on, self.live.take()) {
                    (true, Some(live)) => self.live = Some(live),
                    (true, None) => {
                        let server = self.server()?;
                        self.shown = None;
                        self.reported = (0, 0);
                        self.live = Some(Live::start(server, Arc::clone(&self.device), self.observer()));
                    }
                    (false, Some(live)) => live.stop().await,
                    (false, None) => {}
                }
                json!({ "live": on })
            }
            "quit" => return Ok(None),
            name => self.read(name, command)?,
        };
        Ok(Some(answer))
    }

    fn observer(&self) -> Observer {
        let print = Arc::clone(&self.print);
        Arc::new(move |device| print_events(device, &*print))
    }

    fn server(&self) -> Result<Server, Problem> {
        Enrolment::of(&lock(&self.device))?.connect()
    }

    async fn sync(&mut self) -> Result<Json, Problem> {
        if let Some(live) = &self.live {
            let since = std::time::Instant::now();
            let settled = live.settled(&self.device, limits::LIVE_SYNC_WAIT).await;
            let (up, down) = (live.traffic().up(), live.traffic().down());
            let mut report = Report {
                bytes_up: up - self.reported.0,
                bytes_down: down - self.reported.1,
                duration_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
                ..Report::default()
            };
            self.reported = (up, down);
            report.take(&mut lock(&self.device));
            return if settled {
                Ok(json!(report))
            } else {
                let problem = live.state().borrow().problem.clone();
                Err(problem.unwrap_or_else(|| Code::Interrupted.into()))
            };
        }
        let (report, failed) = self.server()?.sync(&self.device, &self.observer()).await;
        failed.map_or_else(|| Ok(json!(report)), Err)
    }

    /// Commands that only look, or touch nothing but this device.
    fn read(&self, name: &str, command: &Json) -> Result<Json, Problem> {
        let mut device = lock(&self.device);
        if name == "status" {
            return show::status(&mut device);
        }
        may_show(&mut device)?;
        let doc = || match &command["doc"] {
            Json::Null => Ok(None),
            Json::String(doc) => super::doc_id(doc, "doc").map(Some),
            _ => Err(Code::BadCommand.at(&["doc"])),
        };
        let needed = |doc: Option<DocId>| doc.ok_or_else(|| Code::BadCommand.at(&["doc"]));
        let kind = || parse_kind(command["kind"].as_str());
        Ok(match name {
            "get" => json!(device.show(&needed(doc()?)?)?),
            "find" => {
                let text = command["text"].as_str();
                json!(device.find(text.ok_or_else(|| Code::BadCommand.at(&["text"]))?, kind()?)?)
            }
            "list" => json!(device.list(kind()?, command["titles"] == true)?),
            "conflicts" => json!(device.conflicts(doc()?.as_ref())?),
            "returned" => match (command["dismiss"].as_u64(), command["again"].as_u64()) {
                (Some(no), _) if device.dismiss(no)? => json!({ "dismissed": no }),
                (None, Some(no)) => json!({ "doc": device.redo(no)?.ok_or(Code::NoSuchReturned)? }),
                (Some(_), _) => return Err(Code::NoSuchReturned.into()),
                (None, None) => json!(device.returned()?),
            },
            "export" => {
                let lines = device.list(None, false)?;
                let held = lines.iter().filter(|line| !line.loading);
                let all: Result<Vec<_>, _> = held.map(|line| device.exported(&line.doc)).collect();
                json!(all?)
            }
            _ => return Err(Code::BadCommand.at(&["cmd"])),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::DeviceKey;
    use crate::store::Store;
    use sync_core::engine::Identity;

    fn device() -> Device {
        let store = Store::with_backend(redb::backends::InMemoryBackend::new()).unwrap();
        let key = DeviceKey::from_seed([1; 32], [2; 16]).unwrap();
        let identity = Identity {
            deployment: "test".into(),
            device: key.device(),
            server_public_key: vec![],
            app_version: "1".into(),
        };
        Device::create(store, key, identity, Box::new(|| 1_795_216_450_000)).unwrap()
    }

    async fn talk_with(lines: &[&str]) -> Vec<Json> {
        let said = Arc::new(Mutex::new(Vec::new()));
        let (send, input) = mpsc::channel(64);
        for line in lines {
            send.send(Ok(line.as_bytes().to_vec())).await.unwrap();
        }
        drop(send);
        let heard = Arc::clone(&said);
        let print: Print =
            Arc::new(move |line: &str| heard.lock().unwrap().push(serde_json::from_str(line).unwrap()));
        talk(device(), input, print).await;
        std::mem::take(&mut *said.lock().unwrap())
    }

    #[tokio::test]
    async fn each_command_has_one_answer_under_its_id_and_changes_are_told() {
        let said = talk_with(&[
            r#"{"cmd":"new","id":1,"edit":{"new":"household","village":"v1","id":"h1","value":{"householder":"沈清华"}}}"#,
            r#"{"cmd":"edit","id":"two","edit":{"doc":"h1","ops":[{"op":"set","path":["phone"],"value":"13515926038"}]}}"#,
            "",
            r#"{"cmd":"get","id":[3],"doc":"h1"}"#,
            r#"{"cmd":"find","id":4,"text":"清华"}"#,
            r#"{"cmd":"list","id":5,"titles":true}"#,
            r#"{"cmd":"status","id":6}"#,
            r#"{"cmd":"conflicts","id":7}"#,
            r#"{"cmd":"returned","id":8}"#,
            r#"{"cmd":"export","id":9}"#,
            r#"{"cmd":"quit","id":10}"#,
            r#"{"cmd":"status","id":11}"#,
        ])
        .await;
        let (events, answers): (Vec<Json>, Vec<Json>) =
            said.into_iter().partition(|line| line.get("event").is_some());
        assert_eq!(events[0], json!({ "event": "changed", "doc": "h1" }));
        assert_eq!(events.len(), 2);
        assert_eq!(answers.len(), 10, "nothing is answered after quit");
        assert_eq!(answers[0], json!({ "id": 1, "ok": { "doc": "h1" } }));
        assert_eq!(answers[1]["id"], "two");
        assert_eq!(answers[2]["id"], json!([3]));
        assert_eq!(answers[2]["ok"]["value"]["phone"], "13515926038");
        assert_eq!(answers[3]["ok"][0]["path"], json!(["householder"]));
        assert_eq!(answers[4]["ok"][0]["title"], "沈清华");
        assert_eq!(answers[5]["ok"]["unsent"], 2);
        assert_eq!(answers[5]["ok"]["standing"], "waiting");
        assert_eq!(answers[8]["ok"][0]["id"], "h1");
        assert_eq!(answers[9], json!({ "id": 10, "ok": {} }));
    }

    #[tokio::test]
    async fn what_is_wrong_is_answered_with_a_code_and_the_session_goes_on() {
        let said = talk_with(&[
            "{ not json",
            r#"["a list"]"#,
            r#"{"cmd":"dance","id":1}"#,
            r#"{"cmd":"get","id":2,"doc":"nobody"}"#,
            r#"{"cmd":"get","id":3}"#,
            r#"{"cmd":"edit","id":4,"edit":{"doc":"h1","ops":[{"op":"set","path":["phone"],"value":"1"}]}}"#,
            r#"{"cmd":"new","id":5,"edit":{"new":"household","village":"v1","value":{"phone":12.5}}}"#,
            r#"{"cmd":"returned","id":6,"dismiss":3}"#,
            r#"{"cmd":"sync","id":7}"#,
            r#"{"cmd":"status","id":8}"#,
        ])
        .await;
        let codes: Vec<&str> = said
            .iter()
            .map(|line| line["error"]["code"].as_str().unwrap_or("ok"))
            .collect();
        assert_eq!(
            codes,
            [
                "bad_json",
                "bad_json",
                "bad_command",
                "no_such_document",
                "bad_command",
                "no_such_document",
                "wrong_type",
                "no_such_returned",
                "no_device",
                "ok"
            ]
        );
        assert_eq!(said[6]["error"]["path"], json!(["phone"]));
        assert!(said[6]["error"]["zh"].as_str().unwrap().contains('。'));
    }
}
