//! Photos of a case: sent in pieces after the text that names them, checked, kept, and given to whom the case is shown.

use data_encoding::BASE64URL_NOPAD;
use qiao_server::attachments::blobs::FOLDER;
use qiao_server::attachments::sweep::{Swept, sweep};
use qiao_server::limits;
use reqwest::{Method, Response};
use serde_json::json;
use sha2::{Digest, Sha256};
use sync_core::attachment::{FileRef, Hash, Media, Use, name_of};
use sync_core::envelope::{AttachmentRequest, attachment_bytes};
use sync_core::id::DocId;

use crate::casework::{application, event, modern};
use crate::http::Site;
use crate::support::{DEPLOYMENT, Phone, START_MS, family};

/// A picture, as far as anybody looks.
fn photo(size: usize, fill: u8) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
    bytes.resize(size, fill);
    bytes
}

fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

fn line(whole: &[u8], thumb: Option<&[u8]>) -> String {
    FileRef {
        hash: hash(whole),
        media: Media::Webp,
        size_bytes: whole.len() as u64,
        thumb: thumb.map(hash),
        used_as: Use::Photo,
    }
    .line()
}

struct Asking<'a> {
    method: Method,
    target: String,
    body: &'a [u8],
    at_ms: i64,
    range: Option<&'static str>,
}

impl Site {
    async fn ask(&self, phone: &Phone, asking: Asking<'_>) -> Response {
        let at_ms = u64::try_from(asking.at_ms).unwrap();
        let said = attachment_bytes(
            DEPLOYMENT,
            &phone.id,
            &AttachmentRequest {
                method: asking.method.as_str(),
                target: &asking.target,
                at_ms,
                body: asking.body,
            },
        );
        let proof = BASE64URL_NOPAD.encode(&phone.key.sign(&said));
        let mut request = self
            .http
            .request(asking.method, format!("{}{}", self.server.url, asking.target))
            .header(
                "authorization",
                format!("Qiao {}.{at_ms}.{proof}", phone.id.to_hex()),
            )
            .body(asking.body.to_vec());
        if let Some(range) = asking.range {
            request = request.header("range", range);
        }
        request.send().await.unwrap()
    }

    async fn piece(
        &self,
        phone: &Phone,
        doc: &DocId,
        name: &Hash,
        of: (usize, usize),
        body: &[u8],
    ) -> Response {
        let (offset, size) = of;
        let target = format!(
            "/sync/v1/attachments/{}?doc={doc}&offset={offset}&size={size}",
            name_of(name)
        );
        self.ask(phone, Asking::put(target, body)).await
    }

    /// All of it in one piece.
    async fn put(&self, phone: &Phone, doc: &DocId, bytes: &[u8]) -> Response {
        self.piece(phone, doc, &hash(bytes), (0, bytes.len()), bytes)
            .await
    }

    async fn get(&self, phone: &Phone, doc: &DocId, name: &Hash) -> Response {
        self.look(phone, Method::GET, doc, name, None).await
    }

    async fn look(
        &self,
        phone: &Phone,
        method: Method,
        doc: &DocId,
        name: &Hash,
        range: Option<&'static str>,
    ) -> Response {
        let target = format!("/sync/v1/attachments/{}?doc={doc}", name_of(name));
        let asking = Asking {
            method,
            range,
            ..Asking::put(target, &[])
        };
        self.ask(phone, asking).await
    }

    /// A case whose one event names these pictures, and the phone of its team.
    async fn case(&mut self, files: &str) -> (Phone, DocId) {
        let mut li = modern(self.phone_of("v1").await);
        let h1 = li.household("h1", "v1", family("沈清华"));
        let asked = application(&mut li, &h1);
        event(
            &mut li,
            &asked,
            json!({"text": "屋顶漏雨", "files": files}),
            "note",
            "team",
        );
        self.exchange(&mut li).await;
        self.exchange(&mut li).await;
        (li, asked)
    }

    fn files(&self) -> usize {
        let mut count = 0;
        let mut folders = vec![self.dir.path().join(FOLDER)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    count += 1;
                }
            }
        }
        count
    }
}

impl<'a> Asking<'a> {
    fn put(target: String, body: &'a [u8]) -> Asking<'a> {
        Asking {
            method: Method::PUT,
            target,
            body,
            at_ms: START_MS,
            range: None,
        }
    }
}

fn offset(response: &Response) -> Option<&str> {
    Some(response.headers().get("upload-offset")?.to_str().unwrap())
}

async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_photo_goes_on_where_the_line_broke_and_reaches_whoever_reads_the_case() {
    let mut site = Site::new().await;
    let (whole, thumb) = (photo(90_000, 7), photo(4_000, 8));
    let (li, case) = site.case(&line(&whole, Some(&thumb))).await;
    let name = hash(&whole);

    let first = site.piece(&li, &case, &name, (0, 90_000), &whole[..40_000]).await;
    assert_eq!((first.status().as_u16(), offset(&first)), (204, Some("40000")));
    // The answer to the second piece is lost; the phone asks where it stands.
    site.piece(&li, &case, &name, (40_000, 90_000), &whole[40_000..60_000])
        .await;
    let again = site
        .piece(&li, &case, &name, (40_000, 90_000), &whole[40_000..60_000])
        .await;
    assert_eq!((again.status().as_u16(), offset(&again)), (409, Some("60000")));
    let asked = site.look(&li, Method::HEAD, &case, &name, None).await;
    assert_eq!((asked.status().as_u16(), offset(&asked)), (204, Some("60000")));
    assert!(!asked.headers().contains_key("upload-complete"));
    assert_eq!(
        site.get(&li, &case, &name).await.status(),
        404,
        "half a photo is none"
    );
    let last = site
        .piece(&li, &case, &name, (60_000, 90_000), &whole[60_000..])
        .await;
    assert_eq!(last.headers()["upload-complete"], "?1");
    assert_eq!(
        site.put(&li, &case, &thumb).await.headers()["upload-complete"],
        "?1"
    );
    assert_eq!(site.files(), 2, "no piece is left behind");

    let mut wang = modern(site.phone_of("v1").await);
    site.exchange(&mut wang).await;
    let answer = site.get(&wang, &case, &name).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "image/webp");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
    assert_eq!(answer.bytes().await.unwrap(), whole);
    let rest = site
        .look(&wang, Method::GET, &case, &name, Some("bytes=80000-"))
        .await;
    assert_eq!(rest.status(), 206);
    assert_eq!(rest.headers()["content-range"], "bytes 80000-89999/90000");
    assert_eq!(rest.bytes().await.unwrap(), whole[80_000..]);
    site.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_not_what_its_name_says_is_dropped_and_can_be_sent_again() {
    let mut site = Site::new().await;
    let (whole, other) = (photo(5_000, 7), photo(5_000, 9));
    let (li, case) = site.case(&line(&whole, None)).await;
    let name = hash(&whole);
    let refused = site.piece(&li, &case, &name, (0, 5_000), &other).await;
    assert_eq!(code(refused).await, (422, "upload_damaged".to_owned()));
    assert_eq!(site.files(), 0);
    assert_eq!(site.get(&li, &case, &name).await.status(), 404);
    assert_eq!(site.put(&li, &case, &whole).await.status(), 204);
    assert_eq!(site.get(&li, &case, &name).await.status(), 200);
    site.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_too_large_or_no_picture_is_not_taken() {
    let mut site = Site::new().await;
    let (li, case) = site.case("").await;
    let page = b"<!doctype html><script>alert(1)</script>".to_vec();
    assert_eq!(
        code(site.put(&li, &case, &page).await).await,
        (415, "attachment_type".to_owned())
    );
    let large = photo(1_000, 1);
    let too_large = site
        .piece(&li, &case, &hash(&large), (0, 5 * 1024 * 1024 + 1), &large)
        .await;
    assert_eq!(code(too_large).await, (413, "too_large".to_owned()));
    let piece = photo(256 * 1024 + 1, 1);
    assert_eq!(
        code(site.put(&li, &case, &piece).await).await,
        (413, "too_large".to_owned())
    );
    for (of, body) in [((0, 10), 20), ((5, 0), 0), ((0, 10), 0)] {
        let wrong = site.piece(&li, &case, &hash(&large), of, &large[..body]).await;
        assert_eq!(code(wrong).await, (400, "malformed".to_owned()), "{of:?}");
    }
    assert_eq!(site.files(), 0);
    site.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_name_opens_nothing_to_those_who_do_not_read_the_case() {
    let mut site = Site::new().await;
    let whole = photo(5_000, 7);
    let (li, case) = site.case(&line(&whole, None)).await;
    let name = hash(&whole);
    site.put(&li, &case, &whole).await;

    // Another village knows the name, and says it in a case of its own.
    let mut zhao = modern(site.phone_of("v2").await);
    let h2 = zhao.household("h2", "v2", family("赵某"));
    let own = application(&mut zhao, &h2);
    event(
        &mut zhao,
        &own,
        json!({"text": "x", "files": line(&whole, None)}),
        "note",
        "team",
    );
    site.exchange(&mut zhao).await;
    site.exchange(&mut zhao).await;
    assert_eq!(site.get(&zhao, &own, &name).await.status(), 404);
    assert_eq!(site.get(&zhao, &case, &name).await.status(), 404);
    assert_eq!(site.put(&zhao, &case, &whole).await.status(), 404);
    assert_eq!(
        site.look(&zhao, Method::HEAD, &case, &name, None).await.status(),
        404
    );

    // What nothing names is given to nobody, not even to who sent it.
    let loose = photo(5_000, 3);
    assert_eq!(site.put(&li, &case, &loose).await.status(), 204);
    assert_eq!(site.get(&li, &case, &hash(&loose)).await.status(), 404);

    let other = Phone::new(99, qiao_server::keys::KeyPair::generate(), [9; 16]);
    assert_eq!(
        code(site.get(&other, &case, &name).await).await.1,
        "proof_invalid_device"
    );
    site.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_request_holds_for_its_device_its_moment_and_itself() {
    let mut site = Site::new().await;
    let whole = photo(5_000, 7);
    let (li, case) = site.case(&line(&whole, None)).await;
    site.put(&li, &case, &whole).await;
    let target = format!("/sync/v1/attachments/{}?doc={case}", name_of(&hash(&whole)));
    for (at_ms, status) in [
        (START_MS - 599_000, 200),
        (START_MS - 601_000, 401),
        (START_MS + 601_000, 401),
    ] {
        let asking = Asking {
            method: Method::GET,
            at_ms,
            ..Asking::put(target.clone(), &[])
        };
        let answer = site.ask(&li, asking).await;
        assert_eq!(answer.status(), status);
        if status == 401 {
            assert_eq!(answer.headers()["qiao-time"], START_MS.to_string());
            assert_eq!(code(answer).await.1, "proof_stale");
        }
    }
    // Signed for another method, and by another's key.
    let wang = site.phone_of("v1").await;
    let borrowed = Phone::new(li.no, wang.key.clone(), [li.no as u8; 16]);
    let mut borrowed = borrowed;
    borrowed.id = li.id;
    assert_eq!(
        code(site.get(&borrowed, &case, &hash(&whole)).await).await,
        (401, "proof_invalid_device".to_owned())
    );
    // A device that has been ended fetches and sends nothing.
    crate::http::execute(
        site.dir.path(),
        "UPDATE devices SET status = 'revoked' WHERE no = 2",
    )
    .await;
    assert_eq!(
        code(site.get(&li, &case, &hash(&whole)).await).await,
        (403, "not_allowed".to_owned())
    );
    assert_eq!(site.put(&li, &case, &photo(100, 1)).await.status(), 403);
    site.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_nothing_names_goes_after_its_time_and_what_is_named_stays() {
    let mut site = Site::new().await;
    let (whole, loose) = (photo(5_000, 7), photo(5_000, 3));
    let (li, case) = site.case(&line(&whole, None)).await;
    site.put(&li, &case, &whole).await;
    site.put(&li, &case, &loose).await;
    let half = photo(9_000, 4);
    site.piece(&li, &case, &hash(&half), (0, 9_000), &half[..4_000])
        .await;
    assert_eq!(site.files(), 3);
    let app = site.server.app.clone();
    assert_eq!(sweep(&app).await.unwrap(), Swept::default());
    app.clock.advance_ms(limits::ATTACHMENT_UNNAMED_KEPT_MS + 1);
    let swept = Swept {
        uploads: 1,
        attachments: 1,
    };
    assert_eq!(sweep(&app).await.unwrap(), swept);
    assert_eq!(sweep(&app).await.unwrap(), Swept::default());
    assert_eq!(site.files(), 1);
    site.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_device_sends_no_more_than_its_share_of_a_day() {
    let mut site = Site::new().await;
    let (li, case) = site.case("").await;
    crate::http::execute(
        site.dir.path(),
        "INSERT INTO attachments (hash, doc, size_bytes, media, device, complete_ms)
         VALUES (zeroblob(32), 'x', 268435000, 'webp', 2, 1795216450000)",
    )
    .await;
    let refused = site.put(&li, &case, &photo(5_000, 7)).await;
    assert_eq!(refused.headers()["retry-after"], "3600");
    assert_eq!(code(refused).await, (429, "attachment_quota".to_owned()));
    site.server.app.clock.advance_ms(limits::ATTACHMENT_QUOTA_MS);
    let target = format!(
        "/sync/v1/attachments/{}?doc={case}&offset=0&size=5000",
        name_of(&hash(&photo(5_000, 7)))
    );
    let bytes = photo(5_000, 7);
    let later = Asking {
        at_ms: START_MS + limits::ATTACHMENT_QUOTA_MS,
        ..Asking::put(target, &bytes)
    };
    assert_eq!(site.ask(&li, later).await.status(), 204);
    site.server.shutdown().await.unwrap();
}
