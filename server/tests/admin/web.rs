//! The web apps as a browser gets them: policy, caching, compressed copies, and every address of an app its page.

use std::path::Path;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, IF_NONE_MATCH};

use crate::harness::World;

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

async fn world_with_apps() -> World {
    World::with(|config| {
        let web = config.data_dir.join("web");
        write(&web.join("index.html"), "<p>phone");
        write(&web.join("sw.js"), "// worker");
        write(&web.join("assets/main-1a2b.js"), "// as it is");
        write(&web.join("assets/main-1a2b.js.br"), "br");
        write(&web.join("assets/main-1a2b.js.gz"), "gz");
        write(&web.join("desk/index.html"), "<p>desk");
        write(&web.join("desk/assets/desk-3c.css"), "p{}");
        write(&config.data_dir.join("secret.txt"), "not for the web");
        config.web = Some(web);
    })
    .await
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

struct Page {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn get(world: &World, path: &str, headers: &[(reqwest::header::HeaderName, &str)]) -> Page {
    let mut request = world.http.get(world.url(path));
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Page {
        status,
        headers,
        text,
    }
}

#[tokio::test]
async fn every_address_of_an_app_is_its_page_and_nothing_else_is() {
    let world = world_with_apps().await;
    for (path, text) in [
        ("/", "<p>phone"),
        ("/enrol", "<p>phone"),
        ("/households/h1.j2026", "<p>phone"),
        ("/desk", "<p>desk"),
        ("/desk/", "<p>desk"),
        ("/desk/devices/17", "<p>desk"),
        ("/desktop", "<p>phone"),
    ] {
        let page = get(&world, path, &[(ACCEPT, BROWSER)]).await;
        assert_eq!((page.status, page.text.as_str()), (200, text), "{path}");
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
    }
    for path in [
        "/api/v1/nothing",
        "/sync/v1/nothing",
        "/enrol/v1/nothing",
        "/assets/old-9.js",
        "/desk/assets/old-9.js",
        "/old.js",
        "/assets/old",
        "/assets/main-1a2b.js.br",
        "/.hidden",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/assets//main-1a2b.js",
    ] {
        let page = get(&world, path, &[(ACCEPT, BROWSER)]).await;
        assert_eq!(page.status, 404, "{path}");
        assert_eq!(page.header("content-type"), "application/problem+json", "{path}");
        assert!(!page.text.contains("not for the web"), "{path}");
    }
    let script = get(&world, "/households", &[(ACCEPT, "*/*")]).await;
    assert_eq!(script.status, 404, "what no person opens is no page");
    let posted = world.http.post(world.url("/enrol")).header(ACCEPT, BROWSER);
    assert_eq!(posted.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn pages_and_workers_run_nothing_foreign_and_are_framed_by_nobody() {
    let world = world_with_apps().await;
    for path in ["/", "/sw.js", "/assets/main-1a2b.js", "/desk/"] {
        let page = get(&world, path, &[(ACCEPT, BROWSER)]).await;
        let policy = page.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "worker-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(part), "{path}: {part}");
        }
        for part in ["unsafe-inline", "'unsafe-eval'", "http:", "https:", "*"] {
            assert!(!policy.contains(part), "{path}: {part}");
        }
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(page.header("cross-origin-resource-policy"), "same-origin");
        assert!(page.header("permissions-policy").contains("microphone=()"));
    }
}

#[tokio::test]
async fn what_never_changes_is_kept_and_the_rest_is_asked_about() {
    let world = world_with_apps().await;
    let script = "/assets/main-1a2b.js";
    let plain = get(&world, script, &[]).await;
    assert_eq!(plain.text, "// as it is");
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(
        plain.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(plain.header("vary"), "accept-encoding");
    for (accepted, encoding, text) in [
        ("gzip, deflate, br", "br", "br"),
        ("gzip", "gzip", "gz"),
        ("br;q=0, gzip;q=0.5", "gzip", "gz"),
        ("identity", "", "// as it is"),
    ] {
        let page = get(&world, script, &[(ACCEPT_ENCODING, accepted)]).await;
        assert_eq!(
            (page.header("content-encoding"), page.text.as_str()),
            (encoding, text)
        );
    }
    let worker = get(&world, "/sw.js", &[]).await;
    assert_eq!(worker.header("cache-control"), "no-cache");
    let tag = worker.header("etag").to_owned();
    let again = get(&world, "/sw.js", &[(IF_NONE_MATCH, &tag)]).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), tag);
    let other = get(&world, "/sw.js", &[(IF_NONE_MATCH, "\"other\"")]).await;
    assert_eq!(other.status, 200);
    let head = world.http.head(world.url("/sw.js")).send().await.unwrap();
    assert_eq!(head.status(), 200);
}

#[tokio::test]
async fn a_build_without_the_apps_says_so() {
    let world = World::with(|config| config.web = Some(config.data_dir.join("nothing"))).await;
    let page = get(&world, "/", &[(ACCEPT, BROWSER)]).await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("make web"));
}
