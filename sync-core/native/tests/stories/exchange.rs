//! Exchanges over HTTP with a server that is cut off, answers nonsense, or refuses.

use std::sync::{Arc, Mutex};

use qiao_device::device::Device;
use qiao_device::http::{Observer, Report, Server, Shared, lock};
use qiao_device::problem::Problem;
use sync_core::wire::stream::{Effort, StreamReader, StreamWriter};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::common::{Disk, create, exported, household, set};
use crate::relay::Relay;

/// What the server does with the next request.
#[derive(Debug, Clone)]
enum Mood {
    Answer,
    /// Reads so many bytes of the body, then the line is gone.
    CutUp(usize),
    /// Sends so many bytes of the reply's body, then the line is gone.
    CutDown(usize),
    /// Answers this instead, verbatim.
    Say(&'static str),
}

/// A relay behind the smallest HTTP server that will do.
struct Site {
    relay: Mutex<Relay>,
    mood: Mutex<Mood>,
    bodies: Mutex<(usize, usize)>,
    address: String,
}

impl Site {
    async fn open() -> Arc<Site> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Arc::new(Site {
            relay: Mutex::new(Relay::in_pieces(400)),
            mood: Mutex::new(Mood::Answer),
            bodies: Mutex::new((0, 0)),
            address: format!("http://{}", listener.local_addr().unwrap()),
        });
        let serving = Arc::clone(&site);
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&serving).serve(line));
            }
        });
        site
    }

    async fn serve(self: Arc<Self>, mut line: TcpStream) {
        let mut heard = Vec::new();
        loop {
            let end = loop {
                if let Some(end) = heard.windows(4).position(|window| window == b"\r\n\r\n") {
                    break end + 4;
                }
                if line.read_buf(&mut heard).await.unwrap_or(0) == 0 {
                    return;
                }
            };
            let head = String::from_utf8(heard.drain(..end).collect())
                .unwrap()
                .to_lowercase();
            assert!(head.starts_with("post /sync/v1/exchange http/1.1"), "{head}");
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.expect("the length is said").trim().parse().unwrap();
            let mood = self.mood.lock().unwrap().clone();
            let wanted = match mood {
                Mood::CutUp(at) => at.min(length),
                _ => length,
            };
            while heard.len() < wanted {
                if line.read_buf(&mut heard).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            let body: Vec<u8> = heard.drain(..wanted).collect();
            let Some(reply) = self.answer(&body, wanted == length) else {
                return;
            };
            let text = match mood {
                Mood::Say(text) => text.as_bytes().to_vec(),
                _ => {
                    self.bodies.lock().unwrap().1 += reply.len();
                    [
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", reply.len()).as_bytes(),
                        &reply,
                    ]
                    .concat()
                }
            };
            let cut = match mood {
                Mood::CutDown(at) if at < reply.len() => reply.len() - at,
                _ => 0,
            };
            line.write_all(&text[..text.len() - cut]).await.unwrap();
            if cut > 0 {
                return;
            }
        }
    }

    fn answer(&self, body: &[u8], whole: bool) -> Option<Vec<u8>> {
        self.bodies.lock().unwrap().0 += body.len();
        let mut reader = StreamReader::new(1 << 24).unwrap();
        reader.push(body).unwrap();
        let mut frames = Vec::new();
        while let Some(frame) = reader.next_frame().unwrap() {
            frames.push(frame.to_bytes());
        }
        let taken = frames.len();
        if !whole {
            // The relay then takes what arrived and has nobody to answer.
            frames.push(Vec::new());
        }
        let replies = self.relay.lock().unwrap().exchange(&frames, taken);
        let mut writer = StreamWriter::new(Effort::Small).unwrap();
        let mut reply = Vec::new();
        for frame in replies {
            reply.extend(writer.write(&frame.to_bytes(), true).unwrap());
        }
        reply.extend(writer.finish().unwrap());
        whole.then_some(reply)
    }

    fn phone(&self, name: u8) -> Shared {
        let device = create(&Disk::default(), name);
        self.relay.lock().unwrap().enrol(device.id());
        Arc::new(Mutex::new(device))
    }

    async fn sync(&self, phone: &Shared, mood: Mood) -> (Report, Option<Problem>) {
        *self.mood.lock().unwrap() = mood;
        let observe: Observer = Arc::new(|device: &mut Device| drop(device.take_events()));
        let server = Server::new(&self.address, None).unwrap();
        let outcome = server.sync(phone, &observe).await;
        *self.mood.lock().unwrap() = Mood::Answer;
        outcome
    }

    async fn settle(&self, phones: &[&Shared]) -> String {
        for _ in 0..2 {
            for phone in phones {
                let (report, failed) = self.sync(phone, Mood::Answer).await;
                assert_eq!(failed, None);
                assert!(report.caught_up);
                assert_eq!(report.unsent, 0);
            }
        }
        let all: Vec<String> = phones.iter().map(|phone| exported(&mut lock(phone))).collect();
        assert!(all.iter().all(|other| *other == all[0]), "replicas are equal");
        all[0].clone()
    }
}

#[tokio::test]
async fn an_exchange_counts_its_bytes_and_takes_one_round_trip() {
    let site = Site::open().await;
    let (li, wang) = (site.phone(1), site.phone(2));
    site.settle(&[&li, &wang]).await;
    lock(&li).edit(&household("h1", "沈清华")).unwrap();
    *site.bodies.lock().unwrap() = (0, 0);
    let (report, failed) = site.sync(&li, Mood::Answer).await;
    assert_eq!(failed, None);
    assert_eq!(
        (report.round_trips, report.pushed, report.verdicts.accepted),
        (1, 1, 1)
    );
    let (up, down) = *site.bodies.lock().unwrap();
    assert_eq!((report.bytes_up, report.bytes_down), (up as u64, down as u64));
    let (report, _) = site.sync(&wang, Mood::Answer).await;
    assert_eq!(
        (report.round_trips, report.pulled, report.caught_up),
        (1, 1, true)
    );
    site.settle(&[&li, &wang]).await;
}

#[tokio::test]
async fn a_line_cut_at_any_byte_loses_and_doubles_nothing() {
    let site = Site::open().await;
    let (li, wang) = (site.phone(1), site.phone(2));
    lock(&li).edit(&household("h1", "沈清华")).unwrap();
    site.settle(&[&li, &wang]).await;
    for cut in (0..900).step_by(23) {
        let remark = format!("从第{cut}字节断开");
        for n in 0..6 {
            let id = format!("h{cut}.{n}");
            lock(&wang).edit(&household(&id, "黄桂静")).unwrap();
        }
        lock(&li).edit(&set("h1", "remark", &remark)).unwrap();
        site.sync(&li, Mood::Answer).await;
        let mood = if cut % 2 == 0 {
            Mood::CutUp(cut)
        } else {
            Mood::CutDown(cut)
        };
        let (report, failed) = site.sync(&wang, mood).await;
        if let Some(problem) = &failed {
            assert_eq!(problem.code, "interrupted", "cut at {cut}");
            assert!(problem.passing());
            assert_eq!(report.round_trips, 1);
        }
        let all = site.settle(&[&li, &wang]).await;
        assert!(all.contains(&remark));
        assert_eq!(all.matches(&format!("\"h{cut}.")).count(), 6);
    }
    assert_eq!(lock(&wang).engine().returned().count(), 0);
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_refused_and_the_next_sync_goes_through() {
    let site = Site::open().await;
    let phone = site.phone(1);
    lock(&phone).edit(&household("h1", "沈清华")).unwrap();
    for (said, code) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "bad_answer"),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            "bad_answer",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 4\r\n\r\noops",
            "server_busy",
        ),
        (
            "HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n",
            "rate_limited",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 25\r\n\r\n{\"code\":\"device_revoked\"}",
            "device_revoked",
        ),
        ("not http at all\r\n\r\n", "interrupted"),
    ] {
        let (report, failed) = site.sync(&phone, Mood::Say(said)).await;
        let problem = failed.unwrap();
        assert_eq!(problem.code, code, "{said}");
        assert_eq!(problem.retry_after_s, (code == "rate_limited").then_some(7));
        assert_eq!(report.unsent, 1);
    }
    let (report, failed) = site.sync(&phone, Mood::Answer).await;
    assert_eq!(failed, None);
    // The probe tells that the first one arrived, whatever became of its answer.
    assert_eq!((report.unsent, report.verdicts.rejected), (0, 0));
}

#[tokio::test]
async fn nobody_there_is_said_so_and_nothing_is_lost() {
    let phone: Shared = Arc::new(Mutex::new(create(&Disk::default(), 1)));
    lock(&phone).edit(&household("h1", "沈清华")).unwrap();
    let observe: Observer = Arc::new(|_: &mut Device| {});
    let server = Server::new("http://127.0.0.1:9", None).unwrap();
    let (report, failed) = server.sync(&phone, &observe).await;
    assert_eq!(failed.unwrap().code, "unreachable");
    assert_eq!((report.unsent, report.bytes_down), (1, 0));
}
